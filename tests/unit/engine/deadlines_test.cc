#include "engine/deadlines.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "support/builders.h"

namespace holdfast::test {
namespace {

TEST(Deadlines, ThereIsNoneAtFirst) {
    EXPECT_EQ(engine::Deadlines{0}.earliest(), never);
    EXPECT_EQ(engine::Deadlines{5}.earliest(), never);
}

TEST(Deadlines, EarliestIsRightAfterAnySequenceOfChanges) {
    constexpr std::uint32_t routers = 37;
    engine::Deadlines deadlines{routers};
    std::vector<Instant> plain(routers, never);
    std::mt19937 random{20261120};  // NOLINT: the same sequence in every run
    for (int i = 0; i < 20'000; ++i) {
        const std::uint32_t router = static_cast<std::uint32_t>(random() % routers);
        const Instant when = random() % 8 == 0 ? never : at(std::chrono::milliseconds{random() % 100});
        deadlines.set(engine::RouterId{router}, when);
        plain[router] = when;
        const Instant earliest = *std::min_element(plain.begin(), plain.end());
        ASSERT_EQ(deadlines.earliest(), earliest);
        ASSERT_EQ(deadlines.of(deadlines.first()), earliest);
    }
}

}  // namespace
}  // namespace holdfast::test
