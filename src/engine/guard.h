// The guard of one unit: collects evidence, draws the facts from it, and lets the table of guard_table.h
// decide. It asks for addresses, speaks by heartbeat and keeps the incident. What a decision does to routers
// is for Guards (guards.h) to carry out.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.h"
#include "engine/event.h"
#include "engine/evidence.h"
#include "engine/guard_table.h"
#include "engine/heartbeat.h"
#include "engine/incident.h"
#include "engine/outbox.h"
#include "engine/record.h"
#include "engine/settings.h"
#include "engine/state.h"

namespace holdfast::engine {

// The unit as it is at this moment: what its guard has to know of its routers.
struct UnitView {
    State state = State::initialize;
    Instant since{};                           // in that state
    Duration interval{0};                      // of adverts: of the Active that is followed, or ours
    Duration down_interval{0};                 // the same
    Priority priority = Priority::standard();  // effective, of the leading router
    std::optional<IpAddress> source;           // of the leading router
    // Of a Backup.
    Instant last_heard = long_ago;  // an accepted advert, by any member
    Instant listening_since{};      // where none was
    Instant promotes_at = never;    // when the last of the down timers ends
    bool resigned = false;          // the end of the timer means that
    bool preempting = false;        // or that
    std::optional<IpAddress> peer;  // whom the timer is about
    std::optional<Priority> peer_priority;
};

class Guard {
public:
    Guard(GuardId id, const Settings& settings, std::vector<RouterId> members);

    GuardId id() const { return id_; }
    const GuardSettings& settings() const { return own_; }
    const std::vector<RouterId>& members() const { return members_; }
    const UnitKey& key() const { return key_; }
    Instant next() const { return next_; }
    const Incident& incident() const { return incident_; }
    Situation situation() const { return situation_; }
    Verdict verdict() const { return verdict_; }
    std::span<const Peer> peers() const { return peers_.all(); }

    // Evidence.
    void see_tap(const UnitView& unit, const IpAddress& source, Instant now) {
        tap_.see(source, unit.interval, now);
    }
    // From the Active that is followed, or from nobody that we know.
    void see_refused(const UnitView& unit, const IpAddress& source, Instant now);
    // An incident once it is repeated; until it has not been seen for long.
    void see_mismatch(const UnitView& unit, const Mismatch& seen, Instant now, Outbox& out);
    // An advert of another Active, while Active.
    void see_rival(const UnitView& unit, const IpAddress& source, Instant now, Outbox& out);
    // It is Active no longer, as it says.
    void see_rival_leave(const UnitView& unit, Instant now);
    // What the peer was before, when the message is new.
    std::optional<State> hear(const UnitView& unit, const Heartbeat& heartbeat, PathId path, Instant now);
    void take_claim(const UnitView& unit, const AddressClaimed& claim,
                    const std::optional<MacAddress>& own_mac, Instant now, Outbox& out);
    void judge_references(References verdict, Instant now) { references_.judge(verdict, now); }
    void end_fencing(bool confirmed, Instant now);
    bool holds_back() const { return held_; }
    void order_to_take_over() { ordered_ = true; }
    void order_fencing();
    void close_incident(Instant now, Outbox& out);

    // A Backup that is ordered to take over from an Active it hears: nothing, or why it may not.
    std::optional<Cause> objection(const UnitView& unit, Instant now) const;
    // It was, and may.
    void take_order(const UnitView& unit, Instant now, Outbox& out) {
        note(decide(false, facts(unit, now)), unit, now, out);
    }
    // A Backup whose down timer has ended: nothing, and it may become Active; or when to ask again.
    std::optional<Instant> hold_back(const UnitView& unit, Instant now, Outbox& out);
    // What is due: heartbeats, asks, a look at what an Active knows. Withdrawing is left to the caller.
    std::optional<IncidentEntry> serve(const UnitView& unit, Instant now, Outbox& out);
    // An operator chose that an Active withdraws.
    IncidentEntry note_ordered_withdrawal(const UnitView& unit, Instant now, Outbox& out);
    // The unit has changed its state.
    void changed(const UnitView& unit, const StateChanged& change, Instant now, Outbox& out);
    void withdrawn(Instant now);
    // The next look is due at that time, if not before.
    void look_at(Instant when) { next_ = std::min(next_, when); }

    Heartbeat heartbeat(const UnitView& unit, bool farewell) const;
    GuardRecord remembered() const;
    // Nonsense is left out. Evidence is not recorded: what was held back is held until there may be some.
    void adopt(const GuardRecord& record);
    // Time starts for an adopted guard; how long a Backup must listen before it may be asked.
    std::optional<Instant> resume(const UnitView& unit, Instant now);

private:
    Facts facts(const UnitView& unit, Instant now);
    void draw_references(const UnitView& unit, Instant now, Facts& facts);
    void draw_backup(const UnitView& unit, Instant now, Facts& facts) const;
    void draw_active(const UnitView& unit, Instant now, Facts& facts);
    static Instant settled_in(const UnitView& unit);
    bool outlived(Instant seen, const UnitView& unit) const;
    const Peer* active_peer(const UnitView& unit, Instant now) const;
    const Peer* better_off(const UnitView& unit, Instant now) const;
    Duration settling(Duration interval) const;
    Duration quiet_time() const;

    Cause cause_of(const Row& row, const UnitView& unit, Instant now) const;
    IncidentEntry note(const Row& row, const UnitView& unit, Instant now, Outbox& out);
    void record(const Row& row, const IncidentEntry& entry, Outbox& out);
    void open_incident(IncidentKind kind, Instant now);
    void tell_incident(Outbox& out) const;
    void calm_down(const UnitView& unit, Instant now, Outbox& out);

    std::optional<Instant> begin_fencing(const UnitView& unit, Instant now, Outbox& out);
    Duration fence_delay(const UnitView& unit) const;
    void expire_fencing(Instant now);
    void end_silence(const UnitView& unit);
    void ask(Instant now, Outbox& out);
    Instant ask_due(const UnitView& unit, Instant now);
    Instant review_due(const UnitView& unit, Instant now) const;
    void send_heartbeats(const UnitView& unit, bool farewell, Outbox& out);
    void watch_paths(const UnitView& unit, Instant now, Outbox& out);
    void tell_rival(const UnitView& unit, Instant now, Outbox& out);
    void announce_again(const UnitView& unit, Instant now, Outbox& out);
    std::optional<IncidentEntry> review(const UnitView& unit, Instant now, Outbox& out);

    const GuardId id_;
    const GuardSettings& own_;
    const Settings& all_;
    const std::vector<RouterId> members_;
    const UnitKey key_;

    Sighting tap_;
    Sighting refused_;
    Sighting rival_;
    Strangers strangers_;
    Mismatches mismatches_;
    Peers peers_;
    Claimants claimants_;
    bool ours_is_lower_ = false;  // than the confirmed claimant's
    Asks asks_;
    ReferenceWatch references_;
    struct PathWatch {
        Instant heard = long_ago;
        bool silent = false;
    };
    std::vector<PathWatch> paths_;  // of own_.heartbeats
    Instant heard_since_ = never;   // a peer by any of them, without a break

    Fencing fencing_ = Fencing::none;
    Instant fence_begins_ = never;
    Instant fence_at_ = long_ago;  // called, or failed
    bool ordered_ = false;
    bool held_ = false;  // a Backup that would be Active but for us
    Instant held_at_ = long_ago;
    Instant disputed_since_ = never;
    Instant disputed_last_ = long_ago;
    Instant told_ = long_ago;
    Instant announce_at_ = never;  // again, because another was Active, too
    Instant announced_ = long_ago;
    bool withdrew_ = false;
    Instant quiet_since_ = long_ago;  // what made us withdraw was last seen then
    int withdrawals_ = 0;             // soon after one another

    Situation situation_ = Situation::none;
    Verdict verdict_ = Verdict::stay;
    Incident incident_;
    std::uint32_t incidents_ = 0;
    int reopened_ = 0;  // soon after one another
    Instant calm_since_ = never;
    bool was_held_ = false;  // by the process before

    std::uint64_t incarnation_;
    std::uint64_t sequence_ = 0;
    Instant heartbeat_at_ = long_ago;
    Instant next_ = never;
};

}  // namespace holdfast::engine
