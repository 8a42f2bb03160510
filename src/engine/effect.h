// Everything the engine can ask for. Effects of one step are carried out in this order whatever their order
// in the list: first all adverts, then addresses, then announcements, then the rest, so that no advert ever
// waits.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "engine/advert.h"
#include "engine/cause.h"
#include "engine/incident.h"
#include "engine/settings.h"
#include "engine/state.h"
#include "engine/steering.h"

namespace holdfast::engine {

// Send an advert to the group or to every unicast peer; Engine::encode_advert makes the bytes.
struct SendAdvert {
    RouterId router{};
    bool farewell = false;  // priority 0
};

// Add the virtual addresses, routes and rules of a router; those that are there already stay untouched.
struct AddAddresses {
    RouterId router{};
};

// Remove rules, routes and addresses that were added for this router.
struct RemoveAddresses {
    RouterId router{};
};

// Gratuitous ARP or unsolicited NA for every address of a router that is in place, the whole list `repeat`
// times.
struct Announce {
    RouterId router{};
    int repeat = 1;
};

// One gratuitous ARP or unsolicited NA for the router's own source address (unicast, after a fault).
struct AnnounceSource {
    RouterId router{};
};

struct StateChanged {
    RouterId router{};
    State from = State::initialize;
    State to = State::initialize;
    Cause cause;
    // In force until then: between two adverts, and until silence was death.
    Duration active_interval{0};
    Duration down_interval{0};
};

struct GroupStateChanged {
    GroupId group{};
    State from = State::initialize;
    State to = State::initialize;
    Cause cause;
    std::optional<RouterId> member;  // that led it; nothing: all moved by themselves
};

// The effective priority moved (a tracked link with a weight).
struct PriorityChanged {
    RouterId router{};
    Priority from = Priority::standard();
    Priority to = Priority::standard();
    Cause cause;
};

// While Active, a router of lower priority advertised: somebody believes to be Active too.
struct LowerPriorityHeard {
    RouterId router{};
    IpAddress peer;
    Priority peer_priority = Priority::standard();
};

// An advert was refused, or accepted with a remark; counted already. Written to the log at a limited rate.
// What a router that does not listen misses (Remark::not_listening) is only counted: the advert is not to
// blame.
struct AdvertRemarked {
    std::optional<RouterId> router;  // none: no router of ours has that VRID
    Remark remark{};
    IpAddress source;
    std::uint32_t found = 0;  // the offending number where there is one: TTL, version, interval (cs), count
    std::uint32_t expected = 0;
};

// For guards. Ask by ARP (an RFC 5227 probe) or ND (a solicitation from ::) who has the addresses of a
// router; each answer is an AddressClaimed. Where there are many, some will do, the first among them.
struct AskAddresses {
    RouterId router{};
};

// Our advert to one host of the router's link, by its MAC address and with the usual IP destination.
struct SendAdvertTo {
    RouterId router{};
    MacAddress mac;
};

// Engine::encode_heartbeat makes the bytes.
struct SendHeartbeat {
    PathId path{};
    GuardId guard{};
    bool farewell = false;
};

// Call the fencing agent, and answer with FenceReported.
struct Fence {
    GuardId guard{};
};

// A row of the guard's table decided otherwise than the last time.
struct GuardDecided {
    GuardId guard{};
    IncidentEntry decision;
};

// Engine::incident has it: opened, grown, told more, or closed.
struct IncidentChanged {
    GuardId guard{};
    IncidentId id;
    IncidentKind kind = IncidentKind::suspected;
    bool open = false;
};

// An operator's order stands for a unit from now on, or is over: it was taken back (Steering::none, without a
// transition) or has come to its end.
struct SteeringChanged {
    RouterId router{};  // the first of its unit
    Steering from = Steering::none;
    Steering to = Steering::none;
};

// A heartbeat path fell silent although a peer is heard by another, or is heard again.
struct PathChanged {
    GuardId guard{};
    PathId path{};
    bool heard = false;
};

using Effect = std::variant<SendAdvert, AddAddresses, RemoveAddresses, Announce, AnnounceSource, StateChanged,
                            GroupStateChanged, PriorityChanged, LowerPriorityHeard, AdvertRemarked,
                            AskAddresses, SendAdvertTo, SendHeartbeat, Fence, GuardDecided, IncidentChanged,
                            PathChanged, SteeringChanged>;

// Filled by Engine::step, emptied by the caller; its capacity is kept, so the steady state allocates nothing.
using Effects = std::vector<Effect>;

}  // namespace holdfast::engine
