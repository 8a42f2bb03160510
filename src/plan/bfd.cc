#include "plan/bfd.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace holdfast::plan {

namespace {

using Definitions = std::unordered_map<std::string_view, TrackedBfd>;

// `checker` alone keeps a session from VRRP.
bool is_for_vrrp(const config::BfdInstance& session) {
    return session.for_vrrp.value_or(false) || !session.for_checker.value_or(false);
}

// with_owner: a priority of 255 is never adjusted.
std::vector<TrackedBfd> tracked(const std::vector<config::TrackerReference>& references,
                                const Definitions& definitions, bool with_owner) {
    std::vector<TrackedBfd> all;
    for (const config::TrackerReference& reference : references) {
        if (reference.kind != config::TrackerKind::bfd) continue;
        const auto found = definitions.find(reference.name);
        if (found == definitions.end()) continue;
        const TrackedBfd one{.name = reference.name,
                             .weight = reference.weight.value_or(found->second.weight),
                             .reverse = reference.reverse.value_or(found->second.reverse)};
        const bool repeated = std::any_of(
            all.begin(), all.end(), [&](const TrackedBfd& earlier) { return earlier.name == one.name; });
        if (!repeated && !(one.weight != 0 && with_owner)) all.push_back(one);
    }
    return all;
}

}  // namespace

BfdPlan plan_bfd(const config::Config& config, const Plan& plan) {
    BfdPlan bfd;
    Definitions definitions;
    for (const config::BfdInstance& session : config.bfd_instances) {
        if (!is_for_vrrp(session)) continue;
        bfd.sessions.push_back({.name = session.name,
                                .weight = session.weight.value_or(0),
                                .reverse = session.reverse.value_or(false)});
        definitions.emplace(session.name, bfd.sessions.back());
    }
    const auto& routers = plan.engine.routers;
    for (std::size_t at = 0; at < routers.size(); ++at)
        bfd.of_routers.push_back(
            tracked(config.instances[at].trackers, definitions, routers[at].priority.is_owner()));

    std::unordered_map<std::string_view, const config::SyncGroup*> by_name;
    for (const config::SyncGroup& group : config.sync_groups)
        by_name.emplace(group.name, &group);
    for (const engine::GroupSettings& group : plan.engine.groups) {
        const bool with_owner =
            std::any_of(group.members.begin(), group.members.end(),
                        [&](engine::RouterId member) { return routers[index(member)].priority.is_owner(); });
        bfd.of_groups.push_back(tracked(by_name.at(group.name)->trackers, definitions, with_owner));
    }
    return bfd;
}

}  // namespace holdfast::plan
