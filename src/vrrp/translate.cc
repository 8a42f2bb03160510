#include "vrrp/translate.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include <algorithm>

namespace holdfast::vrrp {

namespace {

// False: named, but not there. An empty name is fine and gives 0.
bool resolve(const std::string& name, const net::LinkTable& links, int& ifindex) {
    if (name.empty()) return true;
    const net::Link* link = links.find(name);
    if (link == nullptr) return false;
    ifindex = link->index;
    return true;
}

std::optional<std::uint32_t> packed(const std::optional<config::Realms>& realms) {
    if (!realms) return std::nullopt;
    return static_cast<std::uint32_t>(realms->source) << 16 | realms->destination;
}

void add_metrics(net::Route& route, const config::Route& from) {
    const auto lockable = [&](std::uint16_t number, const std::optional<config::RouteMetric>& metric) {
        if (metric)
            route.metrics.push_back({.number = number, .value = metric->value, .locked = metric->locked});
    };
    const auto plain = [&](std::uint16_t number, const std::optional<std::uint32_t>& value) {
        if (value) route.metrics.push_back({.number = number, .value = *value, .locked = false});
    };
    const auto flag = [&](std::uint16_t number, const std::optional<bool>& value) {
        if (value) route.metrics.push_back({.number = number, .value = *value ? 1u : 0u, .locked = false});
    };
    lockable(RTAX_MTU, from.mtu);
    lockable(RTAX_ADVMSS, from.advmss);
    lockable(RTAX_RTT, from.rtt);
    lockable(RTAX_RTTVAR, from.rttvar);
    lockable(RTAX_RTO_MIN, from.rto_min);
    lockable(RTAX_REORDERING, from.reordering);
    lockable(RTAX_CWND, from.cwnd);
    lockable(RTAX_SSTHRESH, from.ssthresh);
    plain(RTAX_HOPLIMIT, from.hoplimit);
    plain(RTAX_WINDOW, from.window);
    plain(RTAX_INITCWND, from.initcwnd);
    plain(RTAX_INITRWND, from.initrwnd);
    flag(RTAX_QUICKACK, from.quickack);
    flag(RTAX_FASTOPEN_NO_COOKIE, from.fastopen_no_cookie);
    if (from.ecn)
        route.metrics.push_back({.number = RTAX_FEATURES, .value = RTAX_FEATURE_ECN, .locked = false});
}

bool add_hops(net::Route& route, const config::Route& from, const net::LinkTable& links) {
    for (const config::NextHop& hop : from.next_hops) {
        net::NextHop kernel;
        kernel.via = hop.via;
        kernel.weight = hop.weight.value_or(1);
        kernel.onlink = hop.onlink;
        kernel.realms = packed(hop.realms);
        if (!resolve(hop.dev, links, kernel.ifindex)) return false;
        route.nexthops.push_back(kernel);
    }
    return true;
}

std::uint8_t action_of(config::RuleAction action) {
    switch (action) {
        case config::RuleAction::goto_preference:
            return FR_ACT_GOTO;
        case config::RuleAction::nop:
            return FR_ACT_NOP;
        case config::RuleAction::blackhole:
            return FR_ACT_BLACKHOLE;
        case config::RuleAction::unreachable:
            return FR_ACT_UNREACHABLE;
        case config::RuleAction::prohibit:
            return FR_ACT_PROHIBIT;
        case config::RuleAction::none:
        case config::RuleAction::table:
            break;
    }
    return FR_ACT_TO_TBL;
}

template <class Narrow>
std::optional<std::pair<Narrow, Narrow>> range(const std::optional<config::NumberRange>& from) {
    if (!from) return std::nullopt;
    return std::pair{static_cast<Narrow>(from->first), static_cast<Narrow>(from->last)};
}

}  // namespace

std::optional<net::InterfaceAddress> to_kernel(const plan::VirtualAddress& address, const std::string& link,
                                               const net::LinkTable& links) {
    const net::Link* found = links.find(link);
    if (found == nullptr) return std::nullopt;
    net::InterfaceAddress kernel;
    kernel.ifindex = found->index;
    kernel.address = address.prefix.address;
    kernel.prefix_length = address.prefix.length;
    kernel.peer = address.peer;
    kernel.broadcast = address.broadcast;
    kernel.scope = address.scope;
    kernel.label = address.label;
    kernel.flags = address.flags;
    kernel.preferred_lifetime_s = address.preferred_lifetime_s.value_or(net::forever);
    return kernel;
}

std::optional<net::Route> to_kernel(const config::Route& from, const net::LinkTable& links) {
    net::Route route;
    route.destination = from.destination;
    route.type = from.type;
    route.table = from.table.value_or(RT_TABLE_MAIN);
    // Like `ip route`: what needs no gateway is on the link, what is the host's own is on the host.
    const bool local = from.type == RTN_LOCAL || from.type == RTN_NAT;
    const bool direct =
        !from.via && from.next_hops.empty() && (from.type == RTN_UNICAST || from.type == RTN_BROADCAST);
    const std::uint8_t natural = local ? RT_SCOPE_HOST : direct ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
    route.scope =
        from.family == Family::ipv4 ? from.scope.value_or(natural) : std::uint8_t{RT_SCOPE_UNIVERSE};
    route.protocol = from.protocol.value_or(net::own_protocol);
    route.tos = from.tos.value_or(0);
    route.from = from.from;
    route.via = from.via;
    route.onlink = from.onlink;
    route.preferred_source = from.source;
    route.metric = from.metric;
    route.realms = packed(from.realms);
    route.congestion_control = from.congctl;
    route.congestion_control_locked = from.congctl_locked;
    route.preference = from.pref;
    route.expires_s = from.expires;
    route.ttl_propagate = from.ttl_propagate;
    add_metrics(route, from);
    if (!resolve(from.dev, links, route.ifindex) || !add_hops(route, from, links)) return std::nullopt;
    return route;
}

bool is_supported(const config::Route& route) {
    const bool tunnels =
        std::any_of(route.next_hops.begin(), route.next_hops.end(),
                    [](const config::NextHop& hop) { return hop.encap.kind != config::EncapKind::none; });
    return route.encap.kind == config::EncapKind::none && !tunnels && route.vrf.empty();
}

net::Placement placement_of(const config::Route& route) {
    switch (route.mode) {
        case config::RouteMode::add:
            return net::Placement::add;
        case config::RouteMode::append:
            return net::Placement::append;
        case config::RouteMode::prepend:
            break;
    }
    return net::Placement::prepend;
}

net::Rule to_kernel(const config::Rule& from, std::uint32_t automatic_priority) {
    net::Rule rule;
    rule.family = from.family;
    rule.priority = from.preference.value_or(automatic_priority);
    rule.action = action_of(from.action);
    rule.table = from.table.value_or(0);
    rule.goto_priority = from.goto_target;
    rule.inverted = from.invert;
    rule.from = from.from;
    rule.to = from.to;
    rule.tos = from.tos.value_or(0);
    rule.mark = from.fwmark;
    rule.mark_mask = from.fwmark_mask;
    rule.iif = from.iif;
    rule.oif = from.oif;
    rule.realms = packed(from.realms);
    rule.suppress_prefix_length = from.suppress_prefix_length;
    rule.suppress_interface_group = from.suppress_interface_group;
    rule.tunnel_id = from.tunnel_id;
    rule.uids = range<std::uint32_t>(from.uid_range);
    rule.ip_protocol = from.ip_protocol;
    rule.source_ports = range<std::uint16_t>(from.source_ports);
    rule.destination_ports = range<std::uint16_t>(from.destination_ports);
    rule.l3mdev = from.l3mdev;
    rule.protocol = from.protocol.value_or(net::own_protocol);
    return rule;
}

RulePriorities automatic_priorities(const plan::Plan& plan) {
    RulePriorities priorities;
    std::uint32_t next_v4 = 16384;
    std::uint32_t next_v6 = 16384;
    const auto count = [&](const std::vector<config::Rule>& rules) {
        for (const config::Rule& rule : rules)
            if (!rule.preference) priorities[&rule] = (rule.family == Family::ipv6 ? next_v6 : next_v4)--;
    };
    for (const plan::RouterPlan& router : plan.routers)
        count(router.rules);
    count(plan.statics.rules);
    return priorities;
}

bool kernel_marks_addresses(const net::LinkTable& links) {
    for (const net::Link* link : links.all())
        for (const net::PresentAddress& address : links.addresses_of(link->index))
            if (address.protocol != 0) return true;
    return false;
}

}  // namespace holdfast::vrrp
