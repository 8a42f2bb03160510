// RFC 3768 section 6.4.2.
#include <gtest/gtest.h>

#include "support/node.h"

namespace holdfast::test {
namespace {

using engine::State;

TEST(Rfc3768Backup, ShutdownEndsInInitialize) {
    Node node = backup_of(v2(100));
    node.happens(engine::Stopped{}, 1s);
    EXPECT_EQ(node.state(), State::initialize);
    EXPECT_EQ(node.farewells(), 0);
}

TEST(Rfc3768Backup, EndOfTheMasterDownTimerMakesMaster) {
    Node node = backup_of(v2(100));
    node.lives_until(3s + 609'375us);
    EXPECT_EQ(node.state(), State::active);
    EXPECT_EQ(node.adverts(), 1);
    EXPECT_EQ(node.asked<engine::AddAddresses>().size(), 1u);
    EXPECT_EQ(node.asked<engine::Announce>().size(), 1u);
}

TEST(Rfc3768Backup, FarewellSetsTheTimerToTheSkewTime) {
    Node node = backup_of(v2(128, 10s));
    node.hears({.priority = farewell, .interval = 10s}, 1s);
    EXPECT_EQ(node.deadline(), at(1500ms));  // half of a second, not of the interval
}

TEST(Rfc3768Backup, HigherOrEqualPriorityResetsTheTimer) {
    Node node = backup_of(v2(100));
    node.hears({.priority = 101}, 1s);
    EXPECT_EQ(node.deadline(), at(4s + 609'375us));
    node.hears({.priority = 100}, 2s);
    EXPECT_EQ(node.deadline(), at(5s + 609'375us));
}

TEST(Rfc3768Backup, WithoutPreemptionLowerPriorityResetsTheTimer) {
    auto own = v2(100);
    own.preempt = false;
    Node node = backup_of(own);
    node.hears({.priority = 1}, 1s);
    EXPECT_EQ(node.deadline(), at(4s + 609'375us));
}

TEST(Rfc3768Backup, LowerPriorityIsDiscarded) {
    Node node = backup_of(v2(100));
    node.hears({.priority = 99}, 1s);
    EXPECT_EQ(node.deadline(), at(3s + 609'375us));
}

}  // namespace
}  // namespace holdfast::test
