// What core asks of the process: to begin, to leave, to write dumps, to announce addresses; and what
// operators order of its routers.
#include "vrrp/dump.h"
#include "vrrp/process.h"

namespace holdfast::vrrp {

using os::Level;

void Process::on_message(const os::Message& message) {
    begin_turn();
    if (const auto* detail = std::get_if<os::LogDetail>(&message)) os::set_log_level(detail->least);
    if (const auto* order = std::get_if<os::SteeringOrder>(&message)) return steer(*order);
    if (const auto* announce = std::get_if<os::AnnounceOrder>(&message))
        return on_announce(announce->instance);
    const auto* order = std::get_if<os::Order>(&message);
    if (order == nullptr) return;
    orphan_->heard();
    obey(*order);
}

// An Active announces its addresses once more; nobody else has any.
void Process::on_announce(const std::string& instance) {
    if (!running_ || leaving_) return;
    for (std::uint32_t at = 0; at < plan_.engine.routers.size(); ++at) {
        const engine::RouterId router{at};
        if (plan_.engine.routers[at].name == instance &&
            engine_.router(router).state == engine::State::active)
            announcements_->announce(router, 1, now_);
    }
}

void Process::obey(os::Order order) {
    now_ = os::EventLoop::now();
    switch (order) {
        case os::Order::go:
            go();
            break;
        case os::Order::hand_over:
            return hand_over();
        case os::Order::stop:
            return stop();
        default:
            dump(order);
            break;
    }
    finish_turn();
}

// Core waits for a process that has taken over before it passes anything on.
void Process::steer(const os::SteeringOrder& order) {
    if (!running_ || leaving_)
        return core_->send(os::ReplyOutcome{
            .number = order.number,
            .answer = {.outcome = os::Outcome::refused, .text = "the process is just being replaced"}});
    orders_.take(order, now_);
    finish_turn();
}

void Process::dump(os::Order order) {
    const Dump what{
        .start = start_, .plan = plan_, .engine = engine_, .holdings = *holdings_, .links = links_};
    const auto written = write_dump(order, what);
    if (!written) return os::log(Level::error, "cannot write the dump: " + written.error().text());
    if (order != os::Order::dump_stats_and_clear) return;
    for (std::size_t at = 0; at < plan_.routers.size(); ++at)
        engine_.clear_counters(engine::RouterId{static_cast<std::uint32_t>(at)});
}

}  // namespace holdfast::vrrp
