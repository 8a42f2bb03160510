#include "os/suspension.h"

#include <gtest/gtest.h>

namespace holdfast::os {
namespace {

TEST(SuspensionClock, InventsNoSuspension) {
    SuspensionClock clock;
    for (int look = 0; look < 100000; ++look)
        ASSERT_EQ(clock.take(), Duration{0});
}

}  // namespace
}  // namespace holdfast::os
