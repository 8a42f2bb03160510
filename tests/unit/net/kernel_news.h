// Messages as the kernel sends them, for tests: built with the request builder, read back as news.
#pragma once

#include <gtest/gtest.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <optional>
#include <string_view>
#include <vector>

#include "net/links.h"
#include "net/netlink.h"

namespace holdfast::net::testing {

inline IpAddress ip(std::string_view text) {
    return IpAddress::parse(text).value();
}

inline Prefix prefix(std::string_view text) {
    return Prefix::parse(text).value();
}

// The messages of a batch; valid as long as the batch.
inline std::vector<NetlinkMessage> messages_of(const RequestBatch& batch) {
    NetlinkMessages reader{batch.bytes()};
    std::vector<NetlinkMessage> messages;
    while (const auto message = reader.next())
        messages.push_back(*message);
    return messages;
}

struct LinkNews {
    int index = 1;
    std::string_view name = "eth0";
    std::uint32_t flags = 0;
    std::uint16_t type = RTM_NEWLINK;
};

inline void tell(LinkTable& table, const LinkNews& news, Updates& updates) {
    RequestBatch batch;
    ifinfomsg fixed{};
    fixed.ifi_index = news.index;
    fixed.ifi_flags = news.flags;
    fixed.ifi_type = ARPHRD_ETHER;
    batch.begin(news.type, 0, fixed);
    batch.put(IFLA_IFNAME, news.name);
    batch.put(IFLA_MTU, std::uint32_t{1500});
    const std::array<std::uint8_t, 6> mac{2, 0, 0, 0, 0, static_cast<std::uint8_t>(news.index)};
    batch.put(IFLA_ADDRESS, ByteView{mac});
    ASSERT_TRUE(batch.end());
    table.learn(messages_of(batch).front(), updates);
}

struct AddressNews {
    int ifindex = 1;
    std::string_view prefix = "192.0.2.1/24";
    std::uint32_t flags = 0;
    std::uint8_t scope = RT_SCOPE_UNIVERSE;
    std::uint8_t protocol = 0;
    std::uint16_t type = RTM_NEWADDR;
};

inline void tell(LinkTable& table, const AddressNews& news, Updates& updates) {
    RequestBatch batch;
    const auto wanted = prefix(news.prefix);
    ifaddrmsg fixed{};
    fixed.ifa_family = wanted.address.is_v4() ? AF_INET : AF_INET6;
    fixed.ifa_prefixlen = wanted.length;
    fixed.ifa_scope = news.scope;
    fixed.ifa_index = static_cast<std::uint32_t>(news.ifindex);
    batch.begin(news.type, 0, fixed);
    batch.put(IFA_ADDRESS, wanted.address.bytes());
    if (wanted.address.is_v4()) batch.put(IFA_LOCAL, wanted.address.bytes());
    batch.put(IFA_FLAGS, news.flags);
    if (news.protocol) batch.put(IFA_PROTO, news.protocol);
    ASSERT_TRUE(batch.end());
    table.learn(messages_of(batch).front(), updates);
}

}  // namespace holdfast::net::testing
