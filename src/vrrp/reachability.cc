#include "vrrp/reachability.h"

#include <algorithm>

namespace holdfast::vrrp {

namespace {

using namespace std::chrono_literals;

// Neighbours answer within a millisecond or two.
constexpr Duration first_answers = 50ms;

}  // namespace

int Reachability::Watch::count() const {
    return static_cast<int>(std::count(answered.begin(), answered.end(), true));
}

Reachability::Reachability(const std::vector<plan::TrackerPlan>& trackers) {
    for (std::uint32_t number = 0; number < trackers.size(); ++number) {
        const auto* plan = std::get_if<plan::ReachabilityPlan>(&trackers[number].what);
        if (plan == nullptr) continue;
        Watch watch{.tracker = engine::TrackerId{number},
                    .references = {},
                    .quorum = plan->quorum,
                    .interval = plan->schedule.interval,
                    .timeout = plan->schedule.timeout,
                    .counter = {plan->schedule.rise, plan->schedule.fall, plan->schedule.begins_bad},
                    .answered = std::vector<bool>(plan->references.size())};
        for (const Reference& reference : plan->references)
            watch.references.push_back(number_of(reference));
        watches_.push_back(std::move(watch));
    }
    heard_.resize(references_.size());
    asked_.resize(references_.size());
}

std::size_t Reachability::number_of(const Reference& reference) {
    const auto [found, added] = numbers_.try_emplace({reference.link, reference.address}, references_.size());
    if (added) references_.push_back(reference);
    return found->second;
}

void Reachability::assume(const engine::TrackerJudged& known) {
    for (Watch& watch : watches_)
        if (watch.tracker == known.tracker) watch.counter.assume(known.health == engine::Health::good);
}

void Reachability::begin(Instant now) {
    for (Watch& watch : watches_)
        watch.next_round = now;
}

Instant Reachability::next_due() const {
    Instant next = never;
    for (const Watch& watch : watches_)
        next = std::min({next, watch.next_round, watch.end, watch.first_look});
    return next;
}

void Reachability::heard(const std::string& link, const IpAddress& address) {
    if (const auto known = numbers_.find({link, address}); known != numbers_.end())
        heard_[known->second] = true;
}

void Reachability::turn(Instant now, std::vector<std::size_t>& asked, std::vector<Verdict>& verdicts) {
    std::fill(asked_.begin(), asked_.end(), false);
    for (Watch& watch : watches_) {
        for (std::size_t at = 0; at < watch.references.size(); ++at)
            if (heard_[watch.references[at]]) watch.answered[at] = true;
        const bool enough_already = watch.first_look <= now && watch.count() >= watch.quorum;
        if (watch.end <= now || enough_already) judge(watch, verdicts);
        if (watch.first_look <= now) watch.first_look = never;
        if (watch.next_round > now) continue;
        begin_round(watch, now);
        for (const std::size_t number : watch.references)
            asked_[number] = true;
    }
    std::fill(heard_.begin(), heard_.end(), false);
    for (std::size_t number = 0; number < asked_.size(); ++number)
        if (asked_[number]) asked.push_back(number);
}

void Reachability::judge(Watch& watch, std::vector<Verdict>& verdicts) {
    watch.end = never;
    const int count = watch.count();
    const auto changed = watch.counter.count(count >= watch.quorum);
    if (!changed) return;
    Verdict verdict{.judged = {.tracker = watch.tracker,
                               .health = *changed ? engine::Health::good : engine::Health::bad,
                               .value = count},
                    .silent = {}};
    for (std::size_t at = 0; at < watch.references.size(); ++at)
        if (!watch.answered[at]) verdict.silent.push_back(watch.references[at]);
    verdicts.push_back(std::move(verdict));
}

// Rounds keep their times, so that those of other trackers go on to fall together with them; unless so much
// time was lost that nobody could answer within what is left.
void Reachability::begin_round(Watch& watch, Instant now) {
    std::fill(watch.answered.begin(), watch.answered.end(), false);
    const bool in_time = now - watch.next_round < watch.interval / 4;
    watch.next_round = (in_time ? watch.next_round : now) + watch.interval;
    watch.end = std::min(now + watch.timeout, watch.next_round);
    watch.first_look = watch.counter.verdict() ? never : std::min(now + first_answers, watch.end);
}

}  // namespace holdfast::vrrp
