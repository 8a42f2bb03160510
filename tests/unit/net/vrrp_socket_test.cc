#include "net/vrrp_socket.h"

#include <gtest/gtest.h>

#include <vector>

namespace holdfast::net {
namespace {

std::vector<std::uint8_t> packet(std::size_t header_words = 5, std::size_t payload = 8) {
    std::vector<std::uint8_t> bytes(header_words * 4 + payload, 0xee);
    bytes[0] = static_cast<std::uint8_t>(0x40 | header_words);
    bytes[2] = 0;
    bytes[3] = static_cast<std::uint8_t>(bytes.size());
    bytes[8] = 255;
    bytes[9] = vrrp_protocol;
    const std::vector<std::uint8_t> addresses{192, 0, 2, 1, 224, 0, 0, 18};
    std::copy(addresses.begin(), addresses.end(), bytes.begin() + 12);
    return bytes;
}

TEST(Ipv4Header, TellsWhereFromWhereToAndHowLong) {
    const auto bytes = packet();
    const auto header = parse_ipv4(bytes);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->source.text(), "192.0.2.1");
    EXPECT_EQ(header->destination.text(), "224.0.0.18");
    EXPECT_EQ(header->ttl, 255);
    EXPECT_EQ(header->protocol, 112);
    EXPECT_EQ(header->payload_length, 8u);
    EXPECT_EQ(header->payload.size(), 8u);
}

TEST(Ipv4Header, OptionsAreSkipped) {
    const auto bytes = packet(15);
    EXPECT_EQ(parse_ipv4(bytes)->payload.size(), 8u);
}

TEST(Ipv4Header, PaddingIsInTheBytesAndNotInTheLength) {
    auto bytes = packet();
    bytes.resize(46);
    const auto header = parse_ipv4(bytes);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->payload_length, 8u);
    EXPECT_EQ(header->payload.size(), 26u);
}

TEST(Ipv4Header, OfACutPacketIsNone) {
    const auto bytes = packet(6);
    for (std::size_t length = 0; length < 24; ++length)
        EXPECT_FALSE(parse_ipv4(ByteView{bytes}.first(length))) << length;
}

TEST(Ipv4Header, ThatLiesAboutItselfIsNone) {
    auto short_header = packet();
    short_header[0] = 0x44;
    EXPECT_FALSE(parse_ipv4(short_header));
    auto version_6 = packet();
    version_6[0] = 0x65;
    EXPECT_FALSE(parse_ipv4(version_6));
    auto total_below_header = packet();
    total_below_header[3] = 19;
    EXPECT_FALSE(parse_ipv4(total_below_header));
}

}  // namespace
}  // namespace holdfast::net
