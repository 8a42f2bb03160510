#include "engine/guard.h"

#include <algorithm>

#include "base/result.h"
#include "engine/timers.h"

namespace holdfast::engine {
namespace {

constexpr int most_doublings = 5;  // of the quiet time
constexpr Duration shortest_look = std::chrono::microseconds{500};

Duration part(Duration interval, int divisor) {
    return std::max(interval / divisor, shortest_look);
}

std::vector<PathId> limited(const std::vector<PathId>& paths) {
    HF_ASSERT(paths.size() <= max_paths);
    return paths;
}

}  // namespace

Guard::Guard(GuardId id, const Settings& settings, std::vector<RouterId> members)
    : id_{id},
      own_{settings.guards[index(id)]},
      all_{settings},
      members_{std::move(members)},
      key_{unit_key(own_, settings)},
      paths_(limited(own_.heartbeats).size()),
      incarnation_{settings.incarnation} {}

// --- Evidence

void Guard::see_refused(const UnitView& unit, const IpAddress& source, Instant now) {
    if (strangers_.known(source)) return;
    // Beside an accepted advert of somebody else: this one only shares our VRID.
    const bool heard = unit.state == State::active ? rival_.fresh(unit.interval, now)
                                                   : now - unit.last_heard <= evidence_lasts(unit.interval);
    const auto accepted = unit.state == State::active ? std::optional{rival_.source} : unit.peer;
    if (heard && accepted && *accepted != source) strangers_.add(source);
    refused_.see(source, unit.interval, now);
}

void Guard::see_rival(const UnitView& unit, const IpAddress& source, Instant now, Outbox& out) {
    rival_.see(source, unit.interval, now);
    announce_at_ = now + evidence_lasts(unit.interval);
    if (own_.probes_addresses && now - asks_.asked() >= part(unit.interval, 2)) ask(now, out);
    look_at(now);
}

void Guard::see_rival_leave(const UnitView& unit, Instant now) {
    if (unit.state != State::active) return;
    announce_at_ = now + part(unit.interval, 4);  // when it has removed its addresses, too
    look_at(announce_at_);
}

std::optional<State> Guard::hear(const UnitView& unit, const Heartbeat& heartbeat, PathId path, Instant now) {
    const auto ours = std::find(own_.heartbeats.begin(), own_.heartbeats.end(), path);
    if (ours == own_.heartbeats.end() || heartbeat.host == all_.host) return std::nullopt;
    State before = State::initialize;
    bool was_active = false;  // or whoever uses its name says so
    for (const Peer& peer : peers_.all()) {
        if (peer.host != heartbeat.host) continue;
        was_active = peer.state == State::active;
        if (now - peer.last <= between_repeats(peer.interval)) before = peer.state;
    }
    PathWatch& watch = paths_[static_cast<std::size_t>(ours - own_.heartbeats.begin())];
    for (const Peer& peer : peers_.all())  // the copy that came by another path shows that this one works
        if (peer.host == heartbeat.host && peer.incarnation == heartbeat.incarnation &&
            peer.sequence == heartbeat.sequence)
            watch.heard = now;
    if (!peers_.take(heartbeat, path, now)) return std::nullopt;
    watch.heard = now;
    const bool is_active = heartbeat.state == State::active && !heartbeat.farewell;
    if (unit.state == State::active && is_active) announce_at_ = now + evidence_lasts(unit.interval);
    if (was_active && !is_active) see_rival_leave(unit, now);
    return before;
}

void Guard::take_claim(const UnitView& unit, const AddressClaimed& claim,
                       const std::optional<MacAddress>& own_mac, Instant now, Outbox& out) {
    if (!own_.probes_addresses || own_mac == claim.mac) return;
    if (unit.state != State::active && !(unit.state == State::backup && claim.solicited)) return;
    // Whoever yields to us answers until it has heard of us.
    if (unit.state == State::active && now < settled_in(unit)) return;
    if (claim.solicited) {
        if (now - asks_.asked() > unit.interval) return;  // nobody asked
        asks_.answered();
    }
    claimants_.take({.router = claim.router, .address = claim.address, .mac = claim.mac}, claim.solicited,
                    unit.interval, now);
    if (unit.state != State::active) return;
    announce_at_ = now + evidence_lasts(unit.interval);
    if (now - asks_.asked() >= part(unit.interval, 4)) ask(now, out);
    const Claimant* const confirmed = claimants_.confirmed(unit.interval, now);
    if (confirmed != nullptr && confirmed->router == claim.router)
        ours_is_lower_ = own_mac.has_value() && *own_mac < confirmed->mac;
    look_at(now + part(unit.interval, 4));
}

void Guard::end_fencing(bool confirmed, Instant now) {
    if (fencing_ != Fencing::running) return;
    fencing_ = confirmed ? Fencing::succeeded : Fencing::failed;
    fence_at_ = now;
    if (!confirmed) return;
    // Who is off has said what it said before.
    peers_.forget();
    claimants_.forget();
    asks_.forget();
    tap_ = refused_ = {};
}

void Guard::order_fencing() {
    if (fencing_ == Fencing::failed) fencing_ = Fencing::none;
}

// --- Facts

Duration Guard::settling(Duration interval) const {
    return 2 * own_.reference_interval + 2 * interval;
}

Duration Guard::quiet_time() const {
    return own_.quiet * (1 << std::min(std::max(withdrawals_ - 1, 0), most_doublings));
}

// Until then another that was Active before may not have heard of us yet.
Instant Guard::settled_in(const UnitView& unit) {
    return unit.since + unit.interval / 2;
}

// Seen while we listened, at a time when an advert was overdue: whoever it was outlived its adverts.
bool Guard::outlived(Instant seen, const UnitView& unit) const {
    return seen > unit.last_heard + proves_silence_false(unit.interval) && seen > unit.listening_since;
}

const Peer* Guard::active_peer(const UnitView& unit, Instant now) const {
    for (const Peer& peer : peers_.all()) {
        if (peer.state != State::active || !peer.fresh(now) || !peer.repeated()) continue;
        if (unit.state == State::active ? peer.last > settled_in(unit) : outlived(peer.last, unit))
            return &peer;
    }
    return nullptr;
}

const Peer* Guard::better_off(const UnitView& unit, Instant now) const {
    for (const Peer& peer : peers_.all())
        if (peer.state == State::backup && peer.references == References::good && peer.fresh(now) &&
            peer.repeated() && peer.last > references_.since() + settling(unit.interval))
            return &peer;
    return nullptr;
}

Facts Guard::facts(const UnitView& unit, Instant now) {
    expire_fencing(now);
    Facts facts;
    const auto peers = peers_.all();
    facts.peer_heard =
        std::any_of(peers.begin(), peers.end(), [&](const Peer& peer) { return peer.fresh(now); }) ||
        tap_.fresh(unit.interval, now) || now - unit.last_heard <= proves_silence_false(unit.interval);
    facts.ordered = ordered_;
    facts.fencing = fencing_;
    facts.failure_promotes = own_.fence.failure_promotes;
    facts.withdraws_when_isolated = own_.withdraws_when_isolated;
    draw_references(unit, now, facts);
    if (unit.state == State::active)
        draw_active(unit, now, facts);
    else
        draw_backup(unit, now, facts);
    return facts;
}

void Guard::draw_references(const UnitView& unit, Instant now, Facts& facts) {
    const bool heard_since = unit.last_heard > references_.since() + settling(unit.interval);
    const auto peers = peers_.all();
    const bool gone_there = std::any_of(peers.begin(), peers.end(), [&](const Peer& peer) {
        return peer.fresh(now) && peer.repeated() && peer.references == References::bad;
    });
    if (references_.bad() && (heard_since || gone_there)) references_.discredit();
    if (unit.state != State::active) {
        facts.references_bad = references_.believed_bad();
        return;
    }
    facts.references_bad = references_.bad();
    if (gone_there) facts.peer_references = References::bad;
    if (better_off(unit, now) != nullptr) facts.peer_references = References::good;
    // A peer that went long before the references, or long after, tells nothing about why they went.
    Instant newest = long_ago;
    for (const Peer& peer : peers)
        newest = std::max(newest, peer.last);
    const Duration window = std::max(8 * unit.down_interval, 10 * own_.reference_interval);
    const bool went_together = newest != long_ago && newest + window >= references_.since() &&
                               newest <= references_.since() + settling(unit.interval);
    facts.cut_off = references_.believed_bad() && (own_.references_redundant || went_together);
}

void Guard::draw_backup(const UnitView& unit, Instant now, Facts& facts) const {
    const bool tapped =
        tap_.repeated(unit.interval) && tap_.fresh(unit.interval, now) && outlived(tap_.last, unit);
    const bool refused = refused_.repeated(unit.interval) && refused_.fresh(unit.interval, now) &&
                         outlived(refused_.last, unit) && !strangers_.known(refused_.source);
    facts.heard_elsewhere = tapped || refused || active_peer(unit, now) != nullptr;
    facts.resigned = unit.resigned;
    facts.weaker_heard = unit.preempting && now - unit.last_heard <= unit.down_interval;
    facts.quiet = withdrew_ && now < quiet_since_ + quiet_time();
    const auto peers = peers_.all();
    const auto stands_by = [&](const Peer& peer) {
        return peer.state != State::active && peer.fresh(now) && peer.repeated();
    };
    const auto is_followed = [&](const Peer& peer) { return !unit.peer || peer.address == unit.peer; };
    facts.peers_stand_by = std::all_of(peers.begin(), peers.end(), stands_by) &&
                           std::any_of(peers.begin(), peers.end(), is_followed);
    facts.unmet = peers.empty() && unit.last_heard == long_ago;
    facts.answered = asks_.standing(until_answered(unit.down_interval), now);
}

void Guard::draw_active(const UnitView& unit, Instant now, Facts& facts) {
    const Instant taken_over = settled_in(unit);
    facts.rival_advert = rival_.last > taken_over && rival_.repeated(unit.interval) &&
                         now - rival_.last <= evidence_lasts(unit.interval);
    facts.rival_elsewhere =
        active_peer(unit, now) != nullptr ||
        (tap_.last > taken_over && tap_.repeated(unit.interval) && tap_.fresh(unit.interval, now));
    const Claimant* const confirmed = claimants_.confirmed(unit.interval, now);
    const Claimant* const newest = claimants_.newest();
    facts.claimed = confirmed != nullptr;
    facts.suspected = newest != nullptr && newest->fresh(unit.interval, now);
    facts.ours_is_lower = ours_is_lower_;
    if (facts.rival_advert || facts.rival_elsewhere || facts.claimed) {
        if (disputed_since_ == never) disputed_since_ = now;
        disputed_last_ = now;
    }
    if (disputed_since_ == never) return;
    facts.unsettled = now - disputed_since_ >= until_unsettled(unit.interval);
    facts.unyielding = now - disputed_since_ >= until_unyielding(unit.interval);
}

// --- Decisions

std::optional<Instant> Guard::hold_back(const UnitView& unit, Instant now, Outbox& out) {
    const Row& row = decide(false, facts(unit, now));
    const Verdict verdict = row.cell(own_.policy).verdict;
    note(row, unit, now, out);
    if (verdict != Verdict::fence) fence_begins_ = never;
    held_ = verdict != Verdict::promote;
    if (!held_) return std::nullopt;
    held_at_ = now;
    look_at(now);
    if (withdrew_ && row.situation != Situation::quiet_time) quiet_since_ = now;
    if (verdict == Verdict::fence) return begin_fencing(unit, now, out);
    if (verdict == Verdict::ask_again) {
        if (now - asks_.asked() >= until_answered(unit.down_interval) / 2) ask(now, out);
        return now + std::max(until_answered(unit.down_interval), shortest_look);
    }
    // When the last ask will have been silent for long enough, or with the next one.
    const Instant told = asks_.asked() + until_answered(unit.down_interval);
    Instant again = told > now ? std::min(told, now + unit.interval) : now + unit.interval;
    if (row.situation == Situation::quiet_time)
        again = std::min(again, std::max(quiet_since_ + quiet_time(), now + shortest_look));
    if (row.situation == Situation::fencing)
        again = std::min(again, std::max(fence_at_ + own_.fence.timeout, now + shortest_look));
    return again;
}

// Nothing is done by asking.
std::optional<Cause> Guard::objection(const UnitView& unit, Instant now) const {
    Guard probe{*this};
    const Row& row = decide(false, probe.facts(unit, now));
    if (row.cell(own_.policy).verdict == Verdict::promote) return std::nullopt;
    return probe.cause_of(row, unit, now);
}

std::optional<Instant> Guard::begin_fencing(const UnitView& unit, Instant now, Outbox& out) {
    if (fence_begins_ == never) fence_begins_ = now + fence_delay(unit);
    if (now < fence_begins_) return std::min(fence_begins_, now + unit.interval);
    fence_begins_ = never;
    fencing_ = Fencing::running;
    fence_at_ = now;
    out.ask(Fence{id_});
    note(decide(false, facts(unit, now)), unit, now, out);
    return now + std::min(unit.interval, std::max(own_.fence.timeout, shortest_look));
}

// An Active never fences, so that only two Backups can shoot each other. Where priorities differ, the delay
// that was written is meant to keep them apart.
Duration Guard::fence_delay(const UnitView& unit) const {
    const auto peers = peers_.all();
    if (!unit.source) return own_.fence.delay;
    for (const Peer& peer : peers)
        if (peer.state == State::backup && peer.priority == unit.priority && peer.address)
            return own_.fence.delay + fence_turn(*unit.source, *peer.address);
    if (!peers.empty() || unit.last_heard != long_ago) return own_.fence.delay;
    return own_.fence.delay + fence_turn(*unit.source);
}

void Guard::expire_fencing(Instant now) {
    if (fencing_ == Fencing::running && now - fence_at_ >= own_.fence.timeout) {
        fencing_ = Fencing::failed;
        fence_at_ = now;
    } else if (fencing_ == Fencing::failed && !own_.fence.failure_promotes &&
               now - fence_at_ >= own_.fence.retry_after) {
        fencing_ = Fencing::none;
    }
}

std::optional<IncidentEntry> Guard::serve(const UnitView& unit, Instant now, Outbox& out) {
    next_ = never;
    const bool takes_part = unit.state == State::active || unit.state == State::backup;
    if (unit.state != State::initialize && !own_.heartbeats.empty()) {
        if (now - heartbeat_at_ >= unit.interval) {
            heartbeat_at_ = now - heartbeat_at_ >= 2 * unit.interval ? now : heartbeat_at_ + unit.interval;
            send_heartbeats(unit, false, out);
        }
        look_at(heartbeat_at_ + unit.interval);
        watch_paths(unit, now, out);
    }
    std::optional<IncidentEntry> leave;
    if (takes_part) {
        if (unit.state == State::backup) end_silence(unit);
        if (ask_due(unit, now) <= now) ask(now, out);
        look_at(ask_due(unit, now));
        if (unit.state == State::active) leave = review(unit, now, out);
        if (withdrew_ && references_.bad()) quiet_since_ = now;
    }
    calm_down(unit, now, out);
    look_at(review_due(unit, now));
    if (next_ != never) next_ = std::max(align_up(next_, advert_grid(unit.interval)), now + shortest_look);
    return leave;
}

// An advert was accepted: what was found out in the silence before is of no use in the next.
void Guard::end_silence(const UnitView& unit) {
    if (unit.last_heard > asks_.asked()) {
        asks_.forget();
        claimants_.forget();
    }
    if (fencing_ != Fencing::running && unit.last_heard > fence_at_) fencing_ = Fencing::none;
    if (!held_ || unit.last_heard <= held_at_) return;
    held_ = false;
    if (situation_ != Situation::quiet_time) situation_ = Situation::none;  // it was no silence that held it
}

// What an Active knows, and what follows. Says so when it has to leave.
std::optional<IncidentEntry> Guard::review(const UnitView& unit, Instant now, Outbox& out) {
    const Row& row = decide(true, facts(unit, now));
    const bool healed = disputed_since_ != never && now - disputed_last_ > evidence_lasts(unit.interval);
    const IncidentEntry entry = note(row, unit, now, out);
    if (healed) {
        disputed_since_ = never;
        told_ = long_ago;
    }
    if (healed || announce_at_ <= now) announce_again(unit, now, out);
    if (disputed_since_ != never && now - told_ >= unit.interval) tell_rival(unit, now, out);
    if (entry.verdict == Verdict::withdraw || entry.verdict == Verdict::hand_over) return entry;
    return std::nullopt;
}

// Whoever learned the other's addresses has to learn ours. Not more often than two routers can quarrel: who
// makes us believe in rivals does not make us flood the network.
void Guard::announce_again(const UnitView& unit, Instant now, Outbox& out) {
    announce_at_ = never;
    if (now - announced_ < unit.interval) {
        announce_at_ = announced_ + unit.interval;
        return;
    }
    announced_ = now;
    for (const RouterId member : members_)
        if (const int repeat = all_.routers[index(member)].announce.repeat; repeat > 0)
            out.ask(Announce{member, repeat});
}

void Guard::tell_rival(const UnitView& unit, Instant now, Outbox& out) {
    told_ = now;
    const Claimant* rival = claimants_.confirmed(unit.interval, now);
    if (rival == nullptr) rival = claimants_.newest();
    if (rival != nullptr && rival->fresh(unit.interval, now))
        out.ask(SendAdvertTo{rival->router, rival->mac});
    if (now - heartbeat_at_ >= part(unit.interval, 4)) send_heartbeats(unit, false, out);
}

void Guard::changed(const UnitView& unit, const StateChanged& change, Instant now, Outbox& out) {
    const State from = change.from;
    if (from == State::active || unit.state == State::active) {
        asks_.forget();
        claimants_.forget();
        rival_ = {};
        disputed_since_ = announce_at_ = never;
        held_ = false;
        ordered_ = false;
        fence_begins_ = never;
        if (fencing_ != Fencing::running) fencing_ = Fencing::none;
    }
    if (unit.state == State::active) withdrew_ = false;
    const CauseKind why =
        change.cause.kind == CauseKind::group_member ? change.cause.member_kind : change.cause.kind;
    if (why == CauseKind::stood_still)
        if (const Row* const row = row_of(Situation::resumed))
            record(*row, {now, row->situation, row->cell(own_.policy).verdict, change.cause}, out);
    if (unit.state == State::active && from == State::initialize)  // an address owner, by no row of a Backup
        note(decide(true, facts(unit, now)), unit, now, out);
    // A router that gives way to a better one says nothing; one that leaves lets the others hurry.
    const bool leaves =
        unit.state != State::backup || (withdrew_ && quiet_since_ == now) || why == CauseKind::handed_over;
    send_heartbeats(unit, from == State::active && leaves, out);
    heartbeat_at_ = now;
    look_at(now + part(unit.interval, 4));
}

void Guard::withdrawn(Instant now) {
    const bool soon = withdrawals_ > 0 && now - quiet_since_ < 10 * quiet_time();
    withdrawals_ = soon ? withdrawals_ + 1 : 1;
    withdrew_ = true;
    quiet_since_ = now;
}

// --- Asks, heartbeats

void Guard::ask(Instant now, Outbox& out) {
    asks_.ask(now);
    for (const RouterId member : members_)
        out.ask(AskAddresses{member});
}

// Twice in the last third of a silence; each interval while it goes on only because of us; now and then while
// Active, each interval in a dispute.
Instant Guard::ask_due(const UnitView& unit, Instant now) {
    if (!own_.probes_addresses) return never;
    const Instant each_interval = asks_.asked() == long_ago ? now : asks_.asked() + unit.interval;
    if (unit.state == State::active) {
        const Claimant* const newest = claimants_.newest();
        const bool doubt =
            disputed_since_ != never || (newest != nullptr && newest->fresh(unit.interval, now));
        if (doubt || asks_.asked() == long_ago) return std::max(each_interval, settled_in(unit));
        return asks_.asked() + between_patrols(unit.interval);
    }
    if (held_) return each_interval;
    if (unit.resigned || unit.preempting || unit.promotes_at == never)
        return now + part(unit.down_interval, 3);  // looks again then
    const Instant last = unit.promotes_at - until_answered(unit.down_interval);
    const Instant first = last - until_answered(unit.down_interval);
    if (asks_.asked() < first) return first;
    if (asks_.asked() < last) return last;
    return now + part(unit.down_interval, 3);
}

Instant Guard::review_due(const UnitView& unit, Instant now) const {
    if (unit.state == State::active &&
        (disputed_since_ != never || references_.bad() || claimants_.newest() != nullptr))
        return now + part(unit.interval, 4);
    if (incident_.is_open() || held_) return std::min(announce_at_, now + unit.interval);
    return announce_at_;
}

void Guard::send_heartbeats(const UnitView& unit, bool farewell, Outbox& out) {
    if (own_.heartbeats.empty() || (unit.state == State::initialize && !farewell)) return;
    ++sequence_;
    for (const PathId path : own_.heartbeats)
        out.ask(SendHeartbeat{path, id_, farewell});
}

// A path that is silent while a peer is heard by another is one that will be missed.
void Guard::watch_paths(const UnitView& unit, Instant now, Outbox& out) {
    const auto peers = peers_.all();
    const bool heard =
        std::any_of(peers.begin(), peers.end(), [&](const Peer& peer) { return peer.fresh(now); });
    if (!heard) heard_since_ = never;
    if (heard && heard_since_ == never) heard_since_ = now;
    const Instant since = heard ? heard_since_ : long_ago;  // a path may need a moment more than the first
    for (std::size_t at = 0; at < paths_.size(); ++at) {
        const bool silent = now - std::max(paths_[at].heard, since) > 2 * evidence_lasts(unit.interval);
        if (silent == paths_[at].silent || (silent && !heard)) continue;
        paths_[at].silent = silent;
        out.ask(PathChanged{id_, own_.heartbeats[at], !silent});
    }
}

Heartbeat Guard::heartbeat(const UnitView& unit, bool farewell) const {
    return {.unit = key_,
            .host = all_.host,
            .incarnation = incarnation_,
            .sequence = sequence_,
            .state = unit.state,
            .priority = unit.priority,
            .interval = unit.interval,
            .address = unit.source,
            .references = references_.verdict(),
            .farewell = farewell};
}

}  // namespace holdfast::engine
