#include "net/routes.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "net/batches.h"
#include "net/links.h"

namespace holdfast::net {
namespace {

std::uint8_t wire_family(Family family) {
    return family == Family::ipv4 ? AF_INET : AF_INET6;
}

template <class Value>
ByteView bytes_of(const Value& value) {
    return {reinterpret_cast<const std::uint8_t*>(&value), sizeof value};
}

void put_gateway(RequestBatch& batch, const IpAddress& gateway, Family route_family) {
    if (gateway.family() == route_family) return batch.put(RTA_GATEWAY, gateway.bytes());
    // RTA_VIA: the family, then the address (an IPv4 route by an IPv6 neighbour).
    std::array<std::uint8_t, 2 + 16> via{};
    const std::uint16_t family = wire_family(gateway.family());
    std::memcpy(via.data(), &family, sizeof family);
    const auto bytes = gateway.bytes();
    std::memcpy(via.data() + sizeof family, bytes.data(), bytes.size());
    batch.put(RTA_VIA, ByteView{via}.first(sizeof family + bytes.size()));
}

void put_metrics(RequestBatch& batch, const Route& route) {
    if (route.metrics.empty() && route.congestion_control.empty()) return;
    batch.nest(RTA_METRICS, [&] {
        std::uint32_t locked = route.congestion_control_locked ? 1U << RTAX_CC_ALGO : 0U;
        for (const auto& metric : route.metrics) {
            HF_ASSERT(metric.number <= RTAX_MAX);
            if (metric.locked) locked |= 1U << metric.number;
            batch.put(metric.number, metric.value);
        }
        if (!route.congestion_control.empty())
            batch.put(RTAX_CC_ALGO, std::string_view{route.congestion_control});
        if (locked) batch.put(RTAX_LOCK, locked);
    });
}

void put_nexthops(RequestBatch& batch, const Route& route) {
    batch.nest(RTA_MULTIPATH, [&] {
        for (const auto& hop : route.nexthops) {
            HF_ASSERT(hop.weight >= 1 && hop.weight <= 256);
            rtnexthop head{};
            head.rtnh_flags = hop.onlink ? RTNH_F_ONLINK : 0;
            head.rtnh_hops = static_cast<std::uint8_t>(hop.weight - 1);
            head.rtnh_ifindex = hop.ifindex;
            const std::size_t start = batch.put_bare(bytes_of(head));
            if (hop.via) put_gateway(batch, *hop.via, route.destination.address.family());
            if (hop.realms) batch.put(RTA_FLOW, *hop.realms);
            head.rtnh_len = static_cast<std::uint16_t>(batch.request_size() - start);
            batch.patch(start, bytes_of(head));
        }
    });
}

// What says which route it is: enough to remove it, and nothing that the kernel might compare and miss.
void put_identity(RequestBatch& batch, const Route& route) {
    const Family family = route.destination.address.family();
    if (route.destination.length > 0) batch.put(RTA_DST, route.destination.address.bytes());
    if (route.from) batch.put(RTA_SRC, route.from->address.bytes());
    if (route.table > 255) batch.put(RTA_TABLE, route.table);
    if (route.metric) batch.put(RTA_PRIORITY, *route.metric);
    if (route.preferred_source) batch.put(RTA_PREFSRC, route.preferred_source->bytes());
    if (!route.nexthops.empty()) return put_nexthops(batch, route);
    if (route.via) put_gateway(batch, *route.via, family);
    if (route.ifindex) batch.put(RTA_OIF, static_cast<std::uint32_t>(route.ifindex));
}

std::uint16_t flags_for(const RouteRequest& request) {
    if (request.operation == Operation::remove) return 0;
    switch (request.placement) {
        case Placement::add:
            return NLM_F_CREATE | NLM_F_EXCL;
        case Placement::append:
            return NLM_F_CREATE | NLM_F_APPEND;
        case Placement::prepend:
            break;
    }
    return NLM_F_CREATE;
}

}  // namespace

bool append(RequestBatch& batch, const RouteRequest& request) {
    const Route& route = request.route;
    const bool adding = request.operation == Operation::add;
    rtmsg fixed{};
    fixed.rtm_family = wire_family(route.destination.address.family());
    fixed.rtm_dst_len = route.destination.length;
    fixed.rtm_src_len = route.from ? route.from->length : 0;
    fixed.rtm_tos = route.tos;
    fixed.rtm_table = static_cast<std::uint8_t>(route.table > 255 ? RT_TABLE_UNSPEC : route.table);
    fixed.rtm_protocol = route.protocol;
    fixed.rtm_scope = route.scope;
    fixed.rtm_type = route.type;
    fixed.rtm_flags = route.onlink ? RTNH_F_ONLINK : 0U;
    batch.begin(adding ? RTM_NEWROUTE : RTM_DELROUTE, flags_for(request), fixed);
    put_identity(batch, route);
    if (!adding) return batch.end();

    if (route.realms) batch.put(RTA_FLOW, *route.realms);
    if (route.preference) batch.put(RTA_PREF, *route.preference);
    if (route.expires_s) batch.put(RTA_EXPIRES, *route.expires_s);
    if (route.ttl_propagate)
        batch.put(RTA_TTL_PROPAGATE, static_cast<std::uint8_t>(*route.ttl_propagate ? 1 : 0));
    put_metrics(batch, route);
    return batch.end();
}

Result<Outcomes> carry_out(CommandSocket& socket, std::span<const RouteRequest> requests) {
    return carry_out_in_batches(socket, requests);
}

namespace {

std::optional<IpAddress> address_of(const Attribute& attribute, Family family) {
    auto address = IpAddress::from_bytes(attribute.value);
    if (address && address->family() != family) return std::nullopt;
    return address;
}

std::optional<IpAddress> via_of(const Attribute& attribute) {
    if (attribute.value.size() < sizeof(std::uint16_t)) return std::nullopt;
    return IpAddress::from_bytes(attribute.value.subspan(sizeof(std::uint16_t)));
}

std::vector<NextHop> nexthops_of(ByteView bytes, Family family) {
    std::vector<NextHop> hops;
    while (const auto head = native_value<rtnexthop>(bytes)) {
        if (head->rtnh_len < sizeof(rtnexthop) || head->rtnh_len > bytes.size()) break;
        NextHop hop{.ifindex = head->rtnh_ifindex,
                    .weight = static_cast<std::uint16_t>(head->rtnh_hops + 1),
                    .onlink = (head->rtnh_flags & RTNH_F_ONLINK) != 0};
        auto attributes = Attributes::after(bytes.first(head->rtnh_len), sizeof(rtnexthop));
        while (const auto attribute = attributes.next()) {
            if (attribute->type == RTA_GATEWAY) hop.via = address_of(*attribute, family);
            if (attribute->type == RTA_VIA) hop.via = via_of(*attribute);
            if (attribute->type == RTA_FLOW) hop.realms = attribute->as<std::uint32_t>();
        }
        hops.push_back(hop);
        bytes = bytes.subspan(std::min<std::size_t>(RTNH_ALIGN(head->rtnh_len), bytes.size()));
    }
    return hops;
}

void take(Route& route, const Attribute& attribute, Family family) {
    switch (attribute.type) {
        case RTA_DST:
            route.destination.address = address_of(attribute, family).value_or(route.destination.address);
            break;
        case RTA_SRC:
            if (const auto from = address_of(attribute, family); from && route.from)
                route.from->address = *from;
            break;
        case RTA_TABLE:
            route.table = attribute.as<std::uint32_t>().value_or(route.table);
            break;
        case RTA_GATEWAY:
            route.via = address_of(attribute, family);
            break;
        case RTA_VIA:
            route.via = via_of(attribute);
            break;
        case RTA_OIF:
            route.ifindex = attribute.as<int>().value_or(0);
            break;
        case RTA_PREFSRC:
            route.preferred_source = address_of(attribute, family);
            break;
        case RTA_PRIORITY:
            route.metric = attribute.as<std::uint32_t>();
            break;
        case RTA_FLOW:
            route.realms = attribute.as<std::uint32_t>();
            break;
        case RTA_MULTIPATH:
            route.nexthops = nexthops_of(attribute.value, family);
            break;
        default:
            break;
    }
}

std::optional<Family> family_from(std::uint8_t wire) {
    if (wire == AF_INET) return Family::ipv4;
    if (wire == AF_INET6) return Family::ipv6;
    return std::nullopt;
}

IpAddress unspecified(Family family) {
    constexpr std::array<std::uint8_t, 16> zero{};
    return *IpAddress::from_bytes(ByteView{zero}.first(family == Family::ipv4 ? 4 : 16));
}

}  // namespace

std::optional<RouteNews> route_in(const NetlinkMessage& message) {
    if (message.type != RTM_NEWROUTE && message.type != RTM_DELROUTE) return std::nullopt;
    const auto fixed = native_value<rtmsg>(message.payload);
    if (!fixed || (fixed->rtm_flags & RTM_F_CLONED)) return std::nullopt;
    const auto family = family_from(fixed->rtm_family);
    if (!family || fixed->rtm_dst_len > host_prefix_length(*family) ||
        fixed->rtm_src_len > host_prefix_length(*family))
        return std::nullopt;
    RouteNews news{.happened = message.type == RTM_NEWROUTE ? Operation::add : Operation::remove};
    Route& route = news.route;
    route.destination = {unspecified(*family), fixed->rtm_dst_len};
    if (fixed->rtm_src_len > 0) route.from = Prefix{unspecified(*family), fixed->rtm_src_len};
    route.type = fixed->rtm_type;
    route.table = fixed->rtm_table;
    route.scope = fixed->rtm_scope;
    route.protocol = fixed->rtm_protocol;
    route.tos = fixed->rtm_tos;
    route.onlink = (fixed->rtm_flags & RTNH_F_ONLINK) != 0;
    auto attributes = Attributes::after(message.payload, sizeof(rtmsg));
    while (const auto attribute = attributes.next())
        take(route, *attribute, *family);
    return news;
}

bool same_route(const Route& wanted, const Route& told) {
    if (wanted.destination != told.destination || wanted.table != told.table || wanted.tos != told.tos ||
        wanted.type != told.type || wanted.protocol != told.protocol)
        return false;
    if (wanted.metric && wanted.metric != told.metric) return false;
    if (!wanted.nexthops.empty()) return true;  // IPv6 tells of each hop by itself
    if (wanted.via && wanted.via != told.via) return false;
    return wanted.ifindex == 0 || wanted.ifindex == told.ifindex;
}

namespace {

std::string hop_text(const std::optional<IpAddress>& via, int ifindex, Family family,
                     const LinkTable& links) {
    std::string text;
    if (via) text += std::string{" via "} + (via->family() == family ? "" : "inet6 ") + via->text();
    if (ifindex) text += " dev " + links.name_of(ifindex);
    return text;
}

std::string_view type_name(std::uint8_t type) {
    constexpr std::array<std::string_view, 12> names{"unspec",   "",          "local",     "broadcast",
                                                     "anycast",  "multicast", "blackhole", "unreachable",
                                                     "prohibit", "throw",     "nat",       "xresolve"};
    return type < names.size() ? names[type] : "?";
}

std::string prefix_text(const Prefix& prefix) {
    return prefix.length == 0 ? "default" : prefix.text();
}

}  // namespace

std::string text(const Route& route, const LinkTable& links) {
    const Family family = route.destination.address.family();
    std::string text{type_name(route.type)};
    if (!text.empty()) text += ' ';
    text += prefix_text(route.destination);
    if (route.from) text += " from " + route.from->text();
    text += hop_text(route.via, route.ifindex, family, links);
    if (route.table != RT_TABLE_MAIN) text += " table " + std::to_string(route.table);
    if (route.preferred_source) text += " src " + route.preferred_source->text();
    if (route.tos) text += " tos " + std::to_string(route.tos);
    if (route.metric) text += " metric " + std::to_string(*route.metric);
    if (route.onlink) text += " onlink";
    for (const auto& hop : route.nexthops) {
        text += " nexthop" + hop_text(hop.via, hop.ifindex, family, links) + " weight " +
                std::to_string(hop.weight);
        if (hop.onlink) text += " onlink";
    }
    return text;
}

}  // namespace holdfast::net
