// How long the host was suspended. CLOCK_BOOTTIME runs meanwhile, CLOCK_MONOTONIC, by which deadlines are
// kept, does not.
#pragma once

#include "base/time.h"

namespace holdfast::os {

class SuspensionClock {
public:
    SuspensionClock();
    // Since the last call, or since it was made; zero when it was not suspended.
    Duration take();

private:
    Duration known_;
};

}  // namespace holdfast::os
