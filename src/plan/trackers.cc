#include "plan/trackers.h"

#include <algorithm>

#include "plan/scripts.h"

namespace holdfast::plan {

namespace {

template <class Definition>
Schedule schedule_of(const Definition& check) {
    Schedule schedule;
    schedule.interval = check.interval.value_or(schedule.interval);
    schedule.timeout = check.timeout.value_or(schedule.interval);
    schedule.rise = check.rise.value_or(1);
    schedule.fall = check.fall.value_or(1);
    schedule.begins_bad = check.init_fail.value_or(false);
    return schedule;
}

ScriptPlan script_plan(const config::TrackedScript& script) {
    ScriptPlan plan{.command = {}, .schedule = schedule_of(script)};
    if (script.command) plan.command = plan_command(*script.command);
    return plan;
}

CheckPlan check_plan(const config::TrackedCheck& check) {
    CheckPlan plan{.type = *check.type,
                   .target = check.target,
                   .contains = check.contains,
                   .host = check.host,
                   .verified = !check.insecure,
                   .user = check.user,
                   .schedule = schedule_of(check)};
    if (check.status) plan.status = *check.status;
    if (const auto endpoint = config::parse_endpoint(check.target)) plan.endpoint = *endpoint;
    if (plan.type == config::CheckType::icmp)
        plan.endpoint = {.address = IpAddress::parse(check.target).value_or(IpAddress{})};
    return plan;
}

FilePlan file_plan(const config::TrackedFile& file) {
    FilePlan plan{.path = file.path.value_or(""), .init = {}, .init_overwrites = file.init_overwrites};
    if (file.init) plan.init = file.init_value.value_or(0);
    return plan;
}

// Nobody waits longer than until the next question.
Schedule round_of(Schedule schedule) {
    schedule.timeout = std::min(schedule.timeout, schedule.interval);
    return schedule;
}

ReachabilityPlan arp_check_plan(const config::TrackedCheck& check) {
    return {
        .references = {{.address = IpAddress::parse(check.target).value_or(IpAddress{}), .link = check.dev}},
        .schedule = round_of(schedule_of(check))};
}

// What is taken where the block says nothing.
struct Rhythm {
    Duration interval;
    int fall;
};
constexpr Rhythm tracked_rhythm{.interval = std::chrono::seconds{1}, .fall = 3};
constexpr int guard_fall = 2;  // known within two advert intervals: before the peer's down timer ends

ReachabilityPlan reachability_plan(const config::TrackedReachability& block, const std::string& own_link,
                                   const Rhythm& usual) {
    ReachabilityPlan plan;
    for (const config::ReferenceHost& host : block.hosts)
        plan.references.push_back({.address = host.address, .link = host.dev.empty() ? own_link : host.dev});
    plan.quorum = block.quorum.value_or(1);
    plan.schedule.interval = block.interval.value_or(usual.interval);
    plan.schedule.timeout = plan.schedule.interval;
    plan.schedule.rise = block.rise.value_or(1);
    plan.schedule.fall = block.fall.value_or(usual.fall);
    return plan;
}

// "references 192.0.2.1, 192.0.2.2 on eth0 (quorum 2)": all that its verdict depends on.
std::string name_of(const ReachabilityPlan& plan) {
    const bool several = plan.references.size() > 1;
    std::string name = several ? "references" : "reference";
    for (std::size_t at = 0; at < plan.references.size(); ++at) {
        const ReachabilityPlan::Reference& reference = plan.references[at];
        const bool last_there =
            at + 1 == plan.references.size() || plan.references[at + 1].link != reference.link;
        name +=
            (at == 0 ? " " : ", ") + reference.address.text() + (last_there ? " on " + reference.link : "");
    }
    return name + (several && plan.quorum > 1 ? " (quorum " + std::to_string(plan.quorum) + ")" : "");
}

ProcessPlan process_plan(const config::TrackedProcess& process) {
    ProcessPlan plan;
    if (process.command && !process.command->empty()) {
        plan.name = process.command->front();
        plan.parameters.assign(process.command->begin() + 1, process.command->end());
    }
    plan.match = process.param_match.value_or(config::ParamMatch::exact);
    plan.full_command =
        process.full_command.value_or(false) || !plan.parameters.empty() || process.param_match.has_value();
    plan.quorum = process.quorum.value_or(1);
    plan.quorum_max = process.quorum_max.value_or(plan.quorum_max);
    // None may run: a quorum that nobody wrote does not contradict that.
    if (plan.quorum_max == 0) plan.quorum = 0;
    plan.fork_delay = process.fork_delay.value_or(Duration{0});
    plan.terminate_delay = process.terminate_delay.value_or(Duration{0});
    return plan;
}

}  // namespace

Trackers::Trackers(const config::Config& config) {
    for (const auto& script : config.scripts)
        add(config::TrackerKind::script, script.name,
            {.plan = {.name = "check " + script.name, .what = script_plan(script)},
             .weight = script.weight.value_or(0),
             .reverse = script.reverse.value_or(false)});
    for (const auto& check : config.checks)
        add(config::TrackerKind::check, check.name,
            {.plan = check.type.value == config::CheckType::arp
                         ? TrackerPlan{.name = "check " + check.name, .what = arp_check_plan(check)}
                         : TrackerPlan{.name = "check " + check.name, .what = check_plan(check)},
             .weight = check.weight.value_or(0),
             .reverse = check.reverse.value_or(false)});
    for (const auto& file : config.files)
        add(config::TrackerKind::file, file.name,
            {.plan = {.name = "file " + file.name, .what = file_plan(file)},
             .weight = file.weight.value_or(1),
             .reverse = file.reverse.value_or(false)});
    for (const auto& process : config.processes)
        add(config::TrackerKind::process, process.name,
            {.plan = {.name = "process " + process.name, .what = process_plan(process)},
             .weight = process.weight.value_or(0),
             .reverse = process.reverse.value_or(false)});
}

void Trackers::add(config::TrackerKind kind, const std::string& name, Defined tracker) {
    defined_[static_cast<std::size_t>(kind)].emplace(name, std::move(tracker));
}

Trackers::Defined* Trackers::find(const config::TrackerReference& reference) {
    auto& names = defined_[static_cast<std::size_t>(reference.kind)];
    const auto found = names.find(reference.name);
    return found == names.end() ? nullptr : &found->second;
}

std::vector<engine::TrackedHealth> Trackers::tracked(const std::vector<config::TrackerReference>& references,
                                                     bool with_owner) {
    std::vector<engine::TrackedHealth> all;
    for (const config::TrackerReference& reference : references) {
        Defined* const defined = find(reference);
        if (defined == nullptr) continue;
        const int weight = reference.weight.value_or(defined->weight);
        if (weight != 0 && with_owner) continue;
        const engine::TrackerId number = number_of(*defined);
        const bool repeated = std::any_of(all.begin(), all.end(), [&](const engine::TrackedHealth& earlier) {
            return earlier.tracker == number;
        });
        if (!repeated)
            all.push_back({.tracker = number,
                           .weight = weight,
                           .reverse = reference.reverse.value_or(defined->reverse),
                           .by_value = reference.kind == config::TrackerKind::file});
    }
    return all;
}

std::vector<engine::TrackedHealth> Trackers::tracked(const std::vector<config::TrackedReachability>& blocks,
                                                     const std::string& own_link, bool with_owner) {
    std::vector<engine::TrackedHealth> all;
    for (const config::TrackedReachability& block : blocks) {
        const int weight = block.weight.value_or(0);
        if (weight != 0 && with_owner) continue;
        ReachabilityPlan plan = reachability_plan(block, own_link, tracked_rhythm);
        const engine::TrackerId number = number_of({.name = name_of(plan), .what = plan});
        const bool repeated = std::any_of(all.begin(), all.end(), [&](const engine::TrackedHealth& earlier) {
            return earlier.tracker == number;
        });
        if (!repeated)
            all.push_back({.tracker = number,
                           .weight = weight,
                           .reverse = block.reverse.value_or(false),
                           .counts = plan.references.size() > 1});
    }
    return all;
}

Trackers::GuardReferences Trackers::of_guard(const config::TrackedReachability& block,
                                             const std::string& own_link, Duration advert_interval) {
    ReachabilityPlan plan =
        reachability_plan(block, own_link, {.interval = advert_interval, .fall = guard_fall});
    GuardReferences references{.redundant = static_cast<int>(plan.references.size()) > plan.quorum,
                               .interval = plan.schedule.interval};
    references.tracker = number_of({.name = name_of(plan), .what = std::move(plan)});
    return references;
}

engine::TrackerId Trackers::number_of(const TrackerPlan& plan) {
    const auto known = std::find(plans_.begin(), plans_.end(), plan);
    const auto position = static_cast<std::uint32_t>(known - plans_.begin());
    if (known == plans_.end()) plans_.push_back(plan);
    return engine::TrackerId{position};
}

engine::TrackerId Trackers::number_of(Defined& tracker) {
    if (!tracker.number) {
        tracker.number = engine::TrackerId{static_cast<std::uint32_t>(plans_.size())};
        plans_.push_back(tracker.plan);
    }
    return *tracker.number;
}

bool tracks_the_same(const TrackerPlan& was, const TrackerPlan& is) {
    if (was.name != is.name || was.what.index() != is.what.index()) return false;
    if (const auto* script = std::get_if<ScriptPlan>(&was.what))
        return script->command == std::get<ScriptPlan>(is.what).command;
    if (const auto* file = std::get_if<FilePlan>(&was.what))
        return file->path == std::get<FilePlan>(is.what).path;
    if (const auto* check = std::get_if<CheckPlan>(&was.what)) {
        CheckPlan same = *check;
        same.schedule = std::get<CheckPlan>(is.what).schedule;
        return same == std::get<CheckPlan>(is.what);
    }
    if (const auto* reachability = std::get_if<ReachabilityPlan>(&was.what)) {
        ReachabilityPlan same = *reachability;
        same.schedule = std::get<ReachabilityPlan>(is.what).schedule;
        return same == std::get<ReachabilityPlan>(is.what);
    }
    return was.what == is.what;
}

std::vector<engine::TrackerSettings> Trackers::settings() const {
    std::vector<engine::TrackerSettings> all;
    all.reserve(plans_.size());
    for (const TrackerPlan& plan : plans_)
        all.push_back(std::visit(
            Overloaded{[&](const auto&) { return engine::TrackerSettings{.name = plan.name}; },
                       [&](const FilePlan&) {
                           return engine::TrackerSettings{
                               .name = plan.name, .bad = "says", .good = "no longer says so"};
                       },
                       [&](const ProcessPlan&) {
                           return engine::TrackerSettings{
                               .name = plan.name, .bad = "has no quorum", .good = "has its quorum"};
                       },
                       [&](const ReachabilityPlan& reachability) {
                           const std::size_t count = reachability.references.size();
                           if (count == 1)
                               return engine::TrackerSettings{
                                   .name = plan.name, .bad = "does not answer", .good = "answers"};
                           return engine::TrackerSettings{
                               .name = plan.name,
                               .bad = "do not answer",
                               .good = "answer",
                               .counted = " of " + std::to_string(count) + " answer"};
                       }},
            plan.what));
    return all;
}

}  // namespace holdfast::plan
