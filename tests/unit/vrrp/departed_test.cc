// What a reload takes away: what only the configuration before wanted, and only what is ours.
#include "vrrp/departed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/vrrp/host.h"

namespace holdfast::vrrp::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class DepartedTest : public ::testing::Test {
protected:
    DepartedTest() {
        host.link(1, "lo");
        host.address(1, "127.0.0.1/8", 1);  // this kernel keeps who added an address
        host.link(2, "eth0");
        host.link(3, "eth1");
    }
    Departed from(const std::string& before, const std::string& now, bool was_active = true) {
        const plan::Plan old_plan = plan_of(before);
        const std::vector<bool> active(old_plan.routers.size(), was_active);
        return departed(old_plan, active, plan_of(now), host.table());
    }
    std::vector<std::string> addresses(const Departed& gone) {
        std::vector<std::string> words;
        for (const net::InterfaceAddress& address : gone.addresses)
            words.push_back(address.text());
        return words;
    }
    Host host;
};

TEST_F(DepartedTest, ADroppedAddressOfOursGoes) {
    host.address(2, "192.0.2.100/24", own_protocol);
    host.address(2, "192.0.2.101/24", own_protocol);
    EXPECT_THAT(addresses(from(instance("", "192.0.2.100/24\n192.0.2.101/24"), instance())),
                ElementsAre("192.0.2.101/24"));
}

TEST_F(DepartedTest, AnAddressOfSomebodyElseStays) {
    host.address(2, "192.0.2.101/24");
    EXPECT_THAT(addresses(from(instance("", "192.0.2.100/24\n192.0.2.101/24"), instance())), IsEmpty());
}

TEST_F(DepartedTest, AnAddressThatMovedToAnotherInstanceStays) {
    host.address(2, "192.0.2.101/24", own_protocol);
    const std::string other =
        "vrrp_instance OTHER {\ninterface eth0\nvirtual_router_id 60\nvirtual_ipaddress {\n"
        "192.0.2.101/24\n}\n}\n";
    EXPECT_THAT(addresses(from(instance("", "192.0.2.100/24\n192.0.2.101/24"), instance() + other)),
                IsEmpty());
}

TEST_F(DepartedTest, AnAddressThatMovedToAnotherInterfaceGoesFromTheOldOne) {
    host.address(2, "192.0.2.100/24", own_protocol);
    const Departed gone = from(instance("", "192.0.2.100/24"), instance("", "192.0.2.100/24 dev eth1"));
    ASSERT_THAT(gone.addresses, SizeIs(1));
    EXPECT_EQ(gone.addresses[0].ifindex, 2);
}

TEST(Departed, OnAKernelThatKeepsNoMarksTheRecordDecides) {
    Host host;
    host.link(2, "eth0");
    host.address(2, "192.0.2.101/24");
    const plan::Plan before = plan_of(instance("", "192.0.2.100/24\n192.0.2.101/24"));
    const plan::Plan now = plan_of(instance());
    EXPECT_THAT(departed(before, {true}, now, host.table()).addresses, SizeIs(1));
    EXPECT_THAT(departed(before, {false}, now, host.table()).addresses, IsEmpty());
}

TEST_F(DepartedTest, DroppedRoutesGoAndKeptOnesStay) {
    const std::string route = "203.0.113.0/24 via 192.0.2.9 dev eth0\n";
    const std::string other = "198.51.100.0/24 via 192.0.2.9 dev eth0\n";
    EXPECT_THAT(
        from(instance("virtual_routes {\n" + route + "}"), instance("virtual_routes {\n" + route + "}"))
            .routes,
        IsEmpty());
    const Departed gone = from(instance("virtual_routes {\n" + route + other + "}"),
                               instance("virtual_routes {\n" + other + "}"));
    ASSERT_THAT(gone.routes, SizeIs(1));
    EXPECT_EQ(gone.routes[0].operation, net::Operation::remove);
    EXPECT_EQ(gone.routes[0].route.destination.text(), "203.0.113.0/24");
}

TEST_F(DepartedTest, HowARouteIsWatchedMakesNoDifference) {
    EXPECT_THAT(from(instance("virtual_routes {\n203.0.113.0/24 via 192.0.2.9 dev eth0\n}"),
                     instance("virtual_routes {\n203.0.113.0/24 via 192.0.2.9 dev eth0 no_track\n}"))
                    .routes,
                IsEmpty());
}

// Rules without a preference are numbered by their order: who moves up gets another number.
TEST_F(DepartedTest, RulesAreKnownByTheNumberTheyHad) {
    const Departed gone = from(instance("virtual_rules {\nfrom 192.0.2.1 table 7\nfrom 192.0.2.2 table 7\n}"),
                               instance("virtual_rules {\nfrom 192.0.2.2 table 7\n}"));
    ASSERT_THAT(gone.rules, SizeIs(2));
    EXPECT_EQ(gone.rules[0].rule.priority, 16384u);
    EXPECT_EQ(gone.rules[1].rule.priority, 16383u);
}

}  // namespace
}  // namespace holdfast::vrrp::testing
