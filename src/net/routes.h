// Virtual routes: values, requests to the kernel in batches, and news about them. Lightweight
// tunnel encapsulation (`encap`) is not supported.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "net/netlink.h"

namespace holdfast::net {

class LinkTable;

struct RouteMetric {
    std::uint16_t number = 0;  // RTAX_MTU, RTAX_ADVMSS, ...; in the kernel's units
    std::uint32_t value = 0;
    bool locked = false;
    bool operator==(const RouteMetric&) const = default;
};

struct NextHop {
    std::optional<IpAddress> via;  // may be IPv6 in an IPv4 route
    int ifindex = 0;               // 0: the kernel finds it by the gateway
    std::uint16_t weight = 1;      // 1..256
    bool onlink = false;
    std::optional<std::uint32_t> realms;  // source in the upper half
    bool operator==(const NextHop&) const = default;
};

struct Route {
    Prefix destination;         // its family is the route's; length 0: default
    std::uint8_t type = 1;      // RTN_UNICAST
    std::uint32_t table = 254;  // RT_TABLE_MAIN
    std::uint8_t scope = 0;     // RT_SCOPE_UNIVERSE; IPv4
    std::uint8_t protocol = own_protocol;
    std::uint8_t tos = 0;          // IPv4
    std::optional<Prefix> from;    // IPv6
    std::optional<IpAddress> via;  // may be IPv6 in an IPv4 route
    int ifindex = 0;
    bool onlink = false;
    std::optional<IpAddress> preferred_source;
    std::optional<std::uint32_t> metric;
    std::optional<std::uint32_t> realms;  // source in the upper half; IPv4
    std::vector<RouteMetric> metrics;
    std::string congestion_control;  // empty: none
    bool congestion_control_locked = false;
    std::optional<std::uint8_t> preference;  // ICMPV6_ROUTER_PREF_*; IPv6
    std::optional<std::uint32_t> expires_s;  // IPv6
    std::optional<bool> ttl_propagate;
    std::vector<NextHop> nexthops;  // several: instead of via, ifindex, onlink
};

enum class Placement : std::uint8_t { add, prepend, append };  // like `ip route` with these words

struct RouteRequest {
    Operation operation = Operation::add;
    Route route;
    Placement placement = Placement::prepend;
};

// As for addresses: in order, acknowledged, one outcome per request; what exists is not touched (`existed`).
Result<Outcomes> carry_out(CommandSocket& socket, std::span<const RouteRequest> requests);

// One request as the kernel will read it; false when it does not fit. Pure.
[[nodiscard]] bool append(RequestBatch& batch, const RouteRequest& request);

// What the kernel says about a route: enough to recognise one of ours. Nothing when the message is
// malformed or about something else. Pure.
struct RouteNews {
    Operation happened{};
    Route route;
};
std::optional<RouteNews> route_in(const NetlinkMessage& message);
// Is the route that the kernel tells of the one that was asked for? Compares what identifies a route:
// destination, table, tos, type, metric (when asked for), gateway and interface (when asked for).
bool same_route(const Route& wanted, const Route& told);

// In the words of ip-route(8).
std::string text(const Route& route, const LinkTable& links);

}  // namespace holdfast::net
