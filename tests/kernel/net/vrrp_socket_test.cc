// Adverts and announcements over a real link, between two namespaces.
#include "net/vrrp_socket.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <sstream>

#include "kernel/net/namespaces.h"
#include "net/neighbours.h"

namespace holdfast::net {
namespace {

using testing::ip;
using Bytes = std::vector<std::uint8_t>;

Bytes advert(int vrid) {
    return {0x31, static_cast<std::uint8_t>(vrid), 100, 0, 0, 100, 0xab, 0xcd};
}

class Adverts : public testing::TwoHostsTest {
protected:
    VrrpReceiver listener(const IpAddress& local) {
        far_.enter();
        auto receiver = VrrpReceiver::open({.family = local.family(),
                                            .interface = "far0",
                                            .ifindex = far_index_,
                                            .local = local,
                                            .receive_buffer_bytes = 1 << 20});
        here_.enter();
        EXPECT_TRUE(receiver) << receiver.error().text();
        EXPECT_TRUE(receiver->pass_only(VridSet{}.set(51)));
        return std::move(*receiver);
    }
    // One advert there; what the other end makes of it.
    void expect_arrival(const Envelope& envelope, const IpAddress& local) {
        auto receiver = listener(local);
        auto sender = VrrpSender::open(local.family()).value();
        ASSERT_TRUE(sender.queue(envelope, advert(51)));
        for (const auto& failure : sender.flush())
            ADD_FAILURE() << strerror(failure.error_number);
        ASSERT_TRUE(testing::readable_within(receiver.fd(), 5000));
        const auto datagrams = receiver.receive(batch_).value();
        ASSERT_EQ(datagrams.size(), 1u);
        const auto& datagram = datagrams.front();
        EXPECT_EQ(datagram.ifindex, far_index_);
        EXPECT_EQ(datagram.source, envelope.source);
        EXPECT_EQ(datagram.destination, envelope.destination);
        EXPECT_EQ(datagram.ttl, envelope.ttl.value_or(255));
        EXPECT_EQ(datagram.ip_payload_length, 8u);
        EXPECT_EQ(Bytes(datagram.bytes.begin(), datagram.bytes.end()), advert(51))
            << "the checksum is the sender's own";
    }

    ReceiveBatch batch_;
};

TEST_F(Adverts, ReachTheIpv4Group) {
    expect_arrival({.source = ip("192.0.2.1"), .destination = ip("224.0.0.18"), .ifindex = near_index_},
                   ip("224.0.0.18"));
}

TEST_F(Adverts, ReachTheIpv6Group) {
    expect_arrival({.source = ip("fe80::1"), .destination = ip("ff02::12"), .ifindex = near_index_},
                   ip("ff02::12"));
}

TEST_F(Adverts, ReachAnIpv4Peer) {
    expect_arrival({.source = ip("192.0.2.1"), .destination = ip("192.0.2.2")}, ip("192.0.2.2"));
}

TEST_F(Adverts, ReachAnIpv6Peer) {
    expect_arrival({.source = ip("2001:db8::1"), .destination = ip("2001:db8::2"), .ttl = 64},
                   ip("2001:db8::2"));
}

TEST_F(Adverts, ReachALinkLocalPeerThroughItsInterface) {
    expect_arrival({.source = ip("fe80::1"), .destination = ip("fe80::2"), .ifindex = near_index_, .ttl = 1},
                   ip("fe80::2"));
}

TEST_F(Adverts, MayComeFromAConfiguredSourceThatIsNotOnTheHost) {
    expect_arrival(
        {.source = ip("203.0.113.7"), .destination = ip("224.0.0.18"), .ifindex = near_index_, .ttl = 9},
        ip("224.0.0.18"));
    expect_arrival({.source = ip("fe80::77"), .destination = ip("ff02::12"), .ifindex = near_index_},
                   ip("ff02::12"));
}

TEST_F(Adverts, CarryClassSelectorSix) {
    far_.enter();
    const os::UniqueFd tap{::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETHERTYPE_IP))};
    here_.enter();
    auto sender = VrrpSender::open(Family::ipv4).value();
    ASSERT_TRUE(sender.queue(
        {.source = ip("192.0.2.1"), .destination = ip("224.0.0.18"), .ifindex = near_index_}, advert(51)));
    ASSERT_TRUE(sender.flush().empty());
    Bytes packet(100);
    do {
        ASSERT_TRUE(testing::readable_within(tap.get(), 5000));
        ASSERT_GT(recv(tap.get(), packet.data(), packet.size(), 0), 20);
    } while (packet[9] != 112);
    EXPECT_EQ(packet[1], 0xc0);
    EXPECT_EQ(packet[6] & 0x40, 0) << "never Don't Fragment";
}

TEST_F(Adverts, OfOtherVridsAreDroppedUntilAllMayPass) {
    auto receiver = listener(ip("224.0.0.18"));
    auto sender = VrrpSender::open(Family::ipv4).value();
    const Envelope envelope{
        .source = ip("192.0.2.1"), .destination = ip("224.0.0.18"), .ifindex = near_index_};
    const auto heard = [&](const std::vector<int>& vrids) {
        for (const int vrid : vrids)
            EXPECT_TRUE(sender.queue(envelope, advert(vrid)));
        EXPECT_TRUE(sender.flush().empty());
        std::vector<int> found;
        while (found.empty() || found.back() != vrids.back()) {
            if (!testing::readable_within(receiver.fd(), 5000)) break;
            const auto datagrams = receiver.receive(batch_).value();
            for (const auto& datagram : datagrams)
                found.push_back(datagram.bytes[1]);
        }
        return found;
    };
    EXPECT_THAT(heard({1, 50, 52, 255, 51}), ::testing::ElementsAre(51));
    ASSERT_TRUE(receiver.pass_only(VridSet{}.set(1).set(255)));
    EXPECT_THAT(heard({51, 1, 2, 255}), ::testing::ElementsAre(1, 255));
    ASSERT_TRUE(receiver.pass_all());
    EXPECT_THAT(heard({51, 1, 2}), ::testing::ElementsAre(51, 1, 2));
}

TEST_F(Adverts, OneThatFailsStopsNoOther) {
    auto receiver = listener(ip("224.0.0.18"));
    auto sender = VrrpSender::open(Family::ipv4).value();
    for (int i = 0; i < 300; ++i)
        ASSERT_TRUE(sender.queue({.source = ip("192.0.2.1"),
                                  .destination = ip("224.0.0.18"),
                                  .ifindex = i % 100 == 50 ? 9999 : near_index_},
                                 advert(51)));
    std::vector<std::size_t> failed;
    for (const auto& failure : sender.flush()) {
        failed.push_back(failure.index);
        EXPECT_EQ(failure.error_number, ENODEV) << strerror(failure.error_number);
    }
    EXPECT_THAT(failed, ::testing::ElementsAre(50, 150, 250));
    EXPECT_EQ(sender.queued(), 0u);
    std::size_t arrived = 0;
    while (arrived < 297 && testing::readable_within(receiver.fd(), 5000))
        arrived += receiver.receive(batch_).value().size();
    EXPECT_EQ(arrived, 297u);
}

TEST_F(Adverts, AreNotGivenToTheSenderOfTheHostThatReceivesThem) {
    auto receiver = listener(ip("224.0.0.18"));
    far_.enter();
    const auto deaf = VrrpSender::open(Family::ipv4).value();
    here_.enter();
    auto sender = VrrpSender::open(Family::ipv4).value();
    ASSERT_TRUE(sender.queue(
        {.source = ip("192.0.2.1"), .destination = ip("224.0.0.18"), .ifindex = near_index_}, advert(51)));
    ASSERT_TRUE(sender.flush().empty());
    ASSERT_TRUE(testing::readable_within(receiver.fd(), 5000));
    // The receiver has its copy waiting; the sender's queue is empty.
    far_.enter();
    std::ifstream sockets{"/proc/thread-self/net/raw"};
    here_.enter();
    std::map<std::string, bool> waiting;  // by local address and protocol
    std::string line;
    std::getline(sockets, line);
    while (std::getline(sockets, line)) {
        std::istringstream words{line};
        std::string slot, local, remote, state, queues;
        words >> slot >> local >> remote >> state >> queues;
        waiting[local] = queues.substr(queues.find(':') + 1) != "00000000";
    }
    const std::map<std::string, bool> wanted{{"120000E0:0070", true}, {"0100007F:0070", false}};
    EXPECT_EQ(waiting, wanted);
}

TEST_F(Adverts, AreRefusedWhenTheQueueIsFull) {
    auto sender = VrrpSender::open(Family::ipv4, 2).value();
    const Envelope envelope{.source = ip("192.0.2.1"), .destination = ip("192.0.2.2")};
    EXPECT_TRUE(sender.queue(envelope, advert(1)));
    EXPECT_TRUE(sender.queue(envelope, advert(2)));
    EXPECT_TRUE(sender.full());
    EXPECT_FALSE(sender.queue(envelope, advert(3)));
}

TEST_F(Adverts, OnAnInterfaceThatIsNotThereHaveAnErrorThatNamesIt) {
    const auto receiver =
        VrrpReceiver::open({.interface = "eth9", .ifindex = 9999, .local = ip("224.0.0.18")});
    ASSERT_FALSE(receiver);
    EXPECT_THAT(receiver.error().text(), ::testing::HasSubstr("eth9: No such device"));
}

TEST_F(Adverts, CutOffByTheBufferKeepTheirTrueLength) {
    auto receiver = listener(ip("192.0.2.2"));
    auto sender = VrrpSender::open(Family::ipv4).value();
    Bytes long_one = advert(51);
    long_one.resize(4000);
    ASSERT_TRUE(sender.queue({.source = ip("192.0.2.1"), .destination = ip("192.0.2.2")}, long_one));
    ASSERT_TRUE(sender.flush().empty());
    ASSERT_TRUE(testing::readable_within(receiver.fd(), 5000));
    const auto datagrams = receiver.receive(batch_).value();
    ASSERT_EQ(datagrams.size(), 1u);
    EXPECT_EQ(datagrams[0].ip_payload_length, 4000u);
    EXPECT_LT(datagrams[0].bytes.size(), 4000u);
}

using Announcements = testing::TwoHostsTest;

TEST_F(Announcements, ArriveAtTheOtherHostAsTheyWereBuilt) {
    far_.enter();
    const os::UniqueFd tap{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL))};
    here_.enter();
    constexpr MacAddress mac{{2, 0, 0, 0, 0, 9}};
    auto announcer = Announcer::open().value();
    ASSERT_TRUE(announcer.queue({.ifindex = near_index_, .mac = mac, .address = ip("192.0.2.10")}));
    ASSERT_TRUE(announcer.queue({.ifindex = 9999, .mac = mac, .address = ip("192.0.2.11")}));
    ASSERT_TRUE(announcer.queue({.ifindex = near_index_, .mac = mac, .address = ip("2001:db8::10")}));
    const auto failures = announcer.flush();
    ASSERT_EQ(failures.size(), 1u);
    EXPECT_EQ(failures[0].index, 1u);
    EXPECT_EQ(failures[0].error_number, ENXIO);

    std::vector<Bytes> frames;
    while (frames.size() < 2 && testing::readable_within(tap.get(), 5000)) {
        Bytes frame(200);
        const ssize_t length = recv(tap.get(), frame.data(), frame.size(), 0);
        ASSERT_GT(length, 12);
        frame.resize(static_cast<std::size_t>(length));
        if (std::equal(mac.bytes().begin(), mac.bytes().end(), frame.begin() + 6)) frames.push_back(frame);
    }
    ASSERT_EQ(frames.size(), 2u);
    const auto arp = gratuitous_arp(mac, ip("192.0.2.10"));
    EXPECT_TRUE(std::equal(arp.bytes().begin(), arp.bytes().end(), frames[0].begin()));
    const auto na = unsolicited_advertisement(mac, ip("2001:db8::10"), Forwarding::off);
    EXPECT_TRUE(std::equal(na.bytes().begin(), na.bytes().end(), frames[1].begin(), frames[1].end()));
}

TEST_F(Announcements, SayRouterWhereTheInterfaceForwards) {
    EXPECT_EQ(ipv6_forwarding("near0"), Forwarding::off);
    std::ofstream{"/proc/sys/net/ipv6/conf/near0/forwarding"} << 1;
    EXPECT_EQ(ipv6_forwarding("near0"), Forwarding::on);
    EXPECT_EQ(ipv6_forwarding("eth9"), Forwarding::off);
}

}  // namespace
}  // namespace holdfast::net
