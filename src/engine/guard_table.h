// The guard's decisions as data: one row for each situation, the first that holds decides. The same rows
// serve the engine, `holdfast split-brain explain` and the manual. Pure; the facts are drawn by the guard.
//
// The question of the first table is whether a Backup whose down timer has ended becomes Active; of the
// second, what an Active does. The last row of each always holds, so that nothing falls through.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/names.h"
#include "base/time.h"
#include "engine/guard_settings.h"
#include "engine/settings.h"

namespace holdfast::engine {

// What a fencing agent has come to.
enum class Fencing : std::uint8_t { none, running, succeeded, failed };

// Has somebody answered for an address of the unit?
enum class Answered : std::uint8_t {
    no,    // or three asks in a row were silent since
    once,  // anybody can send one frame
    repeatedly
};

// Whether the references are in reach; of a peer, what it last said about them.
enum class References : std::uint8_t { unknown, good, bad };

constexpr auto names_of(References) {
    using enum References;
    return std::array{Name{unknown, "unknown"}, Name{good, "good"}, Name{bad, "bad"}};
}

// All that a row may look at.
struct Facts {
    // Of both.
    bool peer_heard = false;      // in any state, by any path
    bool references_bad = false;  // and believed: they were not known to be bad while a peer was heard
    // Of a Backup.
    bool heard_elsewhere = false;  // an Active, by a path other than the socket, since the socket is silent
    bool resigned = false;         // the Active did, by any path
    bool weaker_heard = false;     // adverts of a weaker Active pass: this is preemption
    bool peers_stand_by = false;   // all that we know are heard and say that they are not Active
    bool unmet = false;            // nobody was heard since the unit began to listen, by no path
    bool quiet = false;            // withdrawn, and the evidence has not been gone for long enough
    bool ordered = false;          // an operator chose to take over
    Answered answered = Answered::no;
    Fencing fencing = Fencing::none;
    bool failure_promotes = false;  // of fencing
    // Of an Active.
    bool stood_still = false;      // for longer than its peers wait
    bool rival_advert = false;     // an advert of another Active was accepted lately
    bool rival_elsewhere = false;  // another Active is heard by a path other than the socket
    bool claimed = false;          // another MAC address claimed repeatedly, and answers when it is asked
    bool suspected = false;        // it claimed, but has not shown both
    bool unsettled = false;        // for two intervals; telling it has not helped
    bool unyielding = false;       // for long after; nor has the rule of the lower MAC address
    bool ours_is_lower = false;    // MAC address
    bool cut_off = false;          // the references and the peers went together, or more than one reference
    bool withdraws_when_isolated = false;
    References peer_references = References::unknown;  // what a peer that could take over says
};

// What is to be done.
enum class Verdict : std::uint8_t {
    promote,    // Backup: become Active now, as plain VRRP would
    stay,       // Backup: go on listening; Active: go on
    ask_again,  // Backup: one more ask decides
    fence,      // Backup: call the fencing agent, then look again
    tell,       // Active: our advert to the MAC address of the other, and by every heartbeat path
    withdraw,   // Active: farewell, addresses removed, Backup
    hand_over,  // Active: the same, for a peer that is better off
    listen      // Active: withdraw without a word and listen for a down interval
};

constexpr auto names_of(Verdict) {
    using enum Verdict;
    return std::array{Name{promote, "promote"},     Name{stay, "stay"},
                      Name{ask_again, "ask again"}, Name{fence, "fence, then promote"},
                      Name{tell, "tell the other"}, Name{withdraw, "withdraw"},
                      Name{hand_over, "hand over"}, Name{listen, "withdraw and listen"}};
}

enum class Situation : std::uint8_t {  // the numbers are in records: new ones come last
    none,                              // nothing was decided yet
    // Backup
    ordered,
    heard_elsewhere,
    resigned,
    quiet_time,
    preempting,
    fenced,
    isolated,
    fencing,
    gave_way,
    fence_failed,
    fence_failed_promotes,
    answered,
    answered_once,
    standing_by,
    silent,
    // Active
    resumed,
    adverts_pass,
    adverts_blocked,
    other_is_deaf,
    ours_lower,
    other_unyielding,
    ours_higher,
    cut_off_withdraws,
    cut_off_keeps,
    reference_gone_here,
    reference_gone,
    claim_suspected,
    undisputed,
    // Backup, again
    unmet,
};
inline constexpr Situation last_situation = Situation::unmet;

// What a row says under one policy.
struct Cell {
    Verdict verdict = Verdict::stay;
    bool incident = false;
    bool operator==(const Cell&) const = default;
};

struct Row {
    int number = 0;  // as in the manual
    Situation situation = Situation::none;
    bool active = false;  // of the second table
    std::string_view name;
    std::string_view evidence;
    bool (*holds)(const Facts&) = nullptr;
    std::array<Cell, guard_policies> cells;  // alert, hold, fence, takeover
    std::string_view words;                  // what follows, in one sentence

    Cell cell(GuardPolicy policy) const;
};

// All rows, the Backup's first.
std::span<const Row> guard_rows();
// The row that decides; there always is one.
const Row& decide(bool active, const Facts& facts);
// The row of a situation; none for Situation::none.
const Row* row_of(Situation situation);

// Times of the guard, in multiples of the advert interval in force or of the down interval.
constexpr Duration evidence_lasts(Duration interval) {
    return interval * 5 / 2;  // one message of two may be lost
}
// The Active's next advert is due an interval after the last; who is heard later than that outlived its
// adverts.
constexpr Duration proves_silence_false(Duration interval) {
    return interval * 5 / 4;
}
constexpr Duration between_repeats(Duration interval) {
    return interval * 3;  // two sightings so far apart are one story
}
constexpr Duration between_patrols(Duration interval) {
    return interval * 3;  // asks of an Active that nobody disputes
}
constexpr Duration until_unsettled(Duration interval) {
    return interval * 2;
}
constexpr Duration until_unyielding(Duration interval) {
    return interval * 10;  // the other may have noticed a patrol later than we, and takes as long
}
constexpr Duration until_answered(Duration down_interval) {
    return down_interval / 6;  // two asks in the last third of the down interval
}
// How much later than its delay a host calls its fencing agent. Two that start while they are cut apart know
// nothing of each other, so each goes by its own address: neighbouring ones never fence at the same time. Of
// two that know each other and have equal priorities, the higher address goes first.
Duration fence_turn(const IpAddress& ours);
Duration fence_turn(const IpAddress& ours, const IpAddress& theirs);

inline constexpr int silent_asks_that_prove = 3;  // after repeated answers
inline constexpr int silent_asks_after_one = 2;   // after a single one

// The longest time in which two guarded hosts hold one address while a path between them works: none where
// the policy does not end it, or where the settings leave no path that both see.
std::optional<Duration> detection_bound(const GuardSettings& guard, Duration interval);

// One row as it is for a unit.
struct ExplainedRow {
    const Row* row = nullptr;
    Cell cell;
};
// Every row that can come true with these settings, in order.
std::vector<ExplainedRow> explain(const GuardSettings& guard);

}  // namespace holdfast::engine
