// The door of the engine: VRRP version 2 (RFC 3768) and 3 (RFC 9568) with keepalived's sync groups and
// trackers and guards against split brain, sans-I/O. step() takes one event and the present and appends what
// has to be done; next_deadline() says when to come back. Nothing in here can fail, block, log or look at a
// clock. The same object code runs in the daemon, in the tests, in the fuzzers and in the simulator.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/cause.h"
#include "engine/effect.h"
#include "engine/event.h"
#include "engine/evidence.h"
#include "engine/factors.h"
#include "engine/heartbeat.h"
#include "engine/incident.h"
#include "engine/record.h"
#include "engine/settings.h"
#include "engine/state.h"
#include "engine/steering.h"

namespace holdfast::engine {

// Per router, since its start; kept through adoption.
struct Counters {
    std::uint64_t adverts_received = 0;  // accepted by every check
    std::uint64_t adverts_sent = 0;
    std::uint64_t became_active = 0;
    std::uint64_t released_active = 0;
    std::uint64_t farewells_received = 0;
    std::uint64_t farewells_sent = 0;
    std::array<std::uint64_t, remark_count> remarks{};  // by Remark
};

// Part of the difference between a router's effective priority and its configured one, before the limits.
struct Adjustment {
    std::optional<LinkId> link;  // this, or
    std::optional<TrackerId> tracker;
    int amount = 0;
};

// What can be known of a router from outside.
struct RouterView {
    State state = State::initialize;
    State wanted = State::initialize;
    Priority effective_priority = Priority::standard();
    std::optional<IpAddress> source;          // the address adverts leave from
    std::optional<IpAddress> active_address;  // router followed while Backup, or heard while drained
    std::optional<Priority> active_priority;
    std::optional<Instant> last_heard;   // its last advert
    Duration active_interval{0};         // learned (v3) or configured
    Duration down_interval{0};           // Active_Down_Interval in force
    Instant deadline = never;            // next advert, or end of the down timer
    Instant since{};                     // last transition
    Steering steering = Steering::none;  // an operator's standing order
    Instant steered{};                   // since when
    Cause cause;                         // of the last transition
    const Counters* counters = nullptr;
};

// What can be known of a guard.
struct GuardView {
    Situation situation = Situation::none;  // of the row that decided last
    Verdict verdict = Verdict::stay;
    bool holds_back = false;      // the unit would be Active but for its guard
    std::span<const Peer> peers;  // by their heartbeats; valid until the next step
};

class Engine {
public:
    explicit Engine(Settings settings);
    ~Engine();
    Engine(Engine&&) noexcept;
    Engine& operator=(Engine&&) noexcept;

    // Takes one event; appends effects to out. now never goes back.
    void step(const Event& event, Instant now, Effects& out);

    // The earliest time at which TimePassed has something to do; `never` when there is none. Nothing is
    // served early; adverts of routers are aligned to a common grid of at most 1 ms, so that one wake-up
    // serves many.
    Instant next_deadline() const;

    // Whom the advert of the last step was for, when it passed the receive checks: that router's record has
    // changed.
    std::optional<RouterId> last_addressee() const;

    const Settings& settings() const;
    RouterView router(RouterId id) const;
    // Appends those that are not zero; an address owner has none.
    void adjustments(RouterId id, std::vector<Adjustment>& out) const;
    // How many there are; those for which there is room are written.
    std::size_t factors(RouterId id, std::span<Factor> out) const;
    TrackerJudged verdict(TrackerId id) const;
    State group(GroupId id) const;
    // The members of its sync group, or it alone.
    std::span<const RouterId> unit_of(RouterId id) const;
    // Why a command would do nothing now.
    std::optional<Objection> objection(RouterId id, Command command, Instant now) const;
    // Adverts for no router of ours, by what was wrong with them: too_short or unknown_vrid.
    std::uint64_t stray_adverts(Remark remark) const;
    // A guarded unit: the row that decided last, and the latest incident.
    GuardView guard(GuardId id) const;
    const Incident& incident(GuardId id) const;
    // Begins to count anew.
    void clear_counters(RouterId id);

    // Writes the advert that SendAdvert asks for, as it has to look now. destination: the group or a peer.
    // Returns its size, 0 when the router has no source address.
    std::size_t encode_advert(RouterId id, bool farewell, const IpAddress& destination,
                              std::span<std::uint8_t> out) const;

    // Writes the heartbeat that SendHeartbeat asks for, as it has to look now (heartbeat.h).
    void encode_heartbeat(GuardId id, bool farewell, std::span<std::uint8_t, heartbeat_size> out) const;

    // Handing over: the live record of a router, and taking one over instead of starting from Initialize.
    // To be called before Started; a record whose key is another router's is refused (false). listened_until:
    // since then nobody has served the router.
    Record record(RouterId id) const;
    bool adopt(RouterId id, const Record& record, Instant listened_until);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// The key under which a router's record is kept.
RecordKey record_key(const RouterSettings& router, const Settings& settings);

}  // namespace holdfast::engine
