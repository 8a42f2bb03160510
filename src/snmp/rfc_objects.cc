// VRRP-MIB (RFC 2787) and VRRPv3-MIB (RFC 6527). The first one knows version 2 with IPv4 only; the second one
// serves version 2 as well, as keepalived's does.
#include <algorithm>
#include <array>

#include "snmp/mibs.h"

namespace holdfast::snmp {

namespace {

constexpr std::int64_t always = 1;  // up, ip, active: what a row of ours is

// OperState of both: initialize(1), backup(2), master(3).
std::int64_t oper_state(status::RouterState state) {
    return state == status::RouterState::backup ? 2 : state == status::RouterState::active ? 3 : 1;
}

bool is_up(const InstanceFacts& one) {
    return oper_state(one.seen.state) != 1;
}

std::uint32_t link_number(const Facts& facts, const InstanceFacts& one) {
    return facts.interface(link_name(facts, one)).index;
}

std::uint32_t advertised(const InstanceFacts& one) {
    return static_cast<std::uint32_t>(one.settings.addresses.size());
}

std::uint64_t ttl_errors(const InstanceFacts& one) {
    return one.counter("refused_bad_ttl") + one.counter("refused_bad_peer_ttl");
}

std::uint64_t length_errors(const InstanceFacts& one) {
    return one.counter("refused_too_short") + one.counter("refused_bad_length");
}

std::uint64_t interval_errors(const InstanceFacts& one) {
    return one.counter(one.is_version_2() ? "refused_other_interval_v2" : "refused_other_interval");
}

// Errors that no virtual router can be blamed with, summed over those that are served.
struct RouterErrors {
    std::uint64_t checksum = 0;
    std::uint64_t version = 0;
    std::uint64_t vrid = 0;

    void add(const InstanceFacts& one) {
        checksum += one.counter("refused_bad_checksum");
        version += one.counter("refused_bad_version");
        vrid += one.counter("refused_unknown_vrid");
    }
};

IpAddress no_address(Family family) {
    constexpr std::array<std::uint8_t, 16> zero{};
    return family == Family::ipv4 ? IpAddress{} : IpAddress::from_bytes(zero).value_or(IpAddress{});
}

Oid with_address(Oid index, const IpAddress& address) {
    for (const std::uint8_t byte : address.bytes())
        index.push_back(byte);
    return index;
}

std::int64_t reason_of(const InstanceFacts& one) {
    constexpr std::int64_t never = 0;
    constexpr std::int64_t no_response = 3;  // or too long ago to be remembered
    const auto& transitions = one.seen.transitions;
    const auto last = std::find_if(transitions.rbegin(), transitions.rend(), [](const auto& transition) {
        return transition.to == status::RouterState::active;
    });
    if (last != transitions.rend()) return master_reason(*last);
    return one.counter("became_active") > 0 ? no_response : never;
}

void add_rfc2787(const Facts& facts, const InstanceFacts& one, Rows& rows) {
    const Interface& link = facts.interface(link_name(facts, one));
    const Oid index{link.index, one.settings.vrid.wire()};
    const auto oper = [&](std::uint32_t column, Value value) {
        rows.add({1, 3, 1, column}, index, std::move(value));
    };
    oper(2, text(link.mac));
    oper(3, integer(oper_state(one.seen.state)));
    oper(4, integer(always));
    oper(5, integer(one.settings.priority.wire()));
    oper(6, integer(advertised(one)));
    oper(7, ip_address(master_address(facts, one)));
    oper(8, ip_address(primary_address(facts, one)));
    const config::Authentication& authentication = one.config.authentication;
    const bool authenticates = authentication.auth_type && authentication.auth_pass;
    oper(9, integer(!authenticates ? 1 : *authentication.auth_type == config::AuthType::pass ? 2 : 3));
    oper(11, integer(one.settings.advert_interval / std::chrono::seconds{1}));
    oper(12, truth(one.settings.preempt));
    oper(13, ticks(is_up(one) ? centiseconds(one.seen.since - facts.node().begin) : 0));
    oper(14, integer(always));
    oper(15, integer(always));
    for (const IpAddress& address : one.settings.addresses)
        rows.add({1, 4, 1, 2}, with_address(index, address), integer(always));

    const auto count = [&](std::uint32_t column, std::uint64_t value) {
        rows.add({2, 4, 1, column}, index, counter32(value));
    };
    count(1, one.counter("became_active"));
    count(2, one.counter("adverts_received"));
    count(3, interval_errors(one));
    count(4, one.counter("refused_bad_password"));
    count(5, ttl_errors(one));
    count(6, one.counter("farewells_received"));
    count(7, one.counter("farewells_sent"));
    count(8, one.counter("refused_bad_type"));
    count(9, one.counter("refused_other_addresses"));
    count(10, one.counter("refused_bad_auth_type"));
    count(11, one.counter("refused_other_auth_type"));
    count(12, length_errors(one));
}

void add_operations(const Facts& facts, const InstanceFacts& one, const Oid& index, Rows& rows) {
    const engine::RouterSettings& settings = one.settings;
    const auto oper = [&](std::uint32_t column, Value value) {
        rows.add({1, 1, 1, 1, column}, index, std::move(value));
    };
    oper(3, inet(master_address(facts, one)));
    oper(4, inet(primary_address(facts, one)));
    oper(5, text(facts.interface(link_name(facts, one)).mac));
    oper(6, integer(oper_state(one.seen.state)));
    oper(7, unsigned32(settings.priority.wire()));
    oper(8, integer(advertised(one)));
    oper(9, integer(static_cast<std::int64_t>(centiseconds(settings.advert_interval))));
    oper(10, truth(settings.preempt));
    oper(11, truth(true));  // packets to virtual addresses are always taken
    oper(12, ticks(is_up(one) ? centiseconds(facts.routers().head.taken - one.seen.since) : 0));
    oper(13, integer(always));
    for (const IpAddress& address : settings.addresses)
        rows.add({1, 1, 2, 1, 2}, with_address(index, address), integer(always));
}

void add_statistics(const InstanceFacts& one, const Oid& index, Rows& rows) {
    const auto statistic = [&](std::uint32_t column, Value value) {
        rows.add({1, 2, 5, 1, column}, index, std::move(value));
    };
    statistic(1, counter32(one.counter("became_active")));
    statistic(2, integer(reason_of(one)));
    statistic(3, counter64(one.counter("adverts_received")));
    statistic(4, counter64(interval_errors(one)));
    statistic(5, counter64(ttl_errors(one)));
    statistic(6, integer(protocol_error_number(one.seen.last_error)));
    statistic(7, counter64(one.counter("farewells_received")));
    statistic(8, counter64(one.counter("farewells_sent")));
    statistic(9, counter64(one.counter("refused_bad_type")));
    statistic(10, counter64(one.counter("refused_other_addresses")));
    statistic(11, counter64(length_errors(one)));
    statistic(12, ticks(0));
    statistic(13, unsigned32(static_cast<std::uint64_t>(one.settings.advert_interval /
                                                        std::chrono::milliseconds{1})));
}

}  // namespace

bool fits_rfc2787(const InstanceFacts& one) {
    return one.is_version_2() && one.settings.family == Family::ipv4 && !one.settings.addresses.empty();
}

bool fits_rfc6527(const InstanceFacts& one) {
    return !one.settings.addresses.empty();
}

// Adverts leave from it. The interface's first one may be virtual.
IpAddress primary_address(const Facts& facts, const InstanceFacts& one) {
    if (one.seen.source) return *one.seen.source;
    const Interface& link = facts.interface(link_name(facts, one));
    const auto& found = one.settings.family == Family::ipv4 ? link.first_v4 : link.link_local_v6;
    if (found) return *found;
    return no_address(one.settings.family);
}

IpAddress master_address(const Facts& facts, const InstanceFacts& one) {
    if (one.seen.state == status::RouterState::active) return primary_address(facts, one);
    const status::Peer* known = nullptr;
    for (const status::Peer& peer : one.seen.peers) {
        if (peer.is_followed) return peer.address;
        if (peer.heard && (known == nullptr || peer.heard > known->heard)) known = &peer;
    }
    if (known != nullptr) return known->address;
    return no_address(one.settings.family);
}

std::int64_t master_reason(const status::Transition& transition) {
    const std::string& kind = transition.member_kind.empty() ? transition.kind : transition.member_kind;
    if (kind == "peer-resigned") return 1;
    if (kind == "preempting") return 2;
    return 3;
}

std::int64_t protocol_error_number(status::ProtocolError error) {
    switch (error) {
        case status::ProtocolError::none:
            return 0;
        case status::ProtocolError::ttl:
            return 1;
        case status::ProtocolError::version:
            return 2;
        case status::ProtocolError::checksum:
            return 3;
    }
    return 0;
}

Rows rfc2787_rows(const Facts& facts) {
    constexpr std::int64_t node_version = 2;
    Rows rows;
    RouterErrors errors;
    rows.scalar({1, 1}, integer(node_version));
    rows.scalar({1, 2}, truth(facts.node().snmp.notifies));
    for (const InstanceFacts& one : facts.instances()) {
        if (!fits_rfc2787(one)) continue;
        errors.add(one);
        add_rfc2787(facts, one, rows);
    }
    rows.scalar({2, 1}, counter32(errors.checksum));
    rows.scalar({2, 2}, counter32(errors.version));
    rows.scalar({2, 3}, counter32(errors.vrid));
    rows.settle();
    return rows;
}

Rows rfc6527_rows(const Facts& facts) {
    Rows rows;
    RouterErrors errors;
    for (const InstanceFacts& one : facts.instances()) {
        if (!fits_rfc6527(one)) continue;
        errors.add(one);
        const Oid index{link_number(facts, one), one.settings.vrid.wire(),
                        family_number(one.settings.family)};
        add_operations(facts, one, index, rows);
        add_statistics(one, index, rows);
    }
    rows.scalar({1, 2, 1}, counter64(errors.checksum));
    rows.scalar({1, 2, 2}, counter64(errors.version));
    rows.scalar({1, 2, 3}, counter64(errors.vrid));
    rows.scalar({1, 2, 4}, ticks(0));
    rows.settle();
    return rows;
}

}  // namespace holdfast::snmp
