#include "checker/outbox.h"

#include <gtest/gtest.h>

namespace holdfast::checker::testing {
namespace {

using namespace std::chrono_literals;

constexpr Instant at(Duration since) {
    return Instant{1000s + since};
}

Letter letter(const std::string& id) {
    return {.id = id, .what = id, .text = id, .recipients = {"a", "b"}};
}

class OutboxTest : public ::testing::Test {
protected:
    // The id of what goes now; empty: nothing.
    std::string take(Duration since) {
        const Letter* taken = box.take(at(since));
        return taken != nullptr ? taken->id : "";
    }
    const Delay unreached{};
    const Delay not_now{.answered = true};
    Outbox box;
};

TEST_F(OutboxTest, SendsInOrderOneAtATime) {
    box.push(letter("1"), at(0s));
    box.push(letter("2"), at(0s));
    EXPECT_EQ(take(0s), "1");
    EXPECT_EQ(take(0s), "") << "one is on its way";
    EXPECT_EQ(box.next(), never);
    box.delivered();
    EXPECT_EQ(take(0s), "2");
    box.refused();
    EXPECT_TRUE(box.empty());
    EXPECT_EQ(box.next(), never);
}

TEST_F(OutboxTest, WaitsLongerEachTimeForAReceiverThatIsNotReachedAndKeepsTheOrder) {
    box.push(letter("1"), at(0s));
    box.push(letter("2"), at(0s));
    Duration now = 0s;
    for (const Duration pause : {1s, 2s, 4s, 8s, 16s, 32s, 64s, 128s, 256s, 300s, 300s}) {
        EXPECT_EQ(take(now), "1");
        EXPECT_TRUE(box.delayed(unreached, at(now)));
        EXPECT_EQ(take(now + pause - 1ms), "");
        EXPECT_EQ(box.next(), at(now + pause));
        now += pause;
    }
    EXPECT_EQ(take(now), "1");
    box.delivered();
    EXPECT_EQ(take(now), "2") << "the receiver is back: no more pauses";
    box.delayed(unreached, at(now));
    EXPECT_EQ(box.next(), at(now + 1s)) << "and they begin anew";
}

TEST_F(OutboxTest, ALetterThatIsNotTakenNowLetsOthersPass) {
    box.push(letter("poison"), at(0s));
    box.push(letter("2"), at(0s));
    box.push(letter("3"), at(0s));
    EXPECT_EQ(take(0s), "poison");
    box.delayed(not_now, at(0s));
    EXPECT_EQ(take(0s), "") << "a moment of rest";
    EXPECT_EQ(take(1s), "poison");
    box.delayed(not_now, at(1s));
    EXPECT_EQ(box.next(), at(3s));
    EXPECT_EQ(take(3s), "poison");
    box.delayed(not_now, at(3s));
    for (Duration now = 3s; now < 1000s && box.waiting() > 1; now += 500ms)
        if (const std::string id = take(now); id == "poison")
            box.delayed(not_now, at(now));
        else if (!id.empty())
            box.delivered();
    EXPECT_EQ(box.waiting(), 1u) << "2 and 3 are through";
}

TEST_F(OutboxTest, AReceiverThatAsksForAPauseGetsItWithinBounds) {
    box.push(letter("1"), at(0s));
    take(0s);
    box.delayed({.answered = true, .not_before = 20s}, at(0s));
    EXPECT_EQ(box.next(), at(20s));
    take(20s);
    box.delayed({.answered = true, .not_before = 24h}, at(20s));
    EXPECT_EQ(box.next(), at(20s + Outbox::longest_asked_pause));
    take(20s + Outbox::longest_asked_pause);
    box.delayed({.answered = true, .not_before = -5s}, at(2h));
    EXPECT_GT(box.next(), at(2h));
}

TEST_F(OutboxTest, OnlyTheRecipientsWhoHaveNotGotAMailGetItAgain) {
    box.push(letter("1"), at(0s));
    take(0s);
    box.delayed({.answered = true, .not_before = {}, .recipients = {"b"}}, at(0s));
    EXPECT_EQ(box.take(at(10s))->recipients, std::vector<std::string>{"b"});
}

TEST_F(OutboxTest, GivesUpAfterADay) {
    box.push(letter("1"), at(0s));
    take(0s);
    EXPECT_TRUE(box.delayed(unreached, at(24h - 1s)));
    take(25h);
    EXPECT_FALSE(box.delayed(unreached, at(25h)));
    EXPECT_TRUE(box.empty());
}

TEST_F(OutboxTest, WhenTooManyWaitTheOldestGoButNotTheOneOnItsWay) {
    box.push(letter("first"), at(0s));
    EXPECT_EQ(take(0s), "first");
    std::size_t lost = 0;
    for (std::size_t number = 0; number < 10'000; ++number)
        lost += box.push(letter(std::to_string(number)), at(0s));
    EXPECT_EQ(box.waiting() + 1, Outbox::most_waiting);
    EXPECT_EQ(lost, 10'001 - Outbox::most_waiting);
    box.delayed(unreached, at(0s));
    EXPECT_EQ(box.waiting(), Outbox::most_waiting);
    EXPECT_EQ(take(1s), "first");
    box.delivered();
    EXPECT_EQ(take(1s), "9001");
}

TEST_F(OutboxTest, WhatIsForgottenIsCounted) {
    box.push(letter("1"), at(0s));
    box.push(letter("2"), at(0s));
    take(0s);
    EXPECT_EQ(box.clear(), 2u);
    EXPECT_TRUE(box.empty());
}

}  // namespace
}  // namespace holdfast::checker::testing
