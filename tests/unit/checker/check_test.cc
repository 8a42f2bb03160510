#include "checker/check.h"

#include <gtest/gtest.h>

#include <string>

namespace holdfast::checker {
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

// An attempt that never ends by itself.
class Endless final : public Attempt {
public:
    explicit Endless(int& begun) : begun_{begun} {}
    void start(Done) override {
        ++begun_;
        busy_ = true;
    }
    std::string give_up() override {
        busy_ = false;
        return "nobody there";
    }
    bool is_busy() const override { return busy_; }

private:
    int& begun_;
    bool busy_ = false;
};

TEST(Check, IsGivenUpAtItsTimeoutHoweverShortItsIntervalIs) {
    using namespace std::chrono_literals;
    auto loop = std::move(*os::EventLoop::create());
    plan::Schedule schedule;
    schedule.interval = 1ms;
    schedule.timeout = 20ms;
    const std::string name = "check c";
    int begun = 0;
    std::optional<bool> verdict;
    auto check = Check::create(*loop, name, schedule, std::make_unique<Endless>(begun),
                               [&](Verdict judged) { verdict = judged.good; });
    ASSERT_TRUE(check);
    (*check)->begin();
    while (!verdict)
        ASSERT_TRUE(loop->turn(10s));
    EXPECT_FALSE(*verdict);
    EXPECT_EQ(begun, 1) << "never two at a time";
}

}  // namespace
}  // namespace holdfast::checker
