// The guard's notes: why it decided, its incident, and what outlives the process.
#include <algorithm>

#include "base/result.h"
#include "engine/guard.h"

namespace holdfast::engine {
namespace {

constexpr int openings_that_flap = 3;  // each within ten quiet times of the one before
// A record may be older than what was sent since.
constexpr std::uint64_t sequence_leap = 1 << 20;

std::int64_t to_wire(Instant instant) {
    return instant.time_since_epoch().count();
}

Instant from_wire(std::int64_t nanoseconds) {
    return Instant{Duration{nanoseconds}};
}

}  // namespace

Cause Guard::cause_of(const Row& row, const UnitView& unit, Instant now) const {
    Cause cause{.own_priority = unit.priority, .policy = own_.policy};
    cause.elapsed = now - std::max(unit.last_heard, unit.listening_since);
    cause.peer = unit.peer;
    cause.peer_priority = unit.peer_priority;
    cause.tracker = own_.references;
    const auto name_claimant = [&](const Claimant* claimant) {
        if (claimant == nullptr) return;
        cause.mac = claimant->mac;
        cause.address = claimant->address;
    };
    const auto name_peer = [&](const Peer* peer) {
        if (peer == nullptr) return;
        if (peer->address) cause.peer = peer->address;
        cause.peer_priority = peer->priority;
        cause.path = peer->path;
    };
    switch (row.situation) {
        case Situation::heard_elsewhere:
            if (const Peer* const peer = active_peer(unit, now)) {
                cause.kind = CauseKind::guard_heard_heartbeat;
                name_peer(peer);
            }
            if (refused_.fresh(unit.interval, now) && outlived(refused_.last, unit)) {
                cause.kind = CauseKind::guard_heard_refused;
                cause.peer = refused_.source;
            }
            if (tap_.fresh(unit.interval, now) && outlived(tap_.last, unit)) {
                cause.kind = CauseKind::guard_heard_tap;
                cause.peer = tap_.source;
            }
            break;
        case Situation::quiet_time:
            cause.kind = CauseKind::guard_quiet;
            cause.elapsed = quiet_since_ + quiet_time() - now;
            break;
        case Situation::gave_way:
        case Situation::answered:
        case Situation::answered_once:
            cause.kind = row.situation == Situation::answered_once ? CauseKind::guard_answered_once
                                                                   : CauseKind::guard_answered;
            name_claimant(claimants_.newest());
            break;
        case Situation::isolated:
            cause.kind = CauseKind::guard_isolated;
            break;
        case Situation::fencing:
            cause.kind = CauseKind::guard_fencing;
            cause.elapsed = now - fence_at_;
            break;
        case Situation::fence_failed:
        case Situation::fence_failed_promotes:
            cause.kind = CauseKind::guard_fence_failed;
            break;
        case Situation::fenced:
            cause.kind = CauseKind::guard_fenced;
            break;
        case Situation::ordered:
            cause.kind = CauseKind::guard_ordered;
            break;
        case Situation::resigned:
            cause.kind = CauseKind::peer_resigned;
            break;
        case Situation::preempting:
            cause.kind = CauseKind::preempting;
            break;
        case Situation::standing_by:
        case Situation::unmet:
        case Situation::silent:
            cause.kind = unit.last_heard == long_ago ? CauseKind::never_heard : CauseKind::peer_silent;
            break;
        case Situation::resumed:
            cause.kind = CauseKind::stood_still;
            break;
        case Situation::adverts_pass:
        case Situation::adverts_blocked:
        case Situation::other_is_deaf:
        case Situation::ours_higher:
        case Situation::ours_lower:
            cause.kind = row.situation == Situation::ours_lower ? CauseKind::guard_lower_mac
                                                                : CauseKind::guard_both_active;
            cause.peer = rival_.fresh(unit.interval, now) ? std::optional{rival_.source} : std::nullopt;
            name_peer(active_peer(unit, now));
            name_claimant(claimants_.confirmed(unit.interval, now));
            break;
        case Situation::other_unyielding:
            cause.kind = CauseKind::guard_rival_unyielding;
            name_claimant(claimants_.confirmed(unit.interval, now));
            break;
        case Situation::cut_off_keeps:
        case Situation::cut_off_withdraws: {
            cause.kind = CauseKind::guard_cut_off;
            Instant newest = long_ago;
            for (const Peer& peer : peers_.all())
                newest = std::max(newest, peer.last);
            cause.elapsed = now - std::max(newest, unit.since);
            break;
        }
        case Situation::reference_gone_here:
            cause.kind = CauseKind::guard_reference_here;
            name_peer(better_off(unit, now));
            break;
        case Situation::reference_gone:
            cause.kind = CauseKind::guard_reference_gone;
            break;
        case Situation::claim_suspected:
            cause.kind = CauseKind::guard_claim;
            name_claimant(claimants_.newest());
            break;
        case Situation::none:
        case Situation::undisputed:
            cause.kind = CauseKind::guard_undisputed;
            break;
    }
    return cause;
}

IncidentEntry Guard::note(const Row& row, const UnitView& unit, Instant now, Outbox& out) {
    const IncidentEntry entry{now, row.situation, row.cell(own_.policy).verdict, cause_of(row, unit, now)};
    record(row, entry, out);
    return entry;
}

// Says so when it is another row than before.
void Guard::record(const Row& row, const IncidentEntry& entry, Outbox& out) {
    if (row.situation == situation_ && entry.verdict == verdict_) return;
    situation_ = row.situation;
    verdict_ = entry.verdict;
    out.ask(GuardDecided{id_, entry});
    const bool incident = row.cell(own_.policy).incident;
    if (incident && !incident_.is_open()) open_incident(kind_of(row.situation), entry.at);
    if (!incident_.is_open()) return;
    if (incident) incident_.grow(kind_of(row.situation));
    incident_.add(entry);
    calm_since_ = never;
    tell_incident(out);
}

IncidentEntry Guard::note_ordered_withdrawal(const UnitView& unit, Instant now, Outbox& out) {
    const IncidentEntry entry{
        now, situation_, Verdict::withdraw,
        Cause{.kind = CauseKind::guard_ordered, .own_priority = unit.priority, .policy = own_.policy}};
    verdict_ = Verdict::withdraw;
    incident_.add(entry);
    out.ask(GuardDecided{id_, entry});
    tell_incident(out);
    return entry;
}

void Guard::open_incident(IncidentKind kind, Instant now) {
    const bool soon = incidents_ > 0 && now - incident_.opened() < 10 * own_.quiet;
    reopened_ = soon ? reopened_ + 1 : 1;
    const IncidentId id{
        .unit = key_.tag ^ key_.vrid.wire(), .incarnation = incarnation_, .number = ++incidents_};
    incident_ = Incident{id, reopened_ >= openings_that_flap ? IncidentKind::flap : kind, id_, now};
    calm_since_ = never;
}

void Guard::see_mismatch(const UnitView& unit, const Mismatch& seen, Instant now, Outbox& out) {
    const Mismatch* const news = mismatches_.see(seen, unit.interval, now);
    if (news == nullptr) return;
    if (!incident_.is_open()) open_incident(IncidentKind::mismatch, now);
    incident_.add({now, situation_, Verdict::stay,
                   Cause{.kind = CauseKind::guard_mismatch,
                         .peer = news->source,
                         .policy = own_.policy,
                         .remark = news->remark,
                         .found = news->found,
                         .expected = news->expected}});
    tell_incident(out);
    look_at(now + unit.interval);
}

void Guard::tell_incident(Outbox& out) const {
    out.ask(IncidentChanged{id_, incident_.id(), incident_.kind(), incident_.is_open()});
}

void Guard::close_incident(Instant now, Outbox& out) {
    if (!incident_.is_open()) return;
    incident_.close(now);
    tell_incident(out);
}

// An incident is over when all has been as it should be for a down interval.
void Guard::calm_down(const UnitView& unit, Instant now, Outbox& out) {
    if (!incident_.is_open()) return;
    const bool refused = refused_.fresh(unit.interval, now) && !strangers_.known(refused_.source);
    const bool active_in_peace = unit.state == State::active && situation_ == Situation::undisputed;
    const bool backup_in_peace = unit.state == State::backup && !references_.bad() &&
                                 now - unit.last_heard <= evidence_lasts(unit.interval);
    const bool away = unit.state == State::fault || unit.state == State::initialize;
    const bool differs = incident_.kind() == IncidentKind::mismatch && mismatches_.last(unit.interval, now);
    if (refused || differs || !(active_in_peace || backup_in_peace || away)) {
        calm_since_ = never;
        return;
    }
    if (calm_since_ == never) calm_since_ = now;
    if (now - calm_since_ >= unit.down_interval) close_incident(now, out);
}

GuardRecord Guard::remembered() const {
    GuardRecord record{};
    record.version = guard_record_version;
    record.held = held_ ? 1 : 0;
    record.withdrew = withdrew_ ? 1 : 0;
    record.withdrawals = static_cast<std::uint8_t>(std::min(withdrawals_, 255));
    record.fencing = static_cast<std::uint8_t>(fencing_);
    record.incident_open = incident_.is_open() ? 1 : 0;
    record.incident_kind = static_cast<std::uint8_t>(incident_.kind());
    record.situation = static_cast<std::uint8_t>(situation_);
    record.verdict = static_cast<std::uint8_t>(verdict_);
    record.incidents = incidents_;
    record.incident_opened = to_wire(incident_.opened());
    record.quiet_since = to_wire(quiet_since_);
    record.fence_at = to_wire(fence_at_);
    record.incarnation = incarnation_;
    record.sequence = sequence_;
    return record;
}

void Guard::adopt(const GuardRecord& record) {
    if (record.version != guard_record_version) return;
    was_held_ = held_ = record.held == 1;
    withdrew_ = record.withdrew == 1;
    withdrawals_ = record.withdrawals;
    if (record.fencing <= static_cast<std::uint8_t>(Fencing::failed) && own_.policy == GuardPolicy::fence)
        fencing_ = static_cast<Fencing>(record.fencing);
    quiet_since_ = from_wire(record.quiet_since);
    fence_at_ = from_wire(record.fence_at);
    incidents_ = record.incidents;
    incarnation_ = record.incarnation;
    sequence_ = record.sequence + sequence_leap;
    if (record.situation <= static_cast<std::uint8_t>(last_situation))
        situation_ = static_cast<Situation>(record.situation);
    if (record.verdict <= static_cast<std::uint8_t>(Verdict::listen))
        verdict_ = static_cast<Verdict>(record.verdict);
    if (record.incident_open == 1 && record.incidents != 0 &&
        record.incident_kind <= static_cast<std::uint8_t>(IncidentKind::flap))
        incident_ =
            Incident{{.unit = key_.tag ^ key_.vrid.wire(), .incarnation = incarnation_, .number = incidents_},
                     static_cast<IncidentKind>(record.incident_kind),
                     id_,
                     from_wire(record.incident_opened)};
}

std::optional<Instant> Guard::resume(const UnitView& unit, Instant now) {
    // The page is shared memory: times that cannot be are brought back to what can.
    quiet_since_ = std::clamp(quiet_since_, std::max(long_ago, Instant{}), now);
    fence_at_ = std::clamp(fence_at_, std::max(long_ago, Instant{}), now);
    if (incident_.is_open()) {
        const Instant opened = std::clamp(incident_.opened(), Instant{}, now);
        incident_ = Incident{incident_.id(), incident_.kind(), id_, opened};
    }
    if (held_) held_at_ = now;  // until an advert is heard, as before
    look_at(now + unit.interval / 4);
    if (unit.state != State::backup) return std::nullopt;
    const bool silent = now - unit.last_heard > proves_silence_false(unit.interval);
    if (!was_held_ && !silent) return std::nullopt;
    return now + evidence_lasts(unit.interval);
}

}  // namespace holdfast::engine
