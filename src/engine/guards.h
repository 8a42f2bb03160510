// All guards of the engine: which unit each watches over, what it is told, when it is due, and what its
// decisions do to the unit's routers. Without guarded units nothing in here does anything.
#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/time.h"
#include "engine/advert.h"
#include "engine/deadlines.h"
#include "engine/event.h"
#include "engine/group.h"
#include "engine/guard.h"
#include "engine/outbox.h"
#include "engine/router.h"
#include "engine/settings.h"
#include "engine/tracking.h"

namespace holdfast::engine {

class Guards {
public:
    // The parts of the engine that guards look at and act on; all outlive this.
    struct Reach {
        const Settings& settings;
        std::vector<Router>& routers;
        Groups& groups;
        Deadlines& deadlines;
        const LinkTable& links;
        const Verdicts& verdicts;
    };
    explicit Guards(const Reach& reach);

    Instant next() const { return deadlines_.earliest(); }
    const Guard* find(GuardId id) const;

    // The question at the end of a down timer, when the unit agrees: may it become Active? If not, the
    // router's state is changed and its timer runs again.
    bool hold_back(Router& router, Instant now, Outbox& out);
    // A Backup that is ordered to take over from the Active it hears: nothing, or why its guard forbids it.
    std::optional<Cause> objection(const Router& router, Instant now) const;
    void take_order(const Router& router, Instant now, Outbox& out);
    // The cause of a promotion, where the guard knows better.
    Cause promotion_cause(const Router& router, const Cause& cause) const;

    // Evidence.
    void note_advert(const Router& router, const Advert& heard, Instant now, Outbox& out);
    void note_remark(const Router& router, const Judgement& judgement, const IpAddress& source, Instant now,
                     Outbox& out);
    // An advert to act upon as if the socket had got it, and for which routers.
    struct Overheard {
        std::span<const RouterId> routers;
        Advert advert;
    };
    std::optional<Overheard> hear_tap(const Router& router, const Advert& heard, Instant now);
    std::optional<Overheard> hear(const HeartbeatHeard& heartbeat, Instant now);
    void take(const AddressClaimed& claim, Instant now, Outbox& out);
    void take(const FenceReported& report, Instant now);
    void take(const ChoiceMade& choice, Instant now, Outbox& out);
    void take(const TrackerJudged& judged, Instant now);

    void start(Instant now);
    void serve(Instant now, Outbox& out);
    // At the end of a step: what it did to states. done: its effects so far.
    void look_over(const Effects& done, Instant now, Outbox& out);

    void encode(GuardId id, bool farewell, std::span<std::uint8_t, heartbeat_size> out) const;
    void write(const Router& router, GuardRecord& record) const;
    void read(const Router& router, const GuardRecord& record);

private:
    Guard* guard_of(const Router& router);
    const Guard* guard_of(const Router& router) const;
    static bool watches(const Guard& guard) { return guard.settings().policy != GuardPolicy::off; }
    const Router& at(RouterId id) const { return reach_.routers[index(id)]; }
    Router& at(RouterId id) { return reach_.routers[index(id)]; }
    UnitView view_of(const Guard& guard, const Router* asker = nullptr) const;
    void arm(const Guard& guard) { deadlines_.set(guard.id(), guard.next()); }
    void rearm(const Guard& guard);
    void ask_anew(const Guard& guard, bool after_skew, Instant now);
    void leave(Guard& guard, const IncidentEntry& why, Instant now, Outbox& out);
    UnitView view_of_order(const Guard& guard, const Router& router) const;
    std::optional<Overheard> farewell_for(const Guard& guard, const IpAddress& source) const;

    Reach reach_;
    std::vector<Guard> guards_;
    std::vector<std::optional<GuardId>> by_unit_;
    GuardDeadlines deadlines_;
    std::vector<StateChanged> changes_;  // of one step, kept for its capacity
};

}  // namespace holdfast::engine
