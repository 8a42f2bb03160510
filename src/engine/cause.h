// Why something happened. A cause is data: the event, the packet, the link, the times in force. Text is made
// from it where a person reads it, never before.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/address.h"
#include "base/names.h"
#include "base/time.h"
#include "engine/remark.h"
#include "engine/settings.h"

namespace holdfast::engine {

enum class CauseKind : std::uint8_t {
    started,                // first step, nothing heard yet
    owner_started,          // priority 255 begins as Active
    configured_active,      // `state MASTER` begins after one interval
    peer_silent,            // no advert for the down interval: peer, elapsed
    never_heard,            // no advert at all since we began to listen: elapsed
    peer_resigned,          // priority 0 heard, skew time passed: peer
    preempting,             // only lower priorities heard: peer, peer_priority
    higher_priority,        // peer, peer_priority
    higher_address,         // equal priority, peer's address is higher: peer, peer_priority
    owner_conflict,         // two owners: peer
    link_down,              // link
    link_missing,           // link does not exist
    link_up,                // the last fault went: link
    tracked_link_down,      // link
    tracked_link_up,        // link
    no_source_address,      // link has no address to send from
    source_address_found,   // link
    source_address_gone,    // the configured source is not on this host: address in peer
    tracker_bad,            // tracker
    tracker_good,           // tracker
    tracker_unknown,        // tracker: no verdict yet
    configuration,          // the file makes it impossible
    group_member,           // the sync group moved because of `member`; `member_kind` says why that one moved
    stood_still,            // this host or process did: elapsed
    drained,                // an operator asked for it
    resumed,                // an operator asked for it
    adopted,                // state taken over from the process before
    stopped,                // orderly end
    guard_heard_tap,        // the Active's adverts reach the interface, not the protocol: peer, elapsed
    guard_heard_refused,    // adverts are refused: peer, elapsed
    guard_heard_heartbeat,  // peer, path, elapsed
    guard_answered,         // mac, address
    guard_answered_once,    // mac, address
    guard_isolated,         // tracker
    guard_quiet,            // withdrawn not long ago: peer, elapsed: what is left
    guard_fencing,          // elapsed: since the agent was called
    guard_fence_failed,     // the agent did, or took too long
    guard_fenced,           // the other is off
    guard_ordered,          // an operator chose
    guard_both_active,      // address, and mac, path or peer of the other
    guard_rival_unyielding,  // mac, address
    guard_lower_mac,         // mac, address: ours is the lower one
    guard_cut_off,           // tracker, elapsed: silence of the peers
    guard_reference_here,    // tracker, peer that is better off
    guard_reference_gone,    // tracker
    guard_claim,             // mac, address
    guard_undisputed,        // nothing is known that speaks against it
    guard_mismatch,          // peer, remark, found, expected
    handed_over,             // an operator asked for it
    raised,                  // an operator asked for it: peer, peer_priority, own_priority
    nobody_took_over         // after it was handed over: elapsed
};

constexpr auto names_of(CauseKind) {
    using enum CauseKind;
    return std::array{Name{started, "started"},
                      Name{owner_started, "owner-started"},
                      Name{configured_active, "configured-active"},
                      Name{peer_silent, "peer-silent"},
                      Name{never_heard, "never-heard"},
                      Name{peer_resigned, "peer-resigned"},
                      Name{preempting, "preempting"},
                      Name{higher_priority, "higher-priority"},
                      Name{higher_address, "higher-address"},
                      Name{owner_conflict, "owner-conflict"},
                      Name{link_down, "link-down"},
                      Name{link_missing, "link-missing"},
                      Name{link_up, "link-up"},
                      Name{tracked_link_down, "tracked-link-down"},
                      Name{tracked_link_up, "tracked-link-up"},
                      Name{no_source_address, "no-source-address"},
                      Name{source_address_found, "source-address-found"},
                      Name{source_address_gone, "source-address-gone"},
                      Name{tracker_bad, "tracker-bad"},
                      Name{tracker_good, "tracker-good"},
                      Name{tracker_unknown, "tracker-unknown"},
                      Name{configuration, "configuration"},
                      Name{group_member, "group-member"},
                      Name{stood_still, "stood-still"},
                      Name{drained, "drained"},
                      Name{resumed, "resumed"},
                      Name{adopted, "adopted"},
                      Name{stopped, "stopped"},
                      Name{guard_heard_tap, "guard-heard-tap"},
                      Name{guard_heard_refused, "guard-heard-refused"},
                      Name{guard_heard_heartbeat, "guard-heard-heartbeat"},
                      Name{guard_answered, "guard-answered"},
                      Name{guard_answered_once, "guard-answered-once"},
                      Name{guard_isolated, "guard-isolated"},
                      Name{guard_quiet, "guard-quiet"},
                      Name{guard_fencing, "guard-fencing"},
                      Name{guard_fence_failed, "guard-fence-failed"},
                      Name{guard_fenced, "guard-fenced"},
                      Name{guard_ordered, "guard-ordered"},
                      Name{guard_both_active, "guard-both-active"},
                      Name{guard_rival_unyielding, "guard-rival-unyielding"},
                      Name{guard_lower_mac, "guard-lower-mac"},
                      Name{guard_cut_off, "guard-cut-off"},
                      Name{guard_reference_here, "guard-reference-here"},
                      Name{guard_reference_gone, "guard-reference-gone"},
                      Name{guard_claim, "guard-claim"},
                      Name{guard_undisputed, "guard-undisputed"},
                      Name{guard_mismatch, "guard-mismatch"},
                      Name{handed_over, "handed-over"},
                      Name{raised, "raised"},
                      Name{nobody_took_over, "nobody-took-over"}};
}

struct Cause {
    CauseKind kind = CauseKind::started;
    std::optional<LinkId> link;
    std::optional<TrackerId> tracker;
    std::optional<std::int32_t> value;  // of the tracker
    std::optional<IpAddress> peer;
    std::optional<Priority> peer_priority;
    std::optional<Priority> own_priority;  // effective, where it was compared with the peer's
    Duration elapsed{0};                   // silence, where silence is the cause
    std::optional<RouterId> member;        // group_member: the member that led
    CauseKind member_kind = CauseKind::started;
    std::optional<MacAddress> mac;          // that claims `address`
    std::optional<IpAddress> address;       // a virtual one
    std::optional<PathId> path;             // of a heartbeat
    GuardPolicy policy = GuardPolicy::off;  // of the guard that decided
    std::optional<Remark> remark;           // about the adverts of peer
    std::uint32_t found = 0;                // its numbers
    std::uint32_t expected = 0;
};

// One clause for a log line: "no advert from 192.168.1.104 for 3.61 s", "link eno2 down (group VG1)".
// group: sync group to name, when the cause came through one.
std::string describe(const Cause& cause, const Settings& settings, std::optional<GroupId> group);

}  // namespace holdfast::engine
