#include "engine/engine.h"

#include <algorithm>
#include <utility>

#include "base/result.h"
#include "engine/adoption.h"
#include "engine/engine_impl.h"
#include "engine/timers.h"

namespace holdfast::engine {
namespace {

// For each link the routers that it concerns.
std::vector<std::vector<RouterId>> concerned_by_link(const Settings& settings,
                                                     const std::vector<Router>& routers) {
    std::vector<std::vector<RouterId>> concerned(settings.links.size());
    const auto add = [&](LinkId link, RouterId router) {
        std::vector<RouterId>& list = concerned[index(link)];
        if (list.empty() || list.back() != router) list.push_back(router);
    };
    for (const Router& router : routers) {
        if (router.settings->link) add(*router.settings->link, router.id);
        for (const TrackedLink& tracked : router.tracked_links)
            add(tracked.link, router.id);
    }
    return concerned;
}

// The same for each tracker.
std::vector<std::vector<RouterId>> concerned_by_tracker(const Settings& settings,
                                                        const std::vector<Router>& routers) {
    std::vector<std::vector<RouterId>> concerned(settings.trackers.size());
    for (const Router& router : routers)
        for (const TrackedHealth& tracked : router.tracked_health)
            concerned[index(tracked.tracker)].push_back(router.id);
    return concerned;
}

Duration shortest_belief_of(const Settings& settings) {
    Duration shortest = Duration::max();
    for (const RouterSettings& router : settings.routers)
        shortest = std::min(shortest, longest_belief(router));
    return shortest;
}

}  // namespace

Engine::Impl::Impl(Settings given)
    : settings{std::move(given)},
      routers{routers_of(settings)},
      groups{settings, routers},
      directory{settings},
      links{settings.links.size()},
      concerned{concerned_by_link(settings, routers)},
      verdicts{settings.trackers.size()},
      judged{concerned_by_tracker(settings, routers)},
      deadlines{routers.size()},
      guards{{settings, routers, groups, deadlines, links, verdicts}},
      shortest_belief{shortest_belief_of(settings)} {}

void Engine::Impl::handle(const Started&, Instant now, Outbox& out) {
    HF_ASSERT(phase == Phase::preparing);
    adopt_orders(now);
    for (Router& router : routers) {
        if (router.adopted) resume(router, now);
        look_again(router, {.kind = router.adopted ? CauseKind::adopted : CauseKind::started}, out);
    }
    phase = Phase::delayed;
    begins_at = now + settings.startup_delay;
    for (const Router& router : routers) {
        const auto& unit = groups.unit_of(router);
        if (unit.front() != router.id || !begins_at_once(router)) continue;
        groups.start(router, now, out);
        for (const RouterId id : unit)
            if (at(id).adopted && at(id).is(State::active)) out.ask(AddAddresses{id});
        rearm_unit(router);
    }
    guards.start(now);
    if (settings.startup_delay <= Duration{0}) begin(now, out);
    handle(TimePassed{}, now, out);  // what was due before it was adopted, or stale
}

// Some Active router's advert is so late that it may no longer be the only one.
bool Engine::Impl::believes_too_long(Instant now) const {
    const Instant earliest = deadlines.earliest();
    return phase != Phase::preparing && earliest <= now && now - earliest >= shortest_belief;
}

// The startup delay is for those who have nothing to lose; it does not interrupt what was adopted.
bool Engine::Impl::begins_at_once(const Router& router) const {
    const auto& unit = groups.unit_of(router);
    return std::any_of(unit.begin(), unit.end(), [this](RouterId id) { return at(id).adopted; });
}

void Engine::Impl::begin(Instant now, Outbox& out) {
    phase = Phase::running;
    begins_at = never;
    for (const Router& router : routers) {
        if (router.is(State::initialize))
            begin_unit(router, now, out);  // else adopted, or begun with its group
    }
}

// Whose health nobody has judged yet waits, and with it its group.
void Engine::Impl::begin_unit(const Router& router, Instant now, Outbox& out) {
    if (awaits_verdict(router)) return;
    groups.start(router, now, out);
    rearm_unit(router);
}

bool Engine::Impl::awaits_verdict(const Router& router) const {
    const auto& unit = groups.unit_of(router);
    return std::any_of(unit.begin(), unit.end(), [this](RouterId id) {
        return undecided(at(id).tracked_health, verdicts).has_value();
    });
}

void Engine::Impl::handle(const AdvertReceived& received, Instant now, Outbox& out) {
    const std::optional<Vrid> vrid = peek_vrid(received.bytes);
    const std::optional<RouterId> id = vrid ? directory.find(received, *vrid) : std::nullopt;
    if (!id) return note_stray(received, vrid, now, out);
    Router& router = at(*id);
    const auto* backup = std::get_if<Backup>(&router.state);
    const auto* active = std::get_if<Active>(&router.state);
    if (backup == nullptr && active == nullptr) {
        ++router.counters.remarks[static_cast<std::size_t>(Remark::not_listening)];
        if (router.steering == Steering::drained) overhear(router, received, now);
        return;
    }
    std::optional<IpAddress> followed;
    if (backup != nullptr && backup->followed) followed = backup->followed->address;
    Judgement judgement = judge(received, *router.settings, router.source, followed);
    if (judgement.remark == Remark::same_priority &&  // said once: among Backups it is no mistake
        std::exchange(router.equal, received.source) == received.source)
        judgement.remark.reset();
    if (judgement.remark) {
        note(&router, *judgement.remark, received, judgement, out);
        guards.note_remark(router, judgement, received.source, now, out);
    }
    if (!judgement.advert) return;

    addressee = router.id;
    ++router.counters.adverts_received;
    if (!judgement.advert->priority) ++router.counters.farewells_received;
    guards.note_advert(router, *judgement.advert, now, out);
    take_in(router, *judgement.advert, now, out);
}

void Engine::Impl::note_stray(const AdvertReceived& received, const std::optional<Vrid>& vrid, Instant now,
                              Outbox& out) {
    const auto meant = vrid ? directory.find_elsewhere(received, *vrid) : std::nullopt;
    if (meant && !at(*meant).knows(received.source)) {
        Router& router = at(*meant);
        const Judgement judgement{
            .remark = Remark::wrong_link,
            .found = static_cast<std::uint32_t>(received.link ? index(*received.link) : 0),
            .expected =
                static_cast<std::uint32_t>(router.settings->link ? index(*router.settings->link) : 0)};
        note(&router, Remark::wrong_link, received, judgement, out);
        return guards.note_remark(router, judgement, received.source, now, out);
    }
    const Remark remark = received.bytes.size() < 2 ? Remark::too_short : Remark::unknown_vrid;
    const auto found =
        static_cast<std::uint32_t>(remark == Remark::too_short ? received.bytes.size() : received.bytes[1]);
    note(nullptr, remark, received, {.found = found}, out);
}

void Engine::Impl::take_in(Router& router, const Advert& heard, Instant now, Outbox& out) {
    const auto* backup = std::get_if<Backup>(&router.state);
    const auto* active = std::get_if<Active>(&router.state);
    if (backup == nullptr && active == nullptr) return;
    const Decision decision =
        backup != nullptr ? on(*backup, heard, router.self(), now) : on(*active, heard, router.self(), now);
    carry_out(router, decision, now, out);
    if (decision.rival) answer_rival(router, heard.source, *decision.rival, now, out);
}

// What a guard heard by another path, and what counts as if it had come by this one.
void Engine::Impl::take_in(const std::optional<Guards::Overheard>& overheard, Instant now, Outbox& out) {
    if (!overheard) return;
    for (const RouterId id : overheard->routers)
        take_in(at(id), overheard->advert, now, out);
}

void Engine::Impl::note(Router* router, Remark remark, const AdvertReceived& received,
                        const Judgement& judgement, Outbox& out) {
    auto& counters = router != nullptr ? router->counters.remarks : strays;
    ++counters[static_cast<std::size_t>(remark)];
    out.ask(AdvertRemarked{.router = router != nullptr ? std::optional{router->id} : std::nullopt,
                           .remark = remark,
                           .source = received.source,
                           .found = judgement.found,
                           .expected = judgement.expected});
}

void Engine::Impl::carry_out(Router& router, const Decision& decision, Instant now, Outbox& out) {
    if (decision.advert) router.send_advert(false, out);
    router.announce(decision.announce, out);
    if (!decision.cause) {
        router.state = decision.next;
        rearm(router);
        return;
    }
    if (std::holds_alternative<Active>(decision.next)) {
        const bool held = guards.hold_back(router, now, out);
        if (!held && groups.ask_for_active(router, decision.next,
                                           guards.promotion_cause(router, *decision.cause), now, out))
            rearm_unit(router);
        else
            rearm(router);
        return;
    }
    groups.give_way(router, decision.next, *decision.cause, now, out);
    rearm_unit(router);
}

// The rival's announcements may have taken the traffic of the whole group's addresses.
void Engine::Impl::answer_rival(const Router& router, const IpAddress& rival, Priority priority, Instant now,
                                Outbox& out) {
    for (const RouterId id : groups.unit_of(router)) {
        Router& member = at(id);
        auto* active = std::get_if<Active>(&member.state);
        if (active == nullptr) continue;
        member.announce(active->announcements.answer_rival(member.settings->announce, now), out);
        rearm(member);
    }
    out.ask(LowerPriorityHeard{router.id, rival, priority});
}

void Engine::Impl::handle(const TimePassed&, Instant now, Outbox& out) {
    if (phase == Phase::delayed && begins_at <= now) begin(now, out);
    while (deadlines.earliest() <= now || guards.next() <= now) {
        guards.serve(now, out);
        if (deadlines.earliest() > now) continue;
        Router& router = at(deadlines.first());
        if (const auto* backup = std::get_if<Backup>(&router.state))
            carry_out(router, on(*backup, DeadlineReached{}, router.self(), now), now, out);
        else if (const auto* active = std::get_if<Active>(&router.state))
            carry_out(router, on(*active, DeadlineReached{}, router.self(), now), now, out);
        HF_ASSERT(deadlines.of(router.id) > now);
    }
}

void Engine::Impl::handle(const LinkChanged& change, Instant now, Outbox& out) {
    HF_ASSERT(index(change.link) < concerned.size());
    links.update(change);
    if (phase == Phase::preparing) return;
    // First all faults, then the decisions: the members of a group see the same news.
    const Cause cause{
        .kind = links.running(change.link) ? CauseKind::tracked_link_up : CauseKind::tracked_link_down,
        .link = change.link};
    for (const RouterId id : concerned[index(change.link)])
        look_again(at(id), cause, out);
    for (const RouterId id : concerned[index(change.link)])
        settle(at(id), now, out);
}

void Engine::Impl::handle(const SourceChanged& change, Instant now, Outbox& out) {
    Router& router = at(change.router);
    router.source_present = change.present;
    if (phase == Phase::preparing) return;
    look_again(router, {.kind = CauseKind::configuration}, out);
    settle(router, now, out);
}

void Engine::Impl::handle(const TrackerJudged& tracker, Instant now, Outbox& out) {
    HF_ASSERT(index(tracker.tracker) < judged.size());
    verdicts.update(tracker);
    guards.take(tracker, now);
    if (phase == Phase::preparing || phase == Phase::stopped) return;
    for (const RouterId id : judged[index(tracker.tracker)])
        look_again(at(id), cause_of(tracker, at(id).tracked_health), out);
    for (const RouterId id : judged[index(tracker.tracker)]) {
        const Router& router = at(id);
        if (phase == Phase::running && router.is(State::initialize))
            begin_unit(router, now, out);
        else
            settle(router, now, out);
    }
}

std::optional<Cause> Engine::Impl::present_fault(const Router& router) const {
    if (router.steering == Steering::drained) return Cause{.kind = CauseKind::drained};
    if (auto fault = fault_of(*router.settings, router.tracked_links, links, router.source_present))
        return fault;
    return fault_of(router.tracked_health, verdicts);
}

Priority Engine::Impl::present_priority(const Router& router) const {
    if (router.steering == Steering::raised && !router.settings->priority.is_owner()) return raised_priority;
    return effective_priority(*router.settings, router.tracked_links, links,
                              adjustment(router.tracked_health, verdicts));
}

void Engine::Impl::look_again(Router& router, const Cause& cause, Outbox& out) {
    router.source = source_of(*router.settings, links);
    groups.set_fault(router, present_fault(router));
    const Priority priority = present_priority(router);
    if (priority == router.priority) return;
    if (auto* backup = std::get_if<Backup>(&router.state)) {
        *backup = shifted(*backup, router.self(), priority);
        rearm(router);
    }
    out.ask(PriorityChanged{router.id, router.priority, priority, cause});
    router.priority = priority;
}

void Engine::Impl::settle(const Router& router, Instant now, Outbox& out) {
    if (!takes_part(router)) return;
    if (groups.settle(router, now, out)) rearm_unit(router);
}

void Engine::Impl::handle(const AddressesLost& lost, Instant, Outbox& out) {
    const Router& router = at(lost.router);
    if (!router.is(State::active)) return;
    out.ask(AddAddresses{router.id});
    router.announce(router.settings->announce.repeat, out);
}

void Engine::Impl::handle(const StoodStill& stood, Instant now, Outbox& out) {
    if (phase == Phase::preparing || phase == Phase::stopped) return;
    for (Router& router : routers) {
        if (auto* active = std::get_if<Active>(&router.state)) {
            active->nominal -= stood.span;  // to its peers that time has passed
            if (now - active->nominal >= longest_belief(*router.settings))
                carry_out(router, doubting(router.self(), now - active->nominal, now), now, out);
            else
                rearm(router);
        } else if (auto* backup = std::get_if<Backup>(&router.state)) {
            if (stood.span < longest_deafness(backup->active_interval)) continue;
            *backup = still_listening(*backup, router.self(), now);
            rearm(router);
        }
    }
}

void Engine::Impl::handle(const Stopped&, Instant now, Outbox& out) {
    phase = Phase::stopped;
    begins_at = never;
    for (const Router& router : routers) {
        if (router.is(State::initialize)) continue;
        groups.stop(router, now, out);
        rearm_unit(router);
    }
}

void Engine::Impl::handle(const TapHeard& tapped, Instant now, Outbox& out) {
    const std::optional<Vrid> vrid = peek_vrid(tapped.advert.bytes);
    const std::optional<RouterId> id = vrid ? directory.find(tapped.advert, *vrid) : std::nullopt;
    if (!id || !listens()) return;
    const Router& router = at(*id);
    const Judgement judgement = judge(tapped.advert, *router.settings, router.source, std::nullopt);
    if (judgement.advert) return take_in(guards.hear_tap(router, *judgement.advert, now), now, out);
    guards.note_remark(router, judgement, tapped.advert.source, now, out);
}

void Engine::Impl::handle(const HeartbeatHeard& heard, Instant now, Outbox& out) {
    if (listens()) take_in(guards.hear(heard, now), now, out);
}

void Engine::Impl::handle(const AddressClaimed& claim, Instant now, Outbox& out) {
    if (listens()) guards.take(claim, now, out);
}

void Engine::Impl::handle(const FenceReported& report, Instant now, Outbox& out) {
    if (!listens()) return;
    guards.take(report, now);
    handle(TimePassed{}, now, out);
}

void Engine::Impl::handle(const ChoiceMade& choice, Instant now, Outbox& out) {
    if (!listens()) return;
    guards.take(choice, now, out);
    handle(TimePassed{}, now, out);
}

Engine::Engine(Settings settings) : impl_{std::make_unique<Impl>(std::move(settings))} {}

Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;

void Engine::step(const Event& event, Instant now, Effects& out) {
    HF_ASSERT(now >= impl_->latest);
    impl_->latest = now;
    impl_->addressee.reset();
    Outbox outbox{out, impl_->rest};
    // Whatever came first to a process that stood still: it knows that before it answers. How long the whole
    // host stood still has to be added first.
    if (!std::holds_alternative<StoodStill>(event) && impl_->believes_too_long(now))
        impl_->handle(TimePassed{}, now, outbox);
    std::visit([&](const auto& happened) { impl_->handle(happened, now, outbox); }, event);
    impl_->end_orders(now, outbox);
    impl_->guards.look_over(impl_->rest, now, outbox);
    outbox.close();
}

Instant Engine::next_deadline() const {
    return std::min({impl_->deadlines.earliest(), impl_->begins_at, impl_->guards.next()});
}

std::optional<RouterId> Engine::last_addressee() const {
    return impl_->addressee;
}

const Settings& Engine::settings() const {
    return impl_->settings;
}

RouterView Engine::router(RouterId id) const {
    const Router& router = impl_->at(id);
    const RouterSettings& own = *router.settings;
    RouterView view{.state = state_of(router.state),
                    .wanted = router.wants_active() ? State::active : State::backup,
                    .effective_priority = router.priority,
                    .source = router.source,
                    .active_interval = own.advert_interval,
                    .deadline = protocol_deadline(router.state, own),
                    .since = router.since,
                    .steering = router.steering,
                    .steered = router.steered,
                    .cause = router.cause,
                    .counters = &router.counters};
    if (const auto* backup = std::get_if<Backup>(&router.state)) {
        view.active_interval = backup->active_interval;
        if (backup->followed) {
            view.active_address = backup->followed->address;
            view.active_priority = backup->followed->priority;
            if (backup->last_heard != never_heard_from) view.last_heard = backup->last_heard;
        }
    }
    if (router.overheard) {
        view.active_address = router.overheard->address;
        view.active_priority = router.overheard->priority;
        view.last_heard = router.overheard_at;
    }
    view.down_interval = down_interval(own, router.priority, view.active_interval);
    return view;
}

void Engine::adjustments(RouterId id, std::vector<Adjustment>& out) const {
    const Router& router = impl_->at(id);
    if (router.settings->priority.is_owner()) return;
    for (const TrackedLink& tracked : router.tracked_links)
        if (const int amount = adjustment(tracked, impl_->links); amount != 0)
            out.push_back({.link = tracked.link, .amount = amount});
    for (const TrackedHealth& tracked : router.tracked_health)
        if (const int amount = adjustment(tracked, impl_->verdicts); amount != 0)
            out.push_back({.tracker = tracked.tracker, .amount = amount});
}

std::size_t Engine::factors(RouterId id, std::span<Factor> out) const {
    return factors_of(impl_->at(id), impl_->links, impl_->verdicts, out);
}

TrackerJudged Engine::verdict(TrackerId id) const {
    return impl_->verdicts.judged(id);
}

std::span<const RouterId> Engine::unit_of(RouterId id) const {
    return impl_->groups.unit_of(impl_->at(id));
}

std::optional<Objection> Engine::objection(RouterId id, Command command, Instant now) const {
    return impl_->objection(impl_->at(id), command, now);
}

State Engine::group(GroupId id) const {
    HF_ASSERT(index(id) < impl_->settings.groups.size());
    return impl_->groups.state(id);
}

std::uint64_t Engine::stray_adverts(Remark remark) const {
    return impl_->strays[static_cast<std::size_t>(remark)];
}

GuardView Engine::guard(GuardId id) const {
    const Guard* const guard = impl_->guards.find(id);
    HF_ASSERT(guard != nullptr);
    return {.situation = guard->situation(),
            .verdict = guard->verdict(),
            .holds_back = guard->holds_back(),
            .peers = guard->peers()};
}

const Incident& Engine::incident(GuardId id) const {
    const Guard* const guard = impl_->guards.find(id);
    HF_ASSERT(guard != nullptr);
    return guard->incident();
}

void Engine::encode_heartbeat(GuardId id, bool farewell, std::span<std::uint8_t, heartbeat_size> out) const {
    impl_->guards.encode(id, farewell, out);
}

void Engine::clear_counters(RouterId id) {
    impl_->at(id).counters = {};
}

std::size_t Engine::encode_advert(RouterId id, bool farewell, const IpAddress& destination,
                                  std::span<std::uint8_t> out) const {
    const Router& router = impl_->at(id);
    if (!router.source) return 0;
    const std::optional<Priority> priority = farewell ? std::nullopt : std::optional{router.priority};
    return engine::encode_advert(*router.settings, priority, *router.source, destination, out);
}

Record Engine::record(RouterId id) const {
    const Router& router = impl_->at(id);
    Record record = write_record(router, record_key(*router.settings, impl_->settings));
    impl_->guards.write(router, record.guard);
    return record;
}

bool Engine::adopt(RouterId id, const Record& record, Instant listened_until) {
    HF_ASSERT(impl_->phase == Phase::preparing);
    Router& router = impl_->at(id);
    if (record.key != record_key(*router.settings, impl_->settings)) return false;
    router.listened_until = listened_until;
    if (!read_record(record, router)) return false;
    impl_->guards.read(router, record.guard);
    return true;
}

}  // namespace holdfast::engine
