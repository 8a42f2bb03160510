// One virtual router: the state tables of RFC 9568 section 6.4 (RFC 3768 section 6.4), one overload per cell.
// The cells are pure and decide for the router alone; its sync group may hold a wish back (group.h). Router
// carries a decision out and says what it takes.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "base/address.h"
#include "base/time.h"
#include "base/vrrp_types.h"
#include "engine/advert.h"
#include "engine/announcements.h"
#include "engine/cause.h"
#include "engine/engine.h"
#include "engine/outbox.h"
#include "engine/settings.h"
#include "engine/state.h"
#include "engine/steering.h"

namespace holdfast::engine {

inline constexpr Instant never_heard_from = Instant::min();

// Another router, by its last advert; no priority: it resigned.
struct Contender {
    IpAddress address;
    std::optional<Priority> priority;
};

struct Initialize {};

struct Backup {
    Instant down = never;         // end of the Active_Down_Timer
    Duration active_interval{0};  // Active_Adver_Interval
    Instant listening_since{};
    std::optional<Contender> followed;      // the Active router
    Instant last_heard = never_heard_from;  // when it, or a weaker one that is preempted, last advertised
    std::optional<Contender> rival;         // resigned, or too weak: the router that `expects` is about
    CauseKind expects = CauseKind::never_heard;  // what the end of the timer will mean
    std::optional<Instant> preempt_at;           // until then weaker routers are followed, too
    bool wants_active = false;                   // the timer ended, but the sync group held us back
};

struct Active {
    Instant nominal = never;            // next advert, before it is aligned to the grid
    Instant answered = Instant::min();  // the last advert that another router's called for
    Announcements announcements;
};

// Not taking part. No timer runs and nothing is listened to.
struct Fault {};

using RouterState = std::variant<Initialize, Backup, Active, Fault>;

State state_of(const RouterState& state);

// The events of the tables that are no advert.
enum class Opening : std::uint8_t {
    listener,   // begins as Backup and waits for the whole down interval
    candidate,  // keepalived's `state MASTER`: waits for little more than one interval
    owner       // has priority 255: begins as Active
};
struct Startup {
    Opening opening = Opening::listener;
};
struct DeadlineReached {};

// The router that decides, as it is at this moment.
struct Self {
    const RouterSettings& settings;
    Priority priority;  // effective
    std::optional<IpAddress> source;
    bool guarded = false;  // two that meet must know of each other, whatever the settings say
    bool preempts = true;  // weaker Actives, after the delay that is set
};

// What a cell of the tables decides.
struct Decision {
    RouterState next;
    std::optional<Cause> cause;     // set: next is another state
    bool advert = false;            // send one, staying Active
    int announce = 0;               // so many times
    std::optional<Priority> rival;  // of a weaker router that believes to be Active
};

Decision on(const Initialize&, Startup, const Self& self, Instant now);
Decision on(const Backup&, const Advert& heard, const Self& self, Instant now);
Decision on(const Backup&, DeadlineReached, const Self& self, Instant now);
Decision on(const Active&, const Advert& heard, const Self& self, Instant now);
Decision on(const Active&, DeadlineReached, const Self& self, Instant now);

// Backup with a full down timer, nobody heard yet.
Backup listening(const Self& self, Instant now);
// Active from now on, first advert sent.
Active reigning(const Self& self, Instant now);
// The sync group did not agree: the wish is kept and the timer runs again.
Backup held_back(const Backup& backup, const Self& self, Instant now);
// Nobody listened for a while: the Active router gets time for one more advert.
Backup still_listening(const Backup& backup, const Self& self, Instant now);
// An Active router whose host stood still for longer than its peers wait: it withdraws and listens, because
// another may be Active. An address owner, too.
Decision doubting(const Self& self, Duration stood_still, Instant now);
// Whom we wanted to preempt is no longer weaker, or preemption is no longer wanted: that router is followed,
// as if it always had been.
Backup reconsidered(const Backup& backup, const Self& self, Priority priority);
// The effective priority moved while the timer runs: it ends as much sooner or later as the down interval
// moved.
Backup shifted(const Backup& backup, const Self& self, Priority new_priority);

// The next thing to do in a state; and the advert or down timer alone.
Instant deadline(const RouterState& state, const RouterSettings& settings);
Instant protocol_deadline(const RouterState& state, const RouterSettings& settings);

// A virtual router of the engine: settings, state, what counts for it, what it did.
struct Router {
    RouterId id{};
    const RouterSettings* settings = nullptr;
    std::vector<TrackedLink> tracked_links;     // its own and its group's
    std::vector<TrackedHealth> tracked_health;  // the same
    std::size_t unit = 0;                       // of Groups
    bool guarded = false;                       // its unit has a guard that decides
    RouterState state;
    Priority priority = Priority::standard();  // effective
    std::optional<IpAddress> source;           // where adverts leave from
    bool source_present = true;                // of the configured source
    std::optional<Cause> fault;                // own; its group may have others
    bool adopted = false;
    Instant listened_until{};  // by the process that it was adopted from
    Steering steering = Steering::none;
    Instant steered{};                   // since when
    std::optional<Contender> overheard;  // drained: who advertises meanwhile
    Instant overheard_at = never_heard_from;
    std::optional<IpAddress> equal;  // who was last said to have our priority
    Instant since{};
    Cause cause;
    Counters counters;

    Self self() const {
        return {*settings, priority, source, guarded, settings->preempt && steering != Steering::yielding};
    }
    bool is(State wanted) const { return state_of(state) == wanted; }
    bool wants_active() const;
    // Is that its own address, or that of the Active that it follows?
    bool knows(const IpAddress& address) const;

    // Goes to another state, with everything that this takes.
    void enter(const RouterState& next, const Cause& why, Instant now, Outbox& out);
    void send_advert(bool farewell, Outbox& out);
    void announce(int repeat, Outbox& out) const;
};

// All of them, as they are before anything happens.
std::vector<Router> routers_of(const Settings& settings);

}  // namespace holdfast::engine
