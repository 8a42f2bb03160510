// Virtual routes and rules: values, requests to the kernel in batches, and news about them. Lightweight
// tunnel encapsulation (`encap`) is not supported.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
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

// A policy rule: who it is for (selector) and what it does (action).
struct Rule {
    Family family = Family::ipv4;
    std::uint32_t priority = 0;
    std::uint8_t action = 1;                     // FR_ACT_TO_TBL
    std::uint32_t table = 0;                     // FR_ACT_TO_TBL
    std::optional<std::uint32_t> goto_priority;  // FR_ACT_GOTO
    bool inverted = false;                       // `not`
    std::optional<Prefix> from;
    std::optional<Prefix> to;
    std::uint8_t tos = 0;
    std::optional<std::uint32_t> mark;
    std::optional<std::uint32_t> mark_mask;
    std::string iif;
    std::string oif;
    std::optional<std::uint32_t> realms;
    std::optional<std::uint32_t> suppress_prefix_length;
    std::optional<std::uint32_t> suppress_interface_group;
    std::optional<std::uint64_t> tunnel_id;
    std::optional<std::pair<std::uint32_t, std::uint32_t>> uids;  // first and last
    std::optional<std::uint8_t> ip_protocol;
    std::optional<std::pair<std::uint16_t, std::uint16_t>> source_ports;
    std::optional<std::pair<std::uint16_t, std::uint16_t>> destination_ports;
    bool l3mdev = false;
    std::uint8_t protocol = own_protocol;
};

struct RuleRequest {
    Operation operation = Operation::add;
    Rule rule;
};

// As for addresses: in order, acknowledged, one outcome per request; what exists is not touched (`existed`).
Result<Outcomes> apply(CommandSocket& socket, std::span<const RouteRequest> requests);
Result<Outcomes> apply(CommandSocket& socket, std::span<const RuleRequest> requests);

// One request as the kernel will read it; false when it does not fit. Pure.
[[nodiscard]] bool append(RequestBatch& batch, const RouteRequest& request);
[[nodiscard]] bool append(RequestBatch& batch, const RuleRequest& request);

// What the kernel says about a route or a rule: enough to recognise one of ours. Nothing when the message is
// malformed or about something else. Pure.
struct RouteNews {
    Operation happened{};
    Route route;
};
struct RuleNews {
    Operation happened{};
    Rule rule;
};
std::optional<RouteNews> route_in(const NetlinkMessage& message);
std::optional<RuleNews> rule_in(const NetlinkMessage& message);
// Is the route that the kernel tells of the one that was asked for? Compares what identifies a route:
// destination, table, tos, type, metric (when asked for), gateway and interface (when asked for).
bool same_route(const Route& wanted, const Route& told);
bool same_rule(const Rule& wanted, const Rule& told);

// In the words of ip-route(8) and ip-rule(8).
std::string text(const Route& route, const LinkTable& links);
std::string text(const Rule& rule);

}  // namespace holdfast::net
