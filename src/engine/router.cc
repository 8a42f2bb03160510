#include "engine/router.h"

#include <algorithm>

#include "base/result.h"
#include "engine/timers.h"
#include "engine/tracking.h"

namespace holdfast::engine {
namespace {

// Who wins when two routers claim to be Active (RFC 9568 section 6.4.3).
//   1. higher priority   2. equal priority: higher primary address   3. equal both: not heard (own source)
enum class Winner { ours, theirs_by_priority, theirs_by_address };

Winner contest(const Self& self, Priority theirs, const IpAddress& their_address) {
    if (theirs > self.priority) return Winner::theirs_by_priority;
    if (theirs < self.priority) return Winner::ours;
    return self.source && their_address < *self.source ? Winner::ours : Winner::theirs_by_address;
}

// Version 2 knows one interval; version 3 goes by the Active router's.
Duration learned_interval(const Self& self, const Advert& heard) {
    return self.settings.version == Version::v3 ? heard.interval : self.settings.advert_interval;
}

Backup following(Backup backup, const Advert& heard, const Self& self, Instant now) {
    backup.active_interval = learned_interval(self, heard);
    backup.down = now + down_interval(self.settings, self.priority, backup.active_interval);
    backup.followed = Contender{heard.source, heard.priority};
    backup.last_heard = now;
    backup.rival.reset();
    backup.expects = CauseKind::peer_silent;
    backup.wants_active = false;
    return backup;
}

// Who floods us with adverts that call for one of ours does not make us flood the network.
bool may_answer_again(const Active& active, const RouterSettings& own, Instant now) {
    return active.answered == Instant::min() || now - active.answered >= own.advert_interval / 10;
}

Active after_answer(Active active, const RouterSettings& own, Instant now) {
    active.answered = now;
    active.nominal = now + own.advert_interval;
    return active;
}

Cause cause_of_timeout(const Backup& backup, const Self& self, Instant now) {
    Cause cause{.kind = backup.expects, .own_priority = self.priority};
    const auto& who = backup.expects == CauseKind::peer_silent ? backup.followed : backup.rival;
    if (who) {
        cause.peer = who->address;
        cause.peer_priority = who->priority;
    }
    const bool heard = backup.expects == CauseKind::peer_silent && backup.last_heard != never_heard_from;
    cause.elapsed = now - (heard ? backup.last_heard : backup.listening_since);
    return cause;
}

}  // namespace

State state_of(const RouterState& state) {
    return std::visit(
        Overloaded{[](const Initialize&) { return State::initialize; },
                   [](const Backup&) { return State::backup; }, [](const Active&) { return State::active; },
                   [](const Fault&) { return State::fault; }},
        state);
}

Backup listening(const Self& self, Instant now) {
    return {.down = now + down_interval(self.settings, self.priority, self.settings.advert_interval),
            .active_interval = self.settings.advert_interval,
            .listening_since = now};
}

Active reigning(const Self& self, Instant now) {
    return {.nominal = now + self.settings.advert_interval,
            .announcements = Announcements{self.settings.announce, now, now}};
}

Backup held_back(const Backup& backup, const Self& self, Instant now) {
    Backup next = backup;
    next.wants_active = true;
    next.down = now + down_interval(self.settings, self.priority, backup.active_interval);
    return next;
}

Backup reconsidered(const Backup& backup, const Self& self, Priority priority) {
    if (backup.expects != CauseKind::preempting || !backup.rival || !backup.rival->priority) return backup;
    if (self.preempts && *backup.rival->priority < priority) return backup;
    Backup next = backup;
    next.followed = backup.rival;
    next.rival.reset();
    next.expects = CauseKind::peer_silent;
    next.wants_active = false;
    next.down =
        std::max(next.down, next.last_heard + down_interval(self.settings, priority, next.active_interval));
    return next;
}

Backup shifted(const Backup& backup, const Self& self, Priority new_priority) {
    Backup next = reconsidered(backup, self, new_priority);
    if (next.expects != backup.expects) return next;
    next.down += down_interval(self.settings, new_priority, backup.active_interval) -
                 down_interval(self.settings, self.priority, backup.active_interval);
    return next;
}

Backup still_listening(const Backup& backup, const Self& self, Instant now) {
    Backup next = backup;
    next.down =
        std::max(backup.down, now + one_more_chance(self.settings, self.priority, backup.active_interval));
    return next;
}

Decision doubting(const Self& self, Duration stood_still, Instant now) {
    return {.next = listening(self, now),
            .cause = Cause{.kind = CauseKind::stood_still, .elapsed = stood_still}};
}

// RFC 9568 section 6.4.1, Startup.
Decision on(const Initialize&, Startup startup, const Self& self, Instant now) {
    if (startup.opening == Opening::owner)
        return {.next = reigning(self, now), .cause = Cause{.kind = CauseKind::owner_started}};
    Backup backup = listening(self, now);
    if (self.settings.preempt_delay > Duration{0})
        backup.preempt_at = backup.down + self.settings.preempt_delay;
    if (startup.opening == Opening::candidate) {
        backup.down = now + opening_interval(self.settings);
        backup.expects = CauseKind::configured_active;
    }
    return {.next = backup, .cause = Cause{.kind = CauseKind::started}};
}

// RFC 9568 section 6.4.2, an advertisement arrives.
Decision on(const Backup& backup, const Advert& heard, const Self& self, Instant now) {
    Backup next = backup;
    if (!heard.priority) {  // a farewell
        next.down = now + skew_time(self.settings.version, self.priority, backup.active_interval);
        next.rival = Contender{heard.source, std::nullopt};
        next.expects = CauseKind::peer_resigned;
        return {.next = next};
    }
    if (*heard.priority >= self.priority) {
        next.preempt_at.reset();
        return {.next = following(next, heard, self, now)};
    }
    if (!self.preempts) return {.next = following(next, heard, self, now)};
    if (self.settings.preempt_delay > Duration{0}) {
        if (!next.preempt_at) next.preempt_at = now + self.settings.preempt_delay;
        if (now < *next.preempt_at) return {.next = following(next, heard, self, now)};
    }
    next.last_heard = now;
    next.rival =
        Contender{heard.source, heard.priority};  // the timer keeps running and ends the weaker one's reign
    next.expects = CauseKind::preempting;
    return {.next = next};
}

// RFC 9568 section 6.4.2, the Active_Down_Timer fires.
Decision on(const Backup& backup, DeadlineReached, const Self& self, Instant now) {
    if (now - backup.down >= longest_deafness(backup.active_interval))
        return {.next = still_listening(backup, self, now)};
    return {.next = reigning(self, now), .cause = cause_of_timeout(backup, self, now)};
}

// RFC 9568 section 6.4.3, an advertisement arrives.
Decision on(const Active& active, const Advert& heard, const Self& self, Instant now) {
    Active next = active;
    const bool may_answer = may_answer_again(active, self.settings, now);
    if (!heard.priority) {  // somebody else resigned: whoever waits for it must hear us at once
        if (may_answer) next = after_answer(next, self.settings, now);
        return {.next = next, .advert = may_answer};
    }
    const Winner winner = contest(self, *heard.priority, heard.source);
    if (winner == Winner::ours) {
        const bool answers = (self.settings.answers_lower_priority || self.guarded) && may_answer;
        if (answers) next = after_answer(next, self.settings, now);
        return {.next = next, .advert = answers, .rival = heard.priority};
    }
    CauseKind kind = CauseKind::higher_priority;
    if (winner == Winner::theirs_by_address)
        kind = self.priority.is_owner() ? CauseKind::owner_conflict : CauseKind::higher_address;
    return {.next = following(listening(self, now), heard, self, now),
            .cause = Cause{.kind = kind,
                           .peer = heard.source,
                           .peer_priority = heard.priority,
                           .own_priority = self.priority},
            .advert = self.settings.advert_before_yielding || self.guarded};
}

// RFC 9568 section 6.4.3, the Adver_Timer fires. Announcements have their times in the same state.
Decision on(const Active& active, DeadlineReached, const Self& self, Instant now) {
    const Duration interval = self.settings.advert_interval;
    if (now - active.nominal >= longest_belief(self.settings))
        return doubting(self, now - active.nominal, now);
    Decision decision{.next = active};
    Active& next = std::get<Active>(decision.next);
    if (align_up(active.nominal, advert_grid(interval)) <= now) {
        next.nominal = next_in_phase(active.nominal, interval, now);
        decision.advert = true;
    }
    decision.announce = next.announcements.serve(self.settings.announce, now);
    return decision;
}

Instant protocol_deadline(const RouterState& state, const RouterSettings& settings) {
    if (const auto* backup = std::get_if<Backup>(&state)) return backup->down;
    if (const auto* active = std::get_if<Active>(&state))
        return align_up(active->nominal, advert_grid(settings.advert_interval));
    return never;
}

Instant deadline(const RouterState& state, const RouterSettings& settings) {
    const Instant protocol = protocol_deadline(state, settings);
    if (const auto* active = std::get_if<Active>(&state))
        return std::min(protocol, active->announcements.next());
    return protocol;
}

std::vector<Router> routers_of(const Settings& settings) {
    std::vector<Router> routers(settings.routers.size());
    for (std::size_t i = 0; i < routers.size(); ++i) {
        Router& router = routers[i];
        router.id = RouterId{static_cast<std::uint32_t>(i)};
        router.settings = &settings.routers[i];
        HF_ASSERT(router.settings->addresses.size() <= 255);
        HF_ASSERT(router.settings->advert_interval > Duration{0});
        HF_ASSERT(router.settings->down_timer_adverts > 0);
        router.tracked_links = tracked_links_of(*router.settings, settings);
        router.tracked_health = tracked_health_of(*router.settings, settings);
        router.priority = router.settings->priority;
        router.source = router.settings->source;
    }
    return routers;
}

bool Router::wants_active() const {
    if (const auto* backup = std::get_if<Backup>(&state)) return backup->wants_active;
    return is(State::active);
}

bool Router::knows(const IpAddress& address) const {
    const auto* backup = std::get_if<Backup>(&state);
    return source == address ||
           (backup != nullptr && backup->followed && backup->followed->address == address);
}

void Router::enter(const RouterState& next, const Cause& why, Instant now, Outbox& out) {
    const State from = state_of(state);
    const State to = state_of(next);
    HF_ASSERT(from != to);
    if (from == State::active) {
        // A router that gives way to a better one says nothing; one that falls out lets the others hurry.
        if (to != State::backup) send_advert(true, out);
        out.ask(RemoveAddresses{id});
        ++counters.released_active;
    }
    if (to == State::active) {
        send_advert(false, out);
        out.ask(AddAddresses{id});
        announce(settings->announce.repeat, out);
        ++counters.became_active;
    }
    const auto* backup = std::get_if<Backup>(&state);
    const Duration interval = backup != nullptr ? backup->active_interval : settings->advert_interval;
    const Duration silence = down_interval(*settings, priority, interval);
    state = next;
    since = now;
    cause = why;
    out.ask(StateChanged{id, from, to, why, interval, silence});
}

void Router::send_advert(bool farewell, Outbox& out) {
    ++(farewell ? counters.farewells_sent : counters.adverts_sent);
    out.send({id, farewell});
}

void Router::announce(int repeat, Outbox& out) const {
    if (repeat > 0) out.ask(Announce{id, repeat});
}

}  // namespace holdfast::engine
