#include "cli/history.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <ostream>

#include "cli/ask_status.h"
#include "cli/command_line.h"
#include "cli/evidence.h"
#include "cli/kept_runs.h"
#include "cli/screen.h"
#include "cli/status.h"
#include "cli/timeline.h"
#include "os/small_files.h"

namespace holdfast::cli {

namespace {

using status::HistoryEvent;

struct Asked {
    std::string runtime_directory;
    std::string state_directory;
    std::vector<std::string> names;
    std::string since;
    bool json = false;
    bool svg = false;
    bool evidence = false;
};

std::optional<std::int64_t> ago_ms(const std::string& text) {
    if (text.size() < 2) return std::nullopt;
    std::int64_t count = 0;
    const char* const unit = text.data() + text.size() - 1;
    const auto [end, error] = std::from_chars(text.data(), unit, count);
    if (error != std::errc{} || end != unit || count < 0 || count > 1000000) return std::nullopt;
    for (const auto& [letter, seconds] :
         {std::pair{'s', 1}, std::pair{'m', 60}, std::pair{'h', 3600}, std::pair{'d', 86400}})
        if (*unit == letter) return count * seconds * 1000;
    return std::nullopt;
}

// Before the events of each run that is over.
void write_run(const status::Run& run, Terminal& terminal) {
    const char* dim = terminal.colour ? "\x1b[2m" : "";
    const char* plain = terminal.colour ? "\x1b[0m" : "";
    terminal.out << dim << "--- " << run.routers.head.node << ", Holdfast " << run.routers.head.version
                 << ", ";
    if (!run.end)
        terminal.out << "the run that goes on";
    else
        terminal.out << (*run.end == status::RunEnd::ended ? "a run that ended at "
                                                           : "a run that crashed at ")
                     << local_time(run.ended_ms);
    terminal.out << plain << "\n";
}

std::string coloured(const status::Transition& transition, const std::string& step, bool colour) {
    if (!colour) return step;
    if (transition.to == status::RouterState::active) return "\x1b[32m" + step + "\x1b[0m";
    if (transition.to == status::RouterState::fault) return "\x1b[31m" + step + "\x1b[0m";
    return step;
}

}  // namespace

void write_history(const status::History& history, std::int64_t now_ms, bool evidence, Terminal& terminal) {
    std::size_t widest = 0;
    for (const HistoryEvent& event : history.events())
        widest = std::max(widest, unit_text(event).size());
    std::optional<std::size_t> run;
    for (const HistoryEvent& event : history.events()) {
        if (run != event.run && (run || history.runs()[event.run].end))
            write_run(history.runs()[event.run], terminal);
        run = event.run;
        const status::Transition& transition = *event.transition;
        const std::string unit = unit_text(event);
        const std::string step = step_text(transition);
        const std::string age = span_text(now_ms - event.wall_ms) + " ago";
        constexpr std::size_t age_width = 17;
        constexpr std::size_t step_width = 22;
        const auto gap = [](std::size_t wide, std::size_t width) {
            return std::string(wide > width ? wide - width : 0, ' ') + "  ";
        };
        terminal.out << local_time(event.wall_ms) << fraction_text(event.wall_ms) << "  " << age
                     << gap(age_width, age.size()) << unit << gap(widest, unit.size())
                     << coloured(transition, step, terminal.colour) << gap(step_width, step.size())
                     << cause_text(transition, event.is_group) << "\n";
        if (!evidence) continue;
        for (const std::string& line : evidence_lines(transition, event.is_group))
            terminal.out << "    " << line << "\n";
    }
    if (history.events().empty()) terminal.out << "There is no transition to show.\n";
    for (const std::string& unit : history.cut_short())
        terminal.out << unit << " may have had more: its last " << status::most_transitions
                     << " transitions of a run are kept.\n";
}

namespace {

int show(const Asked& asked, std::optional<std::int64_t> since, std::int64_t now_ms, Terminal& terminal) {
    auto published = ask_status(asked.runtime_directory);
    auto kept = kept_runs(asked.state_directory, published.has_value());
    std::vector<status::Run> runs;
    if (kept) runs = std::move(kept->runs);
    if (published && published->routers)
        runs.push_back(
            {.routers = std::move(*published->routers), .boot = os::boot_id().value_or(""), .end = {}});
    const bool shows_nothing = !published && (runs.empty() || published.error().error_number() == EACCES);
    if (!published && !shows_nothing)
        tell_kept("history", {.end = *runs.back().end, .boot = {}, .saved_ms = runs.back().ended_ms},
                  terminal);
    if (!kept)
        terminal.err << "holdfast history: runs before this one are not shown: " << kept.error().text()
                     << "\n";
    else
        for (const std::string& why : kept->left_out)
            terminal.err << "holdfast history: left out: " << why << "\n";
    if (shows_nothing) return cannot_ask("history", asked.runtime_directory, published.error(), terminal);
    const status::History history{std::move(runs), asked.names, since};
    for (const std::string& name : asked.names) {
        if (history.knows(name)) continue;
        terminal.err << "holdfast history: there is no instance or group '" << status::printable(name)
                     << "'\n";
        return unknown_name;
    }
    if (asked.json)
        terminal.out << status::to_json(history, now_ms);
    else if (asked.svg)
        terminal.out << timeline_svg(history, now_ms);
    else
        write_history(history, now_ms, asked.evidence, terminal);
    return published ? 0 : not_running;
}

}  // namespace

std::optional<std::int64_t> since_text(const std::string& text, std::int64_t now_ms) {
    if (const auto ago = ago_ms(text)) return now_ms - *ago;
    const bool utc = text.ends_with("Z");
    std::string date = text.substr(0, text.size() - (utc ? 1 : 0));
    std::replace(date.begin(), date.end(), 'T', ' ');
    for (const char* form : {"%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"}) {
        tm broken{};
        broken.tm_isdst = -1;
        const char* end = strptime(date.c_str(), form, &broken);
        if (end == nullptr || *end != '\0') continue;
        return std::int64_t{utc ? timegm(&broken) : mktime(&broken)} * 1000;
    }
    return std::nullopt;
}

namespace {

int run_as(const char* name, const std::vector<std::string>& arguments, Terminal& terminal) {
    Asked asked;
    CommandLine line{name, "[OPTION...] [NAME...]",
                     "The transitions of all instances and groups in the order of time, each with its "
                     "cause;\nalso those of earlier runs of the daemon. Names are those of instances and "
                     "groups."};
    line.json(asked.json)
        .flag("svg", asked.svg, "a drawing, as SVG")
        .flag("evidence", asked.evidence, "with what was known at each transition")
        .value("since", asked.since, "WHEN",
               "leave out what was before: 90s, 10m, 2h, 3d ago, or a date as in \"2026-11-21 08:30\"")
        .runtime_directory(asked.runtime_directory)
        .state_directory(asked.state_directory, "history")
        .words(asked.names);
    if (const auto status = line.read(arguments, terminal)) return *status;
    if (asked.json && asked.svg)
        return line.refuse("--json and --svg are two answers; ask for one", terminal);
    const std::int64_t now_ms = wall_now_ms();
    std::optional<std::int64_t> since;
    if (!asked.since.empty()) {
        since = since_text(asked.since, now_ms);
        if (!since)
            return line.refuse("--since takes 90s, 10m, 2h, 3d, or a date as in \"2026-11-21 08:30\"",
                               terminal);
    }
    return show(asked, since, now_ms, terminal);
}

}  // namespace

int history(const std::vector<std::string>& arguments, Terminal& terminal) {
    return run_as("history", arguments, terminal);
}

int timeline(const std::vector<std::string>& arguments, Terminal& terminal) {
    return run_as("timeline", arguments, terminal);
}

}  // namespace holdfast::cli
