// RFC 3768 section 6.4.3 (there called Master).
#include <gtest/gtest.h>

#include "support/node.h"

namespace holdfast::test {
namespace {

using engine::State;

TEST(Rfc3768Master, ShutdownSendsAFarewell) {
    Node node = active_of(v2(100));
    node.happens(engine::Stopped{}, 500ms);
    EXPECT_EQ(node.state(), State::initialize);
    EXPECT_EQ(node.farewells(), 1);
    EXPECT_EQ(node.asked<engine::RemoveAddresses>().size(), 1u);
}

TEST(Rfc3768Master, AdvertisesEveryInterval) {
    Node node = active_of(v2(255, 2s));
    node.lives_until(10s);
    EXPECT_EQ(node.adverts(), 5);
}

TEST(Rfc3768Master, FarewellOfAnotherIsAnsweredAtOnceAndResetsTheTimer) {
    Node node = active_of(v2(255));
    node.hears({.priority = farewell}, 400ms);
    EXPECT_EQ(node.adverts(), 1);
    EXPECT_EQ(node.deadline(), at(1400ms));
}

TEST(Rfc3768Master, HigherPriorityMakesBackupOfIt) {
    Node node = active_of(v2(128));
    node.hears({.priority = 200}, 500ms);
    EXPECT_EQ(node.state(), State::backup);
    EXPECT_EQ(node.deadline(), at(4s));
    EXPECT_EQ(node.farewells(), 0);
    EXPECT_EQ(node.asked<engine::RemoveAddresses>().size(), 1u);
}

TEST(Rfc3768Master, EqualPriorityIsDecidedByTheHigherAddress) {
    Node node = active_of(v2(100));
    node.hears({.priority = 100, .source = "10.0.0.0"}, 400ms);
    EXPECT_EQ(node.state(), State::active);
    node.hears({.priority = 100, .source = "10.0.0.2"}, 500ms);
    EXPECT_EQ(node.state(), State::backup);
}

TEST(Rfc3768Master, LowerPriorityDoesNotMoveIt) {
    Node node = active_of(v2(100));
    node.hears({.priority = 99}, 400ms);
    EXPECT_EQ(node.state(), State::active);
}

}  // namespace
}  // namespace holdfast::test
