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
        case CauseKind::adopted:
            return "taken over from the process before";
        case CauseKind::stopped:
            return "stopped";
    }
    return "unknown";
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
