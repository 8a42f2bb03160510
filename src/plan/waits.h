// How long core waits for others.
#pragma once

#include "base/time.h"
#include "config/config.h"

namespace holdfast::plan {

struct WaitsPlan {
    Duration child_end{0};  // until a process that was told to end is killed
    Duration startup_script{0};
    Duration shutdown_script{0};
};

WaitsPlan plan_waits(const config::Config& config);

}  // namespace holdfast::plan
