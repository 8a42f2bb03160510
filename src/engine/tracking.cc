#include "engine/tracking.h"

#include <algorithm>
#include <cstdlib>

namespace holdfast::engine {
namespace {

// Where both name the same thing, the group's entry holds, unless the router's own has weight 0.
template <class Tracked, class Id>
std::vector<Tracked> merged(std::vector<Tracked> own, const std::vector<Tracked>& of_group, Id Tracked::*id) {
    for (const Tracked& added : of_group) {
        const auto known = std::find_if(own.begin(), own.end(),
                                        [&](const Tracked& tracked) { return tracked.*id == added.*id; });
        if (known == own.end())
            own.push_back(added);
        else if (known->weight != 0)
            *known = added;
    }
    return own;
}

std::int64_t product(const TrackedHealth& tracked, const Verdicts& verdicts) {
    const std::int64_t value = verdicts.value_of(tracked.tracker);
    return value * (tracked.reverse ? -tracked.weight : tracked.weight);
}

}  // namespace

// It is wanted up; a reverse one without weight is wanted down.
bool is_fault(const TrackedLink& tracked, const LinkTable& links) {
    return tracked.weight == 0 && links.running(tracked.link) == tracked.reverse;
}

bool is_fault(const TrackedHealth& tracked, const Verdicts& verdicts) {
    const Health health = verdicts.of(tracked.tracker);
    if (health == Health::unknown) return false;
    if (!tracked.by_value)
        return tracked.weight == 0 && health == (tracked.reverse ? Health::good : Health::bad);
    if (tracked.weight == 0) return (verdicts.value_of(tracked.tracker) != 0) != tracked.reverse;
    return product(tracked, verdicts) <= -254;
}

LinkTable::LinkTable(std::size_t links) : links_(links) {}

std::optional<IpAddress> LinkTable::address(LinkId link, Family family) const {
    const LinkChanged& known = links_[index(link)];
    return family == Family::ipv4 ? known.ipv4 : known.ipv6;
}

std::vector<TrackedLink> tracked_links_of(const RouterSettings& router, const Settings& settings) {
    return router.group_id
               ? merged(router.tracked_links, settings.groups[index(*router.group_id)].tracked_links,
                        &TrackedLink::link)
               : router.tracked_links;
}

std::vector<TrackedHealth> tracked_health_of(const RouterSettings& router, const Settings& settings) {
    return router.group_id
               ? merged(router.tracked_health, settings.groups[index(*router.group_id)].tracked_health,
                        &TrackedHealth::tracker)
               : router.tracked_health;
}

std::optional<TrackerId> undecided(const std::vector<TrackedHealth>& tracked, const Verdicts& verdicts) {
    for (const TrackedHealth& one : tracked)
        if ((one.weight == 0 || one.by_value) && verdicts.of(one.tracker) == Health::unknown)
            return one.tracker;
    return std::nullopt;
}

std::optional<Cause> fault_of(const std::vector<TrackedHealth>& tracked, const Verdicts& verdicts) {
    for (const TrackedHealth& one : tracked) {
        if (!is_fault(one, verdicts)) continue;
        if (one.by_value)
            return Cause{.kind = CauseKind::tracker_bad,
                         .tracker = one.tracker,
                         .value = verdicts.value_of(one.tracker)};
        Cause cause{.kind = one.reverse ? CauseKind::tracker_good : CauseKind::tracker_bad,
                    .tracker = one.tracker};
        if (one.counts) cause.value = verdicts.value_of(one.tracker);
        return cause;
    }
    return std::nullopt;
}

Cause cause_of(const TrackerJudged& judged, const std::vector<TrackedHealth>& tracked) {
    const auto about = std::find_if(tracked.begin(), tracked.end(),
                                    [&](const TrackedHealth& one) { return one.tracker == judged.tracker; });
    const bool by_value = about != tracked.end() && about->by_value;
    if (by_value) return {.kind = CauseKind::tracker_bad, .tracker = judged.tracker, .value = judged.value};
    Cause cause{.kind = judged.health == Health::good ? CauseKind::tracker_good : CauseKind::tracker_bad,
                .tracker = judged.tracker};
    if (about != tracked.end() && about->counts) cause.value = judged.value;
    return cause;
}

int adjustment(const TrackedHealth& tracked, const Verdicts& verdicts) {
    if (tracked.by_value)
        return static_cast<int>(std::clamp<std::int64_t>(product(tracked, verdicts), -253, 253));
    if (verdicts.of(tracked.tracker) != (tracked.weight > 0 ? Health::good : Health::bad)) return 0;
    return tracked.reverse ? -tracked.weight : tracked.weight;
}

int adjustment(const std::vector<TrackedHealth>& tracked, const Verdicts& verdicts) {
    int total = 0;
    for (const TrackedHealth& one : tracked)
        total += adjustment(one, verdicts);
    return total;
}

int adjustment(const TrackedLink& tracked, const LinkTable& links) {
    const bool up = links.running(tracked.link);
    const bool counts = tracked.weight > 0 ? up : !up;
    if (!counts) return 0;
    return tracked.reverse ? -tracked.weight : tracked.weight;
}

Priority effective_priority(const RouterSettings& router, const std::vector<TrackedLink>& tracked,
                            const LinkTable& links, int added) {
    if (router.priority.is_owner()) return router.priority;
    int total = router.priority.wire() + added;
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
        case CauseKind::tracker_bad:
            end.kind = CauseKind::tracker_good;
            end.value.reset();  // it was that of the fault
            break;
        case CauseKind::tracker_good:
            end.kind = CauseKind::tracker_bad;
            end.value.reset();
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
