#include "monitor/petitions.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace holdfast::monitor {
namespace {

using namespace std::chrono_literals;

class PetitionsTest : public testing::Test {
protected:
    PetitionsTest() {
        auto pair = os::Channel::pair();
        petitions_ = std::move(*Petitions::create(*loop_, std::move(pair->first)));
        core_ = std::move(*os::Channel::create(
            *loop_, std::move(pair->second),
            {.received =
                 [this](const os::Message& message) { asked_.push_back(std::get<os::Petition>(message)); },
             .closed = [] {}}));
    }
    void turns() {
        for (int count = 0; count < 4; ++count)
            ASSERT_TRUE(loop_->turn(0s));
    }

    std::unique_ptr<os::EventLoop> loop_ = std::move(*os::EventLoop::create());
    std::unique_ptr<Petitions> petitions_;
    std::unique_ptr<os::Channel> core_;
    std::vector<os::Petition> asked_;
};

TEST_F(PetitionsTest, AreAnsweredByTheirNumbers) {
    std::string first;
    std::string second;
    petitions_->ask({.wish = os::Wish::reload}, [&](const os::Answer& answer) { first = answer.text; });
    petitions_->ask({.wish = os::Wish::dump_stats}, [&](const os::Answer& answer) { second = answer.text; });
    turns();
    ASSERT_EQ(asked_.size(), 2U);
    EXPECT_EQ(asked_[0].request.wish, os::Wish::reload);
    core_->send(os::ReplyOutcome{.number = asked_[1].number,
                                 .answer = {.outcome = os::Outcome::done, .text = "written"}});
    turns();
    EXPECT_EQ(first, "");
    EXPECT_EQ(second, "written");
    core_->send(os::ReplyOutcome{.number = asked_[0].number,
                                 .answer = {.outcome = os::Outcome::refused, .text = "broken"}});
    turns();
    EXPECT_EQ(first, "broken");
}

TEST_F(PetitionsTest, AnAnswerToNothingIsIgnored) {
    core_->send(os::ReplyOutcome{.number = 9, .answer = {.outcome = os::Outcome::done, .text = "what?"}});
    turns();
    EXPECT_FALSE(petitions_->daemon_stops());
}

TEST_F(PetitionsTest, TheLastOrderIsKnownBeforeTheLoopServesIt) {
    EXPECT_FALSE(petitions_->daemon_stops());
    core_->send(os::Order::stop);
    EXPECT_TRUE(petitions_->daemon_stops());
}

}  // namespace
}  // namespace holdfast::monitor
