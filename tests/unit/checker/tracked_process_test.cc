#include "checker/tracked_process.h"

#include <gtest/gtest.h>

#include "plan/plan.h"

namespace holdfast::checker {
namespace {

using config::ParamMatch;
using namespace std::chrono_literals;

struct Row {
    std::vector<std::string> parameters;
    ParamMatch match;
    std::vector<std::string> given;
    bool matches;
};

class Parameters : public testing::TestWithParam<Row> {};

TEST_P(Parameters, AreComparedAsAsked) {
    const Row& row = GetParam();
    plan::ProcessPlan wanted;
    wanted.name = "/bin/x";
    wanted.full_command = true;
    wanted.parameters = row.parameters;
    wanted.match = row.match;
    std::vector<std::string> arguments{"/bin/x"};
    arguments.insert(arguments.end(), row.given.begin(), row.given.end());
    EXPECT_EQ(matches(wanted, {.name = "x", .arguments = arguments}), row.matches);
}

INSTANTIATE_TEST_SUITE_P(, Parameters,
                         testing::Values(Row{{"a"}, ParamMatch::exact, {"a"}, true},
                                         Row{{"a"}, ParamMatch::exact, {"a", "b"}, false},
                                         Row{{}, ParamMatch::exact, {"a"}, false},
                                         Row{{"a"}, ParamMatch::initial, {"a", "b"}, true},
                                         Row{{"a"}, ParamMatch::initial, {"ab"}, false},
                                         Row{{"a", "b"}, ParamMatch::initial, {"a"}, false},
                                         Row{{"a", "b"}, ParamMatch::partial, {"a", "bc", "d"}, true},
                                         Row{{"a", "b"}, ParamMatch::partial, {"ax", "b"}, false},
                                         Row{{}, ParamMatch::partial, {"a"}, true}));

TEST(ProcessName, IsTheKernelsFifteenCharacters) {
    plan::ProcessPlan wanted;
    wanted.name = "a-very-long-program";
    EXPECT_TRUE(matches(wanted, {.name = "a-very-long-pro", .arguments = {"other"}}));
    EXPECT_FALSE(matches(wanted, {.name = "a-very-long", .arguments = {}}));
    wanted.full_command = true;
    EXPECT_FALSE(matches(wanted, {.name = "kthreadd", .arguments = {}}));
}

class Quorum : public testing::Test {
protected:
    void track(plan::ProcessPlan plan) {
        plan_ = std::move(plan);
        tracked_ = std::move(*TrackedProcess::create(
            *loop_, name_, plan_, [this](Verdict verdict) { said_ += verdict.good ? 'G' : 'B'; }));
    }
    void until_said(std::size_t count) {
        while (said_.size() < count)
            ASSERT_TRUE(loop_->turn(1s));
    }
    static plan::ProcessPlan between(int least, int most) {
        plan::ProcessPlan plan;
        plan.quorum = least;
        plan.quorum_max = most;
        return plan;
    }

    std::unique_ptr<os::EventLoop> loop_ = std::move(*os::EventLoop::create());
    std::string name_ = "process p";
    plan::ProcessPlan plan_;
    std::string said_;
    std::unique_ptr<TrackedProcess> tracked_;
};

TEST_F(Quorum, HasABottomAndATop) {
    track(between(2, 3));
    tracked_->set(1, true);
    tracked_->begin();
    EXPECT_EQ(said_, "B");
    tracked_->set(2, true);
    tracked_->set(3, true);
    EXPECT_EQ(said_, "BG");
    tracked_->set(4, true);
    EXPECT_EQ(said_, "BGB") << "one too many";
    tracked_->set(4, false);
    tracked_->set(4, false);
    tracked_->set(3, false);
    EXPECT_EQ(said_, "BGBG");
    tracked_->replace({});
    EXPECT_EQ(said_, "BGBGB");
}

TEST_F(Quorum, KnownBeforeIsNotSaidAgain) {
    track(between(1, 9));
    tracked_->assume({.good = true});
    tracked_->replace({5});
    tracked_->begin();
    EXPECT_EQ(said_, "");
}

TEST_F(Quorum, IsSaidAfterItsDelayUnlessItComesBack) {
    plan::ProcessPlan plan = between(1, 9);
    plan.terminate_delay = 1ms;
    plan.fork_delay = 1h;
    track(plan);
    tracked_->set(1, true);
    tracked_->begin();
    EXPECT_EQ(said_, "G") << "what runs at the start needs no delay";
    tracked_->set(1, false);
    tracked_->set(2, true);
    ASSERT_TRUE(loop_->turn(5ms));
    EXPECT_EQ(said_, "G");
    tracked_->set(2, false);
    until_said(2);
    EXPECT_EQ(said_, "GB");
    tracked_->set(3, true);
    ASSERT_TRUE(loop_->turn(5ms));
    EXPECT_EQ(said_, "GB");
}

}  // namespace
}  // namespace holdfast::checker
