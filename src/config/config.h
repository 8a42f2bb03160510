// The typed tree of a configuration: what was written and where, nothing else. A setting that was not
// written is empty: defaults and inheritance are plan's. Numbers and names of interfaces, users and tables
// are already checked; names of interfaces stay names. Words are keepalived's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
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

// --- Blocks -------------------------------------------------------------------------------------------

struct TrackedInterface {
    std::string name;
    std::optional<int> weight;  // -253..253; 0 or absent: down is a fault
    bool reverse = false;
    Origin place;
    bool operator==(const TrackedInterface&) const = default;
};

struct TrackedScript {
    std::string name;
    std::optional<int> weight;  // -253..253; absent: that of the script
    std::optional<bool> reverse;
    Origin place;
    bool operator==(const TrackedScript&) const = default;
};

// vrrp_script.
struct HealthScript {
    std::string name;
    Origin place;
    Setting<Script> command;
    Setting<Duration> interval;
    Setting<Duration> timeout;
    Setting<int> weight;
    std::optional<bool> reverse;
    Setting<int> rise;
    Setting<int> fall;
    Setting<ScriptUser> user;
    Setting<bool> init_fail;
    bool operator==(const HealthScript&) const = default;
};

struct UnicastPeer {
    IpAddress address;
    std::optional<std::uint8_t> min_ttl;
    std::optional<std::uint8_t> max_ttl;
    Origin place;
    bool operator==(const UnicastPeer&) const = default;
};

enum class InitialState : std::uint8_t { backup, master };
enum class AuthType : std::uint8_t { pass, ah };

struct Authentication {
    Setting<AuthType> auth_type;
    Setting<std::string> auth_pass;  // 8 bytes at most: what is more has been cut
    bool operator==(const Authentication&) const = default;
};

struct Instance {  // NOLINT(clang-analyzer-optin.performance.Padding): members stand as one reads them
    std::string name;
    Origin place;

    Setting<InitialState> state;
    Setting<std::string> interface;
    Setting<int> virtual_router_id;
    Setting<int> version;
    Setting<int> priority;
    Setting<Duration> advert_int;
    Setting<int> down_timer_adverts;
    Setting<bool> native_ipv6;
    Setting<bool> strict_mode;

    // Preemption: `preempt` and `nopreempt` set the same thing, true means nopreempt.
    Setting<bool> nopreempt;
    Setting<Duration> preempt_delay;

    Setting<IpAddress> source_ip;        // mcast_src_ip or unicast_src_ip
    Setting<bool> source_ip_is_unicast;  // it was written as unicast_src_ip
    Setting<IpAddress> mcast_dst_ip;
    Setting<bool> track_src_ip;
    std::vector<UnicastPeer> unicast_peers;
    Setting<bool> unicast_fault_no_peer;
    Setting<bool> check_unicast_src;  // also set by a TTL option of a peer
    Setting<int> unicast_ttl;
    Setting<std::string> vrf;

    std::vector<Address> virtual_addresses;
    std::vector<Address> excluded_addresses;
    std::vector<Route> virtual_routes;
    std::vector<Rule> virtual_rules;
    Setting<bool> no_virtual_ipaddress;
    Setting<bool> promote_secondaries;

    Authentication authentication;
    Setting<bool> v3_checksum_as_v2;
    Setting<bool> skip_check_adv_addr;
    Setting<bool> owner_ignore_adverts;
    Setting<bool> lower_prio_no_advert;
    Setting<bool> higher_prio_send_advert;
    Setting<std::uint32_t> kernel_rx_buf_size;

    Setting<bool> dont_track_primary;
    std::vector<TrackedInterface> track_interfaces;
    std::vector<TrackedScript> track_scripts;

    Setting<Duration> garp_master_delay;
    Setting<std::uint32_t> garp_master_repeat;
    Setting<Duration> garp_master_refresh;
    Setting<std::uint32_t> garp_master_refresh_repeat;
    Setting<Duration> garp_lower_prio_delay;
    Setting<std::uint32_t> garp_lower_prio_repeat;

    NotifyScripts notify;
    Setting<bool> notify_deleted;  // written, with or without a script
    Setting<bool> notify_priority_changes;

    // The first address-like thing written decides; what does not fit it has been left out.
    std::optional<Family> family;

    std::vector<Unbound> unbound;
    bool operator==(const Instance&) const = default;
};

struct SyncGroup {
    std::string name;
    Origin place;
    std::vector<Named> members;
    std::vector<TrackedInterface> track_interfaces;
    std::vector<TrackedScript> track_scripts;
    NotifyScripts notify;
    Setting<bool> notify_priority_changes;
    Setting<bool> sync_group_tracking_weight;  // also written as global_tracking
    std::vector<Unbound> unbound;
    bool operator==(const SyncGroup&) const = default;
};

struct TrackGroup {
    std::string name;
    Origin place;
    std::vector<Named> members;
    bool operator==(const TrackGroup&) const = default;
};

// Interfaces that share one pace of gratuitous ARPs and unsolicited NAs.
struct GarpGroup {
    Origin place;
    Setting<Duration> garp_interval;
    Setting<Duration> gna_interval;
    std::vector<Named> interfaces;
    bool operator==(const GarpGroup&) const = default;
};

struct InterfaceDelays {
    std::string interface;
    Duration down{0};
    Duration up{0};
    Origin place;
    bool operator==(const InterfaceDelays&) const = default;
};

struct ReceiveBuffers {
    enum class Policy : std::uint8_t { mtu, advert, bytes };
    Policy policy = Policy::mtu;
    std::uint32_t bytes = 0;  // with Policy::bytes
    bool operator==(const ReceiveBuffers&) const = default;
};

enum class DynamicInterfaces : std::uint8_t { allowed_if_changes, allowed };

// Scheduling of one of the processes.
struct Scheduling {
    Setting<int> priority;  // nice value
    Setting<bool> no_swap;
    Setting<int> rt_priority;
    Setting<std::uint32_t> rlimit_rttime;  // microseconds
    Setting<std::vector<std::uint32_t>> cpu_affinity;
    bool operator==(const Scheduling&) const = default;
};

struct GlobalDefs {
    Setting<bool> process_names;
    Setting<std::string> process_name;
    Setting<std::string> vrrp_process_name;
    Setting<std::string> checker_process_name;
    Setting<std::string> router_id;
    Setting<std::uint32_t> umask;

    Setting<DynamicInterfaces> dynamic_interfaces;
    Setting<std::string> default_interface;

    Setting<IpAddress> vrrp_mcast_group4;
    Setting<IpAddress> vrrp_mcast_group6;
    Setting<int> vrrp_version;
    Setting<bool> vrrp_strict;
    Setting<int> vrrp_down_timer_adverts;
    Setting<bool> v3_checksum_as_v2;
    Setting<bool> vrrp_check_unicast_src;
    Setting<bool> vrrp_skip_check_adv_addr;
    Setting<bool> vrrp_lower_prio_no_advert;
    Setting<bool> vrrp_higher_prio_send_advert;
    Setting<bool> vrrp_owner_ignore_adverts;
    Setting<bool> log_unknown_vrids;
    Setting<Duration> vrrp_startup_delay;
    Setting<Duration> vrrp_delay_after_boot;

    Setting<Duration> vrrp_garp_master_delay;
    Setting<std::uint32_t> vrrp_garp_master_repeat;
    Setting<Duration> vrrp_garp_master_refresh;
    Setting<std::uint32_t> vrrp_garp_master_refresh_repeat;
    Setting<Duration> vrrp_garp_lower_prio_delay;
    Setting<std::uint32_t> vrrp_garp_lower_prio_repeat;
    Setting<Duration> vrrp_garp_interval;
    Setting<Duration> vrrp_gna_interval;
    Setting<bool> vrrp_min_garp;

    Scheduling vrrp;
    Scheduling checker;
    Setting<ReceiveBuffers> vrrp_rx_bufs_policy;
    Setting<std::uint32_t> vrrp_rx_bufs_multiplier;
    Setting<std::uint32_t> vrrp_netlink_cmd_rcv_bufs;
    Setting<bool> vrrp_netlink_cmd_rcv_bufs_force;
    Setting<std::uint32_t> vrrp_netlink_monitor_rcv_bufs;
    Setting<bool> vrrp_netlink_monitor_rcv_bufs_force;

    Setting<Fifo> notify_fifo;
    Setting<Script> notify_fifo_script;
    Setting<Fifo> vrrp_notify_fifo;
    Setting<Script> vrrp_notify_fifo_script;
    Setting<bool> vrrp_notify_priority_changes;
    Setting<bool> fifo_write_vrrp_states_on_reload;

    Setting<ScriptUser> script_user;
    Setting<bool> enable_script_security;
    Setting<bool> use_symlink_paths;
    Setting<bool> set_supplementary_groups;
    Setting<Script> startup_script;
    Setting<Duration> startup_script_timeout;
    Setting<Script> shutdown_script;
    Setting<Duration> shutdown_script_timeout;

    Setting<std::vector<std::string>> include_check;
    Setting<std::string> state_dump_file;
    Setting<std::string> iproute_usr_dir;
    Setting<std::string> iproute_etc_dir;

    std::vector<Unbound> unbound;
    bool operator==(const GlobalDefs&) const = default;
};

// A keyword without effect in this build that the configuration uses, said once at start.
struct UsedWithoutEffect {
    std::string_view block;  // path of the block, "(root)" at top level
    std::string_view keyword;
    Origin first;
    std::uint32_t times = 0;
};

// A summary of what is kept as Unbound, so it takes no part in comparisons.
struct WithoutEffect : std::vector<UsedWithoutEffect> {
    bool operator==(const WithoutEffect&) const { return true; }
};

struct Config {
    Setting<std::string> net_namespace;
    Setting<std::string> instance;
    Setting<bool> use_pid_dir;
    Setting<Duration> child_wait_time;

    GlobalDefs global;
    std::vector<HealthScript> scripts;  // vrrp_script
    std::vector<TrackGroup> track_groups;
    std::vector<SyncGroup> sync_groups;
    std::vector<Instance> instances;
    std::vector<GarpGroup> garp_groups;
    std::vector<Address> static_addresses;
    std::vector<Route> static_routes;
    std::vector<Rule> static_rules;
    std::vector<InterfaceDelays> interface_up_down_delays;

    std::vector<Unbound> unbound;  // other blocks and words of the top level
    WithoutEffect without_effect;
    bool operator==(const Config&) const = default;
};

}  // namespace holdfast::config
