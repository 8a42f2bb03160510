#include "net/rules.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>

#include "net/batches.h"

namespace holdfast::net {
namespace {

template <class Value>
ByteView bytes_of(const Value& value) {
    return {reinterpret_cast<const std::uint8_t*>(&value), sizeof value};
}

void put_ports(RequestBatch& batch, int attribute, const std::pair<std::uint16_t, std::uint16_t>& ports) {
    const fib_rule_port_range range{.start = ports.first, .end = ports.second};
    batch.put(attribute, bytes_of(range));
}

void put_selector(RequestBatch& batch, const Rule& rule) {
    if (rule.from && rule.from->length > 0) batch.put(FRA_SRC, rule.from->address.bytes());
    if (rule.to && rule.to->length > 0) batch.put(FRA_DST, rule.to->address.bytes());
    if (rule.mark) batch.put(FRA_FWMARK, *rule.mark);
    if (rule.mark_mask) batch.put(FRA_FWMASK, *rule.mark_mask);
    if (!rule.iif.empty()) batch.put(FRA_IIFNAME, std::string_view{rule.iif});
    if (!rule.oif.empty()) batch.put(FRA_OIFNAME, std::string_view{rule.oif});
    if (rule.tunnel_id) {
        std::array<std::uint8_t, 8> id{};
        ByteWriter writer{id};
        writer.be32(static_cast<std::uint32_t>(*rule.tunnel_id >> 32));
        writer.be32(static_cast<std::uint32_t>(*rule.tunnel_id));
        batch.put(FRA_TUN_ID, ByteView{id});
    }
    if (rule.uids) {
        const fib_rule_uid_range range{.start = rule.uids->first, .end = rule.uids->second};
        batch.put(FRA_UID_RANGE, bytes_of(range));
    }
    if (rule.ip_protocol) batch.put(FRA_IP_PROTO, *rule.ip_protocol);
    if (rule.source_ports) put_ports(batch, FRA_SPORT_RANGE, *rule.source_ports);
    if (rule.destination_ports) put_ports(batch, FRA_DPORT_RANGE, *rule.destination_ports);
}

void put_action(RequestBatch& batch, const Rule& rule) {
    if (rule.table > 255) batch.put(FRA_TABLE, rule.table);
    if (rule.goto_priority) batch.put(FRA_GOTO, *rule.goto_priority);
    if (rule.realms) batch.put(FRA_FLOW, *rule.realms);
    if (rule.suppress_prefix_length) batch.put(FRA_SUPPRESS_PREFIXLEN, *rule.suppress_prefix_length);
    if (rule.suppress_interface_group) batch.put(FRA_SUPPRESS_IFGROUP, *rule.suppress_interface_group);
    if (rule.l3mdev) batch.put(FRA_L3MDEV, std::uint8_t{1});
}

std::uint8_t length_of(const std::optional<Prefix>& prefix) {
    return prefix ? prefix->length : std::uint8_t{0};
}

}  // namespace

bool append(RequestBatch& batch, const RuleRequest& request) {
    const Rule& rule = request.rule;
    const bool adding = request.operation == Operation::add;
    fib_rule_hdr fixed{};
    fixed.family = rule.family == Family::ipv4 ? AF_INET : AF_INET6;
    fixed.dst_len = length_of(rule.to);
    fixed.src_len = length_of(rule.from);
    fixed.tos = rule.tos;
    fixed.table = static_cast<std::uint8_t>(rule.table > 255 ? RT_TABLE_UNSPEC : rule.table);
    fixed.action = rule.action;
    fixed.flags = rule.inverted ? FIB_RULE_INVERT : 0;
    batch.begin(adding ? RTM_NEWRULE : RTM_DELRULE, adding ? NLM_F_CREATE | NLM_F_EXCL : 0, fixed);
    batch.put(FRA_PRIORITY, rule.priority);
    batch.put(FRA_PROTOCOL, rule.protocol);
    put_selector(batch, rule);
    put_action(batch, rule);
    return batch.end();
}

Result<Outcomes> carry_out(CommandSocket& socket, std::span<const RuleRequest> requests) {
    return carry_out_in_batches(socket, requests);
}

namespace {

std::optional<Prefix> prefix_of(const Attribute& attribute, Family family, std::uint8_t length) {
    const auto address = IpAddress::from_bytes(attribute.value);
    if (!address || address->family() != family) return std::nullopt;
    return Prefix{*address, length};
}

void take(Rule& rule, const Attribute& attribute, const fib_rule_hdr& fixed) {
    switch (attribute.type) {
        case FRA_PRIORITY:
            rule.priority = attribute.as<std::uint32_t>().value_or(0);
            break;
        case FRA_TABLE:
            rule.table = attribute.as<std::uint32_t>().value_or(rule.table);
            break;
        case FRA_SRC:
            rule.from = prefix_of(attribute, rule.family, fixed.src_len);
            break;
        case FRA_DST:
            rule.to = prefix_of(attribute, rule.family, fixed.dst_len);
            break;
        case FRA_FWMARK:
            rule.mark = attribute.as<std::uint32_t>();
            break;
        case FRA_IIFNAME:
            rule.iif = attribute.text();
            break;
        case FRA_OIFNAME:
            rule.oif = attribute.text();
            break;
        case FRA_GOTO:
            rule.goto_priority = attribute.as<std::uint32_t>();
            break;
        case FRA_PROTOCOL:
            rule.protocol = attribute.as<std::uint8_t>().value_or(0);
            break;
        default:
            break;
    }
}

// "all" and no prefix are the same selector.
std::optional<Prefix> selecting(const std::optional<Prefix>& prefix) {
    return prefix && prefix->length > 0 ? prefix : std::nullopt;
}

}  // namespace

std::optional<RuleNews> rule_in(const NetlinkMessage& message) {
    if (message.type != RTM_NEWRULE && message.type != RTM_DELRULE) return std::nullopt;
    const auto fixed = native_value<fib_rule_hdr>(message.payload);
    if (!fixed || (fixed->family != AF_INET && fixed->family != AF_INET6)) return std::nullopt;
    RuleNews news{.happened = message.type == RTM_NEWRULE ? Operation::add : Operation::remove};
    Rule& rule = news.rule;
    rule.family = fixed->family == AF_INET ? Family::ipv4 : Family::ipv6;
    if (fixed->src_len > host_prefix_length(rule.family) || fixed->dst_len > host_prefix_length(rule.family))
        return std::nullopt;
    rule.action = fixed->action;
    rule.table = fixed->table;
    rule.tos = fixed->tos;
    rule.inverted = (fixed->flags & FIB_RULE_INVERT) != 0;
    rule.protocol = 0;
    auto attributes = Attributes::after(message.payload, sizeof(fib_rule_hdr));
    while (const auto attribute = attributes.next())
        take(rule, *attribute, *fixed);
    return news;
}

bool same_rule(const Rule& wanted, const Rule& told) {
    return wanted.family == told.family && wanted.priority == told.priority && wanted.action == told.action &&
           wanted.inverted == told.inverted && wanted.table == told.table && wanted.tos == told.tos &&
           selecting(wanted.from) == selecting(told.from) && selecting(wanted.to) == selecting(told.to) &&
           wanted.iif == told.iif && wanted.oif == told.oif &&
           wanted.mark.value_or(0) == told.mark.value_or(0) && wanted.protocol == told.protocol;
}

std::string text(const Rule& rule) {
    std::string text = std::to_string(rule.priority) + ":";
    if (rule.inverted) text += " not";
    const auto from = selecting(rule.from);
    text += " from " + (from ? from->text() : "all");
    if (const auto to = selecting(rule.to)) text += " to " + to->text();
    if (rule.mark) text += " fwmark " + std::to_string(*rule.mark);
    if (!rule.iif.empty()) text += " iif " + rule.iif;
    if (!rule.oif.empty()) text += " oif " + rule.oif;
    switch (rule.action) {
        case FR_ACT_TO_TBL:
            return text + (rule.l3mdev ? " lookup [l3mdev-table]" : " lookup " + std::to_string(rule.table));
        case FR_ACT_GOTO:
            return text + " goto " + std::to_string(rule.goto_priority.value_or(0));
        case FR_ACT_NOP:
            return text + " nop";
        case FR_ACT_BLACKHOLE:
            return text + " blackhole";
        case FR_ACT_UNREACHABLE:
            return text + " unreachable";
        case FR_ACT_PROHIBIT:
            return text + " prohibit";
        default:
            return text + " action " + std::to_string(rule.action);
    }
}

}  // namespace holdfast::net
