#include "checker/replies.h"

#include <gtest/gtest.h>

#include "checker/codes.h"
#include "unit/checker/scratch.h"

namespace holdfast::checker::testing {
namespace {

using namespace std::chrono_literals;
using os::Outcome;

class RepliesTest : public Scratch {
protected:
    std::vector<OfferedChoice> alert() {
        return incidents_.tell({.chapter = os::Chapter::opened,
                                .unit = "VI_1",
                                .id = "5b-1-1",
                                .kind = "isolation",
                                .choices = {"take over", "close"},
                                .time = today_});
    }
    Outcome judged(const std::string& code) { return replies_.judge(code, now_).answer.outcome; }
    std::size_t lines_with(const std::string& part) const {
        const std::string all = log();
        std::size_t count = 0;
        for (auto at = all.find(part); at != std::string::npos; at = all.find(part, at + 1))
            ++count;
        return count;
    }

    os::WallTime today_{1'795'247'499s};
    Instant now_{1h};
    Incidents incidents_{{.state_directory = {}, .group = {}}, [this] { return today_; }};
    Replies replies_{incidents_};
};

TEST_F(RepliesTest, AreBelievedOnceAndSayForWhat) {
    const auto offered = alert();
    const auto verdict = replies_.judge(offered[0].code, now_);
    EXPECT_TRUE(verdict.answer.done());
    EXPECT_EQ(verdict.choice.choice, "take over");
    EXPECT_EQ(verdict.choice.unit, "VI_1");
    EXPECT_EQ(judged(offered[0].code), Outcome::code_used);
    EXPECT_EQ(incidents_.refused(), (status::RefusedCodes{.used = 1}));
}

TEST_F(RepliesTest, AreRefusedWithTheReasonAndCounted) {
    const auto offered = alert();
    EXPECT_EQ(judged(new_code()), Outcome::code_wrong);
    EXPECT_EQ(judged("no code at all"), Outcome::code_wrong);
    today_ += 15min;
    EXPECT_EQ(judged(offered[0].code), Outcome::code_expired);
    incidents_.close_open("over", [](const auto&) { return true; });
    EXPECT_EQ(judged(offered[1].code), Outcome::incident_over);
    EXPECT_EQ(incidents_.refused(), (status::RefusedCodes{.wrong = 2, .expired = 1, .over = 1}));
    EXPECT_EQ(lines_with("HF2615"), 3U) << "each reason once a minute";
    now_ += 1min;
    judged(new_code());
    EXPECT_TRUE(logged("refused so far: 5"));
}

TEST_F(RepliesTest, ThatGuessHaveToWaitAMinuteAndTheRightOneIsNotUsedUp) {
    const auto offered = alert();
    for (std::size_t count = 0; count < Replies::most_wrong; ++count)
        EXPECT_EQ(judged(new_code()), Outcome::code_wrong);
    now_ += 1min - 1ns;
    EXPECT_EQ(judged(new_code()), Outcome::code_wrong);  // one more than ten within a minute
    EXPECT_EQ(judged(offered[0].code), Outcome::codes_blocked);
    EXPECT_TRUE(logged("HF2618"));
    now_ += 1min;
    EXPECT_EQ(judged(offered[0].code), Outcome::done);
    EXPECT_EQ(incidents_.refused(), (status::RefusedCodes{.wrong = 11, .blocked = 1}));
}

TEST_F(RepliesTest, ThatAreWrongNowAndThenBlockNobody) {
    for (int count = 0; count < 30; ++count) {
        EXPECT_EQ(judged(new_code()), Outcome::code_wrong);
        now_ += 6s;
    }
    EXPECT_EQ(judged(new_code()), Outcome::code_wrong);
    EXPECT_FALSE(logged("HF2618"));
}

}  // namespace
}  // namespace holdfast::checker::testing
