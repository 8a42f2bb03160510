#include "engine/cause.h"

#include <cstdio>

namespace holdfast::engine {
namespace {

std::string span_text(Duration span) {
    using Seconds = std::chrono::duration<double>;
    using Milliseconds = std::chrono::duration<double, std::milli>;
    char text[32];
    if (span >= std::chrono::seconds{1})
        std::snprintf(text, sizeof text, "%.2f s", Seconds{span}.count());
    else
        std::snprintf(text, sizeof text, span < std::chrono::milliseconds{100} ? "%.1f ms" : "%.0f ms",
                      Milliseconds{span}.count());
    return text;
}

std::string priority_text(const std::optional<Priority>& priority) {
    return priority ? std::to_string(priority->wire()) : "?";
}

std::string peer_text(const Cause& cause) {
    return cause.peer ? cause.peer->text() : "another router";
}

std::string link_text(const Cause& cause, const Settings& settings) {
    if (!cause.link || index(*cause.link) >= settings.links.size()) return "link";
    return "link " + settings.links[index(*cause.link)];
}

std::string tracker_text(const Cause& cause, CauseKind kind, const Settings& settings) {
    if (!cause.tracker || index(*cause.tracker) >= settings.trackers.size()) return "a check";
    const TrackerSettings& tracker = settings.trackers[index(*cause.tracker)];
    if (kind == CauseKind::tracker_unknown) return tracker.name + " has no result yet";
    if (!tracker.counted.empty() && cause.value)
        return tracker.name + ": " + std::to_string(*cause.value) + tracker.counted;
    if (kind == CauseKind::tracker_good) return tracker.name + " " + tracker.good;
    return tracker.name + " " + tracker.bad + (cause.value ? " " + std::to_string(*cause.value) : "");
}

std::string mac_text(const Cause& cause) {
    return cause.mac ? cause.mac->text() : "another host";
}

std::string address_text(const Cause& cause) {
    return cause.address ? cause.address->text() : "a virtual address";
}

std::string path_text(const Cause& cause, const Settings& settings) {
    if (!cause.path || index(*cause.path) >= settings.paths.size()) return "another path";
    return "heartbeat " + settings.paths[index(*cause.path)];
}

// By what another Active is known.
std::string rival_text(const Cause& cause, const Settings& settings) {
    if (cause.mac) return mac_text(cause) + " answers for " + address_text(cause) + ", too";
    if (cause.path) return peer_text(cause) + " is MASTER, too, by " + path_text(cause, settings);
    return peer_text(cause) + " advertises, too";
}

std::string link_name(std::uint32_t link, const Settings& settings) {
    return link < settings.links.size() ? settings.links[link] : "another link";
}

// What a peer has configured otherwise, and the keyword to compare.
std::string mismatch_text(const Cause& cause, const Settings& settings) {
    const std::string peer = peer_text(cause);
    const std::string found = std::to_string(cause.found);
    const std::string expected = std::to_string(cause.expected);
    switch (cause.remark.value_or(Remark::bad_length)) {
        case Remark::bad_version:
            return peer + " speaks VRRP version " + found + ", this host " + expected + " (vrrp_version)";
        case Remark::bad_auth_type:
        case Remark::other_auth_type:
            return peer + " uses authentication type " + found + ", this host " + expected + " (auth_type)";
        case Remark::bad_password:
            return peer + " has another password (auth_pass)";
        case Remark::other_interval:
        case Remark::other_interval_v2:
            return peer + " says that it advertises each " + span_text(cause.found * centisecond) +
                   ", this host each " + span_text(cause.expected * centisecond) + " (advert_int)";
        case Remark::bad_checksum:
            return "the checksums of " + peer + " are wrong (v3_checksum_as_v2, or a broken network card)";
        case Remark::wrong_delivery:
            return peer + " advertises by multicast to an instance with peers, or the reverse (unicast_peer)";
        case Remark::own_source:
            return "adverts come from our own address " + peer + ": a loop, or another host has it";
        case Remark::not_from_peer:
            return peer + " advertises, but is no peer of this host (unicast_peer)";
        case Remark::other_addresses:
            return peer + " advertises " + found + " addresses, this host " + expected +
                   ", and they are not the same (virtual_ipaddress)";
        case Remark::stranger:
            return peer +
                   " advertises none of our addresses: another virtual router has the same "
                   "virtual_router_id";
        case Remark::wrong_link:
            return "adverts of " + peer + " for these addresses come in by " +
                   link_name(cause.found, settings) + ", not by " + link_name(cause.expected, settings) +
                   " (interface)";
        default:
            return "adverts of " + peer + " have " + found + " bytes, not " + expected;
    }
}

std::string guard_fact(const Cause& cause, CauseKind kind, const Settings& settings) {
    switch (kind) {
        case CauseKind::guard_heard_tap:
            return "adverts of " + peer_text(cause) + " reach the interface, but for " +
                   span_text(cause.elapsed) + " none has passed: something on this host drops protocol 112";
        case CauseKind::guard_heard_refused:
            return "adverts of " + peer_text(cause) + " are heard, but for " + span_text(cause.elapsed) +
                   " each was refused: the two configurations differ";
        case CauseKind::guard_heard_heartbeat:
            return "no advert for " + span_text(cause.elapsed) + ", but " + peer_text(cause) +
                   " is MASTER by " + path_text(cause, settings);
        case CauseKind::guard_answered:
            return "nobody advertises, but " + mac_text(cause) + " still answers for " + address_text(cause);
        case CauseKind::guard_answered_once:
            return "nobody advertises, but " + mac_text(cause) + " answered once for " + address_text(cause);
        case CauseKind::guard_isolated:
            return "nobody is heard and " + tracker_text(cause, CauseKind::tracker_bad, settings) +
                   ": this host may be the one that is cut off";
        case CauseKind::guard_quiet:
            return "withdrew not long ago: no preemption of " + peer_text(cause) + " for another " +
                   span_text(cause.elapsed);
        case CauseKind::guard_fencing:
            return "the fencing agent has been at work for " + span_text(cause.elapsed);
        case CauseKind::guard_fence_failed:
            return "the fencing agent failed: the other may still hold the addresses";
        case CauseKind::guard_fenced:
            return "the other was fenced";
        case CauseKind::guard_ordered:
            return "an operator chose so";
        case CauseKind::guard_both_active:
            return rival_text(cause, settings);
        case CauseKind::guard_rival_unyielding:
            return mac_text(cause) + " goes on to answer for " + address_text(cause) +
                   " and will not give way";
        case CauseKind::guard_lower_mac:
            return rival_text(cause, settings) + ", and has the higher MAC address";
        case CauseKind::guard_cut_off:
            return "no peer has been heard for " + span_text(cause.elapsed) + " and " +
                   tracker_text(cause, CauseKind::tracker_bad, settings);
        case CauseKind::guard_reference_here:
            return tracker_text(cause, CauseKind::tracker_bad, settings) + " here, but not at " +
                   peer_text(cause);
        case CauseKind::guard_reference_gone:
            return tracker_text(cause, CauseKind::tracker_bad, settings) + ", and no peer is better off";
        case CauseKind::guard_claim:
            return mac_text(cause) + " claimed " + address_text(cause) + ", which is not proven";
        case CauseKind::guard_undisputed:
            return "nothing speaks against it";
        case CauseKind::guard_mismatch:
            return mismatch_text(cause, settings);
        default:
            return "unknown";
    }
}

std::string guard_clause(const Cause& cause, CauseKind kind, const Settings& settings) {
    const std::string fact = guard_fact(cause, kind, settings);
    return cause.policy == GuardPolicy::off ? fact
                                            : fact + " (guard " + std::string{name_of(cause.policy)} + ")";
}

std::string clause(const Cause& cause, CauseKind kind, const Settings& settings) {
    switch (kind) {
        case CauseKind::started:
            return "started";
        case CauseKind::owner_started:
            return "address owner (priority 255)";
        case CauseKind::configured_active:
            return "configured to begin as MASTER, and no other heard for " + span_text(cause.elapsed);
        case CauseKind::peer_silent:
            return "no advert from " + peer_text(cause) + " for " + span_text(cause.elapsed);
        case CauseKind::never_heard:
            return "no advert from anyone for " + span_text(cause.elapsed);
        case CauseKind::peer_resigned:
            return peer_text(cause) + " resigned (priority 0)";
        case CauseKind::preempting:
            return "only lower priority " + priority_text(cause.peer_priority) + " heard from " +
                   peer_text(cause) + " (ours " + priority_text(cause.own_priority) + ")";
        case CauseKind::higher_priority:
            return "higher priority " + priority_text(cause.peer_priority) + " heard from " +
                   peer_text(cause) + " (ours " + priority_text(cause.own_priority) + ")";
        case CauseKind::higher_address:
            return "equal priority " + priority_text(cause.peer_priority) + " heard from higher address " +
                   peer_text(cause);
        case CauseKind::owner_conflict:
            return peer_text(cause) + " claims to own the addresses, too, and has the higher address";
        case CauseKind::link_down:
        case CauseKind::tracked_link_down:
            return link_text(cause, settings) + " down";
        case CauseKind::link_missing:
            return link_text(cause, settings) + " does not exist";
        case CauseKind::link_up:
        case CauseKind::tracked_link_up:
            return link_text(cause, settings) + " up";
        case CauseKind::no_source_address:
            return link_text(cause, settings) + " has no address to send from";
        case CauseKind::source_address_found:
            if (cause.peer) return "source address " + peer_text(cause) + " is on this host again";
            return link_text(cause, settings) + " has an address to send from";
        case CauseKind::source_address_gone:
            return "source address " + peer_text(cause) + " is not on this host";
        case CauseKind::tracker_bad:
        case CauseKind::tracker_good:
        case CauseKind::tracker_unknown:
            return tracker_text(cause, kind, settings);
        case CauseKind::configuration:
            return "the configuration does not allow it to run";
        case CauseKind::group_member:
            return "its sync group moved";
        case CauseKind::stood_still:
            return "this host stood still for " + span_text(cause.elapsed) +
                   ", in which another may have taken over";
        case CauseKind::drained:
            return "drained by an operator";
        case CauseKind::resumed:
            return "resumed by an operator";
        case CauseKind::handed_over:
            return "handed over by an operator";
        case CauseKind::raised:
            return "an operator ordered it to take over" +
                   (cause.peer ? " from " + peer_text(cause) + " (priority " +
                                     priority_text(cause.peer_priority) + ")"
                               : std::string{});
        case CauseKind::nobody_took_over:
            return "handed over by an operator, but nobody took over for " + span_text(cause.elapsed);
        case CauseKind::adopted:
            return "taken over from the process before";
        case CauseKind::stopped:
            return "stopped";
        default:
            return guard_clause(cause, kind, settings);
    }
}

}  // namespace

std::string describe(const Cause& cause, const Settings& settings, std::optional<GroupId> group) {
    std::string text =
        clause(cause, cause.kind == CauseKind::group_member ? cause.member_kind : cause.kind, settings);
    if (group && index(*group) < settings.groups.size())
        text += " (group " + settings.groups[index(*group)].name + ")";
    return text;
}

}  // namespace holdfast::engine
