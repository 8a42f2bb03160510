#include "vrrp/dump_trackers.h"

#include <fmt/format.h>

#include <cstdint>
#include <iterator>

namespace holdfast::vrrp {

namespace {

using engine::Health;
using engine::TrackedHealth;
using engine::TrackerId;
using Out = std::back_insert_iterator<std::string>;

double seconds(Duration span) {
    return std::chrono::duration<double>(span).count();
}

// What keepalived calls it: "check web" is ours.
std::string_view bare(const std::string& name) {
    return std::string_view{name}.substr(name.find(' ') + 1);
}

std::string weight_words(const TrackedHealth& tracked) {
    return std::to_string(tracked.weight) + (tracked.reverse ? " reverse" : "");
}

// Calls with each tracker of that kind: its number and its name.
template <class Kind, class Do>
void each(const Dump& dump, Do act) {
    for (std::uint32_t at = 0; at < dump.plan.trackers.size(); ++at)
        if (const auto* what = std::get_if<Kind>(&dump.plan.trackers[at].what))
            act(TrackerId{at}, bare(dump.plan.trackers[at].name), *what);
}

// Calls with each of that kind that the instance tracks itself.
template <class Kind, class Do>
void each_tracked(const Dump& dump, engine::RouterId router, Do act) {
    for (const TrackedHealth& tracked : dump.plan.engine.routers[index(router)].tracked_health)
        if (const auto* what = std::get_if<Kind>(&dump.plan.trackers[index(tracked.tracker)].what))
            act(tracked, bare(dump.plan.trackers[index(tracked.tracker)].name), *what);
}

// The weight where it is tracked first: keepalived has a default one, and ours are resolved.
const TrackedHealth* first_use(const Dump& dump, TrackerId tracker) {
    for (const engine::RouterSettings& router : dump.plan.engine.routers)
        for (const TrackedHealth& tracked : router.tracked_health)
            if (tracked.tracker == tracker) return &tracked;
    for (const engine::GroupSettings& group : dump.plan.engine.groups)
        for (const TrackedHealth& tracked : group.tracked_health)
            if (tracked.tracker == tracker) return &tracked;
    return nullptr;
}

std::string first_weight(const Dump& dump, TrackerId tracker) {
    const TrackedHealth* use = first_use(dump, tracker);
    return use != nullptr ? weight_words(*use) : "0";
}

void write_users(Out out, const Dump& dump, TrackerId tracker) {
    fmt::format_to(out, "   Tracking instances :\n");
    for (const engine::RouterSettings& router : dump.plan.engine.routers)
        for (const TrackedHealth& tracked : router.tracked_health)
            if (tracked.tracker == tracker)
                fmt::format_to(out, "     {}, weight {}\n", router.name, weight_words(tracked));
}

// keepalived counts results: from 0, which is certainly bad, to rise + fall - 1, which is certainly good.
void write_script(Out out, const Dump& dump, TrackerId tracker, std::string_view name,
                  const plan::ScriptPlan& script) {
    const Health health = dump.engine.verdict(tracker).health;
    const plan::Schedule& schedule = script.schedule;
    fmt::format_to(out, " VRRP Script = {}\n   Command = {}\n", name, command_words(script.command));
    fmt::format_to(out, "   Interval = {:g} sec\n   Timeout = {:g} sec\n", seconds(schedule.interval),
                   seconds(schedule.timeout));
    fmt::format_to(out, "   Weight = {}\n   Rise = {}\n   Fall = {}\n", first_weight(dump, tracker),
                   schedule.rise, schedule.fall);
    fmt::format_to(out, "   Result = {}\n   Insecure = no\n",
                   health == Health::good ? schedule.rise + schedule.fall - 1 : 0);
    fmt::format_to(out, "   Init state = {}\n",
                   health != Health::unknown ? "unknown"
                   : schedule.begins_bad     ? "INIT/FAILED"
                                             : "INIT");
    fmt::format_to(out, "   Status = {}\n   Script uid:gid = {}:{}\n",
                   health == Health::good ? "GOOD" : "BAD", script.command.uid, script.command.gid);
    fmt::format_to(out, "   VRRP instances :\n");
    write_users(out, dump, tracker);
    fmt::format_to(out, "   State = idle\n");  // another process runs it
}

void write_file(Out out, const Dump& dump, TrackerId tracker, std::string_view name,
                const plan::FilePlan& file) {
    fmt::format_to(out, " Track file = {}\n   File = {}\n   Status = {}\n   Weight = {}\n", name, file.path,
                   dump.engine.verdict(tracker).value, first_weight(dump, tracker));
    write_users(out, dump, tracker);
}

void write_process(Out out, const Dump& dump, TrackerId tracker, std::string_view name,
                   const plan::ProcessPlan& process) {
    fmt::format_to(out, " VRRP Track process = {}\n   Process = {}\n", name, process.name);
    fmt::format_to(out, "   Min processes = {}\n   Max processes = {}\n", process.quorum, process.quorum_max);
    fmt::format_to(out, "   Have quorum = {}\n   Weight = {}\n",
                   dump.engine.verdict(tracker).health == Health::good, first_weight(dump, tracker));
    fmt::format_to(out, "   Terminate delay = {:.6f}s\n   Fork delay = {:.6f}s\n",
                   seconds(process.terminate_delay), seconds(process.fork_delay));
    fmt::format_to(out, "   Full command = {}\n", process.full_command);
    write_users(out, dump, tracker);
}

template <class Kind, class Write>
void write_section(std::string& text, const Dump& dump, std::string_view title, Write write) {
    const Out out{text};
    bool any = false;
    each<Kind>(dump, [&](TrackerId tracker, std::string_view name, const Kind& what) {
        if (!any) fmt::format_to(out, "------< {} >------\n", title);
        any = true;
        write(out, dump, tracker, name, what);
    });
}

template <class Kind>
void write_lines(std::string& text, const Dump& dump, engine::RouterId router, std::string_view title,
                 std::string_view gap) {
    const Out out{text};
    bool any = false;
    each_tracked<Kind>(dump, router, [&](const TrackedHealth& tracked, std::string_view name, const Kind&) {
        if (!any) fmt::format_to(out, "   {} :\n", title);
        any = true;
        fmt::format_to(out, "     {}{} weight {}\n", name, gap, weight_words(tracked));
    });
}

std::string_view word_of(const plan::ProcessPlan& process) {
    if (process.parameters.empty()) return "none";
    switch (process.match) {
        case config::ParamMatch::exact:
            return "exact";
        case config::ParamMatch::partial:
            return "partial";
        case config::ParamMatch::initial:
            return "initial";
    }
    return "none";
}

}  // namespace

void write_trackers(std::string& text, const Dump& dump) {
    write_section<plan::ScriptPlan>(text, dump, "VRRP Scripts", write_script);
    write_section<plan::FilePlan>(text, dump, "VRRP Track files", write_file);
    write_section<plan::ProcessPlan>(text, dump, "VRRP Track processes", write_process);
}

void write_tracked(std::string& text, const Dump& dump, engine::RouterId router) {
    write_lines<plan::ScriptPlan>(text, dump, router, "Tracked scripts", "");
    write_lines<plan::FilePlan>(text, dump, router, "Tracked files", ",");
    write_lines<plan::ProcessPlan>(text, dump, router, "Tracked processes", ",");
}

std::vector<std::string> tracked_scripts(const Dump& dump, engine::RouterId router) {
    std::vector<std::string> words;
    each_tracked<plan::ScriptPlan>(
        dump, router, [&](const TrackedHealth&, std::string_view, const plan::ScriptPlan& script) {
            words.push_back(command_words(script.command));
        });
    return words;
}

std::vector<std::string> tracked_processes(const Dump& dump, engine::RouterId router) {
    std::vector<std::string> words;
    each_tracked<plan::ProcessPlan>(
        dump, router, [&](const TrackedHealth&, std::string_view name, const plan::ProcessPlan&) {
            words.emplace_back(name);
        });
    return words;
}

std::string process_objects(const Dump& dump) {
    std::string text;
    each<plan::ProcessPlan>(dump, [&](TrackerId tracker, std::string_view, const plan::ProcessPlan& process) {
        std::string parameters;
        for (const std::string& word : process.parameters)
            parameters += (parameters.empty() ? "" : " ") + word;
        const TrackedHealth* use = first_use(dump, tracker);
        fmt::format_to(Out{text},
                       "{}{{\"process\":{},\"parameters\":{},\"param_match\":\"{}\",\"min_processes\":{},"
                       "\"max_processes\":{},\"have_quorum\":{},\"weight\":{},\"terminate_delay\":{:.6f},"
                       "\"fork_delay\":{:.6f},\"full_command\":{}}}",
                       text.empty() ? "" : ",", quoted(process.name), quoted(parameters), word_of(process),
                       process.quorum, process.quorum_max,
                       dump.engine.verdict(tracker).health == Health::good, use != nullptr ? use->weight : 0,
                       seconds(process.terminate_delay), seconds(process.fork_delay), process.full_command);
    });
    return text;
}

std::string command_words(const plan::Command& command) {
    std::string text;
    for (const std::string& word : command.argv) {
        const bool is_first = text.empty();
        text += (is_first ? "'" : " '") + (is_first ? command.path : word) + "'";
    }
    return text;
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char character : text) {
        if (character == '"' || character == '\\') out += '\\';
        if (static_cast<unsigned char>(character) < 0x20)
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(character));
        else
            out += character;
    }
    return out + "\"";
}

}  // namespace holdfast::vrrp
