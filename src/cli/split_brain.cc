#include "cli/split_brain.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "cli/command_line.h"
#include "cli/hosts.h"
#include "config/parse.h"
#include "engine/guard_table.h"
#include "plan/plan.h"
#include "system/system_files.h"

namespace holdfast::cli {

namespace {

constexpr int failed = 1;

struct Wish {
    std::string file;
    std::vector<std::string> units;  // empty: all
    bool json = false;
};

// Nothing: go on. Else the exit status.
std::optional<int> read(const std::vector<std::string>& arguments, Terminal& terminal, Wish& wish) {
    wish.file = system::usual_configuration();
    CommandLine line{"split-brain", "explain [OPTION...] [NAME...]",
                     "What the guard of each instance or sync group (or of those that are named) knows, what "
                     "follows\nfrom it, and what is done then. The first row that holds decides."};
    line.value("file,f", wish.file, "FILE", "configuration file; else the daemon's")
        .json(wish.json)
        .words(wish.units);
    if (const auto status = line.read(arguments, terminal)) return status;
    if (wish.units.empty() || wish.units.front() != "explain")
        return line.refuse("what about it? `holdfast split-brain explain` explains it", terminal);
    wish.units.erase(wish.units.begin());
    return std::nullopt;
}

struct Unit {
    const std::string& name;
    const engine::GuardSettings& guard;
    Duration interval;  // of its leader's adverts
};

// "group VG_1" answers to VG_1, too.
bool is_wanted(const std::string& unit, const Wish& wish) {
    return wish.units.empty() || std::any_of(wish.units.begin(), wish.units.end(), [&](const auto& name) {
               return unit == name || unit == "group " + name;
           });
}

std::string seconds(Duration span) {
    return fmt::format("{:g} s", std::chrono::duration<double>(span).count());
}

std::string references(const engine::GuardSettings& guard, const plan::Plan& plan) {
    return guard.references ? plan.engine.trackers[index(*guard.references)].name : "no references";
}

std::string verdict(const engine::Cell& cell) {
    return std::string{name_of(cell.verdict)} + (cell.incident ? ", incident" : "");
}

void write_text(const Unit& unit, const plan::Plan& plan, Terminal& terminal) {
    const auto bound = engine::detection_bound(unit.guard, unit.interval);
    terminal.out << unit.name << ": policy " << name_of(unit.guard.policy) << "\n";
    for (const engine::PathId path : unit.guard.heartbeats)
        terminal.out << "    heartbeats by " << plan.engine.paths[index(path)] << "\n";
    if (unit.guard.heartbeats.empty()) terminal.out << "    no heartbeats\n";
    terminal.out << "    virtual addresses are " << (unit.guard.probes_addresses ? "" : "not ")
                 << "asked for by ARP and ND\n    " << references(unit.guard, plan) << "\n    ";
    if (bound)
        terminal.out << "two nodes are active at once for at most " << seconds(*bound)
                     << ", as long as something of one reaches the other\n";
    else
        terminal.out << "how long two nodes are active is not bounded: this policy does not end it\n";
    bool active = true;
    for (const engine::ExplainedRow& row : engine::explain(unit.guard)) {
        if (row.row->active != active || row.row->number == 1)
            terminal.out << (row.row->active ? "\n  While MASTER\n"
                                             : "\n  BACKUP, when the down timer ends\n");
        active = row.row->active;
        terminal.out << "    " << row.row->number << (row.row->number < 10 ? "   " : "  ") << row.row->name
                     << "\n        known: " << row.row->evidence << "\n        then:  " << row.row->words
                     << "\n        done:  " << verdict(row.cell) << "\n";
    }
    terminal.out << "\n";
}

nlohmann::ordered_json json_of(const Unit& unit, const plan::Plan& plan) {
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    for (const engine::ExplainedRow& row : engine::explain(unit.guard))
        rows.push_back({{"number", row.row->number},
                        {"table", row.row->active ? "active" : "backup"},
                        {"situation", row.row->name},
                        {"evidence", row.row->evidence},
                        {"follows", row.row->words},
                        {"verdict", name_of(row.cell.verdict)},
                        {"incident", row.cell.incident}});
    nlohmann::ordered_json paths = nlohmann::ordered_json::array();
    for (const engine::PathId path : unit.guard.heartbeats)
        paths.push_back(plan.engine.paths[index(path)]);
    nlohmann::ordered_json answer{{"unit", unit.name},
                                  {"policy", name_of(unit.guard.policy)},
                                  {"heartbeats", std::move(paths)},
                                  {"probe_addresses", unit.guard.probes_addresses},
                                  {"references", unit.guard.references ? references(unit.guard, plan) : ""},
                                  {"detection_bound_ms", nullptr},
                                  {"rows", std::move(rows)}};
    if (const auto bound = engine::detection_bound(unit.guard, unit.interval))
        answer["detection_bound_ms"] = std::chrono::duration_cast<std::chrono::milliseconds>(*bound).count();
    return answer;
}

}  // namespace

int split_brain(const std::vector<std::string>& arguments, Terminal& terminal) {
    Wish wish;
    if (const auto status = read(arguments, terminal, wish)) return *status;
    system::SystemFiles files;
    const config::Parsed parsed = config::parse_file(files, wish.file, AnyHost{}, {});
    if (parsed.diagnostics.stops()) {
        terminal.err << "holdfast split-brain: the daemon does not start with " << wish.file
                     << "; `holdfast check " << wish.file << "` says why\n";
        return failed;
    }
    const plan::Plan plan = plan::make_plan(parsed.config, {});
    nlohmann::ordered_json units = nlohmann::ordered_json::array();
    std::size_t told = 0;
    for (std::size_t at = 0; at < plan.guards.size(); ++at) {
        const engine::GuardSettings& guard = plan.engine.guards[at];
        const Unit unit{plan.guards[at].unit, guard,
                        plan.engine.routers[index(guard.leader)].advert_interval};
        if (!is_wanted(unit.name, wish)) continue;
        ++told;
        if (wish.json)
            units.push_back(json_of(unit, plan));
        else
            write_text(unit, plan, terminal);
    }
    if (wish.json)
        terminal.out << nlohmann::ordered_json{{"schema", 1}, {"units", std::move(units)}}.dump() << "\n";
    if (told > 0) return 0;
    terminal.err << "holdfast split-brain: nothing" << (wish.units.empty() ? "" : " of that name")
                 << " is guarded in " << wish.file
                 << "; a split_brain block in a vrrp_instance or vrrp_sync_group does that\n";
    return failed;
}

}  // namespace holdfast::cli
