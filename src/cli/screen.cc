#include "cli/screen.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ostream>
#include <utility>

#include "cli/evidence.h"
#include "cli/kept_runs.h"

namespace holdfast::cli {

namespace {

using status::age_ms;
using status::RouterState;
using status::Verdict;

constexpr std::size_t most_with_details = 20;  // instances; of more only what is out of the ordinary is said
constexpr std::size_t most_addresses_shown = 4;
constexpr std::int64_t stale_ms = 5000;

// Characters as a person counts them, not bytes.
std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](unsigned char byte) { return (byte & 0xc0) != 0x80; }));
}

bool is_meant(const status::Instance& one, const std::vector<std::string>& names) {
    return status::is_meant(one.name, names) ||
           (!one.group.empty() && !names.empty() && status::is_meant(one.group, names));
}

const status::Peer* followed(const status::Instance& one) {
    const auto found = std::find_if(one.peers.begin(), one.peers.end(),
                                    [](const status::Peer& peer) { return peer.is_followed; });
    return found == one.peers.end() ? nullptr : &*found;
}

std::string addresses_text(const status::Instance& one) {
    std::string text;
    for (std::size_t at = 0; at < std::min(one.addresses.size(), most_addresses_shown); ++at)
        text += (at > 0 ? ", " : "") + one.addresses[at].prefix.text() + " dev " + one.addresses[at].link;
    if (one.addresses_total > most_addresses_shown)
        text += " and " + std::to_string(one.addresses_total - most_addresses_shown) + " more";
    return text;
}

std::string last_run(const status::Check& check) {
    if (check.last == Verdict::unknown) return check.outcome.empty() ? "no result yet" : check.outcome;
    return check.last == Verdict::good ? "succeeded" : check.outcome.empty() ? "failed" : check.outcome;
}

std::string what_it_saw(const status::Check& check) {
    if (check.interval > Duration{0}) return last_run(check);
    if (!check.outcome.empty()) return check.outcome;
    return check.value ? "says " + std::to_string(*check.value) : "no result yet";
}

}  // namespace

// Columns as wide as their widest cell. Cells may be coloured: their width is given.
struct Screen::Table {
    struct Cell {
        std::string text;
        std::size_t width = 0;
        Cell(std::string shown)
            : text{std::move(shown)}, width{width_of(text)} {}  // NOLINT: a cell is its text
        Cell(const char* shown) : Cell{std::string{shown}} {}   // NOLINT
        Cell(std::string shown, std::size_t wide) : text{std::move(shown)}, width{wide} {}
    };
    using Row = std::vector<Cell>;
    std::vector<Row> rows;
    std::vector<std::vector<std::string>> below;  // each row, lines of their own

    void add(Row row) {
        rows.push_back(std::move(row));
        below.emplace_back();
    }
    void write(std::ostream& out) const {
        std::vector<std::size_t> widths;
        for (const Row& row : rows)
            for (std::size_t at = 0; at < row.size(); ++at) {
                if (widths.size() <= at) widths.push_back(0);
                widths[at] = std::max(widths[at], row[at].width);
            }
        for (std::size_t line = 0; line < rows.size(); ++line) {
            const Row& row = rows[line];
            std::size_t gap = 0;  // nothing is written behind the last word
            for (std::size_t at = 0; at < row.size(); ++at) {
                if (row[at].width > 0) out << std::string(std::exchange(gap, 0), ' ') << row[at].text;
                gap += widths[at] - row[at].width + 2;
            }
            out << "\n";
            for (const std::string& text : below[line])
                out << "    " << text << "\n";
        }
    }
};

std::string span_text(std::int64_t milliseconds) {
    char text[64];
    const std::int64_t seconds = std::max<std::int64_t>(milliseconds, 0) / 1000;
    const auto two = [&](std::int64_t large, const char* large_unit, std::int64_t small,
                         const char* small_unit) {
        std::snprintf(text, sizeof text, "%lld %s %lld %s", static_cast<long long>(large), large_unit,
                      static_cast<long long>(small), small_unit);
    };
    if (seconds < 10)
        std::snprintf(text, sizeof text, "%.1f s",
                      static_cast<double>(std::max<std::int64_t>(milliseconds, 0)) / 1000);
    else if (seconds < 60)
        std::snprintf(text, sizeof text, "%lld s", static_cast<long long>(seconds));
    else if (seconds < 3600)
        two(seconds / 60, "min", seconds % 60, "s");
    else if (seconds < 86400)
        two(seconds / 3600, "h", seconds % 3600 / 60, "min");
    else
        two(seconds / 86400, "d", seconds % 86400 / 3600, "h");
    return text;
}

std::string seconds_text(std::int64_t milliseconds) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g s", static_cast<double>(milliseconds) / 1000);
    return text;
}

std::string priority_sum(const status::Instance& instance) {
    std::string text = std::to_string(instance.configured_priority);
    std::int64_t sum = instance.configured_priority;
    for (const status::Adjustment& adjustment : instance.adjustments) {
        const std::int64_t amount = adjustment.amount;
        sum += amount;
        text += (amount < 0 ? " - " : " + ") + std::to_string(amount < 0 ? -amount : amount) + " (" +
                adjustment.name + ")";
    }
    if (!instance.adjustments.empty()) text += " = " + std::to_string(sum);
    if (instance.order == status::Order::taken_over)
        return text + ", raised to " + std::to_string(instance.priority) + " by an operator";
    if (sum != instance.priority) text += ", limited to " + std::to_string(instance.priority);
    return text;
}

// --- Parts
// -----------------------------------------------------------------------------------------------------

std::vector<const status::Instance*> Screen::instances() const {
    std::vector<const status::Instance*> meant;
    if (published_.routers)
        for (const status::Instance& one : published_.routers->instances)
            if (is_meant(one, names_)) meant.push_back(&one);
    return meant;
}

std::string Screen::ago(Instant then) const {
    return span_text(age_ms(now_, then));
}

// The time of day; with the date when it is not today's.
std::string Screen::clock(const status::Head& head, Instant then) const {
    const std::int64_t wall = status::wall_ms(head, then);
    const bool recent = age_ms(now_, then) < 12LL * 3600 * 1000;
    return recent ? clock_text(wall) : local_time(wall);
}

std::string Screen::coloured(RouterState state, std::string text) const {
    if (!terminal_.colour) return text;
    const char* colour = state == RouterState::active  ? "\x1b[32m"
                         : state == RouterState::fault ? "\x1b[31m"
                                                       : "";
    return *colour == '\0' ? text : colour + text + "\x1b[0m";
}

std::string Screen::coloured(Verdict verdict, std::string text) const {
    if (!terminal_.colour || verdict == Verdict::unknown) return text;
    return (verdict == Verdict::good ? "\x1b[32m" : "\x1b[31m") + text + "\x1b[0m";
}

void Screen::head() {
    const status::Head* known = published_.routers  ? &published_.routers->head
                                : published_.checks ? &published_.checks->head
                                                    : nullptr;
    if (known == nullptr) {
        terminal_.out << "Holdfast runs, and has nothing to do: the configuration has no virtual router.\n";
        return;
    }
    terminal_.out << known->node << ": Holdfast " << known->version << ", " << known->configuration << "\n";
    if (!published_.routers) terminal_.out << "No virtual router runs here.\n";
    Duration slowest{0};
    if (published_.routers)
        for (const status::Instance& one : published_.routers->instances)
            slowest = std::max(slowest, one.advert_interval);
    const std::int64_t silent = age_ms(now_, known->taken);
    if (silent > std::max(stale_ms, 3 * status::milliseconds(slowest)))
        terminal_.out << "This is how it was " << span_text(silent)
                      << " ago: since then the process has said nothing.\n";
}

std::string Screen::order_text(const status::Instance& one) const {
    const std::string what = one.order == status::Order::drained       ? "drained by an operator"
                             : one.order == status::Order::handed_over ? "handed over by an operator"
                                                                       : "taken over by an operator's order";
    return what + " " + ago(one.ordered) + " ago; `holdfast resume " +
           (one.group.empty() ? one.name : one.group) + "` ends it";
}

std::vector<std::string> Screen::details(const status::Instance& one, bool all) const {
    std::vector<std::string> lines;
    const auto line = [&](std::string text) { lines.push_back(std::move(text)); };
    if (one.state == RouterState::fault || all) {
        if (!one.transitions.empty()) line("because: " + one.transitions.back().cause);
        if (!one.fault.empty()) line("fault: " + one.fault);
    }
    if (one.order != status::Order::none) line(order_text(one));
    if (!one.adjustments.empty()) line("priority: " + priority_sum(one));
    if (one.wants_active) line("wants to be Active, its group " + one.group + " does not agree");
    const bool incomplete = one.state == RouterState::active && one.addresses_in_place < one.addresses_total;
    if (!incomplete && !all) return lines;
    const std::string count =
        std::to_string(one.addresses_in_place) + " of " + std::to_string(one.addresses_total);
    if (one.state == RouterState::active || one.addresses_in_place > 0)
        line("addresses: " + addresses_text(one) + (incomplete ? " (" + count + " in place)" : ""));
    return lines;
}

void Screen::groups() {
    Table table;
    table.add({"GROUP", "STATE", "MEMBERS"});
    for (const status::Group& group : published_.routers->groups) {
        if (!status::is_meant(group.name, names_)) continue;
        std::string members;
        for (const std::string& member : group.members)
            members += (members.empty() ? "" : " ") + member;
        const std::string state{name_of(group.state)};
        table.add({group.name, {coloured(group.state, state), state.size()}, members});
    }
    if (table.rows.size() == 1) return;
    terminal_.out << "\n";
    table.write(terminal_.out);
}

// Those that the vrrp process judges itself: the checker knows nothing of them.
std::vector<const status::TrackerVerdict*> Screen::own_trackers() const {
    std::vector<const status::TrackerVerdict*> own;
    if (!published_.routers) return own;
    for (const status::TrackerVerdict& tracker : published_.routers->trackers) {
        const auto is_it = [&](const status::Check& check) { return check.name == tracker.name; };
        const bool is_a_check = published_.checks && std::any_of(published_.checks->checks.begin(),
                                                                 published_.checks->checks.end(), is_it);
        if (!is_a_check && status::is_meant(tracker.name, names_)) own.push_back(&tracker);
    }
    return own;
}

void Screen::check_table() {
    Table table;
    table.add({"TRACKED", "VERDICT", "FOR", "LAST"});
    for (const status::TrackerVerdict* tracker : own_trackers()) {
        const std::string verdict{name_of(tracker->verdict)};
        table.add({tracker->name, {coloured(tracker->verdict, verdict), verdict.size()}, "-", ""});
    }
    for (const status::Check& check :
         published_.checks ? published_.checks->checks : std::vector<status::Check>{}) {
        if (!status::is_meant(check.name, names_)) continue;
        const std::string verdict{name_of(check.verdict)};
        table.add({check.name,
                   {coloured(check.verdict, verdict), verdict.size()},
                   check.verdict == Verdict::unknown ? "-" : ago(check.since),
                   what_it_saw(check) + (check.output.empty() ? "" : ": " + check.output)});
    }
    if (table.rows.size() == 1) return;
    terminal_.out << "\n";
    table.write(terminal_.out);
}

// --- Screens
// ---------------------------------------------------------------------------------------------------

void Screen::status() {
    head();
    const auto meant = instances();
    if (!meant.empty()) {
        terminal_.out << "\n";
        const status::Head& head = published_.routers->head;
        Table table;
        table.add({"INSTANCE", "STATE", "FOR", "SINCE", "PRIORITY", "ACTIVE ROUTER"});
        for (const status::Instance* one : meant) {
            const std::string state{name_of(one->state)};
            const status::Peer* peer = followed(*one);
            std::string active = one->state == RouterState::active ? "this node" : "-";
            if (peer != nullptr) {
                active = peer->address.text() + ", priority " + std::to_string(peer->priority);
                if (peer->heard) active += ", heard " + ago(*peer->heard) + " ago";
            }
            const bool differs = one->priority != one->configured_priority;
            table.add({one->name,
                       {coloured(one->state, state), state.size()},
                       ago(one->since),
                       clock(head, one->since),
                       std::to_string(one->priority) +
                           (differs ? " (of " + std::to_string(one->configured_priority) + ")" : ""),
                       active});
        }
        const bool all = meant.size() <= most_with_details || !names_.empty();
        for (std::size_t at = 0; at < meant.size(); ++at)
            table.below[at + 1] = details(*meant[at], all);
        table.write(terminal_.out);
    }
    if (published_.routers) groups();
    check_table();
}

// The last one with what was known.
void Screen::transitions(const std::vector<status::Transition>& all, bool is_group) {
    const status::Head& head = published_.routers->head;
    Table table;
    for (auto at = all.rbegin(); at != all.rend(); ++at) {
        table.add({"    " + clock(head, at->when) + fraction_text(status::wall_ms(head, at->when)),
                   ago(at->when) + " ago", step_text(*at), cause_text(*at, is_group)});
        if (at != all.rbegin()) continue;
        for (const std::string& line : evidence_lines(*at, is_group))
            table.below.back().push_back("    " + line);
    }
    table.write(terminal_.out);
}

void Screen::why() {
    for (const status::Instance* one : instances()) {
        const std::string state{name_of(one->state)};
        if (published_.kept)
            terminal_.out << one->name << " was " << coloured(one->state, state) << "\n";
        else
            terminal_.out << one->name << " is " << coloured(one->state, state) << " for " << ago(one->since)
                          << "\n";
        transitions(one->transitions, false);
        if (one->order != status::Order::none) terminal_.out << "    " << order_text(*one) << "\n";
        terminal_.out << "    priority: " << priority_sum(*one) << "\n    times in force: an advert each "
                      << seconds_text(status::milliseconds(one->active_interval))
                      << ", silence is taken for death after "
                      << seconds_text(status::milliseconds(one->down_interval)) << "\n";
    }
    if (!published_.routers) return;
    for (const status::Group& group : published_.routers->groups) {
        if (!status::is_meant(group.name, names_)) continue;
        const std::string state{name_of(group.state)};
        terminal_.out << "group " << group.name << (published_.kept ? " was " : " is ")
                      << coloured(group.state, state) << "\n";
        transitions(group.transitions, true);
    }
}

void Screen::peers() {
    Table table;
    table.add({"INSTANCE", "PEER", "PRIORITY", "HEARD", "ADVERTS", ""});
    for (const status::Instance* one : instances()) {
        for (const status::Peer& peer : one->peers) {
            std::string remark = peer.is_followed ? "Active router" : "";
            if (peer.is_configured) remark += remark.empty() ? "unicast peer" : ", unicast peer";
            table.add({one->name, peer.address.text(), peer.heard ? std::to_string(peer.priority) : "-",
                       peer.heard ? ago(*peer.heard) + " ago" : "never", std::to_string(peer.adverts),
                       remark});
        }
        if (one->peers.empty()) table.add({one->name, "nobody was heard", "", "", "", ""});
    }
    if (table.rows.size() > 1) table.write(terminal_.out);
}

void Screen::checks() {
    const auto own = own_trackers();
    if (own.empty() && (!published_.checks || published_.checks->checks.empty())) {
        terminal_.out << "Nothing is tracked beside interfaces.\n";
        return;
    }
    Table table;
    table.add({"TRACKED", "KIND", "VERDICT", "FOR", "RUNS", "FAILED", "LAST"});
    for (const status::TrackerVerdict* tracker : own) {
        const std::string verdict{name_of(tracker->verdict)};
        table.add({tracker->name,
                   "on the wire",
                   {coloured(tracker->verdict, verdict), verdict.size()},
                   "-",
                   "-",
                   "-",
                   "the log names who is silent"});
    }
    for (const status::Check& check :
         published_.checks ? published_.checks->checks : std::vector<status::Check>{}) {
        if (!status::is_meant(check.name, names_)) continue;
        const std::string verdict{name_of(check.verdict)};
        const bool runs = check.interval > Duration{0};
        std::string last = what_it_saw(check);
        if (check.last_end)
            last += ", " + ago(*check.last_end) + " ago, took " +
                    seconds_text(status::milliseconds(check.last_duration));
        table.add({check.name,
                   check.kind,
                   {coloured(check.verdict, verdict), verdict.size()},
                   check.verdict == Verdict::unknown ? "-" : ago(check.since),
                   runs ? std::to_string(check.runs) : "-",
                   runs ? std::to_string(check.failures) : "-",
                   last});
        std::vector<std::string>& below = table.below.back();
        below.push_back(check.target);
        if (!check.output.empty()) below.push_back("output: " + check.output);
    }
    table.write(terminal_.out);
}

void Screen::stats() {
    Table table;
    table.add({"INSTANCE", "ADVERTS IN", "OUT", "BECAME ACTIVE", "RELEASED", "FAREWELLS IN", "OUT"});
    constexpr std::array<std::string_view, 6> columns{"adverts_received",   "adverts_sent",
                                                      "became_active",      "released_active",
                                                      "farewells_received", "farewells_sent"};
    for (const status::Instance* one : instances()) {
        Table::Row row{one->name};
        std::vector<std::string> below;
        for (const std::string_view column : columns) {
            const auto found =
                std::find_if(one->counters.begin(), one->counters.end(),
                             [&](const status::Counter& counter) { return counter.name == column; });
            row.emplace_back(found == one->counters.end() ? "-" : std::to_string(found->value));
        }
        for (const status::Counter& counter : one->counters)
            if (std::find(columns.begin(), columns.end(), counter.name) == columns.end())
                below.push_back(counter.name + " " + std::to_string(counter.value));
        table.add(std::move(row));
        table.below.back() = std::move(below);
    }
    if (table.rows.size() > 1) table.write(terminal_.out);
}

}  // namespace holdfast::cli
