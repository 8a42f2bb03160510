#include "engine/tracking.h"

#include <gtest/gtest.h>

#include "support/node.h"

namespace holdfast::test {
namespace {

using engine::State;

engine::RouterSettings tracking(int weight, bool reverse = false, int priority = 100) {
    auto own = v3(priority);
    own.tracked_links = {{.link = link_1, .weight = weight, .reverse = reverse}};
    return own;
}

Priority priority_with_link(const engine::RouterSettings& own, bool up) {
    Node node = backup_of(own);
    node.link(link_1, up, 1s);
    return node.view().effective_priority;
}

Priority is(int value) {
    return *Priority::from(value);
}

TEST(Tracking, PositiveWeightCountsWhileTheLinkIsUp) {
    EXPECT_EQ(priority_with_link(tracking(20), true), is(120));
    EXPECT_EQ(priority_with_link(tracking(20), false), is(100));
}

TEST(Tracking, NegativeWeightCountsWhileTheLinkIsDown) {
    EXPECT_EQ(priority_with_link(tracking(-20), true), is(100));
    EXPECT_EQ(priority_with_link(tracking(-20), false), is(80));
}

TEST(Tracking, ReverseChangesTheSignOfTheAdjustment) {
    EXPECT_EQ(priority_with_link(tracking(20, true), true), is(80));
    EXPECT_EQ(priority_with_link(tracking(-20, true), false), is(120));
}

TEST(Tracking, PriorityStaysBetween1And254) {
    EXPECT_EQ(priority_with_link(tracking(253), true), is(254));
    EXPECT_EQ(priority_with_link(tracking(-253), false), is(1));
}

TEST(Tracking, PriorityOfAnOwnerIsNeverAdjusted) {
    EXPECT_EQ(priority_with_link(tracking(-20, false, 255), false), is(255));
}

TEST(Tracking, LinkWithoutWeightIsAFault) {
    Node node = backup_of(tracking(0));
    node.link(link_1, false, 1s);
    EXPECT_EQ(node.state(), State::fault);
    EXPECT_EQ(node.why(), "link eno2 down");
    node.link(link_1, true, 2s);
    EXPECT_EQ(node.state(), State::backup);
    EXPECT_EQ(node.why(), "link eno2 up");
    EXPECT_EQ(node.deadline(), at(5s + 609'375us));
}

TEST(Tracking, ReverseLinkWithoutWeightIsAFaultWhileUp) {
    Node node = backup_of(tracking(0, true));
    EXPECT_EQ(node.state(), State::fault);
    node.link(link_1, false, 1s);
    EXPECT_EQ(node.state(), State::backup);
    EXPECT_EQ(node.why(), "link eno2 down");
}

TEST(Tracking, GroupsWeightHoldsUnlessTheRoutersIsZero) {
    auto settings = grouped(v2(100));
    settings.groups[0].tracked_links = {{.link = link_1, .weight = 7}};
    settings.routers[0].tracked_links = {{.link = link_1, .weight = 3}};
    settings.routers[1].tracked_links = {{.link = link_1, .weight = 0}};
    EXPECT_EQ(tracked_links_of(settings.routers[0], settings).at(0).weight, 7);
    EXPECT_EQ(tracked_links_of(settings.routers[1], settings).at(0).weight, 0);
}

TEST(Tracking, PriorityChangeShiftsTheRunningDownTimer) {
    Node node = backup_of(tracking(-64, false, 128));
    node.hears({.priority = 200}, 1s);
    ASSERT_EQ(node.deadline(), at(4500ms));  // 1 s + 3 x 1 s + 128/256 of 1 s
    node.link(link_1, false, 2s);
    EXPECT_EQ(node.deadline(), at(4750ms));  // + 64/256 of 1 s
    ASSERT_EQ(node.asked<engine::PriorityChanged>().size(), 1u);
    EXPECT_EQ(node.asked<engine::PriorityChanged>()[0].from, is(128));
    EXPECT_EQ(node.asked<engine::PriorityChanged>()[0].to, is(64));
    node.link(link_1, true, 3s);
    EXPECT_EQ(node.deadline(), at(4500ms));
}

TEST(Tracking, ActiveRouterAdvertisesTheNewPriority) {
    Node node = active_of(tracking(-20));
    node.link(link_1, false, 500ms);
    std::array<std::uint8_t, engine::max_advert_size> out{};
    ASSERT_GT(node.engine().encode_advert(router_0, false, v3(1).group, out), 0u);
    EXPECT_EQ(out[2], 80);
    ASSERT_GT(node.engine().encode_advert(router_0, true, v3(1).group, out), 0u);
    EXPECT_EQ(out[2], 0);
}

TEST(Faults, LinkDownMakesAnActiveRouterLeaveWithAFarewell) {
    Node node = active_of(v3(100));
    node.link(link_0, false, 500ms);
    EXPECT_EQ(node.state(), State::fault);
    EXPECT_EQ(node.farewells(), 1);
    EXPECT_EQ(node.asked<engine::RemoveAddresses>().size(), 1u);
    EXPECT_TRUE(std::holds_alternative<engine::SendAdvert>(node.effects().front()));
    EXPECT_EQ(node.why(), "link eno1 down");
    EXPECT_EQ(node.engine().next_deadline(), never);
}

TEST(Faults, LinkThatDoesNotExistIsNamed) {
    Node node{alone(v3(100))};
    node.happens(engine::Started{}, 0s);
    EXPECT_EQ(node.state(), State::fault);
    EXPECT_EQ(node.why(), "link eno1 does not exist");
    node.link(link_0, true, 1s);
    EXPECT_EQ(node.state(), State::backup);
    EXPECT_EQ(node.deadline(), at(4s + 609'375us));
}

TEST(Faults, LinkDownIsNoneWhenItIsNotTracked) {  // dont_track_primary
    auto own = v3(100);
    own.tracks_own_link = false;
    Node node = active_of(own);
    node.link(link_0, false, 500ms);
    EXPECT_EQ(node.state(), State::active);
    node.happens(engine::LinkChanged{.link = link_0, .present = false}, 600ms);
    EXPECT_EQ(node.state(), State::fault);  // but nothing can be sent by a link that is gone
}

TEST(Faults, RouterWithoutAnAddressToSendFrom) {
    Node node = active_of(v3(100));
    node.happens(engine::LinkChanged{.link = link_0, .present = true, .running = true, .ipv6 = ip("fe80::1")},
                 500ms);
    EXPECT_EQ(node.state(), State::fault);
    EXPECT_EQ(node.why(), "link eno1 has no address to send from");
    node.link(link_0, true, 1s);
    EXPECT_EQ(node.state(), State::backup);
    EXPECT_EQ(node.why(), "link eno1 has an address to send from");
}

TEST(Faults, ConfiguredSourceNeedsNoAddressOnTheLink) {
    auto own = v3(100);
    own.source = ip("10.0.0.7");
    Node node = backup_of(own);
    node.happens(engine::LinkChanged{.link = link_0, .present = true, .running = true}, 1s);
    EXPECT_EQ(node.state(), State::backup);
    EXPECT_EQ(node.view().source, ip("10.0.0.7"));
}

TEST(Faults, TrackedSourceThatIsGone) {  // track_src_ip
    auto own = v3(100);
    own.source = ip("10.0.0.7");
    own.track_source = true;
    Node node = active_of(own);
    node.happens(engine::SourceChanged{router_0, false}, 500ms);
    EXPECT_EQ(node.state(), State::fault);
    EXPECT_EQ(node.why(), "source address 10.0.0.7 is not on this host");
    node.happens(engine::SourceChanged{router_0, true}, 1s);
    EXPECT_EQ(node.why(), "source address 10.0.0.7 is on this host again");
}

TEST(Faults, ConfigurationFaultStays) {
    auto own = v3(255);
    own.fault = engine::ConfigurationFault::no_peer;
    Node node{alone(own)};
    node.starts();
    EXPECT_EQ(node.state(), State::fault);
    node.link(link_0, false, 1s).link(link_0, true, 2s);
    EXPECT_EQ(node.state(), State::fault);
}

TEST(Faults, OwnerComesBackAfterOneIntervalAndItsSkew) {
    Node node = active_of(v3(255, 256ms));
    node.link(link_0, false, 100ms).link(link_0, true, 1s);
    EXPECT_EQ(node.state(), State::backup);
    EXPECT_EQ(node.deadline(), at(1s + 257ms));
}

TEST(Faults, EndOfAFaultResetsTheLearnedInterval) {
    Node node = backup_of(v3(100));
    node.hears({.priority = 200, .interval = 5s}, 1s);
    node.link(link_0, false, 2s).link(link_0, true, 3s);
    EXPECT_EQ(node.view().active_interval, 1s);
    EXPECT_EQ(node.deadline(), at(6s + 609'375us));
}

TEST(Faults, UnicastRouterAnnouncesItsSourceWhenAFaultEnds) {
    Node node = backup_of(unicast(v3(100), {"10.0.0.2"}));
    node.link(link_0, false, 1s).link(link_0, true, 2s);
    EXPECT_EQ(node.asked<engine::AnnounceSource>().size(), 1u);
}

TEST(Faults, AddressesThatSomebodyElseRemovedArePutBack) {
    Node node = active_of(v3(100));
    node.happens(engine::AddressesLost{router_0}, 500ms);
    EXPECT_EQ(node.state(), State::active);
    EXPECT_EQ(node.asked<engine::AddAddresses>().size(), 1u);
    EXPECT_EQ(node.asked<engine::Announce>().size(), 1u);
    EXPECT_EQ(node.farewells(), 0);
}

TEST(Faults, AddressesOfABackupAreNobodysLoss) {
    Node node = backup_of(v3(100));
    node.happens(engine::AddressesLost{router_0}, 500ms);
    EXPECT_TRUE(node.effects().empty());
}

}  // namespace
}  // namespace holdfast::test
