#include "net/neighbours.h"

#include <linux/if.h>
#include <linux/if_arp.h>

#include "net/links.h"
#include "unit/net/kernel_news.h"

namespace holdfast::net {
namespace {

using testing::ip;
using Bytes = std::vector<std::uint8_t>;

constexpr MacAddress own{{0x02, 0x00, 0x5e, 0x10, 0x20, 0x30}};

Bytes bytes_of(const Frame& frame) {
    return {frame.bytes().begin(), frame.bytes().end()};
}

TEST(GratuitousArp, IsABroadcastRequestForOneself) {
    const Bytes wanted{0xff, 0xff, 0xff, 0xff, 0xff, 0xff,                  // to
                       0x02, 0x00, 0x5e, 0x10, 0x20, 0x30,                  // from
                       0x08, 0x06,                                          // ARP
                       0x00, 0x01, 0x08, 0x00, 0x06, 0x04,                  // Ethernet, IPv4, lengths
                       0x00, 0x01,                                          // request
                       0x02, 0x00, 0x5e, 0x10, 0x20, 0x30, 192, 0, 2, 10,   // sender
                       0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 192, 0, 2, 10};  // target
    EXPECT_EQ(bytes_of(gratuitous_arp(own, ip("192.0.2.10"))), wanted);
}

TEST(UnsolicitedAdvertisement, OverridesWhatAllNodesBelieve) {
    const Bytes wanted{
        0x33, 0x33, 0x00, 0x00, 0x00, 0x01,                                         // to
        0x02, 0x00, 0x5e, 0x10, 0x20, 0x30,                                         // from
        0x86, 0xdd,                                                                 // IPv6
        0x60, 0x00, 0x00, 0x00, 0x00, 0x20, 58,   0xff,                             // 32 bytes, hop limit 255
        0x20, 0x01, 0x0d, 0xb8, 0,    0,    0,    0,    0, 0, 0, 0, 0, 0, 0, 0x0a,  // source
        0xff, 0x02, 0,    0,    0,    0,    0,    0,    0, 0, 0, 0, 0, 0, 0, 0x01,  // all nodes
        0x88, 0x00, 0x7a, 0xd9, 0x20, 0x00, 0x00, 0x00,                             // advertisement, Override
        0x20, 0x01, 0x0d, 0xb8, 0,    0,    0,    0,    0, 0, 0, 0, 0, 0, 0, 0x0a,  // target
        0x02, 0x01, 0x02, 0x00, 0x5e, 0x10, 0x20, 0x30};                            // its link-layer address
    EXPECT_EQ(bytes_of(unsolicited_advertisement(own, ip("2001:db8::a"), Forwarding::off)), wanted);
}

TEST(UnsolicitedAdvertisement, OfARouterSaysSoAndHasARightChecksum) {
    const auto frame = unsolicited_advertisement(own, ip("fe80::1"), Forwarding::on);
    const auto message = frame.bytes().subspan(14 + 40);
    EXPECT_EQ(message[4], 0xa0);  // Router and Override
    InternetChecksum checksum;
    checksum.add(frame.bytes().subspan(14 + 8, 32));
    checksum.add_be32(32);
    checksum.add_be32(58);
    checksum.add(message);
    EXPECT_EQ(checksum.value(), 0);
}

TEST(Announceable, IsAnEthernetInterfaceWithNeighbours) {
    Link link{.index = 2, .name = "eth0", .flags = IFF_UP, .hardware_type = ARPHRD_ETHER, .mac = own};
    EXPECT_TRUE(check_announceable(link));
    link.flags |= IFF_NOARP;
    EXPECT_FALSE(check_announceable(link));
    link.flags = IFF_UP;
    link.hardware_type = ARPHRD_INFINIBAND;
    const auto refused = check_announceable(link);
    ASSERT_FALSE(refused);
    EXPECT_EQ(
        refused.error().text(),
        "eth0 is no Ethernet interface (hardware type 32): announcing addresses there is not supported");
}

}  // namespace
}  // namespace holdfast::net
