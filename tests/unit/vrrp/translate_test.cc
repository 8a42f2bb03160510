// Planned addresses, routes and rules as the kernel gets them.
#include "vrrp/translate.h"

#include <gtest/gtest.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include "unit/vrrp/host.h"

namespace holdfast::vrrp::testing {
namespace {

class Translate : public ::testing::Test {
protected:
    Translate() { host.link(2, "eth0"); }
    std::optional<net::Route> route(const std::string& line) {
        const plan::Plan plan = plan_of(instance("virtual_routes {\n" + line + "\n}"));
        return to_kernel(plan.routers.at(0).routes.at(0), host.table());
    }
    net::Rule rule(const std::string& line) {
        const plan::Plan plan = plan_of(instance("virtual_rules {\n" + line + "\n}"));
        return to_kernel(plan.routers.at(0).rules.at(0), 16384);
    }
    Host host;
};

TEST_F(Translate, AnAddressGetsTheIndexThatItsInterfaceHasNow) {
    const plan::Plan plan = plan_of(instance("", "192.0.2.100/24 label eth0:1 brd 192.0.2.255"));
    const plan::VirtualAddress& address = plan.routers.at(0).addresses.at(0);
    const auto kernel = to_kernel(address, "eth0", host.table());
    ASSERT_TRUE(kernel);
    EXPECT_EQ(kernel->ifindex, 2);
    EXPECT_EQ(kernel->label, "eth0:1");
    EXPECT_EQ(kernel->protocol, own_protocol);
    EXPECT_EQ(kernel->preferred_lifetime_s, net::forever);
    EXPECT_FALSE(to_kernel(address, "eth5", host.table()));
}

TEST_F(Translate, ARouteWithoutAGatewayIsOnItsLink) {
    EXPECT_EQ(route("203.0.113.0/24 dev eth0")->scope, RT_SCOPE_LINK);
    EXPECT_EQ(route("203.0.113.0/24 via 192.0.2.9")->scope, RT_SCOPE_UNIVERSE);
    EXPECT_EQ(route("203.0.113.0/24 dev eth0 scope global")->scope, RT_SCOPE_UNIVERSE);
}

TEST_F(Translate, ARouteOverAMissingInterfaceHasToWait) {
    EXPECT_FALSE(route("203.0.113.0/24 dev eth5"));
}

TEST_F(Translate, ARouteCarriesOurNumberAndGoesToTheMainTable) {
    const auto kernel = route("203.0.113.0/24 via 192.0.2.9 dev eth0 metric 5 mtu 1400");
    ASSERT_TRUE(kernel);
    EXPECT_EQ(kernel->protocol, own_protocol);
    EXPECT_EQ(kernel->table, RT_TABLE_MAIN);
    EXPECT_EQ(kernel->metric, 5u);
    ASSERT_EQ(kernel->metrics.size(), 1u);
    EXPECT_EQ(kernel->metrics[0].number, RTAX_MTU);
    EXPECT_EQ(kernel->metrics[0].value, 1400u);
}

// Without the tunnel or the VRF it would lead elsewhere.
TEST_F(Translate, ARouteThatWeCannotMakeIsNotMadeDifferently) {
    const auto supported = [](const std::string& line) {
        return is_supported(
            plan_of(instance("virtual_routes {\n" + line + "\n}")).routers.at(0).routes.at(0));
    };
    EXPECT_TRUE(supported("203.0.113.0/24 via 192.0.2.9 dev eth0"));
    EXPECT_FALSE(supported("203.0.113.0/24 encap mpls 100 via 192.0.2.9 dev eth0"));
    EXPECT_FALSE(supported("203.0.113.0/24 vrf red via 192.0.2.9 dev eth0"));
}

TEST_F(Translate, ARuleWithoutAPreferenceTakesTheAutomaticOne) {
    EXPECT_EQ(rule("from 192.0.2.0/24 table 7").priority, 16384u);
    EXPECT_EQ(rule("from 192.0.2.0/24 table 7 preference 100").priority, 100u);
    EXPECT_EQ(rule("from 192.0.2.0/24 table 7").table, 7u);
    EXPECT_EQ(rule("from 192.0.2.0/24 table 7").action, FR_ACT_TO_TBL);
    EXPECT_EQ(rule("from 192.0.2.0/24 blackhole").action, FR_ACT_BLACKHOLE);
}

TEST(RulePriorities, CountDownPerFamilyOverTheWholeConfiguration) {
    const plan::Plan plan =
        plan_of("static_rules {\nfrom 198.51.100.0/24 table 9\n}\n" +
                instance("virtual_rules {\nfrom 192.0.2.1 table 7\nfrom 2001:db8::1 table 7\n"
                         "from 192.0.2.2 table 7 preference 50\nfrom 192.0.2.3 table 7\n}"));
    const auto priorities = automatic_priorities(plan);
    const auto& rules = plan.routers.at(0).rules;
    EXPECT_EQ(priorities.at(&rules.at(0)), 16384u);
    EXPECT_EQ(priorities.at(&rules.at(1)), 16384u);
    EXPECT_FALSE(priorities.contains(&rules.at(2)));
    EXPECT_EQ(priorities.at(&rules.at(3)), 16383u);
    EXPECT_EQ(priorities.at(&plan.statics.rules.at(0)), 16382u);
}

TEST(KernelMarks, AreThereWhenAnyAddressHasOne) {
    Host host;
    host.link(1, "lo");
    host.address(1, "192.0.2.1/24");
    EXPECT_FALSE(kernel_marks_addresses(host.table()));
    host.address(1, "127.0.0.1/8", 1);
    EXPECT_TRUE(kernel_marks_addresses(host.table()));
}

}  // namespace
}  // namespace holdfast::vrrp::testing
