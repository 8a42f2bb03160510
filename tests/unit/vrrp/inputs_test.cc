// What the kernel tells about interfaces, as the engine hears it.
#include "vrrp/inputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/vrrp/host.h"

namespace holdfast::vrrp::testing {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

IpAddress ip(std::string_view text) {
    return IpAddress::parse(text).value();
}

constexpr Instant at(Duration since_the_story_began) {
    return Instant{1000s + since_the_story_began};
}

// A host with eth0 and a plan, told to the engine once.
struct Scene {
    explicit Scene(const std::string& text) : plan{plan_of(text)} {
        host.link(2, "eth0");
        host.address(2, "192.0.2.1/24");
        host.address(2, "fe80::1/64");
    }
    std::vector<engine::Event> begin() { return inputs.first_look(); }
    std::vector<engine::Event> later(Duration when) {
        std::vector<engine::Event> events;
        inputs.look_again(at(when), events);
        return events;
    }

    plan::Plan plan;
    Host host;
    Inputs inputs{plan, host.table()};
};

const engine::LinkChanged& link_in(const std::vector<engine::Event>& events) {
    EXPECT_THAT(events, SizeIs(1));
    return std::get<engine::LinkChanged>(events.at(0));
}

TEST(Inputs, TheFirstLookTellsOfEachPlannedLinkThatExists) {
    Scene scene{instance("track_interface {\neth1\n}")};
    scene.host.link(3, "eth9");
    const auto events = scene.begin();
    const auto& link = link_in(events);
    EXPECT_TRUE(link.present);
    EXPECT_TRUE(link.running);
    EXPECT_EQ(link.ipv4, ip("192.0.2.1"));
    EXPECT_EQ(link.ipv6, ip("fe80::1"));
    EXPECT_EQ(scene.inputs.link_at(2), engine::LinkId{0});
    EXPECT_EQ(scene.inputs.link_at(3), std::nullopt);
}

TEST(Inputs, NothingNewIsNotTold) {
    Scene scene{instance()};
    scene.begin();
    scene.host.address(2, "192.0.2.50/24");
    EXPECT_THAT(scene.later(1s), IsEmpty());
}

TEST(Inputs, AdvertsDoNotLeaveFromAVirtualAddress) {
    Scene scene{instance("", "192.0.2.1/24\n192.0.2.9/24")};
    scene.host.address(2, "192.0.2.7/24");
    EXPECT_EQ(link_in(scene.begin()).ipv4, ip("192.0.2.7"));
}

TEST(Inputs, AnOwnersOnlyAddressIsItsSource) {
    Scene scene{instance("", "192.0.2.1/24")};
    EXPECT_EQ(link_in(scene.begin()).ipv4, ip("192.0.2.1"));
}

TEST(Inputs, AVirtualAddressLeftBehindIsNobodysSource) {
    Scene scene{instance("", "192.0.2.100/24")};
    scene.host.remove_address(2, "192.0.2.1/24");
    scene.host.address(2, "192.0.2.100/24", own_protocol);
    EXPECT_EQ(link_in(scene.begin()).ipv4, std::nullopt);
}

TEST(Inputs, ALinkThatGoesDownOrAwayIsToldOnce) {
    Scene scene{instance()};
    scene.begin();
    scene.host.link(2, "eth0", IFF_UP);
    EXPECT_FALSE(link_in(scene.later(1s)).running);
    EXPECT_THAT(scene.later(1s), IsEmpty());
    scene.host.unlink(2);
    EXPECT_FALSE(link_in(scene.later(2s)).present);
    EXPECT_EQ(scene.inputs.link_at(2), std::nullopt);
}

TEST(Inputs, ALinkIsFollowedByItsName) {
    Scene scene{instance()};
    scene.begin();
    scene.host.link(2, "old0");
    EXPECT_FALSE(link_in(scene.later(1s)).present);
    scene.host.link(7, "eth0");
    EXPECT_TRUE(link_in(scene.later(2s)).present);
    EXPECT_EQ(scene.inputs.link_at(7), engine::LinkId{0});
    EXPECT_EQ(scene.inputs.link_at(2), std::nullopt);
}

TEST(Inputs, ADelayHoldsAChangeBackAndForgetsItWhenItIsUndone) {
    Scene scene{"interface_up_down_delays {\neth0 1 2\n}\n" + instance()};
    scene.begin();
    scene.host.link(2, "eth0", IFF_UP);
    EXPECT_THAT(scene.later(0s), IsEmpty());
    EXPECT_EQ(scene.inputs.next_due(), at(1s));
    scene.host.link(2, "eth0");
    EXPECT_THAT(scene.later(500ms), IsEmpty());
    EXPECT_EQ(scene.inputs.next_due(), never);

    scene.host.link(2, "eth0", IFF_UP);
    EXPECT_THAT(scene.later(2s), IsEmpty());
    EXPECT_FALSE(link_in(scene.later(3s)).running);
    scene.host.link(2, "eth0");
    EXPECT_THAT(scene.later(4s), IsEmpty());
    EXPECT_TRUE(link_in(scene.later(6s)).running);
}

TEST(Inputs, DelaysCountOnlyOnceALinkHasBeenUp) {
    Scene scene{"interface_up_down_delays {\neth0 1 2\n}\n" + instance()};
    scene.host.link(2, "eth0", IFF_UP);
    EXPECT_FALSE(link_in(scene.begin()).running);
    scene.host.link(2, "eth0");
    EXPECT_TRUE(link_in(scene.later(0s)).running);
}

TEST(Inputs, ATrackedSourceIsToldWhenItGoesAndComes) {
    Scene scene{instance("mcast_src_ip 192.0.2.7\ntrack_src_ip")};
    const auto first = scene.begin();
    ASSERT_THAT(first, SizeIs(2));
    EXPECT_FALSE(std::get<engine::SourceChanged>(first[1]).present);
    scene.host.address(2, "192.0.2.7/24");
    const auto events = scene.later(1s);
    ASSERT_THAT(events, SizeIs(1));
    EXPECT_TRUE(std::get<engine::SourceChanged>(events[0]).present);
}

TEST(Inputs, OurOwnAddressesComingAndGoingConcernNobody) {
    Scene scene{instance()};
    scene.begin();
    scene.host.news();
    scene.host.address(2, "192.0.2.100/24", own_protocol);
    EXPECT_FALSE(scene.inputs.concerns(scene.host.news().at(0)));
    scene.host.address(2, "192.0.2.8/24");
    EXPECT_TRUE(scene.inputs.concerns(scene.host.news().at(0)));
    scene.host.link(2, "eth0", IFF_UP);
    EXPECT_TRUE(scene.inputs.concerns(scene.host.news().at(0)));
}

}  // namespace
}  // namespace holdfast::vrrp::testing
