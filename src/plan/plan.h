// What this node runs: a configuration turned into engine settings, addresses, scripts and process settings.
// Defaults, inheritance and keepalived's quirks live here and nowhere else; from here on the words are the
// RFC's. Pure.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/address.h"
#include "base/time.h"
#include "config/config.h"
#include "engine/settings.h"

namespace holdfast::plan {

// An address to be added to an interface.
struct VirtualAddress {
    engine::LinkId link{};
    Prefix prefix;
    std::optional<IpAddress> peer;
    std::optional<IpAddress> broadcast;
    std::uint8_t scope = 0;                             // kernel's rt_scope_t, 0 global
    std::string label;                                  // IPv4 only; empty: none
    std::uint32_t flags = 0;                            // kernel's IFA_F_*
    std::optional<std::uint32_t> preferred_lifetime_s;  // none: for ever
    bool advertised = true;                             // false: virtual_ipaddress_excluded
    bool tracked = true;                                // false: no_track
};

// A program to run, as configured: argv as written, path as resolved, identity as looked up.
struct Command {
    std::string path;
    std::vector<std::string> argv;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    bool supplementary_groups = false;  // give it the user's other groups
    bool through_shell = false;         // keepalived's `< /file` form
    bool operator==(const Command&) const = default;
};

// What at least one router or group tracks, beside interfaces.
struct Schedule {
    Duration interval = std::chrono::seconds{1};  // from start to start
    Duration timeout = std::chrono::seconds{1};   // then it is ended and has failed
    int rise = 1;                                 // results in a row that make its verdict good
    int fall = 1;                                 // and bad
    bool begins_bad = false;                      // init_fail
    bool operator==(const Schedule&) const = default;
};

struct ScriptPlan {
    Command command;
    Schedule schedule;
    bool operator==(const ScriptPlan&) const = default;
};

// vrrp_check: done by the checker process itself.
struct CheckPlan {
    config::CheckType type = config::CheckType::tcp;
    std::string target;           // path, URL, unit
    config::Endpoint endpoint{};  // of the others; no port for icmp
    config::NumberRange status{.first = 200, .last = 399};
    std::string contains;
    std::string host;
    bool verified = true;  // the certificate
    std::string user;
    Schedule schedule;
    bool operator==(const CheckPlan&) const = default;
};

// The number in the first line of a file; 0 without one.
struct FilePlan {
    std::string path;
    std::optional<int> init;  // written at start
    bool init_overwrites = false;
    bool operator==(const FilePlan&) const = default;
};

// Good while as many processes run as the quorum says.
struct ProcessPlan {
    std::string name;                     // of the program: comm, or with full_command argv[0]
    std::vector<std::string> parameters;  // with full_command: those behind it
    config::ParamMatch match = config::ParamMatch::exact;
    bool full_command = false;
    int quorum = 1;
    int quorum_max = std::numeric_limits<int>::max();
    Duration fork_delay{0};       // how long there must be enough before that is said
    Duration terminate_delay{0};  // the same, of too few
    bool operator==(const ProcessPlan&) const = default;
};

// Good while as many hosts as the quorum says answer on the wire, to ARP or neighbour solicitation. Done by
// the vrrp process, which has the sockets for it; track_reachability, and vrrp_check of type arp.
struct ReachabilityPlan {
    struct Reference {
        IpAddress address;
        std::string link;  // by name: another plan's numbers of links are others
        bool operator==(const Reference&) const = default;
    };
    std::vector<Reference> references;
    int quorum = 1;
    Schedule schedule;  // a round; no time-out is longer than its interval
    bool operator==(const ReachabilityPlan&) const = default;
};

struct TrackerPlan {   // position = engine::TrackerId
    std::string name;  // as the engine says it: "check web"
    std::variant<ScriptPlan, FilePlan, ProcessPlan, CheckPlan, ReachabilityPlan> what;
    bool operator==(const TrackerPlan&) const = default;
};

// Scripts of an instance or a group, by what happened.
struct NotifyPlan {
    std::optional<Command> became_active;
    std::optional<Command> became_backup;
    std::optional<Command> fault;
    std::optional<Command> stopped;
    std::optional<Command> deleted;
    std::optional<Command> lower_priority_heard;
    std::optional<Command> any;     // `notify`: gets kind, name, state, priority appended
    bool reports_deletion = false;  // notify_deleted: DELETED instead of FAULT
    bool reports_priority = false;  // notify_priority_changes
    bool mails = false;             // smtp_alert
};

// Mail to a relay, for those instances and groups whose NotifyPlan says so.
struct MailPlan {
    std::string server;  // address or host name
    std::uint16_t port = 25;
    std::string hello;  // our name in EHLO
    Duration connect_timeout = std::chrono::seconds{30};
    config::Mailbox from;
    std::vector<config::Mailbox> recipients;
    bool skips_faults = false;  // no_email_faults
    bool operator==(const MailPlan&) const = default;
};

// Who is posted every state change.
struct WebhookPlan {
    std::string url;
    std::string key_file;                         // empty: requests are not signed
    Duration timeout = std::chrono::seconds{10};  // of one attempt
    bool verified = true;                         // the certificate
    bool operator==(const WebhookPlan&) const = default;
};

struct AlertPlan {
    std::optional<MailPlan> mail;
    std::vector<WebhookPlan> webhooks;
    std::vector<Command> commands;
    std::string host_name;
    bool operator==(const AlertPlan&) const = default;
};

struct RouterPlan {                         // position = engine::RouterId
    std::vector<VirtualAddress> addresses;  // advertised ones first, in configuration order
    std::vector<config::Route> routes;
    std::vector<config::Rule> rules;
    NotifyPlan notify;
    std::optional<std::uint8_t> unicast_ttl;
    std::uint32_t receive_buffer_bytes = 0;  // contribution to its socket's buffer; 0: the system's default
    bool promote_secondaries = false;
};

struct GroupPlan {  // position = engine::GroupId
    NotifyPlan notify;
};

struct LinkPlan {  // position = engine::LinkId
    std::string name;
    Duration down_delay{0};  // interface_up_down_delays
    Duration up_delay{0};
    Duration arp_interval{0};          // minimum gap between gratuitous ARPs (garp_group, vrrp_garp_interval)
    Duration na_interval{0};           // the same for unsolicited NAs
    std::uint32_t announce_group = 0;  // links with the same number share one pace
};

// Addresses, routes and rules that stay for as long as the daemon runs.
struct StaticPlan {
    std::vector<VirtualAddress> addresses;
    std::vector<config::Route> routes;
    std::vector<config::Rule> rules;
};

struct FifoPlan {
    std::string path;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::optional<Command> reader;  // gets the path appended
};

// A way beside the adverts by which the guards of a unit hear of each other: an interface's multicast group,
// one peer, or a serial line.
struct PathPlan {                   // position = engine::PathId
    std::string interface;          // may be empty with a peer
    std::optional<IpAddress> peer;  // none: the group of the interface
    std::optional<IpAddress> source;
    std::string device;  // of a serial line; then nothing of a network is set
    std::uint32_t bits_per_second = 0;
    std::uint16_t port = 0;  // UDP
    std::string key;         // as written: hex:DIGITS, file:PATH or the text; empty: none
    bool operator==(const PathPlan&) const = default;
};

// How the peer of a unit is fenced.
struct FencePlan {
    std::string unit;
    std::string agent;               // program of the fence agents' kind; empty: a command
    std::optional<Command> command;  // fence_command
    std::vector<std::pair<std::string, std::string>> options;
    Duration timeout = std::chrono::seconds{20};  // of one action
    int retries = 2;
    bool operator==(const FencePlan&) const = default;
};

struct GuardPlan {     // position = engine::GuardId
    std::string unit;  // instance, or "group NAME"
    std::optional<FencePlan> fence;
    bool operator==(const GuardPlan&) const = default;
};

// How a process wants to be scheduled.
struct SchedulingPlan {
    int nice = 0;                          // -20..19
    std::optional<int> realtime_priority;  // SCHED_RR 1..99
    std::uint32_t rlimit_rttime_us = 10000;
    bool lock_memory = false;
    std::vector<unsigned> processors;  // empty: all
};

struct Plan {
    engine::Settings engine;
    std::vector<RouterPlan> routers;
    std::vector<GroupPlan> groups;
    std::vector<LinkPlan> links;
    std::vector<TrackerPlan> trackers;
    std::vector<PathPlan> paths;
    std::vector<GuardPlan> guards;
    StaticPlan statics;
    std::vector<FifoPlan> fifos;  // vrrp_notify_fifo, notify_fifo
    bool fifos_report_states_on_reload = false;
    AlertPlan alerts;
    SchedulingPlan vrrp_scheduling;
    SchedulingPlan checker_scheduling;
    bool firewall_accept = false;
    std::uint32_t netlink_command_buffer_bytes = 0;  // 0: default
    std::uint32_t netlink_monitor_buffer_bytes = 0;
    bool log_unknown_vrids = false;
    std::string router_id;
    std::string state_dump_file;       // as configured; empty: the default
    bool dumps_name_instance = false;  // data_use_instance
    int json_version = 1;
};

struct PlanOptions {
    Duration uptime{0};              // of the host, for vrrp_delay_after_boot
    std::string host_name;           // default of router_id
    std::string user_name = "root";  // ours: sender of mails that name none
};

Plan make_plan(const config::Config& config, const PlanOptions& options);

}  // namespace holdfast::plan
