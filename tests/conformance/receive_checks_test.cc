// The receive checks, numbered as at engine::judge (RFC 9568 section 7.1, RFC 3768 section 7.1,
// keepalived's). Whatever fails one of checks 1 to 17 is counted and touches neither state nor deadline, of a
// Backup and of an Active router.
#include <gtest/gtest.h>

#include <functional>

#include "base/bytes.h"
#include "support/node.h"

namespace holdfast::test {
namespace {

using engine::Remark;
using engine::State;
using Spoil = std::function<void(Datagram&)>;

// Puts a right checksum into a changed v2 advert over IPv4.
void seal_v2(Datagram& datagram) {
    datagram.bytes[6] = datagram.bytes[7] = 0;
    InternetChecksum sum;
    sum.add(datagram.bytes);
    datagram.bytes[6] = static_cast<std::uint8_t>(sum.value() >> 8);
    datagram.bytes[7] = static_cast<std::uint8_t>(sum.value());
}

void expect_discarded_by(Node node, const Datagram& datagram, Remark remark) {
    const State state = node.state();
    const Instant deadline = node.deadline();
    const std::uint64_t heard = node.view().counters->adverts_received;
    node.happens(datagram.received(), 500ms);
    EXPECT_EQ(node.state(), state);
    EXPECT_EQ(node.deadline(), deadline);
    EXPECT_EQ(node.view().counters->adverts_received, heard);
    EXPECT_EQ(node.remarks(remark), 1u);
    ASSERT_EQ(node.effects().size(), 1u);
    ASSERT_EQ(node.asked<engine::AdvertRemarked>().size(), 1u);
    EXPECT_EQ(node.asked<engine::AdvertRemarked>()[0].remark, remark);
    EXPECT_EQ(node.asked<engine::AdvertRemarked>()[0].router, router_0);
}

// A farewell and an advert of a better router would both move something, if they were believed.
void expect_discarded(const engine::RouterSettings& own, Remark remark, const Spoil& spoil,
                      Heard heard = {}) {
    for (const int priority : {farewell, 254}) {
        heard.priority = priority;
        Datagram datagram = datagram_for(own, heard);
        spoil(datagram);
        expect_discarded_by(backup_of(own), datagram, remark);
        expect_discarded_by(active_of(own), datagram, remark);
    }
}

void cut(Datagram& datagram, std::size_t size) {
    datagram.bytes.resize(size);
    datagram.meta.ip_payload_length = static_cast<std::uint32_t>(size);
}

TEST(ReceiveChecks, Number1_DatagramWithoutAWholeHeader) {
    expect_discarded(v3(100), Remark::too_short, [](Datagram& datagram) { cut(datagram, 7); });
    expect_discarded(v2(100), Remark::too_short, [](Datagram& datagram) { cut(datagram, 2); });
}

TEST(ReceiveChecks, Number1_DatagramTooShortToHaveAVridBelongsToNobody) {
    Node node = backup_of(v3(100));
    Datagram datagram = datagram_for(v3(100), {});
    cut(datagram, 1);
    node.happens(datagram.received(), 1s);
    EXPECT_EQ(node.engine().stray_adverts(Remark::too_short), 1u);
}

TEST(ReceiveChecks, Number2_VridThatNoRouterOfOursHas) {
    Node node = backup_of(v3(100));
    auto other = v3(100);
    other.vrid = *Vrid::from(52);
    node.happens(datagram_for(other, {.priority = 200}).received(), 1s);
    EXPECT_EQ(node.deadline(), at(3s + 609'375us));
    EXPECT_EQ(node.engine().stray_adverts(Remark::unknown_vrid), 1u);
    ASSERT_EQ(node.asked<engine::AdvertRemarked>().size(), 1u);
    EXPECT_EQ(node.asked<engine::AdvertRemarked>()[0].router, std::nullopt);
    EXPECT_EQ(node.asked<engine::AdvertRemarked>()[0].found, 52u);
}

TEST(ReceiveChecks, Number2_OurVridOnAnotherLinkIsAnotherVirtualRouter) {
    Node node = backup_of(v3(100));
    auto other = v3(100);
    other.addresses = {ip("10.0.0.200")};
    Datagram datagram = datagram_for(other, {.priority = 200});
    datagram.meta.link = link_1;
    node.happens(datagram.received(), 1s);
    EXPECT_EQ(node.engine().stray_adverts(Remark::unknown_vrid), 1u);
}

TEST(ReceiveChecks, Number2_OurVridAndAddressesOnAnotherLinkAreOurVirtualRouterOnTheWrongLink) {
    for (const auto& own : {v3(100), over_ipv6(v3(100))}) {
        const std::string source = own.family == Family::ipv4 ? "10.0.0.2" : "fe80::2";
        Node node = backup_of(own);
        Datagram datagram = datagram_for(own, {.priority = 200, .source = source});
        datagram.meta.link = link_1;
        node.happens(datagram.received(), 1s);
        EXPECT_EQ(node.remarks(Remark::wrong_link), 1u);
        EXPECT_EQ(node.engine().stray_adverts(Remark::unknown_vrid), 0u);
        EXPECT_EQ(node.deadline(), at(3s + 609'375us));
        ASSERT_EQ(node.asked<engine::AdvertRemarked>().size(), 1u);
        EXPECT_EQ(node.asked<engine::AdvertRemarked>()[0].found, index(link_1));
        EXPECT_EQ(node.asked<engine::AdvertRemarked>()[0].expected, index(link_0));
    }
}

// Both interfaces are in one network, and whoever sends is heard on the right one, too, or is ourselves.
TEST(ReceiveChecks, Number2_AnEchoOfWhatIsHeardElsewhereIsAnotherVirtualRouter) {
    Node node = backup_of(v3(100));
    node.hears({.priority = 200}, 1s);
    for (const char* source : {"10.0.0.2", "10.0.0.1"}) {
        Datagram datagram = datagram_for(v3(100), {.priority = 200, .source = source});
        datagram.meta.link = link_1;
        node.happens(datagram.received(), 1s);
    }
    EXPECT_EQ(node.remarks(Remark::wrong_link), 0u);
    EXPECT_EQ(node.engine().stray_adverts(Remark::unknown_vrid), 2u);
}

TEST(ReceiveChecks, Number3_RouterInFaultDoesNotListen) {
    Node node = backup_of(v3(100));
    node.link(link_0, false, 1s).hears({.priority = 200}, 2s);
    EXPECT_TRUE(node.effects().empty());
    EXPECT_EQ(node.state(), State::fault);
    EXPECT_EQ(node.remarks(Remark::not_listening), 1u);
}

TEST(ReceiveChecks, Number4_LengthIsNotThatOfTheAddresses) {
    for (const auto& own : {v2(100), v3(100), over_ipv6(v3(100)), over_ipv6(v2(100))}) {
        const std::string source = own.family == Family::ipv4 ? "10.0.0.2" : "fe80::2";
        expect_discarded(own, Remark::bad_length,
                         [](Datagram& datagram) { cut(datagram, datagram.bytes.size() - 1); },
                         {.source = source});
        expect_discarded(own, Remark::bad_length,
                         [](Datagram& datagram) { cut(datagram, datagram.bytes.size() + 4); },
                         {.source = source});
        expect_discarded(own, Remark::bad_length, [](Datagram& datagram) { ++datagram.bytes[3]; },
                         {.source = source});
    }
}

TEST(ReceiveChecks, Number4_BytesEndBeforeTheIpHeaderSays) {
    expect_discarded(v3(100), Remark::bad_length, [](Datagram& datagram) { datagram.bytes.pop_back(); });
}

TEST(ReceiveChecks, Number4_PaddingOfAShortEthernetFrameIsNoFault) {
    Node node = backup_of(v3(100));
    Datagram datagram = datagram_for(v3(100), {.priority = 200});
    datagram.bytes.resize(26);  // 46 bytes with the IP header
    node.happens(datagram.received(), 1s);
    EXPECT_EQ(node.deadline(), at(4s + 609'375us));
}

TEST(ReceiveChecks, Number4_MoreThanPaddingIsAFault) {
    expect_discarded(v3(100), Remark::bad_length, [](Datagram& datagram) { datagram.bytes.resize(27); });
}

TEST(ReceiveChecks, Number5_MulticastThatPassedARouter) {
    expect_discarded(v2(100), Remark::bad_ttl, [](Datagram& datagram) { datagram.meta.ttl = 254; });
    expect_discarded(v3(100), Remark::bad_ttl, [](Datagram& datagram) { datagram.meta.ttl = 64; });
    expect_discarded(over_ipv6(v3(100)), Remark::bad_ttl, [](Datagram& datagram) { datagram.meta.ttl = 1; },
                     {.source = "fe80::2"});
}

TEST(ReceiveChecks, Number6_OtherVersion) {
    const auto as = [](const engine::RouterSettings& sender) {
        return [sender](Datagram& datagram) {
            datagram = datagram_for(sender, {.priority = datagram.bytes[2]});
        };
    };
    expect_discarded(v3(100), Remark::bad_version, as(v2(100)));
    expect_discarded(v2(100), Remark::bad_version, as(v3(100)));
    expect_discarded(v3(100), Remark::bad_version, [](Datagram& datagram) { datagram.bytes[0] = 0x41; });
}

TEST(ReceiveChecks, Number7_AuthenticationTypeThatDoesNotExist) {
    expect_discarded(v2(100), Remark::bad_auth_type, [](Datagram& datagram) {
        datagram.bytes[4] = 3;
        seal_v2(datagram);
    });
}

engine::RouterSettings with_password(engine::RouterSettings own) {
    own.password = engine::Password{'1', '1', '1', '1'};
    return own;
}

TEST(ReceiveChecks, Number8_AuthenticationTypeThatIsNotOurs) {
    const auto change_to = [](std::uint8_t type) {
        return [type](Datagram& datagram) {
            datagram.bytes[4] = type;
            seal_v2(datagram);
        };
    };
    expect_discarded(v2(100), Remark::other_auth_type, change_to(1));
    expect_discarded(with_password(v2(100)), Remark::other_auth_type, change_to(0));
    expect_discarded(with_password(v2(100)), Remark::other_auth_type, change_to(2));
}

TEST(ReceiveChecks, Number9_WrongPassword) {
    const auto own = with_password(v2(100));
    for (const std::size_t from_end : {1u, 8u})
        expect_discarded(own, Remark::bad_password, [&](Datagram& datagram) {
            datagram.bytes[datagram.bytes.size() - from_end] ^= 1;
            seal_v2(datagram);
        });
    Node node = backup_of(own);
    node.hears({.priority = 200}, 1s);
    EXPECT_EQ(node.view().counters->adverts_received, 1u);
}

TEST(ReceiveChecks, Number10_Version2WithAnotherInterval) {
    expect_discarded(v2(100), Remark::other_interval_v2, [](Datagram&) {}, {.interval = 2s});
}

TEST(ReceiveChecks, Number11_TypeThatIsNoAdvertisement) {
    expect_discarded(v2(100), Remark::bad_type, [](Datagram& datagram) {
        datagram.bytes[0] = 0x22;
        seal_v2(datagram);
    });
}

TEST(ReceiveChecks, Number12_Checksum) {
    expect_discarded(v2(100), Remark::bad_checksum, [](Datagram& datagram) { datagram.bytes[7] ^= 1; });
    expect_discarded(v3(100), Remark::bad_checksum, [](Datagram& datagram) { datagram.bytes[2] ^= 1; });
    expect_discarded(over_ipv6(v3(100)), Remark::bad_checksum,
                     [](Datagram& datagram) { datagram.bytes[20] ^= 1; }, {.source = "fe80::2"});
}

TEST(ReceiveChecks, Number12_Version3CoversThePseudoHeader) {
    expect_discarded(v3(100), Remark::bad_checksum,
                     [](Datagram& datagram) { datagram.meta.source = ip("10.0.0.3"); });
    auto old_reading = v3(100);
    old_reading.checksum_without_pseudo_header = true;
    expect_discarded(v3(100), Remark::bad_checksum, [&](Datagram& datagram) {
        datagram = datagram_for(old_reading, {.priority = datagram.bytes[2]});
    });
}

TEST(ReceiveChecks, Number12_WithoutPseudoHeaderEitherChecksumIsRightButNotABrokenOne) {
    auto own = v3(100);
    own.checksum_without_pseudo_header = true;
    Node node = backup_of(own);
    node.happens(datagram_for(own, {.priority = 200}).received(), 1s);
    node.happens(datagram_for(v3(100), {.priority = 200}).received(), 2s);
    EXPECT_EQ(node.view().counters->adverts_received, 2u);
    expect_discarded(own, Remark::bad_checksum, [](Datagram& datagram) { datagram.bytes[6] ^= 1; });
}

TEST(ReceiveChecks, Number13_UnicastToAMulticastRouterAndTheReverse) {
    const auto one_to_one = unicast(v3(100), {"10.0.0.2"});
    expect_discarded(v3(100), Remark::wrong_delivery, [&](Datagram& datagram) {
        datagram = datagram_for(one_to_one, {.priority = datagram.bytes[2]});
    });
    expect_discarded(one_to_one, Remark::wrong_delivery, [&](Datagram& datagram) {
        datagram = datagram_for(v3(100), {.priority = datagram.bytes[2]});
    });
}

TEST(ReceiveChecks, Number14_OurOwnSourceAddress) {
    expect_discarded(v2(100), Remark::own_source, [](Datagram&) {}, {.source = "10.0.0.1"});
    expect_discarded(over_ipv6(v3(100)), Remark::own_source, [](Datagram&) {}, {.source = "fe80::1"});
}

TEST(ReceiveChecks, Number15_OwnerThatIgnoresOtherOwners) {
    auto own = v3(255);
    own.owner_ignores_adverts = true;
    Node node = active_of(own);
    node.hears({.priority = 255, .source = "10.0.0.9"}, 500ms);
    EXPECT_EQ(node.state(), State::active);
    EXPECT_EQ(node.deadline(), at(1s));
    EXPECT_EQ(node.remarks(Remark::owner_ignored), 1u);
}

TEST(ReceiveChecks, Number16_UnicastFromNoPeer) {
    auto own = unicast(v3(100), {"10.0.0.2", "10.0.0.3"});
    own.only_from_peers = true;
    expect_discarded(own, Remark::not_from_peer, [](Datagram&) {}, {.source = "10.0.0.4"});
}

TEST(ReceiveChecks, Number16_UnicastFromAnyoneWhenSourcesAreNotChecked) {
    Node node = backup_of(unicast(v3(100), {"10.0.0.2"}));
    node.hears({.priority = 200, .source = "10.0.0.4"}, 1s);
    EXPECT_EQ(node.view().active_address, ip("10.0.0.4"));
}

TEST(ReceiveChecks, Number17_UnicastFromTooFarOrTooNear) {
    auto own = unicast(v3(100), {"10.0.0.2"});
    own.only_from_peers = true;
    own.peers[0].min_ttl = 60;
    own.peers[0].max_ttl = 64;
    expect_discarded(own, Remark::bad_peer_ttl, [](Datagram& datagram) { datagram.meta.ttl = 59; });
    expect_discarded(own, Remark::bad_peer_ttl, [](Datagram& datagram) { datagram.meta.ttl = 65; });
}

TEST(ReceiveChecks, Number18_OtherIntervalOfVersion3IsRemarkedAndLearned) {
    Node node = backup_of(v3(128));
    node.hears({.priority = 200, .interval = 2s}, 1s);
    EXPECT_EQ(node.deadline(), at(8s));
    ASSERT_EQ(node.asked<engine::AdvertRemarked>().size(), 1u);
    EXPECT_EQ(node.asked<engine::AdvertRemarked>()[0].remark, Remark::other_interval);
    EXPECT_EQ(node.asked<engine::AdvertRemarked>()[0].found, 200u);
    EXPECT_EQ(node.asked<engine::AdvertRemarked>()[0].expected, 100u);
}

TEST(ReceiveChecks, Number19_OtherAddressesAreRemarkedAndTheMasterStaysHeard) {
    auto more = v2(100);
    more.addresses.push_back(ip("10.0.0.101"));
    Node node = backup_of(v2(100));
    node.happens(datagram_for(more, {.priority = 200}).received(), 1s);
    EXPECT_EQ(node.deadline(), at(4s + 609'375us));
    EXPECT_EQ(node.remarks(Remark::other_addresses), 1u);
}

TEST(ReceiveChecks, Number19_WhoHasNoneOfOurAddressesIsAStrangerUnlessItIsAPeer) {
    auto other = v2(100);
    other.addresses = {ip("10.0.0.101")};
    Node node = backup_of(v2(100));
    node.happens(datagram_for(other, {.priority = 200}).received(), 1s);
    EXPECT_EQ(node.deadline(), at(4s + 609'375us));
    EXPECT_EQ(node.remarks(Remark::stranger), 1u);
    Node one_to_one = backup_of(unicast(v2(100), {"10.0.0.2"}));
    one_to_one.happens(datagram_for(unicast(other, {"10.0.0.2"}), {.priority = 200}).received(), 1s);
    EXPECT_EQ(one_to_one.remarks(Remark::other_addresses), 1u);
}

TEST(ReceiveChecks, Number19_OrderOfTheAddressesDoesNotMatter) {
    auto own = v2(100);
    own.addresses = {ip("10.0.0.100"), ip("10.0.0.101"), ip("10.0.0.102")};
    auto sender = own;
    sender.addresses = {ip("10.0.0.102"), ip("10.0.0.100"), ip("10.0.0.101")};
    Node node = backup_of(own);
    node.happens(datagram_for(sender, {.priority = 200}).received(), 1s);
    EXPECT_TRUE(node.effects().empty());
}

TEST(ReceiveChecks, Number19_IsSkippedForTheRouterAlreadyFollowed) {  // skip_check_adv_addr
    auto own = v2(100);
    own.skip_address_check = true;
    auto sender = own;
    sender.addresses = {ip("10.0.0.101")};
    Node node = backup_of(own);
    const Datagram datagram = datagram_for(sender, {.priority = 200});
    node.happens(datagram.received(), 1s).happens(datagram.received(), 2s);
    EXPECT_EQ(node.remarks(Remark::stranger), 1u);
}

TEST(ReceiveChecks, Number20_OurPriorityIsRemarkedOncePerSender) {
    Node node = backup_of(v2(100));
    for (Duration when = 1s; when < 10s; when += 1s)
        node.hears({.priority = 100, .source = "10.0.0.2"}, when);
    EXPECT_EQ(node.remarks(Remark::same_priority), 1u);
    node.hears({.priority = 100, .source = "10.0.0.3"}, 10s);
    EXPECT_EQ(node.remarks(Remark::same_priority), 2u);
    node.hears({.priority = 101, .source = "10.0.0.4"}, 11s);
    EXPECT_EQ(node.remarks(Remark::same_priority), 2u);
    EXPECT_EQ(node.state(), State::backup);
}

TEST(ReceiveChecks, FloodOfBadAdvertsDoesNotSilenceTheActiveRouter) {
    Node node = active_of(v2(255));
    Datagram bad = datagram_for(v2(255), {.priority = 50});
    bad.bytes[7] ^= 1;
    std::ptrdiff_t adverts = 0;
    for (Duration now = 0s; now < 10s; now += 400ms) {  // 2.5 per interval
        node.happens(bad.received(), now).lives_until(now + 399ms);
        adverts += node.adverts();
    }
    EXPECT_EQ(adverts, 9);  // at 1 s .. 9 s
    EXPECT_EQ(node.state(), State::active);
}

}  // namespace
}  // namespace holdfast::test
