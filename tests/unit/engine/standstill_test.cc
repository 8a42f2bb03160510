// A host that stood still must not claim to be Active on stale belief, nor take a silence for death that it
// did not listen to.
#include <gtest/gtest.h>

#include "support/node.h"

namespace holdfast::test {
namespace {

using engine::State;

Node active_with(const engine::RouterSettings& own) {
    Node node{alone(own)};
    node.starts().lives_until(own.down_timer_adverts * own.advert_interval + own.advert_interval);
    EXPECT_EQ(node.state(), State::active);
    return node;
}

// v2(100) becomes Active at 3.609375 s; its next adverts are due at 4.609375 s and then each second.
constexpr Duration reign = 3s + 609'375us;

TEST(Standstill, ActiveServedWithinItsPeersPatienceGoesOn) {
    Node node = active_with(v2(100));
    node.happens(engine::TimePassed{}, reign + 1s + 1999ms);
    EXPECT_EQ(node.state(), State::active);
    EXPECT_EQ(node.adverts(), 1);
}

TEST(Standstill, ActiveServedLaterWithdrawsWithoutAWordAndListens) {
    Node node = active_with(v2(100));
    node.happens(engine::TimePassed{}, reign + 1s + 30s);
    EXPECT_EQ(node.state(), State::backup);
    EXPECT_EQ(node.adverts() + node.farewells(), 0);
    EXPECT_EQ(node.asked<engine::RemoveAddresses>().size(), 1u);
    EXPECT_EQ(node.why(), "this host stood still for 30.00 s, in which another may have taken over");
    EXPECT_EQ(node.deadline(), at(reign + 31s + reign));
}

TEST(Standstill, AnAddressOwnerWithdrawsToo) {
    Node node{alone(v3(255))};
    node.starts().happens(engine::TimePassed{}, 60s);
    EXPECT_EQ(node.state(), State::backup);
    node.lives_until(60s + 3s + 4ms);
    EXPECT_EQ(node.state(), State::active);
}

TEST(Standstill, WhateverIsServedFirstIsAnsweredWithThatKnowledge) {
    Node heard = active_with(v2(100));
    heard.hears({.priority = 90}, reign + 40s);
    EXPECT_EQ(heard.state(), State::backup);
    EXPECT_EQ(heard.adverts(), 0);

    Node robbed = active_with(v2(100));
    robbed.happens(engine::AddressesLost{router_0}, reign + 40s);
    EXPECT_TRUE(robbed.asked<engine::AddAddresses>().empty());
    EXPECT_TRUE(robbed.asked<engine::Announce>().empty());
}

TEST(Standstill, OneMemberTakesItsSyncGroupAlong) {
    Node node{grouped(v2(100))};
    node.starts().lives_until(9s);
    ASSERT_EQ(node.state(router_0), State::active);
    node.happens(engine::TimePassed{}, 40s);
    EXPECT_EQ(node.state(router_0), State::backup);
    EXPECT_EQ(node.state(router_1), State::backup);
    EXPECT_EQ(node.adverts() + node.farewells(), 0);
}

TEST(Standstill, BackupWhoseTimerIsServedLateGivesTheActiveOneMoreChance) {
    Node node{alone(v2(100))};
    node.starts().hears({.priority = 200}, 1s);
    const Instant down = node.deadline();
    node.happens(engine::TimePassed{}, down - at(0s) + 250ms);
    EXPECT_EQ(node.state(), State::backup);
    EXPECT_EQ(node.deadline(), down + 250ms + 1s + 609'375us);
    node.lives_until(60s);
    EXPECT_EQ(node.state(), State::active);
}

TEST(Standstill, BackupServedALittleLateTakesOver) {
    Node node{alone(v2(100))};
    node.starts().hears({.priority = 200}, 1s);
    node.happens(engine::TimePassed{}, node.deadline() - at(0s) + 249ms);
    EXPECT_EQ(node.state(), State::active);
}

// The clock of the engine does not run while the host is suspended.
TEST(Standstill, SuspendedActiveWithdraws) {
    Node node = active_with(v2(100));
    node.happens(engine::StoodStill{1500ms}, reign + 500ms);
    EXPECT_EQ(node.state(), State::active);
    node.happens(engine::StoodStill{2s}, reign + 600ms);
    EXPECT_EQ(node.state(), State::backup);
    EXPECT_EQ(node.farewells(), 0);
}

TEST(Standstill, SuspendedBackupListensAnew) {
    Node node{alone(v2(100))};
    node.starts().hears({.priority = 200}, 1s);
    node.happens(engine::StoodStill{10s}, 4600ms);  // its timer would end 9.375 ms later
    EXPECT_EQ(node.deadline(), at(4600ms + 1s + 609'375us));
}

TEST(Standstill, AStaleRecordIsNoReasonToBeActive) {
    Node before = active_with(v2(100));
    Node after{alone(v2(100))};
    ASSERT_TRUE(after.engine().adopt(router_0, before.engine().record(router_0), at(0s)));
    after.starts(reign + 1s + 2s);
    EXPECT_EQ(after.state(), State::backup);
    EXPECT_EQ(after.adverts() + after.farewells(), 0);
    EXPECT_EQ(after.asked<engine::RemoveAddresses>().size(), 1u);
}

TEST(Standstill, WhoAdoptsABackupThatNobodyServedForAWhileListensFirst) {
    Node before{alone(v2(100))};
    before.starts().hears({.priority = 200}, 1s);  // its timer ends at 4.609375 s
    Node prompt{alone(v2(100))};
    ASSERT_TRUE(prompt.engine().adopt(router_0, before.engine().record(router_0), at(4s)));
    prompt.starts(4200ms);
    EXPECT_EQ(prompt.deadline(), at(4s + 609'375us));
    Node late{alone(v2(100))};
    ASSERT_TRUE(late.engine().adopt(router_0, before.engine().record(router_0), at(2s)));
    late.starts(4600ms);
    EXPECT_EQ(late.deadline(), at(4600ms + 1s + 609'375us));
}

TEST(Standstill, SuspensionsAddUp) {
    Node node = active_with(v2(100));
    node.happens(engine::StoodStill{1200ms}, reign + 100ms);
    EXPECT_EQ(node.state(), State::active);
    node.happens(engine::StoodStill{1600ms}, reign + 100ms);
    EXPECT_EQ(node.state(), State::active);
    node.happens(engine::StoodStill{100ms}, reign + 100ms);
    EXPECT_EQ(node.state(), State::backup);
}

TEST(Preempting, EndsWhenTheOtherIsNoLongerWeaker) {
    Node node{alone(v2(100))};
    node.starts().hears({.priority = 90}, 3s);  // to be preempted at 3.609375 s
    ASSERT_EQ(node.deadline(), at(3s + 609'375us));
    Node after{alone(v2(80))};
    ASSERT_TRUE(after.engine().adopt(router_0, node.engine().record(router_0), at(3500ms)));
    after.starts(3500ms);
    EXPECT_EQ(after.deadline(), at(3s + 3s + 687'500us));  // followed since it was heard, with the new skew
    EXPECT_EQ(after.view().active_address, ip("10.0.0.2"));
    auto modest = v2(100);
    modest.preempt = false;
    Node satisfied{alone(modest)};
    ASSERT_TRUE(satisfied.engine().adopt(router_0, node.engine().record(router_0), at(3500ms)));
    satisfied.starts(3500ms);
    EXPECT_EQ(satisfied.deadline(), at(3s + 3s + 609'375us));
}

TEST(OperatorCommand, DrainGivesUpAndStaysAway) {
    Node node = active_with(v2(100));
    node.happens(engine::OperatorCommand{router_0, engine::Command::drain}, 5s);
    EXPECT_EQ(node.state(), State::fault);
    EXPECT_EQ(node.farewells(), 1);
    EXPECT_EQ(node.why(), "drained by an operator");
    node.lives_until(60s);
    EXPECT_EQ(node.state(), State::fault);
    node.happens(engine::OperatorCommand{router_0, engine::Command::resume}, 60s);
    EXPECT_EQ(node.state(), State::backup);
    EXPECT_EQ(node.why(), "resumed by an operator");
}

TEST(OperatorCommand, DrainOutlivesTheProcess) {
    Node before = active_with(v2(100));
    before.happens(engine::OperatorCommand{router_0, engine::Command::drain}, 5s);
    Node after{alone(v2(100))};
    ASSERT_TRUE(after.engine().adopt(router_0, before.engine().record(router_0), at(0s)));
    after.starts(6s);
    EXPECT_EQ(after.state(), State::fault);
    EXPECT_TRUE(after.asked<engine::StateChanged>().empty());
}

}  // namespace
}  // namespace holdfast::test
