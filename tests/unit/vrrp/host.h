// A host's interfaces and addresses as the kernel would tell them, and a plan, for tests of the protocol
// process without a network.
#pragma once

#include <linux/if.h>

#include <string_view>

#include "unit/net/kernel_news.h"
#include "unit/plan/planned.h"

namespace holdfast::vrrp::testing {

using net::own_protocol;
using plan::testing::plan_of;
using namespace std::chrono_literals;

inline constexpr std::uint32_t running = IFF_UP | IFF_RUNNING | IFF_MULTICAST;

class Host {
public:
    void link(int index, std::string_view name, std::uint32_t flags = running) {
        net::testing::tell(table_, net::testing::LinkNews{.index = index, .name = name, .flags = flags},
                           news_);
    }
    void unlink(int index) {
        net::testing::tell(table_, net::testing::LinkNews{.index = index, .type = RTM_DELLINK}, news_);
    }
    void address(int index, std::string_view prefix, std::uint8_t protocol = 0) {
        const bool local = prefix.substr(0, 4) == "fe80";
        net::testing::tell(table_,
                           net::testing::AddressNews{
                               .ifindex = index,
                               .prefix = prefix,
                               .scope = static_cast<std::uint8_t>(local ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE),
                               .protocol = protocol},
                           news_);
    }
    void remove_address(int index, std::string_view prefix) {
        net::testing::tell(table_,
                           net::testing::AddressNews{.ifindex = index, .prefix = prefix, .type = RTM_DELADDR},
                           news_);
    }

    const net::LinkTable& table() const { return table_; }
    // Since the last call.
    net::Updates news() { return std::exchange(news_, {}); }

private:
    net::LinkTable table_;
    net::Updates news_;
};

inline std::string instance(const std::string& lines = {}, const std::string& address = "192.0.2.100/24") {
    return "vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n" + address +
           "\n}\n" + lines + "\n}\n";
}

}  // namespace holdfast::vrrp::testing
