// Resolved settings of virtual routers and sync groups: no text to parse, no default to apply, nothing to
// inherit. `plan` makes them; the engine believes them. Durations are exact; addresses are in wire order.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/time.h"
#include "base/vrrp_types.h"
#include "engine/guard_settings.h"
#include "engine/ids.h"

namespace holdfast::engine {

// An interface whose state counts for a router or a group.
struct TrackedLink {
    LinkId link{};
    int weight = 0;  // -253..253; 0: a link that is down is a fault
    bool reverse =
        false;  // changes the sign of the adjustment; with weight 0, a link that is up is the fault
};

// What somebody outside the engine judges: a health script, a process, the number in a file.
struct TrackerSettings {
    std::string name;           // as causes say it: "check web"
    std::string bad = "fails";  // what it does then, for causes; a number is said behind it
    std::string good = "succeeds";
    // When its number counts something, causes say that instead: "2" and " of 3 answer".
    std::string counted{};
    bool operator==(const TrackerSettings&) const = default;
};

// A tracker whose verdict counts for a router or a group.
struct TrackedHealth {
    TrackerId tracker{};
    int weight = 0;  // -254..254; 0: while the verdict is bad there is a fault, and none begins without one
    bool reverse = false;   // changes the sign of the adjustment; with weight 0 a good verdict is the fault
    bool by_value = false;  // the weight multiplies its number: -254 and less is a fault; 0 is good, else bad
    bool counts = false;    // its number is part of a cause
};

// When gratuitous ARP or unsolicited NA leave (keepalived's garp_* keywords). Counts are frames per address.
struct AnnouncePolicy {
    int repeat = 5;                            // on becoming Active, and again after delay
    Duration delay = std::chrono::seconds{5};  // 0: no second burst
    Duration refresh{0};                       // 0: no periodic refresh
    int refresh_repeat = 1;
    int lower_priority_repeat = 5;  // when a router of lower priority was heard while Active; 0: none
    Duration lower_priority_delay = std::chrono::seconds{5};
};

struct UnicastPeer {
    IpAddress address;
    std::uint8_t min_ttl = 0;
    std::uint8_t max_ttl = 255;
};

// What makes an instance unable to run whatever the network does; it stays in fault until the file changes.
enum class ConfigurationFault : std::uint8_t {
    no_peer,              // unicast_fault_no_peer and no unicast_peer
    unsupported_auth,     // authentication that this build cannot speak; running without it could make two
                          // Actives
    unsuitable_interface  // loopback, no multicast
};

using Password =
    std::array<std::uint8_t, 8>;  // simple text authentication data, zero padded (RFC 2338 section 5.3.6)

struct RouterSettings {
    std::string name;
    Version version = Version::v2;
    Family family = Family::ipv4;
    Vrid vrid = *Vrid::from(1);
    std::optional<LinkId> link;  // none: unicast bound to its source address only
    Priority priority = Priority::standard();
    bool starts_active = false;  // keepalived's `state MASTER`
    Duration advert_interval = std::chrono::seconds{1};
    int down_timer_adverts = 3;  // 1..100, RFC: 3
    bool preempt = true;
    Duration preempt_delay{0};

    std::optional<IpAddress> source;  // none: first address of the link (IPv6: its link-local address)
    bool track_source = false;        // fault while `source` is not on this host
    IpAddress group = vrrp_multicast_group(Family::ipv4);  // destination of multicast adverts
    bool unicast = false;
    std::vector<UnicastPeer> peers;
    // Where its adverts go.
    std::vector<IpAddress> destinations() const {
        if (!unicast) return {group};
        std::vector<IpAddress> all;
        all.reserve(peers.size());
        for (const UnicastPeer& peer : peers)
            all.push_back(peer.address);
        return all;
    }
    bool only_from_peers = false;  // discard unicast adverts whose source is no peer

    std::vector<IpAddress> addresses;             // advertised, in wire order, at most 255
    std::optional<Password> password;             // v2 simple text authentication
    bool checksum_without_pseudo_header = false;  // v3 over IPv4 as keepalived's v3_checksum_as_v2
    bool skip_address_check = false;  // do not compare the address list of the router already followed
    bool owner_ignores_adverts = false;
    bool answers_lower_priority = true;   // an advert of lower priority is answered by ours at once
    bool advert_before_yielding = false;  // one more advert before giving way to a higher priority

    bool tracks_own_link = true;
    std::vector<TrackedLink> tracked_links;
    std::vector<TrackedHealth> tracked_health;
    AnnouncePolicy announce;
    std::optional<GroupId> group_id;
    std::optional<ConfigurationFault> fault;
};

struct GroupSettings {
    std::string name;
    std::vector<RouterId> members;
    std::vector<TrackedLink> tracked_links;     // count for every member
    std::vector<TrackedHealth> tracked_health;  // the same
};

struct Settings {
    std::vector<RouterSettings> routers;
    std::vector<GroupSettings> groups;
    std::vector<std::string> links;  // names, for causes
    std::vector<TrackerSettings> trackers;
    Duration startup_delay{0};  // neither adverts nor elections before this has passed since the first step

    // Against split brain; without guards nothing below is looked at.
    std::vector<GuardSettings> guards;  // at most one for a unit
    std::vector<std::string> paths;     // of heartbeats: names, for causes ("interface eth1")
    std::uint64_t host = 0;             // this host among its peers, the same after a reboot
    std::uint64_t incarnation = 0;      // higher with every start of the host; adoption keeps the old one
};

}  // namespace holdfast::engine
