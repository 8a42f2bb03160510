#include "plan/snmp.h"

#include <gtest/gtest.h>

#include "unit/config/invented_host.h"

namespace holdfast::plan {
namespace {

SnmpPlan plan_of(const std::string& lines, const SnmpOptions& options = {}) {
    const config::testing::InventedHost host;
    return plan_snmp(config::testing::parse_text("global_defs {\n" + lines + "\n}\n", host).config.global,
                     options);
}

TEST(Snmp, IsOffUnlessItIsAskedFor) {
    EXPECT_FALSE(plan_of("enable_traps\nsnmp_socket /run/agentx").serves());
}

TEST(Snmp, ServesWhatEachKeywordNames) {
    const SnmpPlan vrrp = plan_of("enable_snmp_vrrp");
    EXPECT_TRUE(vrrp.keepalived_mib && !vrrp.vrrp_mib && !vrrp.vrrpv3_mib && !vrrp.notifies);
    EXPECT_TRUE(plan_of("enable_snmp_keepalived").keepalived_mib);
    const SnmpPlan both = plan_of("enable_snmp_rfc\nenable_traps");
    EXPECT_TRUE(!both.keepalived_mib && both.vrrp_mib && both.vrrpv3_mib && both.notifies);
    EXPECT_TRUE(plan_of("enable_snmp_rfcv2").vrrp_mib);
    EXPECT_FALSE(plan_of("enable_snmp_rfcv2").vrrpv3_mib);
    EXPECT_TRUE(plan_of("enable_snmp_rfcv3").vrrpv3_mib);
}

TEST(Snmp, OfTheCommandLineServesAllButSaysNothingByItself) {
    const SnmpPlan plan = plan_of("", {.everything = true});
    EXPECT_TRUE(plan.keepalived_mib && plan.vrrp_mib && plan.vrrpv3_mib && !plan.notifies);
}

TEST(TheMasterAgent, IsAUnixSocketOrWhatNetSnmpReads) {
    EXPECT_EQ(plan_of("").path, "/var/agentx/master");
    EXPECT_EQ(plan_of("snmp_socket /run/agentx").path, "/run/agentx");
    EXPECT_EQ(plan_of("snmp_socket unix:/run/agentx").path, "/run/agentx");
    const SnmpPlan far = plan_of("snmp_socket tcp:192.0.2.9:705");
    EXPECT_EQ(far.address, "tcp:192.0.2.9:705");
    EXPECT_TRUE(far.path.empty());
}

TEST(TheMasterAgent, OfTheCommandLineGoesBeforeThatOfTheFile) {
    EXPECT_EQ(plan_of("snmp_socket /run/agentx", {.agent_socket = "/run/other"}).path, "/run/other");
}

}  // namespace
}  // namespace holdfast::plan
