// Rows of what may stand on a line of virtual_ipaddress, virtual_routes, virtual_rules and their static
// forms.
#include "config/schema.h"
#include "config/schema_bind.h"
#include "config/schema_tables.h"

namespace holdfast::config {

using namespace binding;  // NOLINT: the vocabulary of the tables

namespace {

// Values that fill two members at once.
constexpr Field broadcast_field{.set =
                                    [](Target target, Value value, Place) {
                                        auto& address = owner_of<Address>(target);
                                        const auto& broadcast = std::get<Broadcast>(value);
                                        address.broadcast_kind = broadcast.kind;
                                        address.broadcast = broadcast.address;
                                    },
                                .get = [](Target target) -> std::optional<Value> {
                                    const auto& address = owner_of<Address>(target);
                                    if (address.broadcast_kind == BroadcastKind::none) return std::nullopt;
                                    return Broadcast{address.broadcast_kind, address.broadcast};
                                }};

constexpr Field route_target_field{.set =
                                       [](Target target, Value value, Place) {
                                           auto& route = owner_of<Route>(target);
                                           const auto& to = std::get<RouteTarget>(value);
                                           route.type = to.type;
                                           route.destination = to.prefix;
                                           route.has_destination = true;
                                       },
                                   .get = [](Target target) -> std::optional<Value> {
                                       const auto& route = owner_of<Route>(target);
                                       return RouteTarget{route.type, route.destination};
                                   }};

template <auto member>
constexpr Field selector_field{.set = [](Target target, Value value,
                                         Place) { reach<member>(target) = std::get<Selector>(value).prefix; },
                               .get = [](Target target) -> std::optional<Value> {
                                   if (!reach<member>(target)) return std::nullopt;
                                   return Selector{*reach<member>(target)};
                               }};

constexpr Field mark_field{.set =
                               [](Target target, Value value, Place) {
                                   auto& rule = owner_of<Rule>(target);
                                   rule.fwmark = std::get<Mark>(value).value;
                                   rule.fwmark_mask = std::get<Mark>(value).mask;
                               },
                           .get = [](Target target) -> std::optional<Value> {
                               const auto& rule = owner_of<Rule>(target);
                               if (!rule.fwmark) return std::nullopt;
                               return Mark{*rule.fwmark, rule.fwmark_mask};
                           }};

constexpr Field congctl_field{.set =
                                  [](Target target, Value value, Place) {
                                      auto& route = owner_of<Route>(target);
                                      auto words = std::get<std::vector<std::string>>(std::move(value));
                                      route.congctl_locked = words.size() == 2;
                                      route.congctl = std::move(words.back());
                                  },
                              .get = [](Target target) -> std::optional<Value> {
                                  const auto& route = owner_of<Route>(target);
                                  if (route.congctl.empty()) return std::nullopt;
                                  if (route.congctl_locked)
                                      return std::vector<std::string>{"lock", route.congctl};
                                  return std::vector<std::string>{route.congctl};
                              }};

// `features ecn` is the only feature, so its position among the choices says nothing.
constexpr Field features_field{
    .set =
        [](Target target, Value, Place) {  // NOLINT: the signature is every setter's
            owner_of<Route>(target).ecn = true;
        },
    .get = [](Target target) -> std::optional<Value> {
        if (!owner_of<Route>(target).ecn) return std::nullopt;
        return Value{std::int64_t{0}};
    }};

constexpr Keyword address_rows[] = {
    {.name = "dev",
     .arguments = {arg(Kind::interface, {}, at<&Address::dev>())},
     .fallback = "instance interface or default_interface",
     .doc = "Interface for the address."},
    {.name = "scope",
     .arguments = {arg(Kind::scope, "0..255", at<&Address::scope>())},
     .fallback = "global",
     .doc = "Address scope; IPv4 only."},
    {.name = "brd",
     .arguments = {arg(Kind::broadcast, {}, broadcast_field)},
     .doc = "Broadcast address; + sets, - clears host bits."},
    {.name = "broadcast",
     .arguments = {arg(Kind::broadcast, {}, broadcast_field)},
     .doc = "Long form.",
     .alias_of = "brd"},
    {.name = "label",
     .arguments = {arg(Kind::word, "15", at<&Address::label>())},
     .doc = "Interface alias label; IPv4 only."},
    {.name = "peer",
     .arguments = {arg(Kind::peer_prefix, {}, at<&Address::peer>())},
     .doc = "Point-to-point peer; local prefix must be full length."},
    {.name = "home", .arguments = {says(at<&Address::home>())}, .doc = "IFA_F_HOMEADDRESS."},
    {.name = "-nodad",
     .arguments = {says(at<&Address::dad>())},
     .fallback = "DAD off for VIPs",
     .doc = "Do not set IFA_F_NODAD (perform duplicate detection)."},
    {.name = "mngtmpaddr", .arguments = {says(at<&Address::mngtmpaddr>())}, .doc = "IFA_F_MANAGETEMPADDR."},
    {.name = "noprefixroute",
     .arguments = {says(at<&Address::noprefixroute>())},
     .doc = "IFA_F_NOPREFIXROUTE."},
    {.name = "autojoin", .arguments = {says(at<&Address::autojoin>())}, .doc = "IFA_F_MCAUTOJOIN."},
    {.name = "no_track",
     .arguments = {says(at<&Address::no_track>())},
     .doc = "Deletion of the address does not affect the instance."},
    {.name = "preferred_lft",
     .arguments = {arg(Kind::lifetime, {}, at<&Address::preferred_lft>())},
     .fallback = "v6: 0 for /128, else forever",
     .doc = "Preferred lifetime in seconds."},
    {.name = "track_group",
     .arguments = {arg(Kind::refers, "track_group", at<&Address::track_group>())},
     .doc = "Static addresses only: instances to fault when it disappears.",
     .effective = false},
    {.name = "use_vmac",
     .arguments = {says(at<&Address::use_vmac>())},
     .doc = "Virtual addresses only: put the address on a VMAC.",
     .effective = false},
};
constexpr Block address_block{"ADDRESS", {address_rows}};

constexpr Keyword encap_rows[] = {
    {.name = "ip",
     .arguments = {says(at<&Encap::kind>(), static_cast<int>(EncapKind::ip))},
     .doc = "Tunnel over IPv4."},
    {.name = "ip6",
     .arguments = {says(at<&Encap::kind>(), static_cast<int>(EncapKind::ip6))},
     .doc = "Tunnel over IPv6."},
    {.name = "mpls",
     .arguments = {arg(Kind::mpls_labels, "0..1048575", at<&Encap::labels>()),
                   says(at<&Encap::kind>(), static_cast<int>(EncapKind::mpls))},
     .doc = "Labels, outermost first."},
    {.name = "ila",
     .arguments = {arg(Kind::locator, {}, at<&Encap::locator>()),
                   says(at<&Encap::kind>(), static_cast<int>(EncapKind::ila))},
     .doc = "Identifier-locator addressing."},
    {.name = "id",
     .arguments = {arg(Kind::number, "0..9223372036854775807", at<&Encap::id>())},
     .doc = "Tunnel identifier."},
    {.name = "dst",
     .arguments = {arg(Kind::address, {}, at<&Encap::destination>())},
     .doc = "Destination of the tunnel."},
    {.name = "src",
     .arguments = {arg(Kind::address, {}, at<&Encap::source>())},
     .doc = "Source of the tunnel."},
    {.name = "tos",
     .arguments = {arg(Kind::dsfield, "0..255", at<&Encap::tos>())},
     .doc = "Type of service."},
    {.name = "tc",
     .arguments = {arg(Kind::dsfield, "0..255", at<&Encap::tos>())},
     .doc = "Traffic class.",
     .alias_of = "tos"},
    {.name = "ttl", .arguments = {arg(Kind::number, "0..255", at<&Encap::ttl>())}, .doc = "Time to live."},
    {.name = "hoplimit",
     .arguments = {arg(Kind::number, "0..255", at<&Encap::ttl>())},
     .doc = "Hop limit.",
     .alias_of = "ttl"},
    {.name = "flags",
     .arguments = {arg(Kind::number, "0..65535", at<&Encap::flags>())},
     .doc = "Tunnel flags."},
};
constexpr Block encap_block{"encap", {encap_rows}};

constexpr Keyword nexthop_rows[] = {
    {.name = "via", .arguments = {arg(Kind::gateway, {}, at<&NextHop::via>())}, .doc = "Gateway."},
    {.name = "dev", .arguments = {arg(Kind::interface, {}, at<&NextHop::dev>())}, .doc = "Output interface."},
    {.name = "oif",
     .arguments = {arg(Kind::interface, {}, at<&NextHop::dev>())},
     .doc = "Same as dev.",
     .alias_of = "dev"},
    {.name = "weight",
     .arguments = {arg(Kind::integer, "1..256", at<&NextHop::weight>())},
     .doc = "Share of this hop."},
    {.name = "onlink", .arguments = {says(at<&NextHop::onlink>())}, .doc = "RTNH_F_ONLINK."},
    {.name = "realms", .arguments = {arg(Kind::realms, {}, at<&NextHop::realms>())}, .doc = "Realms (IPv4)."},
    {.name = "encap",
     .options = &encap_block,
     .children = single<&NextHop::encap>(),
     .doc = "Lightweight tunnel encapsulation.",
     .effective = false},
};
constexpr Block nexthop_block{"nexthop", {nexthop_rows}};

template <auto member>
constexpr Argument metric_of{.kind = Kind::metric, .range = "0..4294967295", .field = at<member>()};
template <auto member>
constexpr Argument count_of{.kind = Kind::number, .range = "0..4294967295", .field = at<member>()};

constexpr Argument time_metric(Field field, std::int64_t scale) {
    return {.kind = Kind::time_metric, .field = field, .number = scale};
}

constexpr Keyword route_rows[] = {
    {.name = "", .arguments = {arg(Kind::route_target, {}, route_target_field)}, .doc = "Destination."},
    {.name = "to",
     .arguments = {arg(Kind::route_target, {}, route_target_field)},
     .doc = "Destination; the word may be left out.",
     .alias_of = "<destination>"},
    {.name = "inet", .arguments = {says(at<&Route::family>(), 0)}, .doc = "Force IPv4."},
    {.name = "inet6", .arguments = {says(at<&Route::family>(), 1)}, .doc = "Force IPv6."},
    {.name = "src",
     .arguments = {arg(Kind::address, {}, at<&Route::source>())},
     .doc = "Preferred source address."},
    {.name = "via", .arguments = {arg(Kind::gateway, {}, at<&Route::via>())}, .doc = "Gateway."},
    {.name = "gw",
     .arguments = {arg(Kind::gateway, {}, at<&Route::via>())},
     .doc = "Old name of via.",
     .alias_of = "via",
     .deprecated = true},
    {.name = "or",
     .arguments = {arg(Kind::address)},
     .doc = "Old second gateway.",
     .alias_of = "nexthop",
     .deprecated = true},
    {.name = "dev", .arguments = {arg(Kind::interface, {}, at<&Route::dev>())}, .doc = "Output interface."},
    {.name = "oif",
     .arguments = {arg(Kind::interface, {}, at<&Route::dev>())},
     .doc = "Same as dev.",
     .alias_of = "dev"},
    {.name = "table",
     .arguments = {arg(Kind::table, "0..4294967295", at<&Route::table>())},
     .fallback = "main",
     .doc = "Routing table."},
    {.name = "metric", .arguments = {count_of<&Route::metric>}, .doc = "Route metric."},
    {.name = "priority",
     .arguments = {count_of<&Route::metric>},
     .doc = "Same as metric.",
     .alias_of = "metric"},
    {.name = "preference",
     .arguments = {count_of<&Route::metric>},
     .doc = "Same as metric.",
     .alias_of = "metric"},
    {.name = "scope",
     .arguments = {arg(Kind::scope, "0..255", at<&Route::scope>())},
     .fallback = "universe",
     .doc = "Route scope."},
    {.name = "protocol",
     .arguments = {arg(Kind::route_protocol, "0..255", at<&Route::protocol>())},
     .fallback = "keepalived (18)",
     .doc = "Route protocol; forced to 18 unless no_track."},
    {.name = "tos",
     .arguments = {arg(Kind::dsfield, "0..255", at<&Route::tos>())},
     .fallback = "0",
     .doc = "Type of service (IPv4)."},
    {.name = "dsfield",
     .arguments = {arg(Kind::dsfield, "0..255", at<&Route::tos>())},
     .fallback = "0",
     .doc = "Same as tos.",
     .alias_of = "tos"},
    {.name = "from",
     .arguments = {arg(Kind::prefix, {}, at<&Route::from>())},
     .doc = "Source prefix (IPv6 only)."},
    {.name = "onlink", .arguments = {says(at<&Route::onlink>())}, .doc = "RTNH_F_ONLINK."},
    {.name = "mtu", .arguments = {metric_of<&Route::mtu>}, .doc = "Path MTU metric."},
    {.name = "hoplimit",
     .arguments = {arg(Kind::number, "0..255", at<&Route::hoplimit>())},
     .doc = "Hop limit metric."},
    {.name = "advmss", .arguments = {metric_of<&Route::advmss>}, .doc = "Advertised MSS."},
    {.name = "rtt",
     .arguments = {time_metric(at<&Route::rtt>(), 8)},
     .doc = "Initial RTT; unit suffixes as in ip-route."},
    {.name = "rttvar", .arguments = {time_metric(at<&Route::rttvar>(), 4)}, .doc = "Initial RTT variance."},
    {.name = "reordering", .arguments = {metric_of<&Route::reordering>}, .doc = "Reordering metric."},
    {.name = "window", .arguments = {count_of<&Route::window>}, .doc = "Maximum window."},
    {.name = "cwnd", .arguments = {metric_of<&Route::cwnd>}, .doc = "Congestion window clamp."},
    {.name = "ssthresh", .arguments = {metric_of<&Route::ssthresh>}, .doc = "Slow start threshold."},
    {.name = "realms", .arguments = {arg(Kind::realms, {}, at<&Route::realms>())}, .doc = "Realms (IPv4)."},
    {.name = "rto_min",
     .arguments = {time_metric(at<&Route::rto_min>(), 1)},
     .doc = "Minimum retransmission timeout."},
    {.name = "initcwnd", .arguments = {count_of<&Route::initcwnd>}, .doc = "Initial congestion window."},
    {.name = "initrwnd", .arguments = {count_of<&Route::initrwnd>}, .doc = "Initial receive window."},
    {.name = "features", .arguments = {arg(Kind::choice, "ecn", features_field)}, .doc = "Enable ECN."},
    {.name = "quickack",
     .arguments = {arg(Kind::integer, "0..1", at<&Route::quickack>())},
     .doc = "Quick ACK."},
    {.name = "congctl",
     .arguments = {arg(Kind::locked_word, "15", congctl_field)},
     .doc = "Congestion control algorithm."},
    {.name = "pref",
     .arguments = {arg(Kind::router_preference, "0..255", at<&Route::pref>())},
     .doc = "IPv6 router preference."},
    {.name = "expires", .arguments = {count_of<&Route::expires>}, .doc = "Lifetime in seconds (IPv6)."},
    {.name = "ttl-propagate",
     .arguments = {arg(Kind::choice, "disabled enabled", at<&Route::ttl_propagate>())},
     .doc = "MPLS TTL propagation."},
    {.name = "fastopen_no_cookie",
     .arguments = {arg(Kind::integer, "0..1", at<&Route::fastopen_no_cookie>())},
     .doc = "TCP fast open without cookie."},
    {.name = "encap",
     .options = &encap_block,
     .children = single<&Route::encap>(),
     .doc = "Lightweight tunnel encapsulation.",
     .effective = false},
    {.name = "as", .arguments = {arg(Kind::word)}, .doc = "Reported as unsupported.", .deprecated = true},
    {.name = "vrf",
     .arguments = {arg(Kind::interface, {}, at<&Route::vrf>())},
     .doc = "Use the table of this VRF.",
     .effective = false},
    {.name = "add",
     .arguments = {says(at<&Route::mode>(), static_cast<int>(RouteMode::add))},
     .doc = "Install like ip route add."},
    {.name = "prepend",
     .arguments = {says(at<&Route::mode>(), static_cast<int>(RouteMode::prepend))},
     .fallback = "on",
     .doc = "Install before equal routes."},
    {.name = "append",
     .arguments = {says(at<&Route::mode>(), static_cast<int>(RouteMode::append))},
     .doc = "Install like ip route append."},
    {.name = "no_track",
     .arguments = {says(at<&Route::no_track>())},
     .doc = "Deletion of the route does not affect the instance."},
    {.name = "track_group",
     .arguments = {arg(Kind::refers, "track_group", at<&Route::track_group>())},
     .doc = "Static routes only.",
     .effective = false},
    {.name = "nexthop",
     .options = &nexthop_block,
     .children = list<&Route::next_hops>(),
     .doc = "One multipath hop; must come last on the line.",
     .repeat = Repeat::accumulates},
};
constexpr Block route_block{"ROUTE", {route_rows}};

constexpr Argument does(RuleAction action) {
    return says(at<&Rule::action>(), static_cast<std::int64_t>(action));
}

constexpr Keyword rule_rows[] = {
    {.name = "inet", .arguments = {says(at<&Rule::family>(), 0)}, .doc = "Force IPv4."},
    {.name = "inet6", .arguments = {says(at<&Rule::family>(), 1)}, .doc = "Force IPv6."},
    {.name = "not", .arguments = {says(at<&Rule::invert>())}, .doc = "Invert the selector."},
    {.name = "from",
     .arguments = {arg(Kind::selector, {}, selector_field<&Rule::from>)},
     .fallback = "any",
     .doc = "Source selector."},
    {.name = "to",
     .arguments = {arg(Kind::selector, {}, selector_field<&Rule::to>)},
     .fallback = "any",
     .doc = "Destination selector."},
    {.name = "table",
     .arguments = {arg(Kind::table, "1..4294967295", at<&Rule::table>()), does(RuleAction::table)},
     .doc = "Action: look up this table."},
    {.name = "lookup",
     .arguments = {arg(Kind::table, "1..4294967295", at<&Rule::table>()), does(RuleAction::table)},
     .doc = "Same as table.",
     .alias_of = "table"},
    {.name = "preference",
     .arguments = {count_of<&Rule::preference>},
     .fallback = "assigned",
     .doc = "Rule priority."},
    {.name = "order",
     .arguments = {count_of<&Rule::preference>},
     .doc = "Same as preference.",
     .alias_of = "preference"},
    {.name = "priority",
     .arguments = {count_of<&Rule::preference>},
     .doc = "Same as preference.",
     .alias_of = "preference"},
    {.name = "tos",
     .arguments = {arg(Kind::dsfield, "0..255", at<&Rule::tos>())},
     .doc = "Type of service selector."},
    {.name = "dsfield",
     .arguments = {arg(Kind::dsfield, "0..255", at<&Rule::tos>())},
     .doc = "Same as tos.",
     .alias_of = "tos"},
    {.name = "fwmark", .arguments = {arg(Kind::mark, {}, mark_field)}, .doc = "Mark selector."},
    {.name = "realms",
     .arguments = {arg(Kind::realms, {}, at<&Rule::realms>())},
     .doc = "Realms (IPv4, table action only)."},
    {.name = "suppress_prefixlength",
     .arguments = {arg(Kind::number, "0..2147483647", at<&Rule::suppress_prefix_length>())},
     .doc = "Ignore lookups with a prefix this short."},
    {.name = "sup_pl",
     .arguments = {arg(Kind::number, "0..2147483647", at<&Rule::suppress_prefix_length>())},
     .doc = "Short form.",
     .alias_of = "suppress_prefixlength"},
    {.name = "suppress_ifgroup",
     .arguments = {arg(Kind::interface_group, "0..4294967295", at<&Rule::suppress_interface_group>())},
     .doc = "Ignore lookups via this interface group."},
    {.name = "sup_group",
     .arguments = {arg(Kind::interface_group, "0..4294967295", at<&Rule::suppress_interface_group>())},
     .doc = "Short form.",
     .alias_of = "suppress_ifgroup"},
    {.name = "iif", .arguments = {arg(Kind::interface, {}, at<&Rule::iif>())}, .doc = "Input interface."},
    {.name = "dev",
     .arguments = {arg(Kind::interface, {}, at<&Rule::iif>())},
     .doc = "Same as iif.",
     .alias_of = "iif"},
    {.name = "oif", .arguments = {arg(Kind::interface, {}, at<&Rule::oif>())}, .doc = "Output interface."},
    {.name = "tunnel-id",
     .arguments = {arg(Kind::number, "0..9223372036854775807", at<&Rule::tunnel_id>())},
     .doc = "Tunnel selector."},
    {.name = "uidrange",
     .arguments = {arg(Kind::number_range, "0..4294967295", at<&Rule::uid_range>())},
     .doc = "UID selector."},
    {.name = "l3mdev", .arguments = {says(at<&Rule::l3mdev>())}, .doc = "Action: table of the VRF device."},
    {.name = "protocol",
     .arguments = {arg(Kind::route_protocol, "0..255", at<&Rule::protocol>())},
     .fallback = "keepalived (18)",
     .doc = "Rule protocol; forced to 18 unless no_track."},
    {.name = "ipproto",
     .arguments = {arg(Kind::ip_protocol, "0..255", at<&Rule::ip_protocol>())},
     .doc = "IP protocol selector."},
    {.name = "sport",
     .arguments = {arg(Kind::number_range, "0..65535", at<&Rule::source_ports>())},
     .doc = "Source port range; a single port is rejected."},
    {.name = "dport",
     .arguments = {arg(Kind::number_range, "0..65535", at<&Rule::destination_ports>())},
     .doc = "Destination port range; a single port is rejected."},
    {.name = "goto",
     .arguments = {count_of<&Rule::goto_target>, does(RuleAction::goto_preference)},
     .doc = "Action: continue at this preference, which is above its own."},
    {.name = "nop", .arguments = {does(RuleAction::nop)}, .doc = "Action: none."},
    {.name = "type", .doc = "Optional word before an action."},
    {.name = "blackhole", .arguments = {does(RuleAction::blackhole)}, .doc = "Action: drop."},
    {.name = "unreachable", .arguments = {does(RuleAction::unreachable)}, .doc = "Action: refuse."},
    {.name = "prohibit", .arguments = {does(RuleAction::prohibit)}, .doc = "Action: forbid."},
    {.name = "no_track",
     .arguments = {says(at<&Rule::no_track>())},
     .doc = "Deletion of the rule does not affect the instance."},
    {.name = "track_group",
     .arguments = {arg(Kind::refers, "track_group", at<&Rule::track_group>())},
     .doc = "Static rules only.",
     .effective = false},
};
constexpr Block rule_block{"RULE", {rule_rows}};

}  // namespace

const Entry address_entry{.arguments = {arg(Kind::prefix, {}, at<&Address::prefix>())},
                          .options = &address_block};
const Entry route_entry{.options = &route_block};
const Entry rule_entry{.options = &rule_block};

const Block& address_options() {
    return address_block;
}
const Block& route_options() {
    return route_block;
}
const Block& rule_options() {
    return rule_block;
}

}  // namespace holdfast::config
