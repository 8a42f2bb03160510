#include "base/address.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TEST(IpAddress, ParsesAndPrintsBothFamilies) {
    EXPECT_EQ(IpAddress::parse("192.0.2.1")->text(), "192.0.2.1");
    EXPECT_EQ(IpAddress::parse("2001:DB8::1")->text(), "2001:db8::1");
    EXPECT_FALSE(IpAddress::parse("192.0.2.256"));
    EXPECT_FALSE(IpAddress::parse("192.0.2.1/24"));
    EXPECT_FALSE(IpAddress::parse(""));
    EXPECT_FALSE(IpAddress::parse(std::string(100, '1')));
}

TEST(IpAddress, OrdersNumericallyInNetworkOrder) {  // RFC 9568 section 6.4.3
    EXPECT_LT(*IpAddress::parse("192.0.2.9"), *IpAddress::parse("192.0.2.10"));
    EXPECT_LT(*IpAddress::parse("9.255.255.255"), *IpAddress::parse("10.0.0.0"));
    EXPECT_LT(*IpAddress::parse("fe80::1"), *IpAddress::parse("fe80::2"));
}

TEST(IpAddress, KnowsItsKind) {
    EXPECT_TRUE(IpAddress::parse("224.0.0.18")->is_multicast());
    EXPECT_TRUE(IpAddress::parse("ff02::12")->is_multicast());
    EXPECT_TRUE(IpAddress::parse("fe80::1")->is_link_local());
    EXPECT_TRUE(IpAddress::parse("127.0.0.1")->is_loopback());
    EXPECT_TRUE(IpAddress::parse("::1")->is_loopback());
    EXPECT_TRUE(IpAddress::parse("::")->is_unspecified());
    EXPECT_EQ(vrrp_multicast_group(Family::ipv4).text(), "224.0.0.18");
    EXPECT_EQ(vrrp_multicast_group(Family::ipv6).text(), "ff02::12");
}

TEST(Prefix, BoundsItsLengthByTheFamily) {
    EXPECT_EQ(Prefix::parse("192.0.2.1/24")->length, 24);
    EXPECT_EQ(Prefix::parse("192.0.2.1")->length, 32);
    EXPECT_EQ(Prefix::parse("2001:db8::1")->length, 128);
    EXPECT_FALSE(Prefix::parse("192.0.2.1/33"));
    EXPECT_FALSE(Prefix::parse("192.0.2.1/"));
    EXPECT_FALSE(Prefix::parse("192.0.2.1/255.255.255.0"));
    EXPECT_TRUE(Prefix::parse("2001:db8::1/128"));
}

TEST(MacAddress, ParsesSixOctetsAndNothingElse) {
    EXPECT_EQ(MacAddress::parse("0:0:5e:0:1:33")->text(), "00:00:5e:00:01:33");
    EXPECT_FALSE(MacAddress::parse("00:00:5e:00:01"));
    EXPECT_FALSE(MacAddress::parse("00:00:5e:00:01:33:44"));
    EXPECT_FALSE(MacAddress::parse("00:00:5e:00:01:"));
    EXPECT_FALSE(MacAddress::parse("00:00:5e:00:01:xyz"));
    EXPECT_EQ(MacAddress::of_virtual_router(Family::ipv6, *Vrid::from(51)).text(), "00:00:5e:00:02:33");
}

}  // namespace
}  // namespace holdfast
