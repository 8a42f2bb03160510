// What instances and sync groups track beside interfaces.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/names.h"
#include "config/items.h"

namespace holdfast::config {

// What an instance or a sync group may track beside interfaces.
enum class TrackerKind : std::uint8_t { script, file, process, check, bfd };
constexpr auto names_of(TrackerKind) {
    using enum TrackerKind;
    return std::array{Name{script, "script"}, Name{file, "file"}, Name{process, "process"},
                      Name{check, "check"}, Name{bfd, "BFD session"}};
}

// An entry of track_script, track_file, track_process, track_check or track_bfd.
struct TrackerReference {
    TrackerKind kind = TrackerKind::script;
    std::string name;
    std::optional<int> weight;  // -254..254; absent: that of the definition
    std::optional<bool> reverse;
    Origin place;
    bool operator==(const TrackerReference&) const = default;
};

// vrrp_script.
struct TrackedScript {
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
    bool operator==(const TrackedScript&) const = default;
};

// track_file.
struct TrackedFile {
    std::string name;
    Origin place;
    Setting<std::string> path;
    Setting<int> weight;  // what its number is multiplied by
    std::optional<bool> reverse;
    bool init = false;  // init_file: make it at start
    std::optional<int> init_value;
    bool init_overwrites = false;
    bool operator==(const TrackedFile&) const = default;
};

enum class ParamMatch : std::uint8_t { initial, partial, exact };

// vrrp_track_process.
struct TrackedProcess {
    std::string name;
    Origin place;
    Setting<std::vector<std::string>> command;  // name, parameters
    std::optional<ParamMatch> param_match;
    Setting<int> weight;
    std::optional<bool> reverse;
    Setting<int> quorum;
    Setting<int> quorum_max;
    Setting<Duration> terminate_delay;
    Setting<Duration> fork_delay;
    Setting<bool> full_command;
    bool operator==(const TrackedProcess&) const = default;
};

// What a vrrp_check does; in the order of its words.
enum class CheckType : std::uint8_t {
    tcp,
    unix_socket,
    http,
    https,
    icmp,
    arp,
    systemd_unit,
    mysql,
    postgresql,
    redis
};

struct Endpoint {
    IpAddress address;
    std::uint16_t port = 0;
    bool operator==(const Endpoint&) const = default;
};
// ADDRESS:PORT, an IPv6 address in brackets.
std::optional<Endpoint> parse_endpoint(std::string_view text);
// What is wrong with the target of a check of that type; nothing: it will do.
std::optional<std::string> fault_of_target(CheckType type, const std::string& target);

// vrrp_check.
struct TrackedCheck {
    std::string name;
    Origin place;
    Setting<CheckType> type;
    std::string target;
    std::optional<NumberRange> status;  // http, https
    std::string contains;
    std::string host;
    bool insecure = false;
    std::string user;  // mysql, postgresql
    std::string dev;   // arp
    Setting<Duration> interval;
    Setting<Duration> timeout;
    Setting<int> weight;
    std::optional<bool> reverse;
    Setting<int> rise;
    Setting<int> fall;
    Setting<bool> init_fail;
    bool operator==(const TrackedCheck&) const = default;
};

// bfd_instance: what concerns those who track it. Sessions do not run.
struct BfdInstance {
    std::string name;
    Origin place;
    Setting<int> weight;
    std::optional<bool> reverse;
    Setting<bool> for_vrrp;  // neither: for both
    Setting<bool> for_checker;
    std::vector<Unbound> unbound;  // the session itself
    bool operator==(const BfdInstance&) const = default;
};

// A host that should answer on the wire of an interface.
struct ReferenceHost {
    IpAddress address;
    std::string dev;  // empty: the instance's interface
    Origin place;
    bool operator==(const ReferenceHost&) const = default;
};

// track_reachability: has no name, so it stands where it counts.
struct TrackedReachability {
    Origin place;
    std::vector<ReferenceHost> hosts;
    Setting<int> quorum;
    Setting<Duration> interval;
    Setting<int> rise;
    Setting<int> fall;
    Setting<int> weight;
    std::optional<bool> reverse;
    bool operator==(const TrackedReachability&) const = default;
};

}  // namespace holdfast::config
