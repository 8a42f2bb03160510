// What stands in a configuration, below its blocks: settings with their place, scripts, addresses, routes,
// rules.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/names.h"
#include "base/result.h"
#include "base/time.h"
#include "base/vrrp_types.h"
#include "config/diagnostic.h"

namespace holdfast::config {

// Where something was written. Two things that say the same are equal wherever they stand, so places are.
struct Origin : Place {
    Origin() = default;
    Origin(const Place& place) : Place{place} {}  // NOLINT: a place is what it holds
    bool operator==(const Origin&) const { return true; }
};

// A value and where it was written. Equal means: says the same, wherever it stands.
template <class T>
struct Setting {
    std::optional<T> value;
    Origin place;

    explicit operator bool() const { return value.has_value(); }
    const T& operator*() const {
        HF_ASSERT(value.has_value());
        return *value;
    }
    T& operator*() {
        HF_ASSERT(value.has_value());
        return *value;
    }
    const T* operator->() const { return &**this; }
    T value_or(T other) const { return value.value_or(std::move(other)); }
    bool operator==(const Setting&) const = default;
};

// A name that refers to something: an interface, an instance, a processor.
struct Named {
    std::string name;
    Origin place;
    bool operator==(const Named&) const = default;
};

// A keyword that was used and has no effect in this build: its words, checked and as they are written, and
// its block. Kept so that a dump is complete.
struct Unbound {
    std::string keyword;
    std::vector<std::string> words;
    bool opens_block = false;
    std::vector<Unbound> block;
    Origin place;
    bool operator==(const Unbound&) const = default;
};

// A program to run: as written, and as it was found on this host.
struct Script {
    std::string command;  // as written, before it was split into argv
    std::string user;     // as written; empty: script_user or its default
    std::string group;    // as written, with the `:` that asks for supplementary groups
    std::vector<std::string> argv;
    std::string path;  // what is executed; empty: nothing can be
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    bool supplementary_groups = false;
    bool through_shell = false;  // text starts with `<`: a test whether a file opens
    Origin place;
    bool operator==(const Script&) const = default;
};

struct ScriptUser {
    std::string user;
    std::string group;  // as written, may be empty
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    bool supplementary_groups = false;
    bool operator==(const ScriptUser&) const = default;
};

struct Fifo {
    std::string path;
    std::string user;   // as written, may be empty
    std::string group;  // as written, may be empty
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    bool operator==(const Fifo&) const = default;
};

enum class NotifyEvent : std::uint8_t {
    master,
    backup,
    fault,
    stop,
    deleted,
    master_rx_lower_pri,
    any,  // `notify`: kind, name, state and priority are appended
};

struct NotifyScript {
    NotifyEvent event{};
    Script script;
    bool operator==(const NotifyScript&) const = default;
};

// The scripts of an instance or a group; most have none, so they are listed instead of reserved.
struct NotifyScripts {
    std::vector<NotifyScript> scripts;

    const Script* of(NotifyEvent event) const {
        for (const auto& entry : scripts)
            if (entry.event == event) return &entry.script;
        return nullptr;
    }
    bool operator==(const NotifyScripts&) const = default;
};

// --- Addresses, routes, rules -------------------------------------------------------------------------

enum class BroadcastKind : std::uint8_t { none, address, host_bits_set, host_bits_clear };

struct Lifetime {
    bool forever = false;
    std::uint32_t seconds = 0;
    bool operator==(const Lifetime&) const = default;
};

struct Address {
    Prefix prefix;
    std::string dev;                    // empty: the instance's interface or default_interface
    std::optional<std::uint8_t> scope;  // kernel's rt_scope_t
    BroadcastKind broadcast_kind = BroadcastKind::none;
    IpAddress broadcast;  // with BroadcastKind::address
    std::string label;
    std::optional<Prefix> peer;
    bool home = false;
    bool dad = false;  // `-nodad`
    bool mngtmpaddr = false;
    bool noprefixroute = false;
    bool autojoin = false;
    bool no_track = false;
    bool use_vmac = false;
    std::optional<Lifetime> preferred_lft;
    std::string track_group;  // static addresses only
    Origin place;
    bool operator==(const Address&) const = default;
};

// A metric of a route that can be locked against path discovery.
struct RouteMetric {
    std::uint32_t value = 0;
    bool locked = false;
    bool operator==(const RouteMetric&) const = default;
};

struct Realms {
    std::uint16_t source = 0;
    std::uint16_t destination = 0;
    bool operator==(const Realms&) const = default;
};

enum class EncapKind : std::uint8_t { none, ip, ip6, mpls, ila };

// Lightweight tunnel of a route: `encap KIND ...`.
struct Encap {
    EncapKind kind = EncapKind::none;
    std::optional<std::uint64_t> id;
    std::optional<IpAddress> destination;
    std::optional<IpAddress> source;
    std::optional<std::uint8_t> tos;  // tc of ip6
    std::optional<std::uint8_t> ttl;  // hoplimit of ip6
    std::optional<std::uint16_t> flags;
    std::vector<std::uint32_t> labels;  // mpls, outermost first
    std::uint64_t locator = 0;          // ila
    bool operator==(const Encap&) const = default;
};

struct NextHop {
    std::optional<IpAddress> via;
    std::string dev;
    std::optional<std::uint16_t> weight;  // 1..256
    bool onlink = false;
    Encap encap;
    std::optional<Realms> realms;
    bool operator==(const NextHop&) const = default;
};

enum class RouteMode : std::uint8_t { prepend, add, append };

struct Route {  // NOLINT(clang-analyzer-optin.performance.Padding): members stand as one reads them
    Family family = Family::ipv4;
    std::uint8_t type = 1;  // kernel's RTN_*, 1 unicast
    Prefix destination;
    bool has_destination = false;     // false: none was written, and the route is left out
    std::optional<IpAddress> source;  // src
    std::optional<IpAddress> via;
    std::string dev;
    std::string vrf;
    std::optional<std::uint32_t> table;
    std::optional<std::uint32_t> metric;
    std::optional<std::uint8_t> scope;
    std::optional<std::uint8_t> protocol;
    std::optional<std::uint8_t> tos;
    std::optional<Prefix> from;
    bool onlink = false;
    std::optional<RouteMetric> mtu;
    std::optional<RouteMetric> advmss;
    std::optional<RouteMetric> rtt;      // milliseconds x 8, as the kernel counts
    std::optional<RouteMetric> rttvar;   // milliseconds x 4, as the kernel counts
    std::optional<RouteMetric> rto_min;  // milliseconds
    std::optional<RouteMetric> reordering;
    std::optional<RouteMetric> cwnd;
    std::optional<RouteMetric> ssthresh;
    std::optional<std::uint32_t> hoplimit;
    std::optional<std::uint32_t> window;
    std::optional<std::uint32_t> initcwnd;
    std::optional<std::uint32_t> initrwnd;
    bool ecn = false;  // features ecn
    std::optional<bool> quickack;
    std::optional<bool> fastopen_no_cookie;
    std::string congctl;
    bool congctl_locked = false;
    std::optional<std::uint8_t> pref;      // kernel's ICMPV6_ROUTER_PREF_*
    std::optional<std::uint32_t> expires;  // seconds
    std::optional<bool> ttl_propagate;
    std::optional<Realms> realms;
    Encap encap;
    RouteMode mode = RouteMode::prepend;
    std::vector<NextHop> next_hops;
    bool no_track = false;
    std::string track_group;  // static routes only
    Origin place;
    bool operator==(const Route&) const = default;
};

enum class RuleAction : std::uint8_t { none, table, goto_preference, nop, blackhole, unreachable, prohibit };

struct NumberRange {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    bool operator==(const NumberRange&) const = default;
};

struct Rule {
    Family family = Family::ipv4;
    bool invert = false;  // not
    std::optional<Prefix> from;
    std::optional<Prefix> to;
    RuleAction action = RuleAction::none;
    std::optional<std::uint32_t> table;
    std::optional<std::uint32_t> goto_target;
    std::optional<std::uint32_t> preference;
    std::optional<std::uint8_t> tos;
    std::optional<std::uint32_t> fwmark;
    std::optional<std::uint32_t> fwmark_mask;
    std::optional<Realms> realms;
    std::optional<std::uint32_t> suppress_prefix_length;
    std::optional<std::uint32_t> suppress_interface_group;
    std::string iif;
    std::string oif;
    std::optional<std::uint64_t> tunnel_id;
    std::optional<NumberRange> uid_range;
    bool l3mdev = false;
    std::optional<std::uint8_t> protocol;
    std::optional<std::uint8_t> ip_protocol;
    std::optional<NumberRange> source_ports;
    std::optional<NumberRange> destination_ports;
    bool no_track = false;
    std::string track_group;  // static rules only
    Origin place;
    bool operator==(const Rule&) const = default;
};

}  // namespace holdfast::config
