#include "monitor/object_paths.h"

#include <gtest/gtest.h>

namespace holdfast::monitor {
namespace {

using namespace std::chrono_literals;
using status::RouterState;

status::Instance instance_on(const std::string& link, Family family = Family::ipv4) {
    status::Instance one;
    one.vrid = 51;
    one.link = link;
    one.family = family;
    return one;
}

TEST(ObjectPaths, HaveNamespaceAndInstanceWhereConfigured) {
    EXPECT_EQ(root_path({}), "/org/keepalived/Vrrp1");
    EXPECT_EQ(root_path({.net_namespace = "blue", .instance = {}, .no_link = {}}),
              "/org/keepalived/Vrrp1/blue");
    EXPECT_EQ(root_path({.net_namespace = "blue", .instance = "left", .no_link = {}}),
              "/org/keepalived/Vrrp1/blue/left");
}

TEST(ObjectPaths, OfInstancesAreLinkNumberAndFamily) {
    EXPECT_EQ(instance_path({}, instance_on("eth0")), "/org/keepalived/Vrrp1/Instance/eth0/51/IPv4");
    EXPECT_EQ(instance_path({}, instance_on("eth0", Family::ipv6)),
              "/org/keepalived/Vrrp1/Instance/eth0/51/IPv6");
}

TEST(ObjectPaths, HaveNoCharacterThatTheBusForbids) {
    EXPECT_EQ(instance_path({.net_namespace = "a-b", .instance = {}, .no_link = {}}, instance_on("br0.10:1")),
              "/org/keepalived/Vrrp1/a_b/Instance/br0_10_1/51/IPv4");
}

TEST(ObjectPaths, OfInstancesWithoutALinkHaveAConfiguredWord) {
    EXPECT_EQ(instance_path({.net_namespace = {}, .instance = {}, .no_link = "none"}, instance_on("")),
              "/org/keepalived/Vrrp1/Instance/none/51/IPv4");
}

TEST(ObjectPaths, OfWhatAReloadRemovedAreThoseThatItHad) {
    EXPECT_EQ(instance_path({}, status::Departed{.name = "VI", .vrid = 52, .link = "eth1"}),
              "/org/keepalived/Vrrp1/Instance/eth1/52/IPv4");
}

TEST(BusState, HasTheNumbersAndWordsOfKeepalived) {
    status::Instance one;
    EXPECT_EQ(bus_state(one).number, 0U);
    one.state = RouterState::backup;
    EXPECT_STREQ(bus_state(one).label, "Backup");
    one.state = RouterState::active;
    EXPECT_EQ(bus_state(one).number, 2U);
    EXPECT_STREQ(bus_state(one).label, "Master");
    one.state = RouterState::fault;
    EXPECT_EQ(bus_state(one).number, 3U);
}

TEST(BusState, OfAnOrderlyEndIsStop) {
    status::Instance one;
    one.transitions.push_back(
        {.when = Instant{1s}, .told = Instant{1s}, .from = RouterState::active, .kind = "stopped"});
    EXPECT_EQ(bus_state(one).number, 98U);
    EXPECT_STREQ(bus_state(one).label, "Stop");
    one.transitions.push_back({.when = Instant{2s}, .told = Instant{2s}, .kind = "started"});
    EXPECT_STREQ(bus_state(one).label, "Init");
}

TEST(BusState, OfWhatAReloadRemovedIsFaultOrDeleted) {
    EXPECT_EQ(bus_state(status::LastWord::fault).number, 3U);
    EXPECT_EQ(bus_state(status::LastWord::deleted).number, 97U);
    EXPECT_STREQ(bus_state(status::LastWord::deleted).label, "Deleted");
}

}  // namespace
}  // namespace holdfast::monitor
