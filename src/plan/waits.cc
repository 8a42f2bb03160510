#include "plan/waits.h"

namespace holdfast::plan {

namespace {

using namespace std::chrono_literals;

constexpr Duration standard_child_end = 5s;
constexpr Duration standard_script = 10s;

}  // namespace

WaitsPlan plan_waits(const config::Config& config) {
    return {.child_end = config.child_wait_time.value_or(Duration{standard_child_end}),
            .startup_script = config.global.startup_script_timeout.value_or(Duration{standard_script}),
            .shutdown_script = config.global.shutdown_script_timeout.value_or(Duration{standard_script})};
}

}  // namespace holdfast::plan
