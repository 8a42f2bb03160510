// What a guarded unit may do about split brain. A unit is a sync group, or a router that is in none; it has
// one guard and one decision. What the words mean stands in guard_table.h.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/names.h"
#include "base/time.h"
#include "engine/ids.h"

namespace holdfast::engine {

enum class GuardPolicy : std::uint8_t {
    off,      // plain VRRP
    alert,    // plain VRRP that notices and says so
    hold,     // never Active while somebody else may be
    fence,    // Active only once the other is known to be off
    takeover  // Active rather than not at all, and says so
};

constexpr auto names_of(GuardPolicy) {
    using enum GuardPolicy;
    return std::array{Name{off, "off"}, Name{alert, "alert"}, Name{hold, "hold"}, Name{fence, "fence"},
                      Name{takeover, "takeover"}};
}
inline constexpr std::size_t guard_policies = 4;  // that decide anything: all but off

// What the decision has to know of a fencing agent; the rest is its caller's.
struct FenceSettings {
    Duration delay{0};                                // before the agent is called, against a race of two
    Duration timeout = std::chrono::seconds{60};      // for all its tries and its confirmation together
    Duration retry_after = std::chrono::seconds{60};  // a failure; only while nobody becomes Active by it
    bool failure_promotes = false;                    // `on_failure takeover`
};

struct GuardSettings {
    RouterId leader{};  // the router, or the first member of the sync group
    GuardPolicy policy = GuardPolicy::off;
    bool probes_addresses = true;         // asks by ARP and ND who else has the addresses
    std::optional<TrackerId> references;  // its verdict is that of the quorum
    bool references_redundant = false;    // it takes more than one that is gone to lose the quorum
    Duration reference_interval = std::chrono::seconds{1};  // between two probes
    std::vector<PathId> heartbeats;                         // at most max_paths
    bool withdraws_when_isolated = false;                   // `isolated_active withdraw`
    FenceSettings fence;
    Duration quiet = std::chrono::seconds{60};  // after a withdrawal, without its cause, before preemption
};

inline constexpr std::size_t max_paths = 8;  // of one unit

// What `isolated_active` is where nothing is said.
constexpr bool withdraws_by_default(GuardPolicy policy) {
    return policy == GuardPolicy::hold || policy == GuardPolicy::fence;
}

}  // namespace holdfast::engine
