#include "plan/waits.h"

#include <gtest/gtest.h>

namespace holdfast::plan {
namespace {

using namespace std::chrono_literals;

TEST(PlannedWaits, HaveTheTimesOfKeepalivedWhereNoneAreWritten) {
    const WaitsPlan waits = plan_waits({});
    EXPECT_EQ(waits.child_end, 5s);
    EXPECT_EQ(waits.startup_script, 10s);
    EXPECT_EQ(waits.shutdown_script, 10s);
}

TEST(PlannedWaits, AreWhatTheConfigurationSays) {
    config::Config config;
    config.child_wait_time.value = 1s;
    config.global.startup_script_timeout.value = 2s;
    config.global.shutdown_script_timeout.value = 3s;
    const WaitsPlan waits = plan_waits(config);
    EXPECT_EQ(waits.child_end, 1s);
    EXPECT_EQ(waits.startup_script, 2s);
    EXPECT_EQ(waits.shutdown_script, 3s);
}

}  // namespace
}  // namespace holdfast::plan
