// Something that instances track, as the checker process sees it: it watches by itself, and says when its
// verdict changes or becomes known.
#pragma once

#include <cstdint>
#include <functional>

#include "status/snapshot.h"

namespace holdfast::checker {

struct Verdict {
    bool good = false;
    std::int32_t value = 0;  // of a tracked file, whose number counts; it is good then
    bool operator==(const Verdict&) const = default;
};

using Judged = std::function<void(Verdict)>;

class Tracker {
public:
    Tracker() = default;
    Tracker(const Tracker&) = delete;
    Tracker& operator=(const Tracker&) = delete;
    virtual ~Tracker() = default;
    // What was known before this process, said before begin().
    virtual void assume(Verdict known) = 0;
    virtual void begin() = 0;
    // Adds what it has seen to what is known of it anyway: name, kind, target and verdict.
    virtual void describe(status::Check&) const {}
};

}  // namespace holdfast::checker
