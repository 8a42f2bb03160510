// What guards against split brain bring into the process: evidence beside the adverts, fencing, incidents.
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

void Process::on_choice(const os::IncidentChoice& choice) {
    if (choice.guard >= plan_.guards.size() || leaving_ || !running_) return;
    const engine::GuardId guard{choice.guard};
    const engine::Incident& incident = engine_.incident(guard);
    const auto chosen = value_named<engine::Choice>(choice.choice);
    if (!chosen || !incident.is_open() || incident.id().text() != choice.id) return;
    begin_turn();
    touch(plan_.engine.guards[index(guard)].leader);
    step(engine::ChoiceMade{.guard = guard, .choice = *chosen});
    finish_turn();
}

}  // namespace holdfast::vrrp
