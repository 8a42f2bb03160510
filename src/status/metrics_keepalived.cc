// The metrics that the public exporters for keepalived offer, where they mean the same: names, labels and
// types are theirs, right or wrong, so that dashboards made for them go on.
#include <array>

#include "status/samples.h"

namespace holdfast::status {

namespace {

// keepalived's numbers and words.
std::int64_t number(RouterState state) {
    switch (state) {
        case RouterState::initialize:
            return 0;
        case RouterState::backup:
            return 1;
        case RouterState::active:
            return 2;
        case RouterState::fault:
            return 3;
    }
    return 0;
}
std::string_view word(RouterState state) {
    constexpr std::array<std::string_view, 4> words{"INIT", "BACKUP", "MASTER", "FAULT"};
    return words.at(static_cast<std::size_t>(number(state)));
}

// What such a counter sums up: counters of ours.
using Summands = std::array<std::string_view, 3>;

std::uint64_t sum(const Instance& one, const Summands& summands) {
    std::uint64_t all = 0;
    for (const std::string_view name : summands)
        if (!name.empty()) all += counter_of(one, name);
    return all;
}

// One exporter names the instance iname, the other name.
template <const char* label, const Summands& summands>
void write_counter(Samples& samples) {
    samples.instances([&](const std::string&, const Instance& one) {
        samples.out().count(label_text({{label, one.name},
                                        {"intf", one.link},
                                        {"vrid", std::to_string(one.vrid)},
                                        {"state", word(one.state)}}),
                            sum(one, summands));
    });
}
constexpr char iname[] = "iname";
constexpr char name[] = "name";
constexpr Summands advert_rcvd{"adverts_received"};
constexpr Summands advert_sent{"adverts_sent"};
constexpr Summands become_master{"became_active"};
constexpr Summands release_master{"released_active"};
constexpr Summands packet_len_err{"refused_too_short", "refused_bad_length"};
constexpr Summands advert_interval_err{"refused_other_interval", "refused_other_interval_v2"};
constexpr Summands ip_ttl_err{"refused_bad_ttl", "refused_bad_peer_ttl"};
constexpr Summands invalid_type_rcvd{"refused_bad_type"};
constexpr Summands addr_list_err{"refused_other_addresses", "refused_stranger", "refused_wrong_delivery"};
constexpr Summands invalid_authtype{"refused_bad_auth_type"};
constexpr Summands authtype_mismatch{"refused_other_auth_type"};
constexpr Summands auth_failure{"refused_bad_password"};
constexpr Summands pri_zero_rcvd{"farewells_received"};
constexpr Summands pri_zero_sent{"farewells_sent"};

void write_up(Samples& samples) {
    samples.out().flag("", samples.published().routers.has_value());
}

// As keepalived writes it: a host's own prefix is left out.
std::string address_text(const Prefix& prefix) {
    return prefix.length == host_prefix_length(prefix.address.family()) ? prefix.address.text()
                                                                        : prefix.text();
}

void write_states(Samples& samples) {
    samples.instances([&](const std::string&, const Instance& one) {
        for (const VirtualAddress& address : one.addresses)
            if (!address.is_excluded)
                samples.out().sample(label_text({{"iname", one.name},
                                                 {"intf", address.link},
                                                 {"vrid", std::to_string(one.vrid)},
                                                 {"ip_address", address_text(address.prefix)}}),
                                     number(one.state));
    });
}

// Of scripts only: the others are no vrrp_script.
void write_script_status(Samples& samples) {
    constexpr std::string_view prefix = "check ";
    samples.checks([&](const std::string&, const Check& check) {
        if (check.kind != "script" || !check.name.starts_with(prefix)) return;
        samples.out().flag(label_text({{"name", std::string_view{check.name}.substr(prefix.size())}}),
                           check.verdict == Verdict::good);
    });
}

using enum MetricType;

constexpr Family families[] = {
    {"keepalived_up", gauge, "", "", "1 when the VRRP process has published its state.", write_up},
    // mehdy/keepalived-exporter, cafebazaar/keepalived-exporter
    {"keepalived_vrrp_state", gauge, "", "iname intf vrid ip_address",
     "For each virtual address that is advertised: 0 INIT, 1 BACKUP, 2 MASTER, 3 FAULT.", write_states},
    {"keepalived_script_status", gauge, "", "name", "1 when the tracked script is GOOD, 0 when it is BAD.",
     write_script_status},
    {"keepalived_advertisements_received_total", counter, "", "iname intf vrid state",
     "Advertisements received.", write_counter<iname, advert_rcvd>},
    {"keepalived_advertisements_sent_total", counter, "", "iname intf vrid state", "Advertisements sent.",
     write_counter<iname, advert_sent>},
    {"keepalived_become_master_total", counter, "", "iname intf vrid state", "Became master.",
     write_counter<iname, become_master>},
    {"keepalived_release_master_total", counter, "", "iname intf vrid state", "Released master.",
     write_counter<iname, release_master>},
    {"keepalived_packet_length_errors_total", counter, "", "iname intf vrid state", "Packet length errors.",
     write_counter<iname, packet_len_err>},
    {"keepalived_advertisements_interval_errors_total", counter, "", "iname intf vrid state",
     "Advertisement interval errors.", write_counter<iname, advert_interval_err>},
    {"keepalived_ip_ttl_errors_total", counter, "", "iname intf vrid state", "TTL errors.",
     write_counter<iname, ip_ttl_err>},
    {"keepalived_invalid_type_received_total", counter, "", "iname intf vrid state", "Invalid type errors.",
     write_counter<iname, invalid_type_rcvd>},
    {"keepalived_address_list_errors_total", counter, "", "iname intf vrid state", "Address list errors.",
     write_counter<iname, addr_list_err>},
    {"keepalived_authentication_invalid_total", counter, "", "iname intf vrid state",
     "Authentication type that does not exist.", write_counter<iname, invalid_authtype>},
    {"keepalived_authentication_mismatch_total", counter, "", "iname intf vrid state",
     "Authentication type that is not ours.", write_counter<iname, authtype_mismatch>},
    {"keepalived_authentication_failure_total", counter, "", "iname intf vrid state",
     "Authentication failures.", write_counter<iname, auth_failure>},
    {"keepalived_priority_zero_received_total", counter, "", "iname intf vrid state",
     "Advertisements with priority zero received.", write_counter<iname, pri_zero_rcvd>},
    {"keepalived_priority_zero_sent_total", counter, "", "iname intf vrid state",
     "Advertisements with priority zero sent.", write_counter<iname, pri_zero_sent>},
    // gen2brain/keepalived_exporter
    {"keepalived_vrrp_advert_rcvd", counter, "", "name intf vrid state", "Advertisements received.",
     write_counter<name, advert_rcvd>},
    {"keepalived_vrrp_advert_sent", counter, "", "name intf vrid state", "Advertisements sent.",
     write_counter<name, advert_sent>},
    {"keepalived_vrrp_become_master", counter, "", "name intf vrid state", "Became master.",
     write_counter<name, become_master>},
    {"keepalived_vrrp_release_master", counter, "", "name intf vrid state", "Released master.",
     write_counter<name, release_master>},
    {"keepalived_vrrp_packet_len_err", counter, "", "name intf vrid state", "Packet length errors.",
     write_counter<name, packet_len_err>},
    {"keepalived_vrrp_advert_interval_err", counter, "", "name intf vrid state",
     "Advertisement interval errors.", write_counter<name, advert_interval_err>},
    {"keepalived_vrrp_ip_ttl_err", counter, "", "name intf vrid state", "TTL errors.",
     write_counter<name, ip_ttl_err>},
    {"keepalived_vrrp_invalid_type_rcvd", counter, "", "name intf vrid state", "Invalid type errors.",
     write_counter<name, invalid_type_rcvd>},
    {"keepalived_vrrp_addr_list_err", counter, "", "name intf vrid state", "Address list errors.",
     write_counter<name, addr_list_err>},
    {"keepalived_vrrp_invalid_authtype", counter, "", "name intf vrid state",
     "Authentication type that does not exist.", write_counter<name, invalid_authtype>},
    {"keepalived_vrrp_authtype_mismatch", counter, "", "name intf vrid state",
     "Authentication type that is not ours.", write_counter<name, authtype_mismatch>},
    {"keepalived_vrrp_auth_failure", counter, "", "name intf vrid state", "Authentication failures.",
     write_counter<name, auth_failure>},
    {"keepalived_vrrp_pri_zero_rcvd", counter, "", "name intf vrid state",
     "Advertisements with priority zero received.", write_counter<name, pri_zero_rcvd>},
    {"keepalived_vrrp_pri_zero_sent", counter, "", "name intf vrid state",
     "Advertisements with priority zero sent.", write_counter<name, pri_zero_sent>},
};

}  // namespace

std::span<const Family> keepalived_families() {
    return families;
}

}  // namespace holdfast::status
