#include "snmp/core_link.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <thread>

namespace holdfast::snmp {
namespace {

using namespace std::chrono_literals;

// Core's end, and ours.
struct Fixture : ::testing::Test {
    Fixture() {
        auto pair = *os::Channel::pair();
        link = *CoreLink::create(*loop, std::move(pair.first));
        core = *os::Channel::create(
            *core_loop, std::move(pair.second),
            {.received = [this](const os::Message& message) { got = message; }, .closed = [] {}});
    }
    // Answers one question from another thread.
    std::thread answering(os::Answer answer, std::uint32_t number_ahead = 0) {
        return std::thread{[this, answer, number_ahead] {
            while (!got) {
                core->receive_all();
                std::this_thread::yield();
            }
            core->send(os::Order::look_anew);
            core->send(os::ReplyOutcome{.number = std::get<os::ValueWanted>(*got).number + number_ahead,
                                        .answer = answer});
        }};
    }

    std::unique_ptr<os::EventLoop> loop = *os::EventLoop::create();
    std::unique_ptr<os::EventLoop> core_loop = *os::EventLoop::create();
    std::unique_ptr<CoreLink> link;
    std::unique_ptr<os::Channel> core;
    std::optional<os::Message> got;
};
using TheLinkToCore = Fixture;

TEST_F(TheLinkToCore, WaitsForTheAnswerAndKeepsWhatCameBefore) {
    std::thread other = answering({.outcome = os::Outcome::done, .text = "set"});
    const auto answer = link->ask({{.instance = "VI_1", .value = 150}}, 10s);
    other.join();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->text, "set");
    EXPECT_TRUE(link->take_news());
    EXPECT_FALSE(link->take_news());
}

TEST_F(TheLinkToCore, AsksForSeveralTogether) {
    std::vector<os::ValueWanted> all;
    core = *os::Channel::create(
        *core_loop, os::UniqueFd{dup(core->fd())},
        {.received = [&](const os::Message& message) { all.push_back(std::get<os::ValueWanted>(message)); },
         .closed = [] {}});
    EXPECT_FALSE(link->ask({{.instance = "VI_1", .value = 1}, {.instance = "VI_2", .value = 2}}, 1ms));
    core->receive_all();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].number, all[1].number);
    EXPECT_EQ(all[0].position, 0U);
    EXPECT_EQ(all[1].position, 1U);
    EXPECT_EQ(all[1].count, 2U);
}

TEST_F(TheLinkToCore, DoesNotWaitForEverNorTakeAnAnswerToAnotherQuestion) {
    std::thread other = answering({.outcome = os::Outcome::done, .text = "set"}, 1);
    EXPECT_FALSE(link->ask({{.instance = "VI_1", .value = 150}}, 50ms));
    other.join();
}

TEST_F(TheLinkToCore, DoesNotWaitForACoreThatIsGone) {
    core.reset();
    EXPECT_FALSE(link->ask({{.instance = "VI_1", .value = 150}}, 1h));
}

TEST_F(TheLinkToCore, TakesOverTheLogLevel) {
    const os::Level before = os::log_level();
    core->send(os::LogDetail{.least = os::Level::error});
    link->look();
    EXPECT_EQ(os::log_level(), os::Level::error);
    os::set_log_level(before);
}

}  // namespace
}  // namespace holdfast::snmp
