// The timers of VRRP as formulas (RFC 3768 section 6.1, RFC 9568 section 6.1), and the grid on which adverts
// are armed. Pure; exact to the nanosecond.
#pragma once

#include "base/time.h"
#include "base/vrrp_types.h"
#include "engine/settings.h"

namespace holdfast::engine {

// Skew_Time: version 2 takes a share of a second, version 3 of the Active router's interval.
constexpr Duration skew_time(Version version, Priority priority, Duration active_interval) {
    const Duration whole = version == Version::v2 ? Duration{std::chrono::seconds{1}} : active_interval;
    return whole * (256 - priority.wire()) / 256;
}

// Active_Down_Interval (Master_Down_Interval in version 2).
constexpr Duration down_interval(const RouterSettings& own, Priority priority, Duration active_interval) {
    return own.down_timer_adverts * active_interval + skew_time(own.version, priority, active_interval);
}

// How long a router that is configured to begin as Active listens first: one interval and the least skew.
constexpr Duration opening_interval(const RouterSettings& own) {
    return own.advert_interval + skew_time(own.version, Priority::owner(), own.advert_interval);
}

// How late an Active router's own advert may be before it has to doubt that it still is the only one: its
// peers, who heard the one before, end their down timers no sooner.
constexpr Duration longest_belief(const RouterSettings& own) {
    return own.down_timer_adverts > 1 ? own.advert_interval * (own.down_timer_adverts - 1)
                                      : own.advert_interval / 2;
}

// A down timer served so late proves no silence: nobody listened meanwhile.
constexpr Duration longest_deafness(Duration active_interval) {
    return active_interval / 4;
}

// What the Active router gets then: time for one more advert.
constexpr Duration one_more_chance(const RouterSettings& own, Priority priority, Duration active_interval) {
    return active_interval + skew_time(own.version, priority, active_interval);
}

// Adverts of many routers share wake-ups when they are armed on one grid: 1 ms, for short intervals a binary
// fraction of it that is below 1/64 of the interval. Every such step divides every interval that can be
// configured, and the finer grids contain the coarser ones.
constexpr Duration advert_grid(Duration interval) {
    constexpr Duration finest = std::chrono::microseconds{125};
    Duration grid = std::chrono::milliseconds{1};
    while (grid > finest && grid > interval / 64)
        grid /= 2;
    return grid;
}

// The first point of the grid that is not before the instant: nothing is ever served early.
constexpr Instant align_up(Instant instant, Duration grid) {
    if (instant == never) return never;
    const Duration past = instant.time_since_epoch() % grid;
    return past > Duration{0} ? instant + (grid - past) : instant - past;
}

// What repeats keeps its phase; only when a whole period was missed it begins anew.
constexpr Instant next_in_phase(Instant nominal, Duration period, Instant now) {
    const Instant next = nominal + period;
    return next > now ? next : now + period;
}

}  // namespace holdfast::engine
