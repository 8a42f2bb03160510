#include "net/tap.h"

#include <gtest/gtest.h>

namespace holdfast::net {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes ethernet(std::uint16_t type, Bytes packet) {
    Bytes frame(12, 0x02);
    frame.push_back(static_cast<std::uint8_t>(type >> 8));
    frame.push_back(static_cast<std::uint8_t>(type));
    frame.insert(frame.end(), packet.begin(), packet.end());
    return frame;
}

Bytes ipv4_advert(std::uint8_t protocol = 112) {
    return {0x45, 0xc0, 0,   28, 0, 0,  0,    0,  255, protocol, 0, 0,   192, 0,
            2,    1,    224, 0,  0, 18, 0x31, 51, 100, 0,        0, 100, 0,   0};
}

Bytes ipv6_advert(std::uint8_t next = 112) {
    Bytes packet{0x6c, 0, 0, 0, 0, 8, next, 255};
    const Bytes source{0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    const Bytes group{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12};
    packet.insert(packet.end(), source.begin(), source.end());
    packet.insert(packet.end(), group.begin(), group.end());
    packet.insert(packet.end(), {0x31, 51, 100, 0, 0, 100, 0, 0});
    return packet;
}

TEST(Tap, DescribesTheAdvertInAFrame) {
    const Bytes v4 = ethernet(0x0800, ipv4_advert());
    const auto one = datagram_in_frame(Family::ipv4, 7, v4);
    ASSERT_TRUE(one);
    EXPECT_EQ(one->ifindex, 7);
    EXPECT_EQ(one->source.text(), "192.0.2.1");
    EXPECT_EQ(one->destination.text(), "224.0.0.18");
    EXPECT_EQ(one->ttl, 255);
    EXPECT_EQ(one->ip_payload_length, 8U);
    EXPECT_EQ(one->bytes.size(), 8U);
    const Bytes v6 = ethernet(0x86dd, ipv6_advert());
    const auto other = datagram_in_frame(Family::ipv6, 7, v6);
    ASSERT_TRUE(other);
    EXPECT_EQ(other->source.text(), "fe80::1");
    EXPECT_EQ(other->destination.text(), "ff02::12");
    EXPECT_EQ(other->ttl, 255);
    EXPECT_EQ(other->bytes[1], 51);
}

TEST(Tap, SeesNothingInOtherFrames) {
    EXPECT_FALSE(datagram_in_frame(Family::ipv6, 1, ethernet(0x0800, ipv4_advert())));
    EXPECT_FALSE(datagram_in_frame(Family::ipv4, 1, ethernet(0x0806, ipv4_advert())));
    EXPECT_FALSE(datagram_in_frame(Family::ipv4, 1, ethernet(0x0800, ipv4_advert(17))));
    EXPECT_FALSE(datagram_in_frame(Family::ipv6, 1, ethernet(0x86dd, ipv6_advert(58))));
    for (const Bytes& frame : {ethernet(0x0800, ipv4_advert()), ethernet(0x86dd, ipv6_advert())})
        for (std::size_t length = 0; length < frame.size(); ++length) {
            const ByteView cut = ByteView{frame}.first(length);
            for (const Family family : {Family::ipv4, Family::ipv6}) {
                const auto datagram = datagram_in_frame(family, 1, cut);
                EXPECT_LT(datagram ? datagram->bytes.size() : 0U, 8U) << "the length check is the receiver's";
            }
        }
}

}  // namespace
}  // namespace holdfast::net
