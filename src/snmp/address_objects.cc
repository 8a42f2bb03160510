// KEEPALIVED-MIB, vrrp: addresses.
#include "snmp/mibs.h"

namespace holdfast::snmp {

namespace {

constexpr std::uint32_t table = 6;

void add_address(const Facts& facts, const plan::VirtualAddress& address, bool is_set, const Oid& index,
                 Rows& rows) {
    const auto set = [&](std::uint32_t column, Value value) {
        rows.add({table, 1, column}, index, std::move(value));
    };
    const IpAddress& ip = address.prefix.address;
    const std::string& link = facts.plan().links[engine::index(address.link)].name;
    set(2, integer(family_number(ip.family())));
    set(3, inet(ip));
    if (ip.is_v4()) set(4, inet(address.broadcast.value_or(IpAddress{})));
    set(5, unsigned32(address.prefix.length));
    set(6, integer(scope_number(address.scope)));
    set(7, integer(facts.interface(link).index));
    set(8, text(link));
    if (!address.label.empty()) set(9, text(address.label));
    set(10, truth(is_set));
    set(11, truth(address.advertised));
    if (address.peer) set(12, inet(*address.peer));
}

}  // namespace

void add_addresses(const Facts& facts, Rows& rows) {
    const auto& statics = facts.plan().statics.addresses;
    for (std::uint32_t at = 0; at < statics.size(); ++at) {
        plan::VirtualAddress address = statics[at];
        address.advertised = false;
        add_address(facts, address, is_marked(facts.routers().statics.addresses, at), {0, at + 1}, rows);
    }
    for (const InstanceFacts& one : facts.instances())
        for (std::uint32_t at = 0; at < one.plan.addresses.size(); ++at)
            add_address(facts, one.plan.addresses[at], is_marked(one.seen.held.addresses, at),
                        {one.number, at + 1}, rows);
}

std::int64_t scope_number(std::uint8_t scope) {
    switch (scope) {  // the kernel's rt_scope_t
        case 0:
            return 14;  // global
        case 200:
            return 5;  // site
        case 253:
            return 2;  // link
        case 254:
            return 1;  // host
        default:
            return 0;
    }
}

}  // namespace holdfast::snmp
