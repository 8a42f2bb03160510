#include "os/suspension.h"

#include <ctime>

namespace holdfast::os {

namespace {

constexpr Duration shortest = std::chrono::milliseconds{1};

Duration read_clock(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

// What lies between the two readings makes the result too small, never too large: no suspension is invented.
Duration time_suspended() {
    const Duration since_boot = read_clock(CLOCK_BOOTTIME);
    return since_boot - read_clock(CLOCK_MONOTONIC);
}

}  // namespace

SuspensionClock::SuspensionClock() : known_{time_suspended()} {}

Duration SuspensionClock::take() {
    const Duration suspended = time_suspended();
    const Duration grown = suspended - known_;
    if (grown < shortest) return Duration{0};
    known_ = suspended;
    return grown;
}

}  // namespace holdfast::os
