#include "engine/guard_table.h"

#include <algorithm>
#include <numeric>

#include "base/result.h"

namespace holdfast::engine {
namespace {

constexpr Cell promote{Verdict::promote, false};
constexpr Cell promote_and_say{Verdict::promote, true};
constexpr Cell stay{Verdict::stay, false};
constexpr Cell stay_and_say{Verdict::stay, true};
constexpr Cell ask_again{Verdict::ask_again, true};
constexpr Cell fence{Verdict::fence, true};
constexpr Cell tell{Verdict::tell, true};
constexpr Cell withdraw{Verdict::withdraw, true};
constexpr Cell hand_over{Verdict::hand_over, true};
constexpr Cell listen{Verdict::listen, false};

constexpr std::array<Cell, guard_policies> all(Cell cell) {
    return {cell, cell, cell, cell};
}

bool always(const Facts&) {
    return true;
}

bool disputed(const Facts& facts) {
    return facts.rival_advert || facts.rival_elsewhere || facts.claimed;
}

bool overdue(const Facts& facts) {
    return disputed(facts) && facts.unsettled;
}

// Two claim to be Active and one of them proves by answers that it holds the address.
bool proven(const Facts& facts) {
    return overdue(facts) && facts.claimed;
}

// clang-format off
constexpr std::array rows{
    // A Backup whose down timer has ended.                           alert            hold          fence         takeover
    Row{1, Situation::ordered, false, "ordered", "an operator chose to take over",
        [](const Facts& f) { return f.ordered; },
        all(promote_and_say),
        "becomes Active; what is known stands in the incident"},
    Row{2, Situation::heard_elsewhere, false, "heard elsewhere",
        "the Active is heard by a tap before the firewall, by a refused advert or by a heartbeat, after its adverts fell silent",
        [](const Facts& f) { return f.heard_elsewhere; },
        all(stay_and_say),
        "stays Backup: the Active lives, and only its adverts are lost"},
    Row{3, Situation::resigned, false, "farewell", "the Active resigned (priority 0), by any path",
        [](const Facts& f) { return f.resigned; },
        all(promote),
        "becomes Active"},
    Row{4, Situation::quiet_time, false, "quiet time",
        "adverts of a weaker Active are heard, but this unit withdrew and what caused it has not been gone for long enough",
        [](const Facts& f) { return f.weaker_heard && f.quiet; },
        all(stay),
        "stays Backup until the quiet time is over"},
    Row{5, Situation::preempting, false, "preempting", "adverts of a weaker Active are heard",
        [](const Facts& f) { return f.weaker_heard; },
        all(promote),
        "becomes Active, and the weaker one yields"},
    Row{6, Situation::fenced, false, "fenced", "the fencing agent confirms that the other is off",
        [](const Facts& f) { return f.fencing == Fencing::succeeded; },
        all(promote),
        "becomes Active"},
    Row{7, Situation::isolated, false, "isolated",
        "nobody is heard, nobody answers for the addresses, and the references are below their quorum",
        [](const Facts& f) { return f.references_bad && !f.peer_heard && f.answered == Answered::no; },
        {{promote_and_say, stay_and_say, stay_and_say, promote_and_say}},
        "this host is the one that is cut off: it stays Backup until the references return, and never fences"},
    Row{8, Situation::fencing, false, "fencing", "the fencing agent is at work",
        [](const Facts& f) { return f.fencing == Fencing::running; },
        all(stay_and_say),
        "stays Backup until the agent has ended or its time is over"},
    Row{9, Situation::gave_way, false, "gave way",
        "somebody answers repeatedly for an address from which this unit withdrew not long ago",
        [](const Facts& f) { return f.quiet && f.answered == Answered::repeatedly; },
        {{promote_and_say, stay_and_say, stay_and_say, promote_and_say}},
        "stays Backup: who gave way and takes over again at once would quarrel for ever"},
    Row{10, Situation::fence_failed_promotes, false, "fencing failed, on_failure takeover", "the fencing agent failed",
        [](const Facts& f) { return f.fencing == Fencing::failed && f.failure_promotes; },
        all(promote_and_say),
        "becomes Active although the other may live"},
    Row{11, Situation::fence_failed, false, "fencing failed, on_failure hold", "the fencing agent failed",
        [](const Facts& f) { return f.fencing == Fencing::failed; },
        all(stay_and_say),
        "stays Backup and fences again after a while"},
    Row{12, Situation::answered, false, "answered", "nobody is heard, but somebody answers repeatedly for an address",
        [](const Facts& f) { return f.answered == Answered::repeatedly; },
        {{promote_and_say, stay_and_say, fence, promote_and_say}},
        "somebody holds an address: hold asks each interval until three asks in a row are silent"},
    Row{13, Situation::answered_once, false, "answered once", "nobody is heard, and one answer came for an address",
        [](const Facts& f) { return f.answered == Answered::once; },
        {{promote_and_say, ask_again, fence, promote_and_say}},
        "one frame proves nothing: hold asks at most twice more, which takes a third of the down interval"},
    Row{14, Situation::standing_by, false, "standing by",
        "nobody answers, and every peer that is known says by heartbeat that it is not Active",
        [](const Facts& f) { return f.peers_stand_by; },
        all(promote),
        "becomes Active; there is nobody to fence"},
    Row{15, Situation::unmet, false, "never met", "nobody answers, and nobody was heard since this host began to listen",
        [](const Facts& f) { return f.unmet; },
        {{promote, promote, fence, promote}},
        "the other is dead, or both have just started while cut apart: fence waits for up to 30 s more, by its own "
        "address, so that two do not shoot each other at the same time"},
    Row{16, Situation::silent, false, "silent", "nobody is heard, nobody answers; the references are fine, or there are none",
        always,
        {{promote, promote, fence, promote}},
        "the other is dead: becomes Active as early as plain VRRP"},

    // An Active.
    Row{21, Situation::resumed, true, "resumed after a pause", "this host stood still for longer than its peers wait",
        [](const Facts& f) { return f.stood_still; },
        all(listen),
        "withdraws without a word, listens for one down interval and takes part as Backup"},
    Row{22, Situation::adverts_pass, true, "both active, adverts pass", "an advert of another Active",
        [](const Facts& f) { return f.rival_advert && !f.unsettled; },
        all(stay),
        "the rule of the RFC: the higher priority goes on, then the higher address"},
    Row{23, Situation::adverts_blocked, true, "both active, adverts blocked",
        "another Active is heard by a heartbeat, or another MAC address claims an address repeatedly and answers when asked",
        [](const Facts& f) { return disputed(f) && !f.unsettled; },
        all(tell),
        "tells the other by every path that is left, so that the rule of the RFC can work"},
    Row{24, Situation::other_unyielding, true, "both active, the other goes on",
        "ten intervals later the other still answers for the address",
        [](const Facts& f) { return proven(f) && f.unyielding; },
        {{stay_and_say, withdraw, withdraw, stay_and_say}},
        "the other follows no rule that we know: hold and fence withdraw, so that one remains"},
    Row{25, Situation::ours_lower, true, "both active, our MAC address is the lower one",
        "two intervals later the other still answers for the address",
        [](const Facts& f) { return proven(f) && f.ours_is_lower; },
        {{stay_and_say, withdraw, withdraw, stay_and_say}},
        "the lower MAC address withdraws, which both sides compute alike"},
    Row{26, Situation::ours_higher, true, "both active, our MAC address is the higher one",
        "two intervals later the other still answers for the address",
        proven,
        all(stay_and_say),
        "the other is to withdraw"},
    Row{27, Situation::other_is_deaf, true, "both active, the other is deaf",
        "another Active is heard two intervals later, but it does not answer for the address",
        overdue,
        all(stay_and_say),
        "goes on: who hears nothing and answers nothing serves nobody"},
    Row{28, Situation::cut_off_withdraws, true, "isolated, isolated_active withdraw",
        "the references are below their quorum and no peer is heard, and both went together or more than one reference did",
        [](const Facts& f) { return f.references_bad && !f.peer_heard && f.cut_off && f.withdraws_when_isolated; },
        all(withdraw),
        "withdraws before the peer's down timer can end"},
    Row{29, Situation::cut_off_keeps, true, "isolated, isolated_active keep",
        "the references are below their quorum and no peer is heard, and both went together or more than one reference did",
        [](const Facts& f) { return f.references_bad && !f.peer_heard && f.cut_off; },
        all(stay_and_say),
        "goes on"},
    Row{30, Situation::reference_gone_here, true, "reference gone here only",
        "the references are below their quorum here, and a Backup says by heartbeat that they are fine there",
        [](const Facts& f) { return f.references_bad && f.peer_references == References::good; },
        all(hand_over),
        "hands over in good order"},
    Row{31, Situation::reference_gone, true, "reference gone",
        "the references are below their quorum here, and at the peer, too, or nothing is known of it",
        [](const Facts& f) { return f.references_bad; },
        all(stay_and_say),
        "goes on: the reference died, not we"},
    Row{32, Situation::claim_suspected, true, "claim",
        "a frame claims an address for another MAC address, but neither repeatedly nor when asked",
        [](const Facts& f) { return f.suspected; },
        all(stay),
        "goes on and asks"},
    Row{33, Situation::undisputed, true, "undisputed", "nothing speaks against it",
        always,
        all(stay),
        "goes on"},
};
// clang-format on

bool needs_fence(Situation situation) {
    return situation == Situation::fenced || situation == Situation::fencing ||
           situation == Situation::fence_failed || situation == Situation::fence_failed_promotes;
}

bool needs_probes(Situation situation) {
    return situation == Situation::answered || situation == Situation::answered_once ||
           situation == Situation::gave_way || situation == Situation::ours_lower ||
           situation == Situation::ours_higher || situation == Situation::other_unyielding ||
           situation == Situation::claim_suspected;
}

bool needs_references(Situation situation) {
    return situation == Situation::isolated || situation == Situation::cut_off_keeps ||
           situation == Situation::cut_off_withdraws || situation == Situation::reference_gone ||
           situation == Situation::reference_gone_here;
}

bool is_possible(Situation situation, const GuardSettings& guard) {
    if (needs_fence(situation) && guard.policy != GuardPolicy::fence) return false;
    if (needs_probes(situation) && !guard.probes_addresses) return false;
    if (needs_references(situation) && !guard.references) return false;
    if (situation == Situation::fence_failed) return !guard.fence.failure_promotes;
    if (situation == Situation::fence_failed_promotes) return guard.fence.failure_promotes;
    if (situation == Situation::cut_off_withdraws) return guard.withdraws_when_isolated;
    if (situation == Situation::cut_off_keeps) return !guard.withdraws_when_isolated;
    if (situation == Situation::reference_gone_here || situation == Situation::standing_by)
        return !guard.heartbeats.empty();
    return true;
}

}  // namespace

Cell Row::cell(GuardPolicy policy) const {
    HF_ASSERT(policy != GuardPolicy::off);
    return cells[static_cast<std::size_t>(policy) - 1];
}

std::span<const Row> guard_rows() {
    return rows;
}

const Row& decide(bool active, const Facts& facts) {
    const auto found = std::find_if(rows.begin(), rows.end(),
                                    [&](const Row& row) { return row.active == active && row.holds(facts); });
    HF_ASSERT(found != rows.end());
    return *found;
}

const Row* row_of(Situation situation) {
    const auto found =
        std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.situation == situation; });
    return found == rows.end() ? nullptr : &*found;
}

// Time for an agent to switch the other off, so often as separates most addresses that pairs have.
constexpr Duration one_turn = std::chrono::seconds{5};
constexpr unsigned turns = 7;

Duration fence_turn(const IpAddress& ours) {
    const auto bytes = ours.bytes();
    return one_turn * (std::accumulate(bytes.begin(), bytes.end(), 0u) % turns);
}

Duration fence_turn(const IpAddress& ours, const IpAddress& theirs) {
    return ours < theirs ? one_turn : Duration{0};
}

std::optional<Duration> detection_bound(const GuardSettings& guard, Duration interval) {
    if (guard.policy != GuardPolicy::hold && guard.policy != GuardPolicy::fence) return std::nullopt;
    // An ask finds the other, a second one confirms it, then it is told, and each side may take an interval
    // to look again.
    if (guard.probes_addresses)
        return between_patrols(interval) + interval + until_unsettled(interval) + 2 * interval;
    if (!guard.heartbeats.empty()) return evidence_lasts(interval);
    return std::nullopt;
}

std::vector<ExplainedRow> explain(const GuardSettings& guard) {
    std::vector<ExplainedRow> explained;
    if (guard.policy == GuardPolicy::off) return explained;
    for (const Row& row : rows)
        if (is_possible(row.situation, guard)) explained.push_back({&row, row.cell(guard.policy)});
    return explained;
}

}  // namespace holdfast::engine
