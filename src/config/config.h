// The typed tree of a configuration: what was written and where, nothing else. A setting that was not
// written is empty: defaults and inheritance are plan's. Numbers and names of interfaces, users and tables
// are already checked; names of interfaces stay names. Words are keepalived's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/alerts.h"
#include "config/items.h"
#include "config/metrics.h"
#include "config/split_brain.h"
#include "config/trackers.h"

namespace holdfast::config {

struct TrackedInterface {
    std::string name;
    std::optional<int> weight;  // -253..253; 0 or absent: down is a fault
    bool reverse = false;
    Origin place;
    bool operator==(const TrackedInterface&) const = default;
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
    std::vector<TrackerReference> trackers;
    std::optional<SplitBrain> split_brain;
    std::vector<TrackedReachability> reachability;

    Setting<Duration> garp_master_delay;
    Setting<std::uint32_t> garp_master_repeat;
    Setting<Duration> garp_master_refresh;
    Setting<std::uint32_t> garp_master_refresh_repeat;
    Setting<Duration> garp_lower_prio_delay;
    Setting<std::uint32_t> garp_lower_prio_repeat;

    NotifyScripts notify;
    Setting<bool> smtp_alert;
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
    std::vector<TrackerReference> trackers;
    std::optional<SplitBrain> split_brain;
    std::vector<TrackedReachability> reachability;
    NotifyScripts notify;
    Setting<bool> smtp_alert;
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
    Setting<std::string> control_socket_group;
    Setting<std::uint32_t> control_socket_mode;
    Setting<bool> enable_dbus;
    Setting<std::string> dbus_service_name;
    Setting<std::string> dbus_no_interface_name;

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

    Setting<std::string> notification_email_from;
    std::vector<Named> notification_email;  // each fit for parse_mailbox
    Setting<std::string> smtp_server;       // address or host name
    Setting<int> smtp_port;
    Setting<std::string> smtp_helo_name;
    Setting<Duration> smtp_connect_timeout;
    Setting<bool> smtp_alert;
    Setting<bool> smtp_alert_vrrp;
    Setting<bool> no_email_faults;
    std::vector<Webhook> alert_webhooks;
    std::vector<AlertCommand> alert_commands;
    std::vector<MetricsListen> metrics_listens;
    Setting<bool> firewall_accept;

    Setting<std::string> snmp_socket;
    Setting<bool> enable_traps;
    Setting<bool> enable_snmp_vrrp;
    Setting<bool> enable_snmp_rfc;  // both of the following
    Setting<bool> enable_snmp_rfcv2;
    Setting<bool> enable_snmp_rfcv3;

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
    Setting<bool> data_use_instance;
    Setting<int> json_version;
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
    std::vector<TrackedScript> scripts;
    std::vector<TrackedFile> files;
    std::vector<TrackedProcess> processes;
    std::vector<TrackedCheck> checks;
    std::vector<BfdInstance> bfd_instances;
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
