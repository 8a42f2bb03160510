#include "core/replies.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace holdfast::core {
namespace {

using namespace std::chrono_literals;

class RepliesTest : public testing::Test {
protected:
    RepliesTest() {
        auto pair = os::Channel::pair();
        channel_ =
            std::move(*os::Channel::create(*loop_, std::move(pair->first), {[](const auto&) {}, [] {}}));
        other_ =
            std::move(*os::Channel::create(*loop_, std::move(pair->second),
                                           {.received =
                                                [this](const os::Message& message) {
                                                    asked_.push_back(std::get<os::IncidentReply>(message));
                                                },
                                            .closed = [] {}}));
    }
    void ask(std::optional<os::Answer>& answer, Duration patience = 1h) {
        replies_->ask(
            *channel_,
            {.whom = os::Program::checker,
             .patience = patience,
             .too_late = "no answer in time",
             .message =
                 [](std::uint32_t number) { return os::IncidentReply{.number = number, .code = "ABC"}; }},
            Asker{[&answer](const os::Answer& given) { answer = given; }});
    }
    void turns() {
        for (int count = 0; count < 4; ++count)
            ASSERT_TRUE(loop_->turn(0s));
    }

    std::unique_ptr<os::EventLoop> loop_ = std::move(*os::EventLoop::create());
    std::unique_ptr<Replies> replies_ = std::move(*Replies::create(*loop_));
    std::unique_ptr<os::Channel> channel_;
    std::unique_ptr<os::Channel> other_;
    std::vector<os::IncidentReply> asked_;
};

TEST_F(RepliesTest, GoToWhoeverAsked) {
    std::optional<os::Answer> first;
    std::optional<os::Answer> second;
    ask(first);
    ask(second);
    turns();
    ASSERT_EQ(asked_.size(), 2U);
    replies_->take(os::Program::checker,
                   {.number = asked_[1].number, .answer = {.outcome = os::Outcome::done, .text = "second"}});
    EXPECT_FALSE(first);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->text, "second");
}

TEST_F(RepliesTest, OfAnotherProcessAreNotBelieved) {
    std::optional<os::Answer> answer;
    ask(answer);
    turns();
    replies_->take(os::Program::vrrp,
                   {.number = asked_[0].number, .answer = {.outcome = os::Outcome::done, .text = "done"}});
    EXPECT_FALSE(answer);
}

TEST_F(RepliesTest, ThatDoNotComeInTimeAreARefusal) {
    std::optional<os::Answer> in_vain;
    std::optional<os::Answer> patient;
    ask(patient);
    ask(in_vain, 0s);
    while (!in_vain)
        ASSERT_TRUE(loop_->turn(1s));
    EXPECT_EQ(in_vain->text, "no answer in time");
    EXPECT_FALSE(in_vain->done());
    EXPECT_FALSE(patient);
    turns();
    replies_->take(os::Program::checker,
                   {.number = asked_[1].number, .answer = {.outcome = os::Outcome::done, .text = "late"}});
    EXPECT_EQ(in_vain->text, "no answer in time") << "nobody waits for that any more";
}

TEST_F(RepliesTest, OfAProcessThatHasDiedAreGivenUp) {
    std::optional<os::Answer> answer;
    ask(answer);
    replies_->give_up(os::Program::vrrp, "not that one");
    EXPECT_FALSE(answer);
    replies_->give_up(os::Program::checker, "it has died");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->text, "it has died");
}

TEST_F(RepliesTest, AreNotAwaitedByTooManyAtATime) {
    std::vector<std::optional<os::Answer>> waiting(9);
    for (std::optional<os::Answer>& one : waiting)
        ask(one);
    EXPECT_FALSE(waiting[7]);
    ASSERT_TRUE(waiting[8]);
    EXPECT_FALSE(waiting[8]->done());
}

}  // namespace
}  // namespace holdfast::core
