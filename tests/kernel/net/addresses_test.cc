// Addresses in the real kernel: batches, marks, and what is somebody else's.
#include "net/addresses.h"

#include <gmock/gmock.h>
#include <linux/if_addr.h>
#include <sys/capability.h>

#include <algorithm>
#include <cerrno>
#include <thread>

#include "kernel/net/namespaces.h"
#include "net/capabilities.h"
#include "net/neighbours.h"
#include "net/vrrp_socket.h"

namespace holdfast::net {
namespace {

using ::testing::HasSubstr;
using testing::ip;
using testing::run_ip;

class Addresses : public testing::KernelTest {
protected:
    void SetUp() override {
        KernelTest::SetUp();
        if (IsSkipped()) return;
        run_ip("link add eth0 type veth peer name eth1");
        run_ip("link set eth0 up");
        run_ip("link set eth1 up");
        socket_ = std::make_unique<CommandSocket>(CommandSocket::open().value());
        resync();
        index_ = table_.find("eth0")->index;
    }
    void resync() {
        updates_.clear();
        ASSERT_TRUE(table_.resync(*socket_, updates_));
    }
    std::vector<AddressRequest> thousand(Operation operation) const {
        std::vector<AddressRequest> requests;
        for (std::uint32_t i = 0; i < 1000; ++i)
            requests.push_back(
                {operation,
                 {.ifindex = index_, .address = IpAddress::v4(0x0a000001U + i), .prefix_length = 32}});
        return requests;
    }

    std::unique_ptr<CommandSocket> socket_;
    LinkTable table_;
    Updates updates_;
    int index_ = 0;
};

TEST_F(Addresses, AThousandAreAddedAndTheForeignOneAmongThemIsLeftAsItIs) {
    run_ip("addr add 10.0.1.1/32 dev eth0");  // number 256
    const auto added = carry_out(*socket_, thousand(Operation::add));
    ASSERT_TRUE(added) << added.error().text();
    ASSERT_EQ(added->size(), 1000u);
    for (std::size_t i = 0; i < 1000; ++i)
        EXPECT_EQ((*added)[i].kind, i == 256 ? Outcome::Kind::existed : Outcome::Kind::done) << i;

    resync();
    EXPECT_EQ(std::count_if(updates_.begin(), updates_.end(),
                            [](const Update& update) {
                                const auto* news = std::get_if<AddressUpdate>(&update);
                                return news && news->kind == AddressUpdate::Kind::added;
                            }),
              1000);
    EXPECT_TRUE(table_.find_address(index_, ip("10.0.0.1"), 32)->marked_as_own());
    EXPECT_FALSE(table_.find_address(index_, ip("10.0.1.1"), 32)->marked_as_own());
}

TEST_F(Addresses, WhatIsNotThereIsToldAndTheRestIsRemoved) {
    ASSERT_TRUE(carry_out(*socket_, thousand(Operation::add)));
    run_ip("addr del 10.0.1.1/32 dev eth0");
    const auto removed = carry_out(*socket_, thousand(Operation::remove));
    ASSERT_TRUE(removed);
    for (std::size_t i = 0; i < 1000; ++i)
        EXPECT_EQ((*removed)[i].kind, i == 256 ? Outcome::Kind::not_there : Outcome::Kind::done) << i;
    resync();
    EXPECT_FALSE(table_.has_address(ip("10.0.0.1")));
}

TEST_F(Addresses, EveryRefusalOfAFullBatchIsTold) {
    auto requests = thousand(Operation::add);
    for (auto& request : requests)
        request.address.ifindex = 9999;
    const auto outcomes = carry_out(*socket_, requests);
    ASSERT_TRUE(outcomes) << outcomes.error().text();
    for (const auto& outcome : *outcomes) {
        EXPECT_EQ(outcome.kind, Outcome::Kind::refused);
        EXPECT_EQ(outcome.error_number, ENODEV);
    }
}

TEST_F(Addresses, TheKernelKeepsAllThatWasAskedFor) {
    const std::vector<AddressRequest> requests{{Operation::add,
                                                {.ifindex = index_,
                                                 .address = ip("2001:db8::1"),
                                                 .prefix_length = 128,
                                                 .flags = IFA_F_NODAD,
                                                 .preferred_lifetime_s = 0}},
                                               {Operation::add,
                                                {.ifindex = index_,
                                                 .address = ip("192.0.2.1"),
                                                 .prefix_length = 32,
                                                 .peer = ip("192.0.2.2"),
                                                 .scope = 253,
                                                 .label = "eth0:vip"}},
                                               {Operation::add,
                                                {.ifindex = index_,
                                                 .address = ip("198.51.100.1"),
                                                 .prefix_length = 24,
                                                 .broadcast = ip("198.51.100.255"),
                                                 .flags = IFA_F_NOPREFIXROUTE}}};
    const auto outcomes = carry_out(*socket_, requests);
    ASSERT_TRUE(outcomes);
    for (const auto& outcome : *outcomes)
        EXPECT_EQ(outcome.kind, Outcome::Kind::done) << outcome.text();
    resync();
    const auto* v6 = table_.find_address(index_, ip("2001:db8::1"), 128);
    ASSERT_TRUE(v6);
    EXPECT_EQ(v6->preferred_lifetime_s, 0u);
    EXPECT_TRUE(v6->flags & IFA_F_NODAD);
    EXPECT_TRUE(v6->marked_as_own());
    const auto* peer = table_.find_address(index_, ip("192.0.2.1"), 32);
    ASSERT_TRUE(peer);
    EXPECT_EQ(peer->peer, ip("192.0.2.2"));
    EXPECT_EQ(peer->scope, 253);
    const auto* flagged = table_.find_address(index_, ip("198.51.100.1"), 24);
    ASSERT_TRUE(flagged);
    EXPECT_TRUE(flagged->flags & IFA_F_NOPREFIXROUTE);

    std::vector<AddressRequest> removal = requests;
    for (auto& request : removal)
        request.operation = Operation::remove;
    const auto removed = carry_out(*socket_, removal);
    ASSERT_TRUE(removed);
    for (const auto& outcome : *removed)
        EXPECT_EQ(outcome.kind, Outcome::Kind::done) << outcome.text();
}

TEST_F(Addresses, WithoutTheRightEachRefusalNamesTheCapability) {
    std::thread{[&] {
        const cap_t none = cap_init();  // rights are per thread
        ASSERT_EQ(cap_set_proc(none), 0);
        cap_free(none);
        EXPECT_EQ(missing_capabilities().size(), 2u);
        auto socket = CommandSocket::open();
        ASSERT_TRUE(socket) << socket.error().text();
        const auto outcomes = carry_out(*socket, thousand(Operation::add));
        ASSERT_TRUE(outcomes) << outcomes.error().text();
        EXPECT_EQ(outcomes->front().kind, Outcome::Kind::refused);
        EXPECT_THAT(outcomes->back().text(), HasSubstr("CAP_NET_ADMIN is missing"));
        for (const auto& text : {VrrpSender::open(Family::ipv4).error().text(),
                                 VrrpReceiver::open({.local = ip("192.0.2.1")}).error().text(),
                                 Announcer::open().error().text()})
            EXPECT_THAT(text, HasSubstr("CAP_NET_RAW is missing"));
    }}.join();
    EXPECT_TRUE(missing_capabilities().empty());
}

}  // namespace
}  // namespace holdfast::net
