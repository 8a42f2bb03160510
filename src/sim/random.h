// The simulator's random numbers: one seeded generator whose results depend on nothing but the seed, so that
// a failing run replays byte for byte on any machine (the standard's distributions do not promise that).
#pragma once

#include <cstdint>

#include "base/result.h"
#include "base/time.h"

namespace holdfast::sim {

class Random {
public:
    explicit Random(std::uint64_t seed) : state_{seed} {}

    std::uint64_t next() {  // SplitMix64
        std::uint64_t mixed = state_ += 0x9e3779b97f4a7c15;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
        return mixed ^ (mixed >> 31);
    }
    // 0..bound-1
    std::uint64_t below(std::uint64_t bound) {
        HF_ASSERT(bound > 0);
        return next() % bound;
    }
    // least..most, both included
    int between(int least, int most) {
        return least + static_cast<int>(below(static_cast<std::uint64_t>(most - least) + 1));
    }
    // least..most, both included
    Duration between(Duration least, Duration most) {
        return least + Duration{static_cast<std::int64_t>(
                           below(static_cast<std::uint64_t>((most - least).count()) + 1))};
    }
    bool happens(double probability) { return static_cast<double>(next() >> 11) * 0x1.0p-53 < probability; }

private:
    std::uint64_t state_;
};

}  // namespace holdfast::sim
