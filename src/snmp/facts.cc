#include "snmp/facts.h"

#include <algorithm>
#include <chrono>

#include "base/vrrp_types.h"

namespace holdfast::snmp {

namespace {

const status::Instance nothing_seen;

}  // namespace

std::uint64_t InstanceFacts::counter(std::string_view name) const {
    for (const status::Counter& one : seen.counters)
        if (one.name == name) return one.value;
    return 0;
}

Facts::Facts(const Node& node, status::RoutersSnapshot routers, status::ChecksSnapshot checks,
             Interfaces interfaces)
    : node_{node},
      routers_{std::move(routers)},
      checks_{std::move(checks)},
      interfaces_{std::move(interfaces)} {
    std::unordered_map<std::string_view, const status::Instance*> seen;
    for (const status::Instance& one : routers_.instances)
        seen.emplace(one.name, &one);
    const std::size_t count = std::min(node.config.instances.size(), node.plan.routers.size());
    instances_.reserve(count);
    for (std::size_t at = 0; at < count; ++at) {
        const auto found = seen.find(node.config.instances[at].name);
        instances_.push_back({.number = static_cast<std::uint32_t>(at + 1),
                              .config = node.config.instances[at],
                              .settings = node.plan.engine.routers[at],
                              .plan = node.plan.routers[at],
                              .seen = found != seen.end() ? *found->second : nothing_seen});
    }
    for (const status::Group& one : routers_.groups)
        groups_.emplace(one.name, &one);
    for (const status::TrackerVerdict& one : routers_.trackers)
        trackers_.emplace(one.name, &one);
    for (const status::Check& one : checks_.checks)
        checks_by_name_.emplace(one.name, &one);
}

const status::Group* Facts::group(const std::string& name) const {
    const auto found = groups_.find(name);
    return found != groups_.end() ? found->second : nullptr;
}

const status::TrackerVerdict* Facts::tracker(const std::string& name) const {
    const auto found = trackers_.find(name);
    return found != trackers_.end() ? found->second : nullptr;
}

const status::Check* Facts::check(const std::string& name) const {
    const auto found = checks_by_name_.find(name);
    return found != checks_by_name_.end() ? found->second : nullptr;
}

std::int64_t vrrp_state(status::RouterState state) {
    switch (state) {
        case status::RouterState::initialize:
            return 0;
        case status::RouterState::backup:
            return 1;
        case status::RouterState::active:
            return 2;
        case status::RouterState::fault:
            return 3;
    }
    return 4;
}

std::uint64_t centiseconds(Duration duration) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(duration / centisecond, 0));
}

}  // namespace holdfast::snmp
