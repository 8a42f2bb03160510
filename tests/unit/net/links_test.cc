#include "net/links.h"

#include <linux/if.h>

#include "unit/net/kernel_news.h"

namespace holdfast::net {
namespace {

using testing::AddressNews;
using testing::ip;
using testing::LinkNews;
using testing::tell;

template <class Kind>
const Kind& only(const Updates& updates) {
    EXPECT_EQ(updates.size(), 1u);
    return std::get<Kind>(updates.at(0));
}

TEST(LinkTable, AnInterfaceAppearsWithWhatTheKernelSaysOfIt) {
    LinkTable table;
    Updates updates;
    tell(table, LinkNews{.index = 3, .name = "eth0", .flags = IFF_UP | IFF_RUNNING | IFF_MULTICAST}, updates);
    EXPECT_EQ(only<LinkUpdate>(updates).kind, LinkUpdate::Kind::appeared);
    const Link* link = table.find("eth0");
    ASSERT_TRUE(link);
    EXPECT_EQ(link, table.find(3));
    EXPECT_TRUE(link->running());
    EXPECT_TRUE(link->multicast());
    EXPECT_TRUE(link->ethernet());
    EXPECT_TRUE(link->has_neighbours());
    EXPECT_EQ(link->mac->text(), "02:00:00:00:00:03");
    EXPECT_EQ(link->mtu, 1500u);
}

TEST(LinkTable, RunningWithoutUpIsNotRunning) {
    LinkTable table;
    Updates updates;
    tell(table, LinkNews{.flags = IFF_RUNNING}, updates);
    EXPECT_FALSE(table.find(1)->running());
}

TEST(LinkTable, TheSameNewsTwiceAreOneUpdate) {
    LinkTable table;
    Updates updates;
    tell(table, LinkNews{}, updates);
    updates.clear();
    tell(table, LinkNews{}, updates);
    EXPECT_TRUE(updates.empty());
    tell(table, LinkNews{.flags = IFF_UP}, updates);
    EXPECT_EQ(only<LinkUpdate>(updates).kind, LinkUpdate::Kind::changed);
}

TEST(LinkTable, ARenamedInterfaceKeepsItsIndexAndItsAddresses) {
    LinkTable table;
    Updates updates;
    tell(table, LinkNews{.name = "eth0"}, updates);
    tell(table, AddressNews{}, updates);
    updates.clear();
    tell(table, LinkNews{.name = "lan0"}, updates);
    const auto& update = only<LinkUpdate>(updates);
    EXPECT_EQ(update.kind, LinkUpdate::Kind::renamed);
    EXPECT_EQ(update.old_name, "eth0");
    EXPECT_EQ(update.link.name, "lan0");
    EXPECT_FALSE(table.find("eth0"));
    EXPECT_TRUE(table.has_address(1, ip("192.0.2.1")));
}

TEST(LinkTable, AnInterfaceThatGoesTakesItsAddressesWithItFirst) {
    LinkTable table;
    Updates updates;
    tell(table, LinkNews{}, updates);
    tell(table, AddressNews{}, updates);
    updates.clear();
    tell(table, LinkNews{.type = RTM_DELLINK}, updates);
    ASSERT_EQ(updates.size(), 2u);
    EXPECT_EQ(std::get<AddressUpdate>(updates[0]).kind, AddressUpdate::Kind::removed);
    EXPECT_EQ(std::get<LinkUpdate>(updates[1]).kind, LinkUpdate::Kind::removed);
    EXPECT_FALSE(table.find("eth0"));
    EXPECT_FALSE(table.has_address(ip("192.0.2.1")));
}

TEST(LinkTable, ARecreatedInterfaceIsRemovedThenAppearsWithAnotherIndex) {
    LinkTable table;
    Updates updates;
    tell(table, LinkNews{.index = 3}, updates);
    updates.clear();
    tell(table, LinkNews{.index = 3, .type = RTM_DELLINK}, updates);
    tell(table, LinkNews{.index = 9}, updates);
    ASSERT_EQ(updates.size(), 2u);
    EXPECT_EQ(std::get<LinkUpdate>(updates[0]).link.index, 3);
    EXPECT_EQ(std::get<LinkUpdate>(updates[1]).link.index, 9);
    EXPECT_EQ(table.find("eth0")->index, 9);
}

TEST(LinkTable, OldNewsOfARemovedInterfaceDoNotTakeTheNameFromItsSuccessor) {
    LinkTable table;
    Updates updates;
    tell(table, LinkNews{.index = 9}, updates);                       // a dump knows the successor
    tell(table, LinkNews{.index = 3}, updates);                       // news from before the dump
    tell(table, LinkNews{.index = 3, .type = RTM_DELLINK}, updates);  // and what followed them
    ASSERT_TRUE(table.find("eth0"));
    EXPECT_EQ(table.find("eth0")->index, 9);
}

TEST(LinkTable, SwappedNamesAreRightAtTheEnd) {
    LinkTable table;
    Updates updates;
    tell(table, LinkNews{.index = 1, .name = "a"}, updates);
    tell(table, LinkNews{.index = 2, .name = "b"}, updates);
    tell(table, LinkNews{.index = 1, .name = "tmp"}, updates);
    tell(table, LinkNews{.index = 2, .name = "a"}, updates);
    tell(table, LinkNews{.index = 1, .name = "b"}, updates);
    EXPECT_EQ(table.find("a")->index, 2);
    EXPECT_EQ(table.find("b")->index, 1);
    EXPECT_FALSE(table.find("tmp"));
}

TEST(LinkTable, TheSourceIsTheFirstPrimaryGlobalIpv4Address) {
    LinkTable table;
    Updates updates;
    tell(table, LinkNews{}, updates);
    tell(table, AddressNews{.prefix = "169.254.0.1/16", .scope = RT_SCOPE_LINK}, updates);
    tell(table, AddressNews{.prefix = "192.0.2.9/24", .flags = IFA_F_SECONDARY}, updates);
    EXPECT_FALSE(table.first_ipv4(1));
    tell(table, AddressNews{.prefix = "192.0.2.7/24"}, updates);
    tell(table, AddressNews{.prefix = "192.0.2.1/24"}, updates);
    EXPECT_EQ(table.first_ipv4(1), ip("192.0.2.7"));
    EXPECT_FALSE(table.first_ipv4(2));
}

TEST(LinkTable, ATentativeLinkLocalAddressIsNoSourceUntilItIsSettled) {
    LinkTable table;
    Updates updates;
    tell(table, LinkNews{}, updates);
    AddressNews news{.prefix = "fe80::1/64", .flags = IFA_F_TENTATIVE, .scope = RT_SCOPE_LINK};
    tell(table, news, updates);
    EXPECT_FALSE(table.ipv6_link_local(1));
    EXPECT_FALSE(table.has_address(ip("fe80::1")));
    news.flags = IFA_F_DADFAILED | IFA_F_TENTATIVE;
    tell(table, news, updates);
    EXPECT_FALSE(table.ipv6_link_local(1));
    news.flags = 0;
    updates.clear();
    tell(table, news, updates);
    EXPECT_EQ(only<AddressUpdate>(updates).kind, AddressUpdate::Kind::changed);
    EXPECT_EQ(table.ipv6_link_local(1), ip("fe80::1"));
}

TEST(LinkTable, TellsOurAddressesFromForeignOnes) {
    LinkTable table;
    Updates updates;
    tell(table, LinkNews{}, updates);
    tell(table, AddressNews{.prefix = "192.0.2.1/24"}, updates);
    tell(table, AddressNews{.prefix = "192.0.2.2/24", .protocol = own_protocol}, updates);
    EXPECT_FALSE(table.find_address(1, ip("192.0.2.1"), 24)->marked_as_own());
    EXPECT_TRUE(table.find_address(1, ip("192.0.2.2"), 24)->marked_as_own());
    EXPECT_FALSE(table.find_address(1, ip("192.0.2.2"), 32)) << "another prefix length is another address";
}

TEST(LinkTable, OneAddressOnTwoInterfacesIsThereUntilBothHaveLostIt) {
    LinkTable table;
    Updates updates;
    tell(table, LinkNews{.index = 1, .name = "eth0"}, updates);
    tell(table, LinkNews{.index = 2, .name = "eth1"}, updates);
    tell(table, AddressNews{.ifindex = 1}, updates);
    tell(table, AddressNews{.ifindex = 2}, updates);
    tell(table, AddressNews{.ifindex = 1, .type = RTM_DELADDR}, updates);
    EXPECT_TRUE(table.has_address(ip("192.0.2.1")));
    EXPECT_FALSE(table.has_address(1, ip("192.0.2.1")));
    tell(table, AddressNews{.ifindex = 2, .type = RTM_DELADDR}, updates);
    EXPECT_FALSE(table.has_address(ip("192.0.2.1")));
}

TEST(LinkTable, AddressesOfAnUnknownInterfaceAreNotKept) {
    LinkTable table;
    Updates updates;
    tell(table, AddressNews{.ifindex = 5}, updates);
    EXPECT_TRUE(updates.empty());
    EXPECT_FALSE(table.has_address(ip("192.0.2.1")));
}

TEST(LinkTable, UnknownInterfacesHaveANumberForAName) {
    EXPECT_EQ(LinkTable{}.name_of(7), "#7");
}

TEST(LinkNewsParser, RefusesCutAndImpossibleMessages) {
    RequestBatch batch;
    ifaddrmsg fixed{};
    fixed.ifa_family = AF_INET;
    fixed.ifa_prefixlen = 33;
    fixed.ifa_index = 1;
    batch.begin(RTM_NEWADDR, 0, fixed);
    batch.put(IFA_LOCAL, ip("192.0.2.1").bytes());
    ASSERT_TRUE(batch.end());
    EXPECT_FALSE(address_in(testing::messages_of(batch)[0])) << "prefix length 33";

    batch.clear();
    fixed.ifa_prefixlen = 24;
    batch.begin(RTM_NEWADDR, 0, fixed);
    batch.put(IFA_LOCAL, ip("2001:db8::1").bytes());
    ASSERT_TRUE(batch.end());
    EXPECT_FALSE(address_in(testing::messages_of(batch)[0])) << "IPv6 bytes in an IPv4 message";

    const std::array<std::uint8_t, 7> cut{};
    EXPECT_FALSE(address_in({.type = RTM_NEWADDR, .payload = cut}));
    EXPECT_FALSE(link_in({.type = RTM_NEWLINK, .payload = cut}));
}

}  // namespace
}  // namespace holdfast::net
