// What an instance or a sync group says of split brain: which policy, what else tells of the peer, how it is
// fenced.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/items.h"
#include "config/trackers.h"

namespace holdfast::config {

// In the order of its words.
enum class GuardPolicy : std::uint8_t { off, alert, hold, fence, takeover };
enum class IsolatedActive : std::uint8_t { withdraw, keep };
enum class FenceFailure : std::uint8_t { hold, takeover };

// A way beside the adverts: the multicast group of an interface, one peer, or a serial line.
struct Heartbeat {
    std::string interface;  // with a peer: the interface it is sent by
    std::optional<IpAddress> peer;
    std::optional<IpAddress> source;
    std::string device;
    std::optional<std::uint32_t> speed;  // bits per second
    Origin place;
    bool operator==(const Heartbeat&) const = default;
};

// One line on a fence agent's standard input: NAME=VALUE.
struct FenceOption {
    std::string name;
    std::string value;
    Origin place;
    bool operator==(const FenceOption&) const = default;
};

struct Fence {
    Origin place;
    Setting<std::string> agent;  // name of a program, as fence_ipmilan, or its path
    Setting<Script> command;     // fence_command, instead of an agent
    std::vector<FenceOption> options;
    Setting<Duration> delay;
    Setting<bool> delay_by_priority;
    Setting<Duration> timeout;
    Setting<int> retries;
    Setting<FenceFailure> on_failure;
    bool operator==(const Fence&) const = default;
};

struct SplitBrain {
    Origin place;
    Setting<GuardPolicy> policy;
    std::vector<Heartbeat> heartbeats;
    Setting<std::string> heartbeat_key;  // hex:DIGITS, file:PATH or text
    Setting<int> heartbeat_port;
    Setting<bool> probe_addresses;
    std::optional<TrackedReachability> references;  // no weight: it judges this host, not its priority
    Setting<IsolatedActive> isolated_active;
    Setting<Duration> return_delay;
    std::optional<Fence> fence;
    bool operator==(const SplitBrain&) const = default;
};

}  // namespace holdfast::config
