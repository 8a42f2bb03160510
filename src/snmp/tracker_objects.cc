// KEEPALIVED-MIB, vrrp: what is tracked, and by whom. References and vrrp_check are no part of that MIB.
#include <algorithm>
#include <variant>

#include "snmp/mibs.h"

namespace holdfast::snmp {

namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

constexpr std::uint32_t script_table = 9;
constexpr std::uint32_t file_table = 13;
constexpr std::uint32_t process_table = 21;

// Tables of an owner's references, by what is referred to.
struct ReferenceTables {
    std::uint32_t interfaces = 0;
    std::uint32_t scripts = 0;
    std::uint32_t files = 0;
    std::uint32_t processes = 0;
};
constexpr ReferenceTables of_instances{.interfaces = 4, .scripts = 5, .files = 12, .processes = 20};
constexpr ReferenceTables of_groups{.interfaces = 14, .scripts = 15, .files = 16, .processes = 22};

// 0: the MIB has no place for it.
std::uint32_t table_for(const plan::TrackerPlan& tracker, const ReferenceTables& tables) {
    if (std::holds_alternative<plan::ScriptPlan>(tracker.what)) return tables.scripts;
    if (std::holds_alternative<plan::FilePlan>(tracker.what)) return tables.files;
    if (std::holds_alternative<plan::ProcessPlan>(tracker.what)) return tables.processes;
    return 0;
}

// As the configuration calls it: without its kind.
std::string_view configured_name(std::string_view name) {
    return name.substr(name.find(' ') + 1);
}

void add_reference(Rows& rows, std::uint32_t table, std::uint32_t first_column, const Oid& index,
                   std::string_view name, int weight, bool reverse) {
    rows.add({table, 1, first_column}, index, text(name));
    rows.add({table, 1, first_column + 1}, index, integer(weight));
    rows.add({table, 1, first_column + 2}, index, truth(reverse));
}

void add_health(const Facts& facts, const std::vector<engine::TrackedHealth>& all, std::uint32_t owner,
                const ReferenceTables& tables, Rows& rows) {
    std::uint32_t scripts = 0;
    std::uint32_t files = 0;
    std::uint32_t processes = 0;
    for (const engine::TrackedHealth& one : all) {
        const plan::TrackerPlan& tracker = facts.plan().trackers[index(one.tracker)];
        const std::uint32_t table = table_for(tracker, tables);
        if (table == 0) continue;
        std::uint32_t& count = table == tables.scripts ? scripts : table == tables.files ? files : processes;
        add_reference(rows, table, 2, {owner, ++count}, configured_name(tracker.name), one.weight,
                      one.reverse);
    }
}

// Those that are written; a weight that does not count in a sync group is zero.
void add_interfaces(const Facts& facts, const InstanceFacts& one, Rows& rows) {
    for (const config::TrackedInterface& tracked : one.config.track_interfaces) {
        if (tracked.name == one.config.interface.value_or("")) continue;
        const auto& links = one.settings.tracked_links;
        const auto found = std::find_if(links.begin(), links.end(), [&](const engine::TrackedLink& link) {
            return facts.plan().links[index(link.link)].name == tracked.name;
        });
        const std::uint32_t number = facts.interface(tracked.name).index;
        if (number != 0)
            add_reference(rows, of_instances.interfaces, 1, {one.number, number}, tracked.name,
                          found != links.end() ? found->weight : 0,
                          found != links.end() ? found->reverse : tracked.reverse);
    }
}

void add_interfaces(const Facts& facts, const engine::GroupSettings& group, std::uint32_t number,
                    Rows& rows) {
    for (const engine::TrackedLink& tracked : group.tracked_links) {
        const std::string& name = facts.plan().links[index(tracked.link)].name;
        const std::uint32_t link = facts.interface(name).index;
        if (link != 0)
            add_reference(rows, of_groups.interfaces, 1, {number, link}, name, tracked.weight,
                          tracked.reverse);
    }
}

// init(1), bad(2), good(3), initfailed(5).
std::int64_t script_result(const Facts& facts, const plan::TrackerPlan& tracker) {
    const status::TrackerVerdict* known = facts.tracker(tracker.name);
    if (known == nullptr || known->verdict == status::Verdict::unknown)
        return std::get<plan::ScriptPlan>(tracker.what).schedule.begins_bad ? 5 : 1;
    return known->verdict == status::Verdict::good ? 3 : 2;
}

const plan::TrackerPlan* planned(const Facts& facts, const std::string& name) {
    for (const plan::TrackerPlan& tracker : facts.plan().trackers)
        if (tracker.name == name) return &tracker;
    return nullptr;
}

void add_scripts(const Facts& facts, Rows& rows) {
    std::uint32_t number = 0;
    for (const config::TrackedScript& script : facts.config().scripts) {
        const plan::TrackerPlan* tracker = planned(facts, "check " + script.name);
        if (tracker == nullptr || !std::holds_alternative<plan::ScriptPlan>(tracker->what)) continue;
        const plan::Schedule& schedule = std::get<plan::ScriptPlan>(tracker->what).schedule;
        const Oid index{++number};
        const auto set = [&](std::uint32_t column, Value value) {
            rows.add({script_table, 1, column}, index, std::move(value));
        };
        set(2, text(script.name));
        if (script.command) set(3, text(script_text(*script.command)));
        set(4, integer(schedule.interval / seconds{1}));
        set(5, integer(script.weight.value_or(0)));
        set(6, integer(script_result(facts, *tracker)));
        set(7, unsigned32(static_cast<std::uint64_t>(schedule.rise)));
        set(8, unsigned32(static_cast<std::uint64_t>(schedule.fall)));
        set(9, truth(script.reverse.value_or(false)));
        if (script.command) set(10, text(script.command->path));
        set(11, unsigned32(static_cast<std::uint64_t>(schedule.interval / microseconds{1})));
        set(12, unsigned32(static_cast<std::uint64_t>(schedule.timeout / microseconds{1})));
    }
}

void add_files(const Facts& facts, Rows& rows) {
    for (std::uint32_t at = 0; at < facts.config().files.size(); ++at) {
        const config::TrackedFile& file = facts.config().files[at];
        const status::TrackerVerdict* known = facts.tracker("file " + file.name);
        const auto set = [&](std::uint32_t column, Value value) {
            rows.add({file_table, 1, column}, {at + 1}, std::move(value));
        };
        set(2, text(file.name));
        set(3, text(file.path.value_or("")));
        set(4, integer(known != nullptr ? known->value : 0));
        set(5, integer(file.weight.value_or(1)));
        set(6, truth(file.reverse.value_or(false)));
    }
}

std::int64_t match_number(const plan::ProcessPlan& process) {
    if (process.parameters.empty()) return 0;
    switch (process.match) {
        case config::ParamMatch::exact:
            return 1;
        case config::ParamMatch::partial:
            return 2;
        case config::ParamMatch::initial:
            return 3;
    }
    return 0;
}

void add_process(const Facts& facts, const config::TrackedProcess& process, const plan::TrackerPlan& tracker,
                 std::uint32_t number, Rows& rows) {
    const auto& plan = std::get<plan::ProcessPlan>(tracker.what);
    const status::TrackerVerdict* known = facts.tracker(tracker.name);
    const status::Check* seen = facts.check(tracker.name);
    const auto set = [&](std::uint32_t column, Value value) {
        rows.add({process_table, 1, column}, {number}, std::move(value));
    };
    std::string parameters;
    for (const std::string& word : plan.parameters)
        parameters += (parameters.empty() ? "" : " ") + word;
    set(2, text(process.name));
    set(3, text(plan.name));
    set(4, text(parameters));
    set(5, integer(match_number(plan)));
    set(6, integer(process.weight.value_or(0)));
    set(7, truth(process.reverse.value_or(false)));
    set(8, unsigned32(static_cast<std::uint64_t>(plan.quorum)));
    set(9, integer(plan.quorum_max));
    set(10, unsigned32(static_cast<std::uint64_t>(plan.fork_delay / microseconds{1})));
    set(11, unsigned32(static_cast<std::uint64_t>(plan.terminate_delay / microseconds{1})));
    set(12, truth(plan.full_command));
    set(13, integer(seen != nullptr ? seen->value.value_or(0) : 0));
    set(14, truth(known != nullptr && known->verdict == status::Verdict::good));
}

void add_processes(const Facts& facts, Rows& rows) {
    std::uint32_t number = 0;
    for (const config::TrackedProcess& process : facts.config().processes) {
        const plan::TrackerPlan* tracker = planned(facts, "process " + process.name);
        if (tracker != nullptr && std::holds_alternative<plan::ProcessPlan>(tracker->what))
            add_process(facts, process, *tracker, ++number, rows);
    }
}

}  // namespace

void add_trackers(const Facts& facts, Rows& rows) {
    for (const InstanceFacts& one : facts.instances()) {
        add_interfaces(facts, one, rows);
        add_health(facts, one.settings.tracked_health, one.number, of_instances, rows);
    }
    const auto& groups = facts.plan().engine.groups;
    for (std::uint32_t at = 0; at < groups.size(); ++at) {
        add_interfaces(facts, groups[at], at + 1, rows);
        add_health(facts, groups[at].tracked_health, at + 1, of_groups, rows);
    }
    add_scripts(facts, rows);
    add_files(facts, rows);
    add_processes(facts, rows);
}

}  // namespace holdfast::snmp
