#include "engine/guards.h"

#include <algorithm>

#include "base/result.h"
#include "engine/timers.h"

namespace holdfast::engine {
namespace {

References verdict_of(Health health) {
    if (health == Health::unknown) return References::unknown;
    return health == Health::good ? References::good : References::bad;
}

}  // namespace

Guards::Guards(const Reach& reach) : reach_{reach}, deadlines_{reach.settings.guards.size()} {
    const Settings& settings = reach_.settings;
    if (settings.guards.empty()) return;
    by_unit_.resize(reach_.routers.size() + settings.groups.size());
    guards_.reserve(settings.guards.size());
    for (std::uint32_t number = 0; number < settings.guards.size(); ++number) {
        const GuardSettings& own = settings.guards[number];
        HF_ASSERT(index(own.leader) < reach_.routers.size());
        const Router& leader = at(own.leader);
        const auto& members = reach_.groups.unit_of(leader);
        HF_ASSERT(members.front() == own.leader);
        guards_.emplace_back(GuardId{number}, settings, members);
        if (own.policy == GuardPolicy::off) continue;
        HF_ASSERT(!by_unit_[leader.unit]);
        by_unit_[leader.unit] = GuardId{number};
        for (const RouterId member : members)
            at(member).guarded = true;
    }
}

const Guard* Guards::find(GuardId id) const {
    return index(id) < guards_.size() ? &guards_[index(id)] : nullptr;
}

const Guard* Guards::guard_of(const Router& router) const {
    if (guards_.empty() || !by_unit_[router.unit]) return nullptr;
    return &guards_[index(*by_unit_[router.unit])];
}

Guard* Guards::guard_of(const Router& router) {
    return const_cast<Guard*>(std::as_const(*this).guard_of(router));
}

UnitView Guards::view_of(const Guard& guard, const Router* asker) const {
    const Router& leader = at(guard.settings().leader);
    UnitView view{.state = state_of(leader.state),
                  .since = leader.since,
                  .interval = leader.settings->advert_interval,
                  .priority = leader.priority,
                  .source = leader.source};
    Instant not_yet{Duration::min()};  // the last timer of those that do not want to be Active yet
    Instant soonest = never;
    view.listening_since = leader.since;
    for (const RouterId id : guard.members()) {
        const auto* backup = std::get_if<Backup>(&at(id).state);
        if (backup == nullptr) continue;
        if (backup->last_heard != never_heard_from)
            view.last_heard = std::max(view.last_heard, backup->last_heard);
        if (!backup->wants_active) not_yet = std::max(not_yet, backup->down);
        soonest = std::min(soonest, backup->down);
    }
    view.promotes_at = not_yet == Instant{Duration::min()} ? soonest : not_yet;
    const auto* backup = std::get_if<Backup>(asker != nullptr ? &asker->state : &leader.state);
    if (backup != nullptr) {
        view.interval = backup->active_interval;
        view.listening_since = backup->listening_since;
        view.resigned = backup->expects == CauseKind::peer_resigned;
        view.preempting = backup->expects == CauseKind::preempting;
        const auto& who = view.resigned || view.preempting ? backup->rival : backup->followed;
        if (who) {
            view.peer = who->address;
            view.peer_priority = who->priority;
        }
    }
    view.down_interval = down_interval(*leader.settings, leader.priority, view.interval);
    return view;
}

void Guards::rearm(const Guard& guard) {
    for (const RouterId id : guard.members())
        reach_.deadlines.set(id, deadline(at(id).state, *at(id).settings));
}

// --- Decisions

bool Guards::hold_back(Router& router, Instant now, Outbox& out) {
    Guard* const guard = guard_of(router);
    if (guard == nullptr || reach_.groups.is_active(router) || !reach_.groups.agrees(router)) return false;
    const auto until = guard->hold_back(view_of(*guard, &router), now, out);
    arm(*guard);
    if (!until) return false;
    Backup held = held_back(std::get<Backup>(router.state), router.self(), now);
    held.down = std::max(*until, now + Duration{1});
    router.state = held;
    return true;
}

// Whoever is ordered to take over from an Active preempts it, whatever the priorities.
UnitView Guards::view_of_order(const Guard& guard, const Router& router) const {
    UnitView view = view_of(guard, &router);
    view.resigned = false;
    view.preempting = true;
    return view;
}

std::optional<Cause> Guards::objection(const Router& router, Instant now) const {
    const Guard* const guard = guard_of(router);
    if (guard == nullptr) return std::nullopt;
    return guard->objection(view_of_order(*guard, router), now);
}

void Guards::take_order(const Router& router, Instant now, Outbox& out) {
    Guard* const guard = guard_of(router);
    if (guard == nullptr) return;
    guard->take_order(view_of_order(*guard, router), now, out);
    arm(*guard);
}

Cause Guards::promotion_cause(const Router& router, const Cause& cause) const {
    const Guard* const guard = guard_of(router);
    if (guard == nullptr) return cause;
    Cause better = cause;
    better.policy = guard->settings().policy;
    if (guard->situation() == Situation::fenced)
        better.kind = CauseKind::guard_fenced;
    else if (guard->situation() == Situation::ordered)
        better.kind = CauseKind::guard_ordered;
    else
        return cause;
    return better;
}

// Something has changed for a unit that is held back: its timers end now, or when those of better routers
// have.
void Guards::ask_anew(const Guard& guard, bool after_skew, Instant now) {
    for (const RouterId id : guard.members()) {
        auto* backup = std::get_if<Backup>(&at(id).state);
        if (backup == nullptr || !backup->wants_active) continue;
        const Duration wait =
            after_skew ? skew_time(at(id).settings->version, at(id).priority, backup->active_interval)
                       : Duration{0};
        backup->down = std::clamp(backup->down, now, now + wait);
    }
    rearm(guard);
}

void Guards::leave(Guard& guard, const IncidentEntry& why, Instant now, Outbox& out) {
    guard.withdrawn(now);
    reach_.groups.withdraw(at(guard.settings().leader), why.cause, now, out);
    rearm(guard);
}

// --- Evidence

void Guards::note_advert(const Router& router, const Advert& heard, Instant now, Outbox& out) {
    Guard* const guard = guard_of(router);
    if (guard == nullptr || !router.is(State::active)) return;
    if (heard.priority)
        guard->see_rival(view_of(*guard), heard.source, now, out);
    else
        guard->see_rival_leave(view_of(*guard), now);
    arm(*guard);
}

void Guards::note_remark(const Router& router, const Judgement& judgement, const IpAddress& source,
                         Instant now, Outbox& out) {
    Guard* const guard = guard_of(router);
    if (guard == nullptr || !judgement.remark || !is_mismatch(*judgement.remark)) return;
    const UnitView view = view_of(*guard);
    const Mismatch seen{.remark = *judgement.remark,
                        .source = source,
                        .found = judgement.found,
                        .expected = judgement.expected};
    if (!judgement.advert && means_us(seen.remark)) guard->see_refused(view, source, now);
    guard->see_mismatch(view, seen, now, out);
    arm(*guard);
}

std::optional<Guards::Overheard> Guards::hear_tap(const Router& router, const Advert& heard, Instant now) {
    Guard* const guard = guard_of(router);
    if (guard == nullptr) return std::nullopt;
    if (heard.priority) {
        guard->see_tap(view_of(*guard), heard.source, now);
        return std::nullopt;
    }
    const UnitView view = view_of(*guard);
    if (now - view.last_heard <= proves_silence_false(view.interval)) return std::nullopt;  // it is no news
    auto overheard = farewell_for(*guard, heard.source);
    if (overheard) overheard->routers = std::span{&router.id, 1};
    return overheard;
}

// The Active that this unit follows resigns, and the unit does not know it yet.
std::optional<Guards::Overheard> Guards::farewell_for(const Guard& guard, const IpAddress& source) const {
    const UnitView view = view_of(guard);
    if (view.state != State::backup || view.resigned || (view.peer && *view.peer != source))
        return std::nullopt;
    return Overheard{guard.members(), Advert{.source = source, .priority = std::nullopt, .interval = {}}};
}

std::optional<Guards::Overheard> Guards::hear(const HeartbeatHeard& heard, Instant now) {
    const auto heartbeat = decode_heartbeat(heard.bytes);
    if (!heartbeat) return std::nullopt;
    const auto found = std::find_if(guards_.begin(), guards_.end(), [&](const Guard& guard) {
        return guard.key() == heartbeat->unit && watches(guard);
    });
    if (found == guards_.end()) return std::nullopt;
    Guard& guard = *found;
    const UnitView view = view_of(guard);
    const auto before = guard.hear(view, *heartbeat, heard.path, now);
    if (!before) return std::nullopt;
    if (view.state == State::active) guard.look_at(now);
    arm(guard);
    const IpAddress source = heartbeat->address.value_or(IpAddress{});
    if (heartbeat->farewell) return *before == State::active ? farewell_for(guard, source) : std::nullopt;
    // Two in a row: one could be anybody's where there is no key.
    if (view.state != State::active || heartbeat->state != State::active || *before != State::active)
        return std::nullopt;
    return Overheard{
        std::span{&guard.settings().leader, 1},
        Advert{.source = source, .priority = heartbeat->priority, .interval = heartbeat->interval}};
}

void Guards::take(const AddressClaimed& claim, Instant now, Outbox& out) {
    HF_ASSERT(index(claim.router) < reach_.routers.size());
    const Router& router = at(claim.router);
    Guard* const guard = guard_of(router);
    if (guard == nullptr) return;
    const auto own = router.settings->link ? reach_.links.mac(*router.settings->link) : std::nullopt;
    guard->take_claim(view_of(*guard), claim, own, now, out);
    arm(*guard);
}

void Guards::take(const FenceReported& report, Instant now) {
    if (index(report.guard) >= guards_.size()) return;
    Guard& guard = guards_[index(report.guard)];
    if (!watches(guard)) return;
    guard.end_fencing(report.confirmed, now);
    ask_anew(guard, false, now);
}

void Guards::take(const ChoiceMade& choice, Instant now, Outbox& out) {
    if (index(choice.guard) >= guards_.size()) return;
    Guard& guard = guards_[index(choice.guard)];
    const Router& leader = at(guard.settings().leader);
    if (!watches(guard) || !guard.incident().is_open()) return;
    switch (choice.choice) {
        case Choice::take_over:
            if (!guard.holds_back()) return;
            guard.order_to_take_over();
            return ask_anew(guard, false, now);
        case Choice::withdraw:
            if (!leader.is(State::active)) return;
            return leave(guard, guard.note_ordered_withdrawal(view_of(guard), now, out), now, out);
        case Choice::fence:
            guard.order_fencing();
            return ask_anew(guard, false, now);
        case Choice::close:
            return guard.close_incident(now, out);
    }
}

void Guards::take(const TrackerJudged& judged, Instant now) {
    for (Guard& guard : guards_) {
        if (guard.settings().references != judged.tracker || !watches(guard)) continue;
        guard.judge_references(verdict_of(judged.health), now);
        guard.look_at(now);
        arm(guard);
        if (judged.health == Health::good && guard.holds_back()) ask_anew(guard, true, now);
    }
}

// --- Time

void Guards::start(Instant now) {
    for (Guard& guard : guards_) {
        if (!watches(guard)) continue;
        const auto listens_until = guard.resume(view_of(guard), now);
        arm(guard);
        if (!listens_until) continue;
        for (const RouterId id : guard.members())
            if (auto* backup = std::get_if<Backup>(&at(id).state); backup != nullptr && at(id).adopted)
                backup->down = std::max(backup->down, *listens_until);
        rearm(guard);
    }
}

void Guards::serve(Instant now, Outbox& out) {
    while (deadlines_.earliest() <= now) {
        Guard& guard = guards_[index(deadlines_.first())];
        const auto why = guard.serve(view_of(guard), now, out);
        arm(guard);
        HF_ASSERT(deadlines_.of(guard.id()) > now);
        if (why) leave(guard, *why, now, out);
    }
}

void Guards::look_over(const Effects& done, Instant now, Outbox& out) {
    if (guards_.empty()) return;
    changes_.clear();
    for (const Effect& effect : done)
        if (const auto* change = std::get_if<StateChanged>(&effect))
            if (const Guard* const guard = guard_of(at(change->router));
                guard != nullptr && guard->settings().leader == change->router)
                changes_.push_back(*change);
    for (const StateChanged& change : changes_) {
        Guard& guard = *guard_of(at(change.router));
        guard.changed(view_of(guard), change, now, out);
        arm(guard);
    }
}

void Guards::encode(GuardId id, bool farewell, std::span<std::uint8_t, heartbeat_size> out) const {
    HF_ASSERT(index(id) < guards_.size());
    const Guard& guard = guards_[index(id)];
    encode_heartbeat(guard.heartbeat(view_of(guard), farewell), out);
}

void Guards::write(const Router& router, GuardRecord& record) const {
    const Guard* const guard = guard_of(router);
    if (guard != nullptr && guard->settings().leader == router.id) record = guard->remembered();
}

void Guards::read(const Router& router, const GuardRecord& record) {
    Guard* const guard = guard_of(router);
    if (guard != nullptr && guard->settings().leader == router.id) guard->adopt(record);
}

}  // namespace holdfast::engine
