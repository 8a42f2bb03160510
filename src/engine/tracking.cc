#include "engine/tracking.h"

#include <algorithm>
#include <cstdlib>

namespace holdfast::engine {
namespace {

// A tracked link is wanted up; a reverse one without weight is wanted down.
bool is_fault(const TrackedLink& tracked, const LinkTable& links) {
    return tracked.weight == 0 && links.running(tracked.link) == tracked.reverse;
}

int adjustment(const TrackedLink& tracked, const LinkTable& links) {
    const bool up = links.running(tracked.link);
    const bool counts = tracked.weight > 0 ? up : !up;
    if (!counts) return 0;
    return tracked.reverse ? -tracked.weight : tracked.weight;
}

}  // namespace

LinkTable::LinkTable(std::size_t links) : links_(links) {}

std::optional<IpAddress> LinkTable::address(LinkId link, Family family) const {
    const LinkChanged& known = links_[index(link)];
    return family == Family::ipv4 ? known.ipv4 : known.ipv6;
}

std::vector<TrackedLink> tracked_links_of(const RouterSettings& router, const Settings& settings) {
    std::vector<TrackedLink> all = router.tracked_links;
    if (!router.group_id) return all;
    for (const TrackedLink& of_group : settings.groups[index(*router.group_id)].tracked_links) {
        const auto own = std::find_if(all.begin(), all.end(), [&](const TrackedLink& tracked) {
            return tracked.link == of_group.link;
        });
        if (own == all.end())
            all.push_back(of_group);
        else if (own->weight != 0)
            *own = of_group;
    }
    return all;
}

Priority effective_priority(const RouterSettings& router, const std::vector<TrackedLink>& tracked,
                            const LinkTable& links) {
    if (router.priority.is_owner()) return router.priority;
    int total = router.priority.wire();
    for (const TrackedLink& link : tracked)
        total += adjustment(link, links);
    return Priority::from(std::clamp(total, 1, 254)).value_or(router.priority);
}

std::optional<IpAddress> source_of(const RouterSettings& router, const LinkTable& links) {
    if (router.source) return router.source;
    if (!router.link) return std::nullopt;
    return links.address(*router.link, router.family);
}

std::optional<Cause> fault_of(const RouterSettings& router, const std::vector<TrackedLink>& tracked,
                              const LinkTable& links, bool source_present) {
    if (router.fault) return Cause{.kind = CauseKind::configuration};
    if (router.link) {
        // Nothing can be sent by a link that does not exist, whether it is tracked or not.
        if (!links.present(*router.link)) return Cause{.kind = CauseKind::link_missing, .link = router.link};
        if (router.tracks_own_link && !links.running(*router.link))
            return Cause{.kind = CauseKind::link_down, .link = router.link};
    }
    for (const TrackedLink& link : tracked)
        if (is_fault(link, links))
            return Cause{.kind = link.reverse ? CauseKind::tracked_link_up : CauseKind::tracked_link_down,
                         .link = link.link};
    if (router.track_source && !source_present)
        return Cause{.kind = CauseKind::source_address_gone, .peer = router.source};
    if (!source_of(router, links)) return Cause{.kind = CauseKind::no_source_address, .link = router.link};
    return std::nullopt;
}

Cause end_of(const Cause& fault) {
    Cause end = fault;
    switch (fault.kind) {
        case CauseKind::tracked_link_down:
            end.kind = CauseKind::tracked_link_up;
            break;
        case CauseKind::tracked_link_up:
            end.kind = CauseKind::tracked_link_down;
            break;
        case CauseKind::drained:
            end.kind = CauseKind::resumed;
            break;
        case CauseKind::no_source_address:
        case CauseKind::source_address_gone:
            end.kind = CauseKind::source_address_found;
            break;
        default:
            end.kind = CauseKind::link_up;
            break;
    }
    return end;
}

}  // namespace holdfast::engine
