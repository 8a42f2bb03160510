// Everything that can happen to the engine.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "base/address.h"
#include "base/bytes.h"
#include "base/time.h"
#include "engine/incident.h"
#include "engine/settings.h"

namespace holdfast::engine {

// The first event: interfaces are known (LinkChanged came before for each that exists), time starts.
struct Started {};

// A VRRP datagram as a socket gave it. The bytes are those after the IP header; nothing in them has been
// looked at.
struct AdvertReceived {
    std::optional<LinkId> link;  // interface it came in by, when that interface is one of ours
    IpAddress source;
    IpAddress destination;
    std::uint8_t ttl = 0;  // TTL or hop limit
    std::uint32_t ip_payload_length =
        0;  // what the IP header says; may be less than bytes (Ethernet padding)
    ByteView bytes;
};

// Deadlines may have come; `now` says which.
struct TimePassed {};

// What is now known of an interface. Sent for each change, and once before Started for each that exists.
struct LinkChanged {
    LinkId link{};
    bool present = false;
    bool running = false;           // IFF_UP and IFF_RUNNING
    std::optional<IpAddress> ipv4;  // first global address: source of adverts without a configured one
    std::optional<IpAddress> ipv6;  // first link-local address, no longer tentative
    std::optional<MacAddress> mac;  // for guards, which compare it with that of who claims our addresses
};

// The configured source address of a router with track_source appeared or went. Until something else is said
// it counts as present; what is missing at the start is said before Started.
struct SourceChanged {
    RouterId router{};
    bool present = false;
};

// What is judged outside the engine. Nothing is known of a tracker before the first of these.
enum class Health : std::uint8_t { unknown, good, bad };
struct TrackerJudged {
    TrackerId tracker{};
    Health health = Health::unknown;
    std::int32_t value = 0;  // where that is what counts; its health is good then
};

// Addresses of an Active router were removed by somebody else.
struct AddressesLost {
    RouterId router{};
};

// The host stood still (suspended) for so long while the engine's clock stood still, too. A standstill that
// the clock ran through (a stopped process, a frozen container) needs no event: deadlines that are served
// late show it.
struct StoodStill {
    Duration span{0};
};

// What an operator asks of a router, and with it of its sync group. What does not fit the state does nothing
// (Engine::objection says why).
enum class Command : std::uint8_t {
    drain,      // give up and stay away
    resume,     // the standing order ends, the usual rules apply
    hand_over,  // Active: give way to whoever takes over, and do not preempt it
    take_over   // Backup: take over from the Active that is heard, and keep it away
};
struct OperatorCommand {
    RouterId router{};
    Command command = Command::resume;
};

// Orderly end: farewell adverts, addresses removed.
struct Stopped {};

// For guards. An advert as a packet socket saw it, before any firewall; those that the other socket gets,
// too, may be told or left out.
struct TapHeard {
    AdvertReceived advert;
};

// A heartbeat that came by one of our paths. Only the 64 bytes of heartbeat.h, of a message whose trailer was
// right where a key is set.
struct HeartbeatHeard {
    PathId path{};
    ByteView bytes;
};

// An ARP packet or a neighbour advertisement says that a virtual address of a router is at a MAC address that
// is not ours.
struct AddressClaimed {
    RouterId router{};
    IpAddress address;
    MacAddress mac;
    bool solicited = false;  // sent to us, as an answer to AskAddresses; else to all
};

// How the agent that Fence called has ended.
struct FenceReported {
    GuardId guard{};
    bool confirmed = false;  // it succeeded, and its status action says that the other is off
};

// What an operator chose from an incident's choices; what does not fit the state does nothing.
struct ChoiceMade {
    GuardId guard{};
    Choice choice = Choice::close;
};

using Event = std::variant<Started, AdvertReceived, TimePassed, LinkChanged, SourceChanged, TrackerJudged,
                           AddressesLost, StoodStill, OperatorCommand, Stopped, TapHeard, HeartbeatHeard,
                           AddressClaimed, FenceReported, ChoiceMade>;

}  // namespace holdfast::engine
