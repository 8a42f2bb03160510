#include "engine/advert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/builders.h"

namespace holdfast::test {
namespace {

using testing::ElementsAre;

std::vector<std::uint8_t> encoded(const engine::RouterSettings& own, const std::optional<Priority>& priority,
                                  const IpAddress& source, const IpAddress& destination) {
    std::vector<std::uint8_t> bytes(engine::max_advert_size);
    bytes.resize(engine::encode_advert(own, priority, source, destination, bytes));
    return bytes;
}

// The expected bytes were made by scapy's VRRP layers, or by hand from the RFC where scapy does not go.

TEST(Advert, Version2CarriesThePasswordZeroPadded) {
    auto own = v2(100);
    own.addresses = {ip("192.168.1.111"), ip("192.168.1.112")};
    own.password = engine::Password{'1', '1', '1', '1'};
    EXPECT_THAT(encoded(own, own.priority, ip("192.168.1.104"), own.group),
                ElementsAre(0x21, 0x33, 0x64, 0x02, 0x01, 0x01, 0x93, 0x36, 0xc0, 0xa8, 0x01, 0x6f, 0xc0,
                            0xa8, 0x01, 0x70, 0x31, 0x31, 0x31, 0x31, 0x00, 0x00, 0x00, 0x00));
}

TEST(Advert, Version2CarriesEightZeroBytesWithoutAuthentication) {
    EXPECT_THAT(encoded(v2(100), std::nullopt, ip("10.0.0.1"), v2(100).group),
                ElementsAre(0x21, 0x33, 0x00, 0x01, 0x00, 0x01, 0xd4, 0x66, 0x0a, 0x00, 0x00, 0x64, 0, 0, 0,
                            0, 0, 0, 0, 0));
}

engine::RouterSettings v3_number_7(Duration interval) {
    auto own = v3(254, interval);
    own.vrid = *Vrid::from(7);
    return own;
}

TEST(Advert, Version3SumsThePseudoHeaderWithTheActualDestination) {
    const auto own = v3_number_7(40950ms);
    EXPECT_THAT(encoded(own, own.priority, ip("10.0.0.1"), own.group),
                ElementsAre(0x31, 0x07, 0xfe, 0x01, 0x0f, 0xff, 0xcc, 0x03, 0x0a, 0x00, 0x00, 0x64));
    EXPECT_THAT(encoded(own, own.priority, ip("10.0.0.1"), ip("10.0.0.2")),
                ElementsAre(0x31, 0x07, 0xfe, 0x01, 0x0f, 0xff, 0xa2, 0x14, 0x0a, 0x00, 0x00, 0x64));
}

TEST(Advert, Version3LeavesThePseudoHeaderOutWhenToldSo) {
    auto own = v3_number_7(40950ms);
    own.checksum_without_pseudo_header = true;
    EXPECT_THAT(encoded(own, own.priority, ip("10.0.0.1"), own.group),
                ElementsAre(0x31, 0x07, 0xfe, 0x01, 0x0f, 0xff, 0xb6, 0x93, 0x0a, 0x00, 0x00, 0x64));
}

TEST(Advert, OverIpv6BothVersionsSumThePseudoHeader) {
    auto own = over_ipv6(v3_number_7(10ms));
    own.addresses = {ip("fe80::100")};
    const Priority priority = *Priority::from(100);
    EXPECT_THAT(encoded(own, priority, ip("fe80::1"), own.group),
                ElementsAre(0x31, 0x07, 0x64, 0x01, 0x00, 0x01, 0x6d, 0x56, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0,
                            0, 0, 0, 0, 0, 0x01, 0x00));
    own.version = Version::v2;
    own.advert_interval = 1s;
    EXPECT_THAT(encoded(own, priority, ip("fe80::1"), own.group),
                ElementsAre(0x21, 0x07, 0x64, 0x01, 0x00, 0x01, 0x7d, 0x56, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0,
                            0, 0, 0, 0, 0, 0x01, 0x00));
}

TEST(Advert, DoesNotFitIntoTooLittleRoom) {
    std::array<std::uint8_t, 11> room{};
    EXPECT_EQ(engine::encode_advert(v3(100), v3(100).priority, ip("10.0.0.1"), v3(100).group, room), 0u);
}

TEST(Advert, LongestAdvertOfEachKindIsUnderstood) {
    for (auto own : {v2(100), v3(100), over_ipv6(v3(100)), over_ipv6(v2(100))}) {
        const bool v4 = own.family == Family::ipv4;
        own.addresses.clear();
        for (int i = 0; i < 255; ++i)
            own.addresses.push_back(ip((v4 ? "10.1.0." : "2001:db8::") + std::to_string(i)));
        const Datagram datagram = datagram_for(own, {.priority = 101, .source = v4 ? "10.0.0.2" : "fe80::2"});
        const auto judgement = engine::judge(datagram.received(), own, std::nullopt, std::nullopt);
        EXPECT_FALSE(judgement.remark) << name_of(*judgement.remark);
        ASSERT_TRUE(judgement.advert);
        EXPECT_EQ(judgement.advert->priority, Priority::from(101));
        EXPECT_EQ(judgement.advert->interval, 1s);
    }
}

TEST(Advert, ReservedBitsOfVersion3DoNotEnterTheInterval) {
    const auto own = v3(100);
    Datagram datagram = datagram_for(own, {});
    datagram.bytes[4] |= 0xf0;
    // What the reserved bits add to the sum, the checksum has to lose.
    const unsigned checksum = static_cast<unsigned>(datagram.bytes[6] << 8 | datagram.bytes[7]);
    const unsigned sealed = checksum > 0xf000 ? checksum - 0xf000 : checksum + 0xffff - 0xf000;
    datagram.bytes[6] = static_cast<std::uint8_t>(sealed >> 8);
    datagram.bytes[7] = static_cast<std::uint8_t>(sealed);
    const auto judgement = engine::judge(datagram.received(), own, std::nullopt, std::nullopt);
    ASSERT_TRUE(judgement.advert);
    EXPECT_EQ(judgement.advert->interval, 1s);
}

TEST(Advert, VridIsReadFromTheSecondByteAndZeroIsNone) {
    const std::uint8_t bytes[]{0x31, 51};
    EXPECT_EQ(engine::peek_vrid(bytes), Vrid::from(51));
    const std::uint8_t zero[]{0x31, 0};
    EXPECT_EQ(engine::peek_vrid(zero), std::nullopt);
    EXPECT_EQ(engine::peek_vrid(ByteView{bytes, 1}), std::nullopt);
}

}  // namespace
}  // namespace holdfast::test
