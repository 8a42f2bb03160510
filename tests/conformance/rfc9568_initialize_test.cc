// RFC 9568 section 6.4.1. What the RFC says of ARP, ND and forwarding is the kernel's part, once the
// addresses are there.
#include <gtest/gtest.h>

#include "support/node.h"

namespace holdfast::test {
namespace {

using engine::State;

TEST(Rfc9568Initialize, OwnerBecomesActiveAndAdvertisesAtOnce) {
    Node node{alone(v3(255))};
    node.starts();
    EXPECT_EQ(node.state(), State::active);
    EXPECT_EQ(node.adverts(), 1);
    EXPECT_EQ(node.asked<engine::AddAddresses>().size(), 1u);
    EXPECT_EQ(node.asked<engine::Announce>().size(), 1u);
    EXPECT_EQ(node.deadline(), at(1s));  // Advertisement_Interval
    EXPECT_EQ(node.why(), "address owner (priority 255)");
}

TEST(Rfc9568Initialize, OwnerOverIpv6BecomesActiveToo) {
    Node node{alone(over_ipv6(v3(255)))};
    node.starts();
    EXPECT_EQ(node.state(), State::active);
    EXPECT_EQ(node.adverts(), 1);
}

TEST(Rfc9568Initialize, AnyoneElseBecomesBackupAndWaitsForTheDownInterval) {
    Node node{alone(v3(100))};
    node.starts();
    EXPECT_EQ(node.state(), State::backup);
    EXPECT_EQ(node.view().active_interval, 1s);      // its own Advertisement_Interval
    EXPECT_EQ(node.deadline(), at(3s + 609'375us));  // 3 x 1 s + (256-100)/256 of 1 s
    EXPECT_EQ(node.adverts(), 0);
    EXPECT_TRUE(node.asked<engine::AddAddresses>().empty());
}

TEST(Rfc9568Initialize, AdvertsBeforeStartupAreNotHeard) {
    Node node{alone(v3(100))};
    node.hears({.priority = 200}, 0s);
    EXPECT_TRUE(node.effects().empty());
    EXPECT_EQ(node.state(), State::initialize);
    EXPECT_EQ(node.remarks(engine::Remark::not_listening), 1u);
}

TEST(Rfc9568Initialize,
     ConfiguredToBeginAsActiveWaitsForLittleMoreThanOneInterval) {  // keepalived's `state MASTER`
    auto own = v3(150, 256ms);
    own.starts_active = true;
    Node node{alone(own)};
    node.starts();
    EXPECT_EQ(node.state(), State::backup);
    EXPECT_EQ(node.deadline(), at(257ms));  // 256 ms + 1/256 of it
    node.lives_until(257ms);
    EXPECT_EQ(node.state(), State::active);
    EXPECT_EQ(node.why(), "configured to begin as MASTER, and no other heard for 257 ms");
}

TEST(Rfc9568Initialize, OwnerConfiguredAsBackupWaitsLikeAnyoneElse) {  // keepalived's `state BACKUP`
    auto own = v3(255);
    own.starts_active = false;
    Node node{alone(own)};
    node.starts();
    EXPECT_EQ(node.state(), State::backup);
    EXPECT_EQ(node.deadline(), at(3s + 3'906'250ns));
}

TEST(Rfc9568Initialize, StartupDelayPostponesEverything) {
    auto settings = alone(v3(255));
    settings.startup_delay = 10s;
    Node node{settings};
    node.starts();
    EXPECT_TRUE(node.effects().empty());
    node.hears({.priority = 200}, 5s);
    EXPECT_TRUE(node.effects().empty());
    EXPECT_EQ(node.engine().next_deadline(), at(10s));
    node.lives_until(10s);
    EXPECT_EQ(node.state(), State::active);
}

}  // namespace
}  // namespace holdfast::test
