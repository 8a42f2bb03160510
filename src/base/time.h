// Time as the protocol sees it: a monotonic clock that cannot be read. Who owns a real or a simulated clock
// passes the present in; nothing below the programs ever asks for it.
#pragma once

#include <chrono>
#include <cstdint>

namespace holdfast {

struct Monotonic {  // deliberately has no now(): time is always an argument
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<Monotonic>;
    static constexpr bool is_steady = true;
};

// Span of time, nanoseconds.
using Duration = Monotonic::duration;

// Point on CLOCK_MONOTONIC (or on the simulator's clock), nanoseconds since its origin.
using Instant = Monotonic::time_point;

// A deadline that is not set.
inline constexpr Instant never = Instant::max();

}  // namespace holdfast
