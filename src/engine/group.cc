#include "engine/group.h"

#include <algorithm>

#include "base/result.h"
#include "engine/timers.h"
#include "engine/tracking.h"

namespace holdfast::engine {
namespace {

Opening opening_of(const RouterSettings& settings) {
    if (!settings.starts_active) return Opening::listener;
    return settings.priority.is_owner() ? Opening::owner : Opening::candidate;
}

// What the leader's cause is for the other members.
Cause for_follower(const Cause& cause, RouterId leader) {
    Cause own = cause;
    own.kind = CauseKind::group_member;
    own.member = leader;
    own.member_kind = cause.kind;
    return own;
}

Cause for_member(const Cause& cause, RouterId leader, RouterId member) {
    return member == leader ? cause : for_follower(cause, leader);
}

}  // namespace

Groups::Groups(const Settings& settings, std::vector<Router>& routers) : routers_{routers} {
    units_.reserve(settings.groups.size() + routers.size());
    for (std::size_t i = 0; i < settings.groups.size(); ++i) {
        const GroupId id{static_cast<std::uint32_t>(i)};
        units_.push_back({.members = settings.groups[i].members, .group = id});
        for (const RouterId member : units_.back().members) {
            HF_ASSERT(at(member).settings->group_id == id);
            at(member).unit = i;
        }
    }
    for (Router& router : routers) {
        if (router.settings->group_id) continue;
        router.unit = units_.size();
        units_.push_back({.members = {router.id}, .group = std::nullopt});
    }
    for (const GuardSettings& guard : settings.guards)
        units_[at(guard.leader).unit].listens_first =
            guard.policy == GuardPolicy::hold || guard.policy == GuardPolicy::fence;
}

void Groups::set_fault(Router& router, const std::optional<Cause>& fault) {
    Unit& unit = units_[router.unit];
    if (fault && !router.fault) ++unit.faults;
    if (!fault && router.fault) {
        --unit.faults;
        unit.last_fault = router.fault;
        unit.last_faulty = router.id;
    }
    router.fault = fault;
}

Opening Groups::opening_of(const Unit& unit) const {
    const auto of_member = [this](RouterId id) { return engine::opening_of(*routers_[index(id)].settings); };
    const Opening first = of_member(unit.members.front());
    const bool agreed = std::all_of(unit.members.begin(), unit.members.end(), [&](RouterId id) {
        return of_member(id) == first && !routers_[index(id)].adopted;
    });
    if (!agreed) return Opening::listener;
    return first == Opening::owner && unit.listens_first ? Opening::candidate : first;
}

void Groups::start(const Router& member, Instant now, Outbox& out) {
    Unit& unit = units_[member.unit];
    const Router* const before = adopted_leader(unit);
    if (before != nullptr) unit.state = state_of(before->state);  // nothing changed, so nothing is said
    if (unit.faults > 0) {
        fail(unit, now, out);
        return;
    }
    const Opening opening = opening_of(unit);
    for (const RouterId id : unit.members) {
        Router& router = at(id);
        if (!router.is(State::initialize)) continue;
        const Decision decision = on(Initialize{}, Startup{opening}, router.self(), now);
        router.enter(decision.next, decision.cause.value_or(Cause{}), now, out);
    }
    recover(unit, now, out);
    const Router& shown = at(unit.members.front());
    if (before == nullptr) enter(unit, state_of(shown.state), shown.cause, {}, out);
}

// The member whose adopted state says most about the unit's; none when nothing was adopted.
const Router* Groups::adopted_leader(const Unit& unit) const {
    const Router* leader = nullptr;
    for (const RouterId id : unit.members) {
        const Router& router = routers_[index(id)];
        if (router.adopted && (leader == nullptr || router.is(State::active))) leader = &router;
    }
    return leader;
}

bool Groups::settle(const Router& member, Instant now, Outbox& out) {
    Unit& unit = units_[member.unit];
    if (unit.faults == 0) return recover(unit, now, out);
    if (unit.state == State::fault) return false;
    fail(unit, now, out);
    return true;
}

void Groups::fail(Unit& unit, Instant now, Outbox& out) {
    const RouterId leader = *std::find_if(unit.members.begin(), unit.members.end(),
                                          [this](RouterId id) { return at(id).fault.has_value(); });
    const Cause cause = at(leader).fault.value_or(Cause{});
    for (const RouterId id : unit.members) {
        Router& router = at(id);
        if (router.is(State::fault)) continue;
        router.enter(Fault{}, router.fault ? *router.fault : for_follower(cause, leader), now, out);
    }
    enter(unit, State::fault, cause, leader, out);
}

bool Groups::recover(Unit& unit, Instant now, Outbox& out) {
    const auto in_fault = [this](RouterId id) { return at(id).is(State::fault); };
    if (std::none_of(unit.members.begin(), unit.members.end(), in_fault)) return false;
    // An adopted fault has gone while nobody looked.
    const Cause cause = unit.last_fault ? end_of(*unit.last_fault) : Cause{.kind = CauseKind::adopted};
    const RouterId leader = unit.last_fault ? unit.last_faulty : unit.members.front();
    for (const RouterId id : unit.members) {
        Router& router = at(id);
        if (!in_fault(id)) continue;
        Backup backup = listening(router.self(), now);
        if (engine::opening_of(*router.settings) == Opening::owner) {
            backup.down = now + opening_interval(*router.settings);
            backup.expects = CauseKind::owner_started;
        }
        router.enter(backup, for_member(cause, leader, id), now, out);
        if (router.settings->unicast) out.ask(AnnounceSource{id});
    }
    if (unit.state == State::fault)
        enter(unit, State::backup, cause, unit.last_fault ? std::optional{leader} : std::nullopt, out);
    return true;
}

bool Groups::agrees(const Router& leader) const {
    const Unit& unit = units_[leader.unit];
    return unit.state == State::active ||
           std::all_of(unit.members.begin(), unit.members.end(),
                       [&](RouterId id) { return id == leader.id || routers_[index(id)].wants_active(); });
}

bool Groups::ask_for_active(Router& leader, const RouterState& active, const Cause& cause, Instant now,
                            Outbox& out) {
    if (!agrees(leader)) {
        leader.state = held_back(std::get<Backup>(leader.state), leader.self(), now);
        return false;
    }
    promote(leader, active, cause, now, out);
    return true;
}

void Groups::take_over(Router& leader, const Cause& cause, Instant now, Outbox& out) {
    promote(leader, reigning(leader.self(), now), cause, now, out);
}

void Groups::promote(Router& leader, const RouterState& active, const Cause& cause, Instant now,
                     Outbox& out) {
    Unit& unit = units_[leader.unit];
    for (const RouterId id : unit.members) {
        Router& router = at(id);
        if (router.is(State::active)) continue;
        router.enter(id == leader.id ? active : reigning(router.self(), now),
                     for_member(cause, leader.id, id), now, out);
    }
    enter(unit, State::active, cause, leader.id, out);
}

void Groups::give_way(Router& leader, const RouterState& backup, const Cause& cause, Instant now,
                      Outbox& out) {
    Unit& unit = units_[leader.unit];
    leader.enter(backup, cause, now, out);
    for (const RouterId id : unit.members) {
        Router& router = at(id);
        if (router.is(State::active))
            router.enter(listening(router.self(), now), for_follower(cause, leader.id), now, out);
    }
    enter(unit, State::backup, cause, leader.id, out);
}

void Groups::withdraw(Router& leader, const Cause& cause, Instant now, Outbox& out) {
    Unit& unit = units_[leader.unit];
    for (const RouterId id : unit.members) {
        Router& router = at(id);
        if (!router.is(State::active)) continue;
        router.send_advert(true, out);
        router.enter(listening(router.self(), now), for_member(cause, leader.id, id), now, out);
    }
    enter(unit, State::backup, cause, leader.id, out);
}

void Groups::stop(const Router& member, Instant now, Outbox& out) {
    Unit& unit = units_[member.unit];
    const Cause cause{.kind = CauseKind::stopped};
    for (const RouterId id : unit.members) {
        Router& router = at(id);
        if (!router.is(State::initialize)) router.enter(Initialize{}, cause, now, out);
    }
    enter(unit, State::initialize, cause, {}, out);
}

void Groups::enter(Unit& unit, State state, const Cause& cause, std::optional<RouterId> member, Outbox& out) {
    const State from = unit.state;
    unit.state = state;
    if (unit.group && from != state) out.ask(GroupStateChanged{*unit.group, from, state, cause, member});
}

}  // namespace holdfast::engine
