// News of interfaces and addresses from the real kernel.
#include "net/links.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <functional>

#include "kernel/net/namespaces.h"
#include "net/addresses.h"

namespace holdfast::net {
namespace {

using testing::ip;
using testing::run_ip;

class Links : public testing::KernelTest {
protected:
    void watch(const MonitorOptions& options = {}) {
        socket_ = std::make_unique<CommandSocket>(CommandSocket::open().value());
        monitor_ = std::make_unique<MonitorSocket>(MonitorSocket::open(options).value());
        ASSERT_TRUE(table_.resync(*socket_, updates_));
        updates_.clear();
    }
    MonitorSocket::Reading read() {
        return monitor_->read([&](const NetlinkMessage& message) { table_.learn(message, updates_); })
            .value();
    }
    // Reads news until they contain what is wanted.
    template <class Kind>
    ::testing::AssertionResult hears(const std::function<bool(const Kind&)>& wanted) {
        while (true) {
            for (const auto& update : updates_)
                if (const auto* found = std::get_if<Kind>(&update); found && wanted(*found))
                    return ::testing::AssertionSuccess();
            if (!testing::readable_within(monitor_->fd(), 5000))
                return ::testing::AssertionFailure() << "no such news";
            read();
        }
    }

    std::unique_ptr<CommandSocket> socket_;
    std::unique_ptr<MonitorSocket> monitor_;
    LinkTable table_;
    Updates updates_;
};

TEST_F(Links, TheLoopbackInterfaceIsThereAtOnce) {
    watch();
    const Link* lo = table_.find("lo");
    ASSERT_TRUE(lo);
    EXPECT_TRUE(lo->loopback());
    EXPECT_TRUE(lo->running());
    EXPECT_TRUE(table_.has_address(ip("127.0.0.1")));
    EXPECT_TRUE(table_.has_address(ip("::1")));
}

TEST_F(Links, CarrierRenamingRemovalAndRecreationAreHeard) {
    watch();
    run_ip("link add eth0 type veth peer name eth1");
    ASSERT_TRUE(hears<LinkUpdate>([](const LinkUpdate& update) {
        return update.kind == LinkUpdate::Kind::appeared && update.link.name == "eth0";
    }));
    const int first_index = table_.find("eth0")->index;
    run_ip("link set eth0 up");
    run_ip("link set eth1 up");
    ASSERT_TRUE(hears<LinkUpdate>(
        [](const LinkUpdate& update) { return update.link.name == "eth0" && update.link.running(); }));
    updates_.clear();
    run_ip("link set eth1 down");
    ASSERT_TRUE(hears<LinkUpdate>(
        [](const LinkUpdate& update) { return update.link.name == "eth0" && !update.link.running(); }));
    EXPECT_TRUE(table_.find("eth0")->up()) << "only the carrier is gone";

    run_ip("link set eth0 down");
    run_ip("link set eth0 name lan0");
    ASSERT_TRUE(hears<LinkUpdate>([&](const LinkUpdate& update) {
        return update.kind == LinkUpdate::Kind::renamed && update.old_name == "eth0" &&
               update.link.name == "lan0" && update.link.index == first_index;
    }));
    run_ip("link del lan0");
    ASSERT_TRUE(hears<LinkUpdate>([&](const LinkUpdate& update) {
        return update.kind == LinkUpdate::Kind::removed && update.link.index == first_index;
    }));
    updates_.clear();
    run_ip("link add lan0 type veth peer name eth1");
    ASSERT_TRUE(hears<LinkUpdate>([&](const LinkUpdate& update) {
        return update.kind == LinkUpdate::Kind::appeared && update.link.name == "lan0" &&
               update.link.index != first_index;
    }));
}

TEST_F(Links, AnAddressThatSomebodyElseRemovesIsHeard) {
    run_ip("link add eth0 type veth peer name eth1");
    watch();
    const int index = table_.find("eth0")->index;
    const std::vector<AddressRequest> requests{
        {Operation::add, {.ifindex = index, .address = ip("192.0.2.10"), .prefix_length = 24}}};
    ASSERT_TRUE(carry_out(*socket_, requests));
    ASSERT_TRUE(hears<AddressUpdate>([](const AddressUpdate& update) {
        return update.kind == AddressUpdate::Kind::added && update.address.marked_as_own();
    }));
    run_ip("addr del 192.0.2.10/24 dev eth0");
    ASSERT_TRUE(hears<AddressUpdate>([](const AddressUpdate& update) {
        return update.kind == AddressUpdate::Kind::removed && update.address.marked_as_own();
    }));
    EXPECT_FALSE(table_.has_address(ip("192.0.2.10")));
}

TEST_F(Links, LostNewsAreNoticedAndADumpFindsTheDifference) {
    run_ip("link add eth0 type veth peer name eth1");
    run_ip("addr add 192.0.2.1/24 dev eth0");
    watch({.receive_buffer_bytes = 1});  // the kernel makes it the smallest possible
    const int old_index = table_.find("eth0")->index;
    run_ip("link del eth0");
    run_ip("link add eth0 type veth peer name eth1");
    LinkTable other;
    Updates unused;
    ASSERT_TRUE(other.resync(*socket_, unused));
    const int index = other.find("eth0")->index;
    std::vector<AddressRequest> requests;
    for (std::uint32_t i = 0; i < 5000; ++i)
        requests.push_back(
            {Operation::add,
             {.ifindex = index, .address = IpAddress::v4(0x0a000001U + i), .prefix_length = 32}});
    ASSERT_TRUE(carry_out(*socket_, requests));

    EXPECT_EQ(read(), MonitorSocket::Reading::overrun);
    updates_.clear();
    ASSERT_TRUE(table_.resync(*socket_, updates_));
    // In order: the old address and interface go, the new ones come.
    ASSERT_GT(updates_.size(), 5000u);
    EXPECT_EQ(std::get<AddressUpdate>(updates_.front()).kind, AddressUpdate::Kind::removed);
    EXPECT_FALSE(table_.find(old_index));
    EXPECT_EQ(table_.find("eth0")->index, index);
    EXPECT_TRUE(table_.has_address(ip("10.0.19.136"))) << "the last one";

    updates_.clear();
    run_ip("addr add 192.0.2.9/32 dev eth0");
    EXPECT_TRUE(hears<AddressUpdate>(
        [](const AddressUpdate& update) { return update.address.address == ip("192.0.2.9"); }));
}

TEST_F(Links, NewsThatAreNotFromTheKernelAreIgnored) {
    run_ip("link add eth0 type veth peer name eth1");
    watch();
    sockaddr_nl address{};
    socklen_t size = sizeof address;
    ASSERT_EQ(getsockname(monitor_->fd(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    const os::UniqueFd forger{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)};
    RequestBatch forged;
    ifinfomsg fixed{};
    fixed.ifi_index = table_.find("eth0")->index;
    forged.begin(RTM_DELLINK, 0, fixed);
    forged.put(IFLA_IFNAME, std::string_view{"eth0"});
    ASSERT_TRUE(forged.end());
    address.nl_groups = 0;
    ASSERT_GT(sendto(forger.get(), forged.bytes().data(), forged.bytes().size(), 0,
                     reinterpret_cast<const sockaddr*>(&address), sizeof address),
              0);
    ASSERT_TRUE(testing::readable_within(monitor_->fd(), 5000));
    EXPECT_EQ(read(), MonitorSocket::Reading::drained);
    EXPECT_TRUE(updates_.empty());
    EXPECT_TRUE(table_.find("eth0"));
}

TEST_F(Links, AReadingIsBounded) {
    run_ip("link add eth0 type veth peer name eth1");
    watch();
    std::vector<AddressRequest> requests;
    for (std::uint32_t i = 0; i < 100; ++i)
        requests.push_back({Operation::add,
                            {.ifindex = table_.find("eth0")->index,
                             .address = IpAddress::v4(0x0a000001U + i),
                             .prefix_length = 32}});
    ASSERT_TRUE(carry_out(*socket_, requests));
    EXPECT_EQ(read(), MonitorSocket::Reading::more);
    EXPECT_EQ(read(), MonitorSocket::Reading::drained);
}

}  // namespace
}  // namespace holdfast::net
