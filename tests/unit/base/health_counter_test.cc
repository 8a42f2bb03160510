#include "base/health_counter.h"

#include <gtest/gtest.h>

#include <string>

namespace holdfast {
namespace {

// Results as a row of + and -, and what is said after each: G(ood), B(ad), or . for nothing new.
struct Row {
    int rise;
    int fall;
    bool begins_bad;
    std::string results;
    std::string said;
};

class Counting : public testing::TestWithParam<Row> {};

TEST_P(Counting, SaysWhatChanged) {
    const Row& row = GetParam();
    HealthCounter counter{row.rise, row.fall, row.begins_bad};
    std::string said;
    for (const char result : row.results) {
        const auto verdict = counter.count(result == '+');
        said += !verdict ? '.' : *verdict ? 'G' : 'B';
    }
    EXPECT_EQ(said, row.said);
}

INSTANTIATE_TEST_SUITE_P(, Counting,
                         testing::Values(Row{1, 1, false, "+-+", "GBG"},      //
                                         Row{3, 3, false, "+", "G"},          // the first decides at once
                                         Row{3, 3, false, "-", "B"},          // either way
                                         Row{3, 2, false, "+-+--", "G...B"},  // in a row
                                         Row{3, 2, false, "-++-+++", "B.....G"},
                                         Row{2, 1, true, "++",
                                             ".G"},  // init_fail: rise counts from the start
                                         Row{2, 1, true, "-+-++", "....G"}));

TEST(AnAssumedVerdict, IsWhereCountingGoesOn) {
    HealthCounter counter{2, 2, false};
    counter.assume(false);
    EXPECT_EQ(counter.verdict(), false);
    EXPECT_EQ(counter.count(true), std::nullopt);
    EXPECT_EQ(counter.count(true), true);
}

}  // namespace
}  // namespace holdfast
