#include "vrrp/moment.h"

#include <algorithm>

#include "engine/guard_table.h"

namespace holdfast::vrrp {

status::Verdict shown(engine::Health health) {
    switch (health) {
        case engine::Health::unknown:
            return status::Verdict::unknown;
        case engine::Health::good:
            return status::Verdict::good;
        case engine::Health::bad:
            return status::Verdict::bad;
    }
    return status::Verdict::unknown;
}

status::Evidence Moment::evidence(const engine::StateChanged& change, Instant when,
                                  const engine::Settings& settings) const {
    status::Evidence evidence{.priority = priority,
                              .former_priority = former_priority,
                              .active_interval = change.active_interval,
                              .down_interval = change.down_interval,
                              .factors_total = factors_total};
    if (former_priority != 0) evidence.priority_moved = priority_moved;
    if (somebody_heard)
        evidence.heard = {.address = heard_from, .priority = heard_priority, .when = heard_when};
    else if (change.cause.peer && change.cause.elapsed > Duration{0})  // by the process before
        evidence.heard = {
            .address = *change.cause.peer,
            .priority = change.cause.peer_priority ? change.cause.peer_priority->wire() : std::uint8_t{0},
            .when = when - change.cause.elapsed};
    for (std::size_t at = 0; at < std::min<std::size_t>(factors_total, factors.size()); ++at) {
        const engine::Factor& factor = factors[at];
        evidence.factors.push_back({.name = factor.is_link ? "link " + settings.links[factor.number]
                                                           : settings.trackers[factor.number].name,
                                    .verdict = shown(factor.health),
                                    .is_fault = factor.forbids,
                                    .amount = factor.amount});
    }
    if (const engine::Row* const row = engine::row_of(situation)) {
        evidence.guard_row = static_cast<std::uint8_t>(row->number);
        evidence.guard_found = row->name;
        evidence.guard_verdict = name_of(verdict);
    }
    return evidence;
}

}  // namespace holdfast::vrrp
