// What is behind the engine's door: its parts, and how events go through them. Split over engine.cc (the
// network, time, faults) and steering.cc (operators' orders).
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "base/result.h"
#include "engine/deadlines.h"
#include "engine/directory.h"
#include "engine/engine.h"
#include "engine/group.h"
#include "engine/guards.h"
#include "engine/router.h"
#include "engine/tracking.h"

namespace holdfast::engine {

enum class Phase { preparing, delayed, running, stopped };

// The Active that a router hears and could take over from.
struct Opponent {
    const Router* by = nullptr;
    IpAddress address;
    Priority priority;
    Instant at{};
};

struct Engine::Impl {
    explicit Impl(Settings given);

    Router& at(RouterId id) {
        HF_ASSERT(index(id) < routers.size());
        return routers[index(id)];
    }
    const Router& at(RouterId id) const {
        HF_ASSERT(index(id) < routers.size());
        return routers[index(id)];
    }
    bool takes_part(const Router& router) const {
        return phase != Phase::preparing && !router.is(State::initialize);
    }
    void rearm(const Router& router) { deadlines.set(router.id, deadline(router.state, *router.settings)); }
    void rearm_unit(const Router& router) {
        for (const RouterId id : groups.unit_of(router))
            rearm(at(id));
    }

    void handle(const Started&, Instant now, Outbox& out);
    void handle(const AdvertReceived& received, Instant now, Outbox& out);
    void handle(const TimePassed&, Instant now, Outbox& out);
    void handle(const LinkChanged& change, Instant now, Outbox& out);
    void handle(const SourceChanged& change, Instant now, Outbox& out);
    void handle(const TrackerJudged& tracker, Instant now, Outbox& out);
    void handle(const AddressesLost& lost, Instant now, Outbox& out);
    void handle(const StoodStill& stood, Instant now, Outbox& out);
    void handle(const OperatorCommand& given, Instant now, Outbox& out);
    void handle(const Stopped&, Instant now, Outbox& out);
    void handle(const TapHeard& tapped, Instant now, Outbox& out);
    void handle(const HeartbeatHeard& heard, Instant now, Outbox& out);
    void handle(const AddressClaimed& claim, Instant now, Outbox& out);
    void handle(const FenceReported& report, Instant now, Outbox& out);
    void handle(const ChoiceMade& choice, Instant now, Outbox& out);

    bool listens() const { return phase == Phase::delayed || phase == Phase::running; }
    bool believes_too_long(Instant now) const;
    bool begins_at_once(const Router& router) const;
    bool awaits_verdict(const Router& router) const;
    void begin_unit(const Router& router, Instant now, Outbox& out);
    void begin(Instant now, Outbox& out);
    std::optional<Cause> present_fault(const Router& router) const;
    Priority present_priority(const Router& router) const;
    void look_again(Router& router, const Cause& cause, Outbox& out);
    void settle(const Router& router, Instant now, Outbox& out);

    std::optional<Objection> objection(const Router& router, Command command, Instant now) const;
    std::optional<Objection> objection_to_taking_over(const Router& router, Instant now) const;
    std::optional<Opponent> opponent_of(const Router& router, Instant now) const;
    void steer(const Router& router, Steering order, const Cause& cause, Instant now, Outbox& out);
    void hand_over(Router& router, Instant now, Outbox& out);
    void take_over(Router& router, Instant now, Outbox& out);
    void adopt_orders(Instant now);
    void end_orders(Instant now, Outbox& out);
    void overhear(Router& router, const AdvertReceived& received, Instant now);

    void note(Router* router, Remark remark, const AdvertReceived& received, const Judgement& judgement,
              Outbox& out);
    void note_stray(const AdvertReceived& received, const std::optional<Vrid>& vrid, Instant now,
                    Outbox& out);
    void take_in(Router& router, const Advert& heard, Instant now, Outbox& out);
    void take_in(const std::optional<Guards::Overheard>& overheard, Instant now, Outbox& out);
    void carry_out(Router& router, const Decision& decision, Instant now, Outbox& out);
    void answer_rival(const Router& router, const IpAddress& rival, Priority priority, Instant now,
                      Outbox& out);

    const Settings settings;
    std::vector<Router> routers;
    Groups groups;
    Directory directory;
    LinkTable links;
    std::vector<std::vector<RouterId>> concerned;  // by link
    Verdicts verdicts;
    std::vector<std::vector<RouterId>> judged;  // by tracker
    Deadlines deadlines;
    Guards guards;
    const Duration shortest_belief;
    Effects rest;                 // of one step, kept for its capacity
    std::vector<RouterId> ended;  // of one step: whose orders have come to their end
    std::array<std::uint64_t, remark_count> strays{};
    Phase phase = Phase::preparing;
    Instant begins_at = never;  // end of the startup delay
    Instant latest{Duration::min()};
    std::optional<RouterId> addressee;  // of the last advert that was accepted
};

}  // namespace holdfast::engine
