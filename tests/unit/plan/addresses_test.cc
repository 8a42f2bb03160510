// Addresses of the configuration as the kernel gets them.
#include "plan/addresses.h"

#include <gtest/gtest.h>
#include <linux/if_addr.h>

#include "unit/plan/planned.h"

namespace holdfast::plan::testing {
namespace {

VirtualAddress address_of(const std::string& line) {
    return plan_with("", "", line).routers.at(0).addresses.at(0);
}

std::string link_of(const std::string& line, const std::string& global = {}) {
    const Plan plan = plan_with("", global, line);
    return plan.links[index(plan.routers.at(0).addresses.at(0).link)].name;
}

TEST(PlannedAddress, Ipv4IsAHostAddressOfGlobalScopeWithoutBroadcast) {
    const VirtualAddress address = address_of("192.0.2.100");
    EXPECT_EQ(address.prefix.text(), "192.0.2.100/32");
    EXPECT_EQ(address.scope, 0);
    EXPECT_FALSE(address.broadcast);
    EXPECT_FALSE(address.peer);
    EXPECT_EQ(address.flags, 0u);
    EXPECT_FALSE(address.preferred_lifetime_s);
    EXPECT_TRUE(address.tracked);
    EXPECT_TRUE(address.advertised);
}

TEST(PlannedAddress, Ipv6HostAddressIsDeprecatedAtOnceAndSkipsDuplicateDetection) {
    const VirtualAddress address = address_of("2001:db8::100");
    EXPECT_EQ(address.prefix.length, 128);
    EXPECT_EQ(address.preferred_lifetime_s, 0u);
    EXPECT_EQ(address.flags, static_cast<std::uint32_t>(IFA_F_NODAD));
}

TEST(PlannedAddress, Ipv6WithAPrefixIsPreferredForEver) {
    EXPECT_FALSE(address_of("2001:db8::100/64").preferred_lifetime_s);
    EXPECT_EQ(address_of("2001:db8::100/64 preferred_lft 30").preferred_lifetime_s, 30u);
    EXPECT_FALSE(address_of("2001:db8::100 preferred_lft forever").preferred_lifetime_s);
}

TEST(PlannedAddress, FlagsAreTheKernels) {
    EXPECT_EQ(address_of("2001:db8::100/64 -nodad").flags, 0u);
    EXPECT_EQ(address_of("2001:db8::100/64 home -nodad").flags,
              static_cast<std::uint32_t>(IFA_F_HOMEADDRESS));
    EXPECT_EQ(address_of("2001:db8::100/64 mngtmpaddr -nodad").flags,
              static_cast<std::uint32_t>(IFA_F_MANAGETEMPADDR));
    EXPECT_EQ(address_of("2001:db8::100/64 noprefixroute -nodad").flags,
              static_cast<std::uint32_t>(IFA_F_NOPREFIXROUTE));
    EXPECT_EQ(address_of("2001:db8::100/64 autojoin -nodad").flags,
              static_cast<std::uint32_t>(IFA_F_MCAUTOJOIN));
}

TEST(PlannedAddress, APeerGivesThePrefixLength) {
    const VirtualAddress address = address_of("192.0.2.100 peer 192.0.2.1/30");
    EXPECT_EQ(address.prefix.text(), "192.0.2.100/30");
    EXPECT_EQ(address.peer, IpAddress::parse("192.0.2.1"));
}

TEST(PlannedAddress, ABroadcastCanBeComputed) {
    EXPECT_EQ(address_of("192.0.2.100/28 brd +").broadcast, IpAddress::parse("192.0.2.111"));
    EXPECT_EQ(address_of("192.0.2.100/28 brd -").broadcast, IpAddress::parse("192.0.2.96"));
    EXPECT_EQ(address_of("192.0.2.100/24 brd 192.0.2.255").broadcast, IpAddress::parse("192.0.2.255"));
}

TEST(PlannedAddress, StandsOnItsDeviceElseOnTheInstances) {
    EXPECT_EQ(link_of("192.0.2.100/24 dev eth7"), "eth7");
    EXPECT_EQ(link_of("192.0.2.100/24", "default_interface eth9"), "eth0");
}

TEST(PlannedAddress, LabelScopeAndTrackingAreAsWritten) {
    const VirtualAddress address = address_of("192.0.2.100/24 label eth0:1 scope link no_track");
    EXPECT_EQ(address.label, "eth0:1");
    EXPECT_EQ(address.scope, 253);
    EXPECT_FALSE(address.tracked);
}

TEST(PlannedStatics, StandOnTheDefaultInterface) {
    const auto link = [](const std::string& global) {
        const Plan plan = plan_of("global_defs {\n" + global + "\n}\nstatic_ipaddress {\n192.0.2.5/24\n}\n");
        return plan.links[index(plan.statics.addresses.at(0).link)].name;
    };
    EXPECT_EQ(link(""), "eth0");
    EXPECT_EQ(link("default_interface eth3"), "eth3");
}

}  // namespace
}  // namespace holdfast::plan::testing
