// KEEPALIVED-MIB, vrrp: routes, their next hops, and rules.
#include "snmp/mibs.h"

namespace holdfast::snmp {

namespace {

constexpr std::uint32_t route_table = 7;
constexpr std::uint32_t rule_table = 8;
constexpr std::uint32_t next_hop_table = 11;
constexpr std::uint32_t main_table = 254;
constexpr std::uint8_t own_protocol = 18;  // RTPROT_KEEPALIVED
constexpr std::uint32_t rtt_scale = 8;     // of the kernel
constexpr std::uint32_t rttvar_scale = 4;

// Columns of one row; what is not set has none.
class Columns {
public:
    Columns(Rows& rows, std::uint32_t table, Oid index)
        : rows_{rows}, table_{table}, index_{std::move(index)} {}
    void operator()(std::uint32_t column, Value value) {
        rows_.add({table_, 1, column}, index_, std::move(value));
    }
    template <class Number>
    void number(std::uint32_t column, const std::optional<Number>& value) {
        if (value) (*this)(column, unsigned32(*value));
    }
    void address(std::uint32_t column, const std::optional<IpAddress>& value) {
        if (value) (*this)(column, inet(*value));
    }
    void name(std::uint32_t column, const std::string& value) {
        if (!value.empty()) (*this)(column, text(value));
    }
    void flag(std::uint32_t column, const std::optional<bool>& value) {
        if (value) (*this)(column, truth(*value));
    }
    // The number, and behind it whether it is locked.
    void metric(std::uint32_t column, const std::optional<config::RouteMetric>& value,
                std::uint32_t scale = 1) {
        if (!value) return;
        (*this)(column, unsigned32(value->value / scale));
        (*this)(column + 1, truth(value->locked));
    }
    void realms(std::uint32_t destination, std::uint32_t source, const std::optional<config::Realms>& value) {
        if (!value) return;
        if (value->destination != 0) (*this)(destination, unsigned32(value->destination));
        if (value->source != 0) (*this)(source, unsigned32(value->source));
    }

private:
    Rows& rows_;
    std::uint32_t table_;
    Oid index_;
};

std::int64_t encap_number(config::EncapKind kind) {
    switch (kind) {
        case config::EncapKind::mpls:
            return 1;
        case config::EncapKind::ip:
            return 2;
        case config::EncapKind::ila:
            return 3;
        case config::EncapKind::ip6:
            return 4;
        case config::EncapKind::none:
            break;
    }
    return 0;
}

// Nine columns from `first` on, the same of routes and of next hops.
void add_encap(const config::Encap& encap, std::uint32_t first, Columns& set) {
    if (encap.kind == config::EncapKind::none) return;
    set(first, integer(encap_number(encap.kind)));
    std::string labels;
    for (const std::uint32_t label : encap.labels)
        labels += (labels.empty() ? "" : "/") + std::to_string(label);
    set.name(first + 1, labels);
    if (encap.id) set(first + 2, counter64(*encap.id));
    set.address(first + 3, encap.destination);
    set.address(first + 4, encap.source);
    set.number(first + 5, encap.tos);
    set.number(first + 6, encap.ttl);
    set.number(first + 7, encap.flags);
    if (encap.kind == config::EncapKind::ila) set(first + 8, counter64(encap.locator));
}

// RouteType of the kernel's RTN_*.
std::int64_t type_number(const config::Route& route) {
    constexpr std::uint8_t broadcast = 3;
    constexpr std::uint8_t blackhole = 6;
    if (!route.next_hops.empty()) return 2;  // ecmp
    if (route.type == broadcast) return 6;
    if (route.type == blackhole) return 3;
    return route.type == 2 ? 1 : route.type;  // a local route is unicast
}

void add_metrics(const config::Route& route, Columns& set) {
    set.metric(22, route.mtu);
    set.number(24, route.hoplimit);
    set.metric(25, route.advmss);
    set.metric(27, route.rtt, rtt_scale);
    set.metric(29, route.rttvar, rttvar_scale);
    set.metric(31, route.reordering);
    set.number(33, route.window);
    set.metric(34, route.cwnd);
    set.metric(36, route.ssthresh);
    set.metric(38, route.rto_min);
    set.number(40, route.initcwnd);
    set.number(41, route.initrwnd);
    set.name(42, route.congctl);
}

// PrefType: low(1) medium(2) high(3); the kernel has medium 0, high 1, low 3.
std::int64_t preference_number(std::uint8_t preference) {
    return preference == 1 ? 3 : preference == 3 ? 1 : 2;
}

void add_next_hops(const Facts& facts, const config::Route& route, const Oid& owner, Rows& rows) {
    for (std::uint32_t at = 0; at < route.next_hops.size(); ++at) {
        const config::NextHop& hop = route.next_hops[at];
        Columns set{rows, next_hop_table, {owner[0], owner[1], at + 1}};
        if (hop.via) set(2, integer(family_number(hop.via->family())));
        set.address(3, hop.via);
        if (!hop.dev.empty()) set(4, integer(facts.interface(hop.dev).index));
        set.name(5, hop.dev);
        set(6, unsigned32(hop.weight.value_or(1)));
        set(7, truth(hop.onlink));
        set.realms(8, 9, hop.realms);
        add_encap(hop.encap, 10, set);
    }
}

void add_route(const Facts& facts, const config::Route& route, bool is_set, const Oid& index, Rows& rows) {
    Columns set{rows, route_table, index};
    set(2, integer(family_number(route.family)));
    set(3, inet(route.destination.address));
    set(4, unsigned32(route.destination.length));
    set.address(5, route.via);
    set.address(7, route.source);
    set(8, unsigned32(route.metric.value_or(0)));
    set(9, integer(scope_number(route.scope.value_or(0))));
    set(10, integer(type_number(route)));
    if (!route.dev.empty()) set(11, integer(facts.interface(route.dev).index));
    set.name(12, route.dev);
    set(13, unsigned32(route.table.value_or(main_table)));
    set(14, truth(is_set));
    if (route.from) {
        set(15, inet(route.from->address));
        set(16, unsigned32(route.from->length));
    }
    set.number(17, route.tos);
    set(18, integer(route.protocol.value_or(own_protocol) + 1));
    set(19, truth(route.ecn));
    set(20, truth(route.quickack.value_or(false)));
    if (route.expires) set(21, integer(*route.expires));
    add_metrics(route, set);
    if (route.pref) set(43, integer(preference_number(*route.pref)));
    set.realms(44, 45, route.realms);
    add_encap(route.encap, 46, set);
    set.flag(55, route.fastopen_no_cookie);
    add_next_hops(facts, route, index, rows);
}

// --- Rules
// ----------------------------------------------------------------------------------------------------

std::int64_t action_number(const config::Rule& rule) {
    switch (rule.action) {
        case config::RuleAction::goto_preference:
            return 2;
        case config::RuleAction::nop:
            return 3;
        case config::RuleAction::blackhole:
            return 6;
        case config::RuleAction::unreachable:
            return 7;
        case config::RuleAction::prohibit:
            return 8;
        case config::RuleAction::none:
        case config::RuleAction::table:
            break;
    }
    return 1;
}

void add_prefix(const Prefix& prefix, std::uint32_t first, Columns& set) {
    set(first, integer(family_number(prefix.address.family())));
    set(first + 1, inet(prefix.address));
    set(first + 2, unsigned32(prefix.length));
}

void add_rule(const config::Rule& rule, bool is_set, const Oid& index, Rows& rows) {
    Columns set{rows, rule_table, index};
    set(2, text(rule.from && rule.to ? "both" : rule.from ? "from" : rule.to ? "to" : ""));
    if (rule.from || rule.to) add_prefix(rule.to ? *rule.to : *rule.from, 3, set);
    const bool looks_up = action_number(rule) == 1;
    if (looks_up) set(6, unsigned32(rule.table.value_or(main_table)));
    set(7, truth(is_set));
    set(8, truth(rule.invert));
    if (rule.to) add_prefix(*rule.to, 9, set);
    if (rule.from) add_prefix(*rule.from, 12, set);
    set(15, unsigned32(rule.tos.value_or(0)));
    set.number(16, rule.fwmark);
    set.number(17, rule.fwmark_mask);
    set.realms(18, 19, rule.realms);
    set.name(20, rule.iif);
    set.name(21, rule.oif);
    set.number(22, rule.goto_target);
    set(23, integer(action_number(rule)));
    if (looks_up) set(24, unsigned32(rule.table.value_or(main_table)));
    set.number(25, rule.preference);
    set.number(26, rule.suppress_prefix_length);
    if (rule.suppress_interface_group) set(27, text(std::to_string(*rule.suppress_interface_group)));
    if (rule.tunnel_id) {
        set(28, unsigned32(*rule.tunnel_id >> 32));
        set(29, unsigned32(*rule.tunnel_id & 0xffffffff));
    }
    if (rule.uid_range) {
        set(30, unsigned32(rule.uid_range->first));
        set(31, unsigned32(rule.uid_range->last));
    }
    if (rule.l3mdev) set(32, truth(true));
}

}  // namespace

void add_routes(const Facts& facts, Rows& rows) {
    const auto& statics = facts.plan().statics.routes;
    for (std::uint32_t at = 0; at < statics.size(); ++at)
        add_route(facts, statics[at], is_marked(facts.routers().statics.routes, at), {0, at + 1}, rows);
    for (const InstanceFacts& one : facts.instances())
        for (std::uint32_t at = 0; at < one.plan.routes.size(); ++at)
            add_route(facts, one.plan.routes[at], is_marked(one.seen.held.routes, at), {one.number, at + 1},
                      rows);
}

void add_rules(const Facts& facts, Rows& rows) {
    const auto& statics = facts.plan().statics.rules;
    for (std::uint32_t at = 0; at < statics.size(); ++at)
        add_rule(statics[at], is_marked(facts.routers().statics.rules, at), {0, at + 1}, rows);
    for (const InstanceFacts& one : facts.instances())
        for (std::uint32_t at = 0; at < one.plan.rules.size(); ++at)
            add_rule(one.plan.rules[at], is_marked(one.seen.held.rules, at), {one.number, at + 1}, rows);
}

}  // namespace holdfast::snmp
