#include "engine/steering.h"

#include <algorithm>

#include "engine/engine_impl.h"
#include "engine/timers.h"

namespace holdfast::engine {
namespace {

std::string with_priority(const Objection& objection) {
    return objection.priority ? ", with priority " + std::to_string(objection.priority->wire())
                              : std::string{};
}

// An Active that advertises, and did not resign.
std::optional<Opponent> heard_by(const Router& router, Instant now) {
    const auto* backup = std::get_if<Backup>(&router.state);
    if (backup == nullptr) return std::nullopt;
    const auto& who = backup->expects == CauseKind::preempting ? backup->rival : backup->followed;
    const bool resigned = backup->expects == CauseKind::peer_resigned;
    if (!who || !who->priority || resigned || backup->last_heard == never_heard_from) return std::nullopt;
    const Duration patience = down_interval(*router.settings, router.priority, backup->active_interval);
    if (now - backup->last_heard > patience) return std::nullopt;
    return Opponent{&router, who->address, *who->priority, backup->last_heard};
}

}  // namespace

std::string describe(const Objection& objection, const Settings& settings) {
    const std::string peer = objection.peer ? objection.peer->text() : "nobody that is heard";
    switch (objection.kind) {
        case Objection::Kind::not_begun:
            return "it does not take part yet";
        case Objection::Kind::drained:
            return "it is drained by an operator";
        case Objection::Kind::in_fault:
            return "it is in fault: " +
                   (objection.cause ? describe(*objection.cause, settings, std::nullopt) : "unknown");
        case Objection::Kind::not_active:
            return "it is not Active here; " + peer + " is" + with_priority(objection);
        case Objection::Kind::is_active:
            return "it is Active here already";
        case Objection::Kind::nobody_heard:
            return "no Active is heard that it could take over from";
        case Objection::Kind::too_strong:
            return peer + " is Active" + with_priority(objection) + ", and would not give way";
        case Objection::Kind::guard:
            return "its guard holds it back: " +
                   (objection.cause ? describe(*objection.cause, settings, std::nullopt) : "unknown");
    }
    return "unknown";
}

std::optional<Objection> Engine::Impl::objection(const Router& router, Command command, Instant now) const {
    using Kind = Objection::Kind;
    if (phase == Phase::stopped) return Objection{.kind = Kind::not_begun};
    if (command == Command::drain || command == Command::resume) return std::nullopt;
    if (router.steering == Steering::drained) return Objection{.kind = Kind::drained};
    if (phase == Phase::preparing || router.is(State::initialize)) return Objection{.kind = Kind::not_begun};
    if (router.is(State::fault)) return Objection{.kind = Kind::in_fault, .cause = router.cause};
    if (command == Command::take_over) return objection_to_taking_over(router, now);
    if (groups.is_active(router)) return std::nullopt;
    Objection objection{.kind = Kind::not_active};
    if (const auto opponent = opponent_of(router, now)) {
        objection.peer = opponent->address;
        objection.priority = opponent->priority;
    }
    return objection;
}

// The strongest Active that a member of its unit hears.
std::optional<Opponent> Engine::Impl::opponent_of(const Router& router, Instant now) const {
    std::optional<Opponent> strongest;
    for (const RouterId id : groups.unit_of(router)) {
        const auto heard = heard_by(at(id), now);
        if (heard && (!strongest || heard->priority > strongest->priority)) strongest = heard;
    }
    return strongest;
}

std::optional<Objection> Engine::Impl::objection_to_taking_over(const Router& router, Instant now) const {
    using Kind = Objection::Kind;
    if (groups.is_active(router)) return Objection{.kind = Kind::is_active};
    const auto opponent = opponent_of(router, now);
    if (!opponent) return Objection{.kind = Kind::nobody_heard};
    for (const RouterId id : groups.unit_of(router)) {
        const auto heard = heard_by(at(id), now);
        const Priority ours = at(id).settings->priority.is_owner() ? Priority::owner() : raised_priority;
        if (heard && heard->priority >= ours)
            return Objection{.kind = Kind::too_strong, .peer = heard->address, .priority = heard->priority};
    }
    if (const auto cause = guards.objection(*opponent->by, now))
        return Objection{.kind = Kind::guard, .cause = cause};
    return std::nullopt;
}

void Engine::Impl::handle(const OperatorCommand& given, Instant now, Outbox& out) {
    Router& router = at(given.router);
    if (objection(router, given.command, now)) return;
    switch (given.command) {
        case Command::drain:
            return steer(router, Steering::drained, {.kind = CauseKind::drained}, now, out);
        case Command::resume:
            return steer(router, Steering::none, {.kind = CauseKind::resumed}, now, out);
        case Command::hand_over:
            return hand_over(router, now, out);
        case Command::take_over:
            return take_over(router, now, out);
    }
}

// An order is one for the whole unit.
void Engine::Impl::steer(const Router& router, Steering order, const Cause& cause, Instant now, Outbox& out) {
    if (router.steering == order) return;
    const auto& unit = groups.unit_of(router);
    out.ask(SteeringChanged{unit.front(), router.steering, order});
    for (const RouterId id : unit) {
        Router& member = at(id);
        member.overheard.reset();
        if (order == Steering::drained) {
            const auto heard = heard_by(member, now);
            if (heard) member.overheard = Contender{heard->address, heard->priority};
            if (heard) member.overheard_at = heard->at;
        }
        member.steering = order;
        member.steered = order == Steering::none ? Instant{} : now;
        if (phase != Phase::preparing) look_again(member, cause, out);
    }
    if (phase != Phase::preparing) settle(router, now, out);
}

// Whoever wants to take over hears a farewell and waits for a moment only; nobody there, it comes back.
void Engine::Impl::hand_over(Router& router, Instant now, Outbox& out) {
    const Cause cause{.kind = CauseKind::handed_over};
    steer(router, Steering::yielding, cause, now, out);
    groups.withdraw(router, cause, now, out);
    for (const RouterId id : groups.unit_of(router))
        if (auto* backup = std::get_if<Backup>(&at(id).state)) backup->expects = CauseKind::nobody_took_over;
    rearm_unit(router);
}

void Engine::Impl::take_over(Router& router, Instant now, Outbox& out) {
    const auto opponent = opponent_of(router, now);
    if (!opponent) return;
    guards.take_order(*opponent->by, now, out);
    Cause cause{.kind = CauseKind::raised, .peer = opponent->address, .peer_priority = opponent->priority};
    steer(router, Steering::raised, cause, now, out);
    cause.own_priority = router.priority;
    groups.take_over(router, cause, now, out);
    rearm_unit(router);
}

// Of members that were not in one unit before, whoever was told more is right; nobody goes on as raised who
// is not Active.
void Engine::Impl::adopt_orders(Instant now) {
    for (const Router& first : routers) {
        const auto& unit = groups.unit_of(first);
        if (unit.front() != first.id) continue;
        Steering order = Steering::none;
        Instant since{};
        bool is_active = false;
        for (const RouterId id : unit) {
            const Router& member = at(id);
            is_active = is_active || member.is(State::active);
            if (member.steering == Steering::none || (order != Steering::none && member.steering >= order))
                continue;
            order = member.steering;
            since = std::clamp(member.steered, Instant{}, now);
        }
        const bool is_over =
            (order == Steering::raised && !is_active) || (order == Steering::yielding && is_active);
        if (is_over) order = Steering::none;
        for (const RouterId id : unit) {
            at(id).steering = order;
            at(id).steered = order == Steering::none ? Instant{} : since;
        }
    }
}

// Who has handed over and is Active again, or has taken over and is Active no more, goes on by the usual
// rules.
void Engine::Impl::end_orders(Instant now, Outbox& out) {
    ended.clear();
    for (const Effect& effect : rest) {
        const auto* change = std::get_if<StateChanged>(&effect);
        if (change == nullptr) continue;
        const Router& router = at(change->router);
        const bool is_active = router.is(State::active);
        if ((router.steering == Steering::yielding && is_active) ||
            (router.steering == Steering::raised && !is_active))
            ended.push_back(router.id);
    }
    for (const RouterId id : ended)
        steer(at(id), Steering::none, at(id).cause, now, out);
}

// Who is drained takes no part, but can say who does.
void Engine::Impl::overhear(Router& router, const AdvertReceived& received, Instant now) {
    const Judgement judgement = judge(received, *router.settings, router.source, std::nullopt);
    if (!judgement.advert) return;
    router.overheard.reset();
    if (!judgement.advert->priority) return;
    router.overheard = Contender{judgement.advert->source, judgement.advert->priority};
    router.overheard_at = now;
}

}  // namespace holdfast::engine
