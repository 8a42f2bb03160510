// RFC 9568 section 6.4.2. What the RFC says of ARP, ND and forwarding is the kernel's part: the addresses are
// not there.
#include <gtest/gtest.h>

#include "support/node.h"

namespace holdfast::test {
namespace {

using engine::State;

TEST(Rfc9568Backup, ShutdownEndsInInitializeWithoutAFarewell) {
    Node node = backup_of(v3(100));
    node.happens(engine::Stopped{}, 1s);
    EXPECT_EQ(node.state(), State::initialize);
    EXPECT_EQ(node.farewells(), 0);
    EXPECT_TRUE(node.asked<engine::RemoveAddresses>().empty());
    EXPECT_EQ(node.engine().next_deadline(), never);
}

TEST(Rfc9568Backup, EndOfTheDownTimerMakesActive) {
    Node node = backup_of(v3(100));
    node.lives_until(3s + 609'374us);
    EXPECT_EQ(node.state(), State::backup);
    node.lives_until(3s + 609'375us);
    EXPECT_EQ(node.state(), State::active);
    EXPECT_EQ(node.adverts(), 1);
    EXPECT_EQ(node.asked<engine::AddAddresses>().size(), 1u);
    ASSERT_EQ(node.asked<engine::Announce>().size(), 1u);
    EXPECT_EQ(node.asked<engine::Announce>()[0].repeat, 5);
    EXPECT_EQ(node.why(), "no advert from anyone for 3.61 s");
}

TEST(Rfc9568Backup, FarewellShortensTheWaitToTheSkewTime) {
    Node node = backup_of(v3(100));
    node.hears({.priority = 200}, 1s).hears({.priority = farewell}, 2s);
    EXPECT_EQ(node.deadline(), at(2s + 609'375us));  // (256-100)/256 of 1 s
    EXPECT_TRUE(node.effects().empty());
    node.lives_until(3s);
    EXPECT_EQ(node.state(), State::active);
    EXPECT_EQ(node.why(), "10.0.0.2 resigned (priority 0)");
}

TEST(Rfc9568Backup, SkewTimeFollowsTheLearnedInterval) {
    Node node = backup_of(v3(128, 1s));
    node.hears({.priority = 200, .interval = 100ms}, 1s).hears({.priority = farewell, .interval = 100ms}, 2s);
    EXPECT_EQ(node.deadline(), at(2050ms));  // half of 100 ms
}

TEST(Rfc9568Backup, HigherPriorityIsFollowedAndItsIntervalLearned) {
    Node node = backup_of(v3(100));
    node.hears({.priority = 200, .interval = 2560ms}, 1s);
    EXPECT_EQ(node.view().active_interval, 2560ms);
    EXPECT_EQ(node.deadline(), at(1s + 3 * 2560ms + 1560ms));
    EXPECT_EQ(node.view().active_address, ip("10.0.0.2"));
    EXPECT_EQ(node.view().active_priority, Priority::from(200));
}

TEST(Rfc9568Backup, EqualPriorityIsFollowedWhateverItsAddress) {
    Node node = backup_of(v3(100));
    node.hears({.priority = 100, .source = "10.0.0.0"}, 1s);
    EXPECT_EQ(node.deadline(), at(4s + 609'375us));
}

TEST(Rfc9568Backup, LowerPriorityIsDiscardedAndTheTimerKeepsRunning) {
    Node node = backup_of(v3(100));
    node.hears({.priority = 99}, 1s).hears({.priority = 99}, 2s).hears({.priority = 99}, 3s);
    EXPECT_EQ(node.deadline(), at(3s + 609'375us));
    node.lives_until(3s + 609'375us);
    EXPECT_EQ(node.state(), State::active);
    EXPECT_EQ(node.why(), "only lower priority 99 heard from 10.0.0.2 (ours 100)");
}

TEST(Rfc9568Backup, WithoutPreemptionLowerPriorityIsFollowed) {
    auto own = v3(100);
    own.preempt = false;
    Node node = backup_of(own);
    node.hears({.priority = 1}, 1s);
    EXPECT_EQ(node.deadline(), at(4s + 609'375us));
    node.lives_until(5s);
    EXPECT_EQ(node.why(), "no advert from 10.0.0.2 for 3.61 s");
}

TEST(Rfc9568Backup, IntervalOfZeroIsNotBelieved) {
    Node node = backup_of(v3(100));
    node.hears({.priority = 200, .interval = 0s}, 1s);
    EXPECT_EQ(node.deadline(), at(4s + 609'375us));
    EXPECT_EQ(node.remarks(engine::Remark::other_interval), 1u);
}

TEST(Rfc9568Backup, PreemptDelayCountsFromTheFirstWeakerAdvert) {
    auto own = v3(100);
    own.preempt_delay = 60s;
    Node node = backup_of(own);
    node.hears({.priority = 200}, 100s);  // the start is long past
    node.hears({.priority = 90}, 101s);
    EXPECT_EQ(node.deadline(), at(104s + 609'375us));
    node.hears({.priority = 90}, 103s);
    EXPECT_EQ(node.deadline(), at(106s + 609'375us));
    for (Duration now = 105s; now < 161s; now += 2s)
        node.hears({.priority = 90}, now);
    EXPECT_EQ(node.deadline(), at(162s + 609'375us));
    node.hears({.priority = 90}, 161s);  // the delay is over: not followed any more
    EXPECT_EQ(node.deadline(), at(162s + 609'375us));
}

TEST(Rfc9568Backup, StrongerAdvertEndsThePreemptDelay) {
    auto own = v3(100);
    own.preempt_delay = 10s;
    Node node = backup_of(own);
    node.hears({.priority = 200}, 100s).hears({.priority = 90}, 101s);
    node.hears({.priority = 200}, 104s).hears({.priority = 90}, 107s);
    node.hears({.priority = 90}, 110s).hears({.priority = 90}, 113s);
    EXPECT_EQ(node.deadline(), at(116s + 609'375us));  // 107 s + 10 s are not over
}

TEST(Rfc9568Backup, PreemptDelayAtStartCountsFromWhenItWouldHaveBecomeActive) {
    auto own = v3(100);
    own.preempt_delay = 5s;
    Node node = backup_of(own);
    for (Duration now = 1s; now <= 8s; now += 1s)
        node.hears({.priority = 90}, now);
    EXPECT_EQ(node.deadline(), at(11s + 609'375us));  // 3.609375 s + 5 s come after 8 s
    node.hears({.priority = 90}, 9s);
    EXPECT_EQ(node.deadline(), at(11s + 609'375us));
}

TEST(Rfc9568Backup, DownTimerAdvertsReplaceTheThree) {
    auto own = v3(128, 1s);
    own.down_timer_adverts = 5;
    EXPECT_EQ(backup_of(own).deadline(), at(5500ms));
}

TEST(Rfc9568Backup, OverIpv6TheSameRulesHold) {
    Node node = backup_of(over_ipv6(v3(128)));
    node.hears({.priority = 200, .source = "fe80::2"}, 1s);
    EXPECT_EQ(node.deadline(), at(4500ms));
    node.lives_until(5s);
    EXPECT_EQ(node.why(), "no advert from fe80::2 for 3.50 s");
}

}  // namespace
}  // namespace holdfast::test
