#include "net/neighbour_frames.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "unit/net/kernel_news.h"

namespace holdfast::net {
namespace {

using testing::ip;
using Bytes = std::vector<std::uint8_t>;
using Kind = NeighbourFrame::Kind;

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

TEST(ArpRequest, AsksEverybodyForTheTarget) {
    const Bytes wanted{0xff, 0xff, 0xff, 0xff, 0xff, 0xff,                // to
                       0x02, 0x00, 0x5e, 0x10, 0x20, 0x30,                // from
                       0x08, 0x06,                                        // ARP
                       0x00, 0x01, 0x08, 0x00, 0x06, 0x04,                // Ethernet, IPv4, lengths
                       0x00, 0x01,                                        // request
                       0x02, 0x00, 0x5e, 0x10, 0x20, 0x30, 192, 0, 2, 2,  // sender
                       0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 192, 0, 2, 1};
    EXPECT_EQ(bytes_of(arp_request(own, ip("192.0.2.2"), ip("192.0.2.1"))), wanted);
}

TEST(ArpProbe, ComesFromNobody) {
    const auto frame = arp_request(own, std::nullopt, ip("192.0.2.1"));
    EXPECT_EQ(Bytes(frame.bytes().begin() + 28, frame.bytes().begin() + 32), (Bytes{0, 0, 0, 0}));
    const auto heard = parse_neighbour_frame(frame.bytes());
    ASSERT_TRUE(heard);
    EXPECT_EQ(heard->claimed(), std::nullopt);
    EXPECT_FALSE(heard->is_gratuitous());
}

TEST(NeighbourSolicitation, GoesToTheTargetsGroupWithOurAddress) {
    const Bytes wanted{0x33, 0x33, 0xff, 0x00, 0x00, 0x0a,              // to
                       0x02, 0x00, 0x5e, 0x10, 0x20, 0x30,              // from
                       0x86, 0xdd,                                      // IPv6
                       0x60, 0x00, 0x00, 0x00, 0x00, 0x20, 58,   0xff,  // 32 bytes, hop limit 255
                       0xfe, 0x80, 0,    0,    0,    0,    0,    0,    0, 0, 0, 0, 0,    0, 0, 2,  // source
                       0xff, 0x02, 0,    0,    0,    0,    0,    0,    0, 0, 0, 1, 0xff, 0, 0, 0x0a,
                       0x87, 0x00, 0xcd, 0x0e, 0x00, 0x00, 0x00, 0x00,  // solicitation
                       0x20, 0x01, 0x0d, 0xb8, 0,    0,    0,    0,    0, 0, 0, 0, 0,    0, 0, 0x0a,
                       0x01, 0x01, 0x02, 0x00, 0x5e, 0x10, 0x20, 0x30};  // our link-layer address
    EXPECT_EQ(bytes_of(neighbour_solicitation(own, ip("fe80::2"), ip("2001:db8::a"))), wanted);
}

TEST(NeighbourSolicitation, FromNowhereHasNoOption) {
    const auto frame = neighbour_solicitation(own, std::nullopt, ip("2001:db8::a"));
    EXPECT_EQ(frame.size, 14u + 40 + 24);
    const auto heard = parse_neighbour_frame(frame.bytes());
    ASSERT_TRUE(heard);
    EXPECT_EQ(heard->kind, Kind::solicitation);
    EXPECT_TRUE(heard->sender.is_unspecified());
    EXPECT_EQ(heard->target, ip("2001:db8::a"));
    EXPECT_EQ(heard->claimed(), std::nullopt);
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

TEST(UnsolicitedAdvertisement, OfARouterSaysSo) {
    const auto heard =
        parse_neighbour_frame(unsolicited_advertisement(own, ip("fe80::1"), Forwarding::on).bytes());
    ASSERT_TRUE(heard);
    EXPECT_EQ(heard->kind, Kind::advertisement);
    EXPECT_TRUE(heard->router);
    EXPECT_TRUE(heard->overrides);
    EXPECT_TRUE(heard->is_gratuitous());
    EXPECT_TRUE(heard->is_answer());
    EXPECT_EQ(heard->claimed(), ip("fe80::1"));
    EXPECT_EQ(heard->mac, own);
}

Bytes reply() {
    Bytes frame = bytes_of(arp_request(own, ip("192.0.2.1"), ip("192.0.2.2")));
    frame[21] = 2;
    return frame;
}

TEST(AnArpReply, SaysWhoIsWhere) {
    Bytes frame = reply();
    frame.resize(60);  // padding
    const auto heard = parse_neighbour_frame(frame);
    ASSERT_TRUE(heard);
    EXPECT_EQ(heard->kind, Kind::arp_reply);
    EXPECT_EQ(heard->claimed(), ip("192.0.2.1"));
    EXPECT_EQ(heard->target, ip("192.0.2.2"));
    EXPECT_EQ(heard->mac, own);
    EXPECT_FALSE(heard->is_gratuitous());
}

TEST(AGratuitousArp, IsHeardAsOne) {
    const auto heard = parse_neighbour_frame(gratuitous_arp(own, ip("192.0.2.1")).bytes());
    ASSERT_TRUE(heard);
    EXPECT_TRUE(heard->is_gratuitous());
    EXPECT_EQ(heard->claimed(), ip("192.0.2.1"));
}

TEST(AnArpFrame, ThatLiesIsNotHeard) {
    const std::vector<std::function<void(Bytes&)>> lies{
        [](Bytes& frame) { frame.pop_back(); },
        [](Bytes& frame) { frame[12] = 0x81; },  // a VLAN tag
        [](Bytes& frame) { frame[15] = 6; },     // another hardware
        [](Bytes& frame) { frame[16] = 0x86; },  // another protocol
        [](Bytes& frame) { frame[18] = 8; },     // lengths
        [](Bytes& frame) { frame[19] = 16; },    //
        [](Bytes& frame) { frame[21] = 3; },     // RARP
        [](Bytes& frame) { frame[22] |= 1; },    // everybody's hardware address
        [](Bytes& frame) { std::fill_n(frame.begin() + 22, 6, std::uint8_t{0}); },
        [](Bytes& frame) { frame[28] = 224; }};  // a group's address
    for (std::size_t at = 0; at < lies.size(); ++at) {
        Bytes frame = reply();
        lies[at](frame);
        EXPECT_FALSE(parse_neighbour_frame(frame)) << at;
    }
    EXPECT_FALSE(parse_neighbour_frame({}));
}

// Offsets of the advertisement below.
constexpr std::size_t ip_at = 14;
constexpr std::size_t message_at = 54;

void correct_checksum(Bytes& frame) {
    frame[message_at + 2] = frame[message_at + 3] = 0;
    const ByteView all{frame};
    const std::size_t length = frame.size() - message_at;
    InternetChecksum checksum;
    checksum.add(all.subspan(ip_at + 8, 32));
    checksum.add_be32(static_cast<std::uint32_t>(length));
    checksum.add_be32(58);
    checksum.add(all.subspan(message_at));
    frame[message_at + 2] = static_cast<std::uint8_t>(checksum.value() >> 8);
    frame[message_at + 3] = static_cast<std::uint8_t>(checksum.value());
}

// As a host answers a solicitation: to us, Solicited and Override set.
Bytes answer() {
    Bytes frame = bytes_of(unsolicited_advertisement(own, ip("2001:db8::a"), Forwarding::off));
    const auto to = ip("fe80::2");
    std::copy(to.bytes().begin(), to.bytes().end(), frame.begin() + ip_at + 24);
    frame[message_at + 4] = 0x60;
    correct_checksum(frame);
    return frame;
}

TEST(AnAdvertisement, AnswersASolicitation) {
    const auto heard = parse_neighbour_frame(answer());
    ASSERT_TRUE(heard);
    EXPECT_EQ(heard->kind, Kind::advertisement);
    EXPECT_TRUE(heard->solicited);
    EXPECT_FALSE(heard->is_gratuitous());
    EXPECT_EQ(heard->target, ip("2001:db8::a"));
}

TEST(AnAdvertisement, NeedNoOptionSayWhereItIs) {
    Bytes frame = answer();
    frame.resize(frame.size() - 8);
    frame[ip_at + 5] = 24;
    correct_checksum(frame);
    const auto heard = parse_neighbour_frame(frame);
    ASSERT_TRUE(heard);
    EXPECT_EQ(heard->mac, own);  // of the frame
}

TEST(ANeighbourMessage, ThatAHostMustNotBelieveIsNotHeard) {
    const std::vector<std::function<void(Bytes&)>> lies{
        [](Bytes& frame) { frame[ip_at + 7] = 254; },        // it has been routed
        [](Bytes& frame) { frame[ip_at] = 0x40; },           // no IPv6
        [](Bytes& frame) { frame[ip_at + 5] = 40; },         // more than there is
        [](Bytes& frame) { frame[ip_at + 5] = 23; },         // less than a message
        [](Bytes& frame) { frame[ip_at + 6] = 0; },          // an extension header
        [](Bytes& frame) { frame[ip_at + 8] = 0xff; },       // from a group
        [](Bytes& frame) { frame[message_at] = 134; },       // another message
        [](Bytes& frame) { frame[message_at + 1] = 1; },     // code
        [](Bytes& frame) { frame[message_at + 8] = 0xff; },  // a group's address
        [](Bytes& frame) { frame[ip_at + 24] = 0xff; },      // Solicited, to a group
        [](Bytes& frame) { frame[message_at + 25] = 0; },    // an option without length
        [](Bytes& frame) { frame[message_at + 25] = 2; },    // and with too much
        [](Bytes& frame) { frame[message_at + 26] |= 1; }};  // everybody's hardware address
    for (std::size_t at = 0; at < lies.size(); ++at) {
        Bytes frame = answer();
        lies[at](frame);
        correct_checksum(frame);
        EXPECT_FALSE(parse_neighbour_frame(frame)) << at;
    }
    Bytes frame = answer();
    frame[message_at + 2] ^= 1;  // the checksum
    EXPECT_FALSE(parse_neighbour_frame(frame));
}

TEST(ASolicitation, FromNowhereGoesToItsTargetsGroupOnly) {
    Bytes frame = bytes_of(neighbour_solicitation(own, std::nullopt, ip("2001:db8::a")));
    frame[ip_at + 39] = 0x0b;
    correct_checksum(frame);
    EXPECT_FALSE(parse_neighbour_frame(frame));
}

}  // namespace
}  // namespace holdfast::net
