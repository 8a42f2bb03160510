// What is tracked beside interfaces, as the protocol process takes it in: verdicts of the checker, of
// references that it asks itself, and of the process before.
#include <algorithm>

#include "plan/trackers.h"
#include "vrrp/predecessor.h"
#include "vrrp/process.h"

namespace holdfast::vrrp {

namespace {

bool is_asked_here(const plan::TrackerPlan& tracker) {
    return std::holds_alternative<plan::ReachabilityPlan>(tracker.what);
}

}  // namespace

// From the checker. It has read the same configuration, but is not believed for that.
void Process::on_judgement(const os::Message& message) {
    if (const auto* report = std::get_if<os::FenceReport>(&message)) return on_fence_report(*report);
    if (const auto* choice = std::get_if<os::IncidentChoice>(&message)) return on_choice(*choice);
    const auto* judgement = std::get_if<os::Judgement>(&message);
    if (judgement == nullptr || judgement->tracker >= plan_.trackers.size() || leaving_) return;
    if (is_asked_here(plan_.trackers[judgement->tracker])) return;
    begin_turn();
    judge({.tracker = engine::TrackerId{judgement->tracker},
           .health = judgement->good ? engine::Health::good : engine::Health::bad,
           .value = judgement->value});
    finish_turn();
}

// Before the engine has started, too: what is known is part of how it starts.
void Process::judge(const engine::TrackerJudged& judged) {
    if (page_) {
        const engine::Record record = verdict_record(plan_.trackers[index(judged.tracker)].name, judged);
        page_->write(plan_.engine.routers.size() + index(judged.tracker),
                     std::as_bytes(std::span{&record, 1}));
    }
    if (publisher_) publisher_->hurry();
    step(judged);
}

void Process::ask_references() {
    for (const engine::TrackerJudged& judged : references_->work(now_))
        judge(judged);
}

// A tracker that is another one now begins anew.
void Process::adopt_verdicts(const Predecessor& before) {
    for (std::uint32_t number = 0; number < plan_.trackers.size(); ++number) {
        const plan::TrackerPlan& tracker = plan_.trackers[number];
        engine::TrackerJudged known = before.verdict_of(tracker.name);
        const bool is_same = previous_ && std::any_of(previous_->trackers.begin(), previous_->trackers.end(),
                                                      [&](const plan::TrackerPlan& was) {
                                                          return plan::tracks_the_same(was, tracker);
                                                      });
        if (known.health == engine::Health::unknown || !is_same) continue;
        known.tracker = engine::TrackerId{number};
        judge(known);
        if (is_asked_here(tracker))
            references_->assume(known);
        else if (checker_)
            checker_->send(os::Judgement{
                .tracker = number, .good = known.health == engine::Health::good, .value = known.value});
    }
}

}  // namespace holdfast::vrrp
