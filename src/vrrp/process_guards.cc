// What guards against split brain bring into the process: evidence beside the adverts, fencing, incidents.
#include <algorithm>

#include "status/messages.h"
#include "vrrp/process.h"

namespace holdfast::vrrp {

void Process::on_evidence() {
    begin_turn();
    senses_->take(now_, [this](const engine::Event& event) {
        if (running_ && !leaving_) step(event);
    });
    finish_turn();
}

// The checker runs the agent, and answers. While there is none the guard's own limit ends the wait.
void Process::order_fencing(engine::GuardId guard) {
    touch(plan_.engine.guards[index(guard)].leader);
    if (checker_) return checker_->send(os::FenceOrder{.guard = static_cast<std::uint32_t>(index(guard))});
    os::log(os::Level::error, status::labelled(status::Number::fencing_failed,
                                               "the peer of " + plan_.guards[index(guard)].unit +
                                                   " cannot be fenced: the checker process does not run"));
}

void Process::on_fence_report(const os::FenceReport& report) {
    if (report.guard >= plan_.guards.size() || leaving_) return;
    begin_turn();
    step(engine::FenceReported{.guard = engine::GuardId{report.guard}, .confirmed = report.confirmed});
    finish_turn();
}

void Process::tell_of(const engine::IncidentChanged& change) {
    const bool active =
        engine_.router(plan_.engine.guards[index(change.guard)].leader).state == engine::State::active;
    reports_->tell(change, engine_.incident(change.guard), active);
}

// What an operator chose some minutes ago may be out of place by now.
Result<engine::Choice> Process::may_choose(const os::IncidentChoice& choice) const {
    if (choice.guard >= plan_.guards.size() || leaving_ || !running_)
        return Error::invalid("the process for it is just being replaced");
    const engine::GuardId guard{choice.guard};
    const engine::Incident& incident = engine_.incident(guard);
    const auto chosen = value_named<engine::Choice>(choice.choice);
    if (!chosen || !incident.is_open() || incident.id().text() != choice.id)
        return Error::invalid("the incident is over");
    const engine::GuardSettings& settings = plan_.engine.guards[index(guard)];
    const bool active = engine_.router(settings.leader).state == engine::State::active;
    const auto allowed = engine::choices(incident, settings.policy, active);
    if (std::find(allowed.begin(), allowed.end(), *chosen) == allowed.end())
        return Error::invalid(active ? "it is MASTER now" : "it is not MASTER now");
    if (*chosen == engine::Choice::take_over && !engine_.guard(guard).holds_back)
        return Error::invalid(
            "its guard does not hold it back now: another one is heard, or it may take over anyway");
    return *chosen;
}

void Process::on_choice(const os::IncidentChoice& choice) {
    const auto chosen = may_choose(choice);
    const auto answer = [&](bool done, const std::string& text) {
        if (checker_)
            checker_->send(
                os::ChoiceOutcome{.id = choice.id, .choice = choice.choice, .done = done, .text = text});
    };
    if (!chosen) return answer(false, chosen.error().text());
    begin_turn();
    touch(plan_.engine.guards[choice.guard].leader);
    step(engine::ChoiceMade{.guard = engine::GuardId{choice.guard}, .choice = *chosen});
    finish_turn();
    switch (*chosen) {
        case engine::Choice::take_over:
            return answer(true, "it takes over");
        case engine::Choice::withdraw:
            return answer(true, "it hands over");
        case engine::Choice::fence:
            return answer(true, "its peer is fenced");
        case engine::Choice::close:
            return answer(true, "the incident is closed");
    }
}

}  // namespace holdfast::vrrp
