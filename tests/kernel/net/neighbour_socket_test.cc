// Questions to the real kernel of another host, and its answers.
#include "net/neighbour_socket.h"

#include <gmock/gmock.h>

#include <cerrno>

#include "kernel/net/namespaces.h"
#include "net/frame_sender.h"
#include "net/links.h"
#include "net/neighbours.h"

namespace holdfast::net {
namespace {

using ::testing::Contains;
using testing::ip;
using ::testing::IsEmpty;
using testing::readable_within;
using testing::run_ip;
using ::testing::SizeIs;

constexpr int patience_ms = 5000;

class NeighbourSockets : public testing::TwoHostsTest {
protected:
    void SetUp() override {
        TwoHostsTest::SetUp();
        if (IsSkipped()) return;
        sender_ = FrameSender::open().value();
        near_mac_ = mac_of("near0");
        far_.enter();
        far_mac_ = mac_of("far0");
        here_.enter();
    }
    static MacAddress mac_of(const std::string& interface) {
        auto socket = CommandSocket::open().value();
        LinkTable table;
        Updates updates;
        EXPECT_TRUE(table.resync(socket, updates));
        return *table.find(interface)->mac;
    }
    NeighbourSocket listen(Family family, std::vector<IpAddress> addresses) {
        return NeighbourSocket::open(family, near_index_, addresses).value();
    }
    void send(const Frame& frame) {
        ASSERT_TRUE(sender_->queue(near_index_, frame));
        const auto failures = sender_->flush();
        ASSERT_THAT(failures, IsEmpty());
    }
    static std::vector<NeighbourFrame> heard_by(NeighbourSocket& socket) {
        if (!readable_within(socket.fd(), patience_ms)) return {};
        const auto heard = socket.receive().value();
        return {heard.begin(), heard.end()};
    }

    MacAddress near_mac_;
    MacAddress far_mac_;
    std::optional<FrameSender> sender_;  // of the test's namespace
};

TEST_F(NeighbourSockets, AKernelAnswersARequestAndAProbe) {
    auto socket = listen(Family::ipv4, {ip("192.0.2.2")});
    for (const auto& source : {std::optional{ip("192.0.2.1")}, std::optional<IpAddress>{}}) {
        send(arp_request(near_mac_, source, ip("192.0.2.2")));
        const auto heard = heard_by(socket);
        ASSERT_THAT(heard, SizeIs(1));
        EXPECT_EQ(heard[0].kind, NeighbourFrame::Kind::arp_reply);
        EXPECT_EQ(heard[0].claimed(), ip("192.0.2.2"));
        EXPECT_EQ(heard[0].mac, far_mac_);
    }
}

TEST_F(NeighbourSockets, AKernelAnswersASolicitationFromAnAddressAndFromNowhere) {
    for (const char* target : {"fe80::2", "2001:db8::2"}) {
        auto socket = listen(Family::ipv6, {ip(target)});
        for (const auto& source : {std::optional{ip("fe80::1")}, std::optional<IpAddress>{}}) {
            send(neighbour_solicitation(near_mac_, source, ip(target)));
            const auto heard = heard_by(socket);
            ASSERT_THAT(heard, SizeIs(1)) << target;
            EXPECT_EQ(heard[0].kind, NeighbourFrame::Kind::advertisement);
            EXPECT_EQ(heard[0].claimed(), ip(target));
            EXPECT_EQ(heard[0].solicited, source.has_value());
            EXPECT_EQ(heard[0].mac, far_mac_);
        }
    }
}

TEST_F(NeighbourSockets, OthersAndOurselvesAreNotHeard) {
    auto socket = listen(Family::ipv4, {ip("192.0.2.1"), ip("192.0.2.9")});
    auto all = listen(Family::ipv4, {ip("192.0.2.2")});
    send(gratuitous_arp(near_mac_, ip("192.0.2.1")));  // ours: it leaves, and is not heard
    send(arp_request(near_mac_, ip("192.0.2.1"), ip("192.0.2.2")));
    EXPECT_THAT(heard_by(all), SizeIs(1));  // so everything before it has arrived
    EXPECT_THAT(socket.receive().value(), IsEmpty());
}

TEST_F(NeighbourSockets, AnInterfaceThatIsDownHasNothingToSayAndComesBack) {
    auto socket = listen(Family::ipv4, {ip("192.0.2.2")});
    run_ip("link set near0 down");
    EXPECT_THAT(socket.receive().value(), IsEmpty());
    ASSERT_TRUE(sender_->queue(near_index_, arp_request(near_mac_, std::nullopt, ip("192.0.2.2"))));
    ASSERT_THAT(sender_->flush(), SizeIs(1));
    run_ip("link set near0 up");
    far_.enter();
    run_ip("link set far0 up");
    here_.enter();
    // The first questions may leave before the kernel has taken the carrier in.
    bool answered = false;
    for (int asked = 0; asked < 50 && !answered; ++asked) {
        send(arp_request(near_mac_, std::nullopt, ip("192.0.2.2")));
        answered = readable_within(socket.fd(), patience_ms / 50);
    }
    ASSERT_TRUE(answered);
    EXPECT_FALSE(socket.receive().value().empty());
}

TEST_F(NeighbourSockets, AFloodIsReadInOneGo) {
    auto socket = listen(Family::ipv4, {ip("192.0.2.2")});
    far_.enter();
    auto announcer = Announcer::open().value();
    for (int count = 0; count < 500; ++count)
        ASSERT_TRUE(announcer.queue({.ifindex = far_index_, .mac = far_mac_, .address = ip("192.0.2.2")}));
    ASSERT_THAT(announcer.flush(), IsEmpty());
    here_.enter();
    ASSERT_TRUE(readable_within(socket.fd(), patience_ms));
    EXPECT_THAT(socket.receive().value(), SizeIs(500));
    EXPECT_FALSE(readable_within(socket.fd(), 0));
}

}  // namespace
}  // namespace holdfast::net
