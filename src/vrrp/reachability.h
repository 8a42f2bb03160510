// When references are asked, and what their answers mean: rounds of questions, quorum, rise and fall. Pure:
// gets the time and what was heard, gives whom to ask and verdicts. Answers are looked at when the next
// questions leave, so that a round costs one wake-up however many references it has.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/health_counter.h"
#include "base/time.h"
#include "engine/event.h"
#include "plan/plan.h"

namespace holdfast::vrrp {

class Reachability {
public:
    // One who should answer, once for all trackers that ask it. Its number is its position in references().
    using Reference = plan::ReachabilityPlan::Reference;
    struct Verdict {
        engine::TrackerJudged judged;  // its value: how many answered
        std::vector<std::size_t> silent{};
    };

    explicit Reachability(const std::vector<plan::TrackerPlan>& trackers);

    bool empty() const { return watches_.empty(); }
    const std::vector<Reference>& references() const { return references_; }

    // What was known before this process; before begin.
    void assume(const engine::TrackerJudged& known);
    void begin(Instant now);
    // Never before begin.
    Instant next_due() const;
    // It said something since the last call of turn.
    void heard(const std::string& link, const IpAddress& address);
    // Ends the rounds that are due and begins the next: whom to ask, each once.
    void turn(Instant now, std::vector<std::size_t>& asked, std::vector<Verdict>& verdicts);

private:
    struct Watch {
        engine::TrackerId tracker{};
        std::vector<std::size_t> references;
        int quorum = 1;
        Duration interval{};
        Duration timeout{};
        HealthCounter counter{1, 1, false};
        std::vector<bool> answered;  // in this round, by position in references
        Instant next_round = never;
        Instant first_look =
            never;            // while there is no verdict: a good one need not wait for the round's end
        Instant end = never;  // of the round that is under way
        int count() const;
    };
    std::size_t number_of(const Reference& reference);
    static void judge(Watch& watch, std::vector<Verdict>& verdicts);
    static void begin_round(Watch& watch, Instant now);

    std::vector<Watch> watches_;
    std::vector<Reference> references_;
    std::map<std::pair<std::string, IpAddress>, std::size_t> numbers_;
    std::vector<bool> heard_;  // since the last turn, by reference
    std::vector<bool> asked_;
};

}  // namespace holdfast::vrrp
