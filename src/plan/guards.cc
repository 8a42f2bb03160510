#include "plan/guards.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "plan/scripts.h"

namespace holdfast::plan {

namespace {

using namespace std::chrono_literals;

constexpr int default_port = 5112;
constexpr Duration default_return_delay = 30s;
constexpr Duration default_timeout = 20s;
constexpr int default_retries = 2;
constexpr int highest_priority = 255;
constexpr Duration delay_per_priority = 20ms;  // the lowest waits for 5 s, which an agent may take

engine::GuardPolicy policy_of(config::GuardPolicy policy) {
    switch (policy) {
        case config::GuardPolicy::off:
            return engine::GuardPolicy::off;
        case config::GuardPolicy::alert:
            return engine::GuardPolicy::alert;
        case config::GuardPolicy::hold:
            return engine::GuardPolicy::hold;
        case config::GuardPolicy::fence:
            return engine::GuardPolicy::fence;
        case config::GuardPolicy::takeover:
            return engine::GuardPolicy::takeover;
    }
    return engine::GuardPolicy::off;
}

PathPlan path_plan(const config::Heartbeat& heartbeat, const config::SplitBrain& guard) {
    PathPlan path{.interface = heartbeat.interface,
                  .peer = heartbeat.peer,
                  .source = heartbeat.source,
                  .device = heartbeat.device,
                  .bits_per_second = heartbeat.speed.value_or(0),
                  .key = guard.heartbeat_key.value_or("")};
    if (path.device.empty())
        path.port = static_cast<std::uint16_t>(guard.heartbeat_port.value_or(default_port));
    return path;
}

std::string name_of(const PathPlan& path) {
    if (!path.device.empty()) return "serial line " + path.device;
    std::string name = path.peer ? "peer " + path.peer->text() : "interface " + path.interface;
    if (path.peer && !path.interface.empty()) name += " by " + path.interface;
    return name;
}

// Units that write the same way share it.
engine::PathId path_id(Plan& plan, const PathPlan& path) {
    const auto found = std::find(plan.paths.begin(), plan.paths.end(), path);
    const auto at = static_cast<std::uint32_t>(found - plan.paths.begin());
    if (found == plan.paths.end()) {
        plan.engine.paths.push_back(name_of(path));
        plan.paths.push_back(path);
    }
    return engine::PathId{at};
}

// Where packages put fence agents.
std::string agent_path(const std::string& agent) {
    if (agent.empty() || agent.find('/') != std::string::npos) return agent;
    return "/usr/sbin/" + agent;
}

FencePlan fence_plan(const config::Fence& fence, const std::string& unit) {
    FencePlan plan{.unit = unit,
                   .agent = agent_path(fence.agent.value_or("")),
                   .timeout = fence.timeout.value_or(default_timeout),
                   .retries = fence.retries.value_or(default_retries)};
    if (fence.command) plan.command = plan_command(*fence.command);
    for (const config::FenceOption& option : fence.options)
        plan.options.emplace_back(option.name, option.value);
    return plan;
}

// The two must not begin at once: a delay that is written for one node, and more for whoever should yield.
Duration fence_delay(const config::Fence& fence, int priority) {
    Duration delay = fence.delay.value_or(Duration{0});
    if (fence.delay_by_priority.value_or(true)) delay += delay_per_priority * (highest_priority - priority);
    return delay;
}

engine::FenceSettings fence_settings(const config::Fence& fence, int priority) {
    engine::FenceSettings settings;
    settings.delay = fence_delay(fence, priority);
    // Each attempt is the action and the question whether it worked.
    const int attempts = fence.retries.value_or(default_retries) + 1;
    settings.timeout = fence.timeout.value_or(default_timeout) * (2 * attempts);
    settings.failure_promotes =
        fence.on_failure.value_or(config::FenceFailure::hold) == config::FenceFailure::takeover;
    return settings;
}

void plan_references(engine::GuardSettings& guard, const config::TrackedReachability& references,
                     const std::string& own_link, Duration advert_interval, Trackers& trackers) {
    const auto planned = trackers.of_guard(references, own_link, advert_interval);
    guard.references = planned.tracker;
    guard.references_redundant = planned.redundant;
    guard.reference_interval = planned.interval;
}

void plan_guard(Plan& plan, Trackers& trackers, const config::SplitBrain& written, engine::RouterId leader,
                const std::string& own_link, const std::string& unit) {
    if (!written.policy || *written.policy == config::GuardPolicy::off) return;
    engine::GuardSettings guard;
    guard.leader = leader;
    guard.policy = policy_of(*written.policy);
    guard.probes_addresses = written.probe_addresses.value_or(true);
    for (const config::Heartbeat& heartbeat : written.heartbeats) {
        const engine::PathId path = path_id(plan, path_plan(heartbeat, written));
        const bool known =
            std::find(guard.heartbeats.begin(), guard.heartbeats.end(), path) != guard.heartbeats.end();
        if (!known && guard.heartbeats.size() < engine::max_paths) guard.heartbeats.push_back(path);
    }
    if (written.references)
        plan_references(guard, *written.references, own_link,
                        plan.engine.routers[index(leader)].advert_interval, trackers);
    guard.withdraws_when_isolated = written.isolated_active
                                        ? *written.isolated_active == config::IsolatedActive::withdraw
                                        : engine::withdraws_by_default(guard.policy);
    guard.quiet = written.return_delay.value_or(default_return_delay);
    GuardPlan planned{.unit = unit, .fence = std::nullopt};
    if (written.fence) {
        const int priority = plan.engine.routers[index(leader)].priority.wire();
        guard.fence = fence_settings(*written.fence, priority);
        planned.fence = fence_plan(*written.fence, unit);
    }
    plan.engine.guards.push_back(std::move(guard));
    plan.guards.push_back(std::move(planned));
}

}  // namespace

void plan_guards(Plan& plan, const config::Config& config, Trackers& trackers) {
    for (std::size_t at = 0; at < config.instances.size(); ++at) {
        const config::Instance& instance = config.instances[at];
        if (instance.split_brain && !plan.engine.routers[at].group_id)
            plan_guard(plan, trackers, *instance.split_brain,
                       engine::RouterId{static_cast<std::uint32_t>(at)}, instance.interface.value_or(""),
                       instance.name);
    }
    std::unordered_map<std::string_view, const config::SplitBrain*> guarded;
    for (const config::SyncGroup& group : config.sync_groups)
        if (group.split_brain) guarded.emplace(group.name, &*group.split_brain);
    for (const engine::GroupSettings& group : plan.engine.groups)
        if (const auto written = guarded.find(group.name); written != guarded.end())
            plan_guard(plan, trackers, *written->second, group.members.front(), "", "group " + group.name);
}

}  // namespace holdfast::plan
