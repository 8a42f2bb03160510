#include "checker/courier.h"

#include <fmt/format.h>

#include "status/messages.h"

namespace holdfast::checker {

namespace {

using os::Level;
using status::labelled;
using status::Number;

std::string seconds(Duration span) {
    return fmt::format("{:.0f} s", std::chrono::duration<double>(span).count());
}

}  // namespace

Result<std::unique_ptr<Courier>> Courier::create(os::EventLoop& loop, std::string name,
                                                 std::unique_ptr<Carrier> carrier,
                                                 std::function<void()> changed) {
    std::unique_ptr<Courier> courier{new Courier{std::move(name), std::move(carrier), std::move(changed)}};
    auto timer = loop.timer(os::Urgency::control, [self = courier.get()] { self->go_on(); });
    if (!timer) return std::move(timer).error();
    courier->timer_ = std::move(*timer);
    return courier;
}

void Courier::post(Letter letter) {
    const Instant now = os::EventLoop::now();
    lost_ += outbox_.push(std::move(letter), now);
    if (lost_ > 0 && limit_.allow("lost", now))
        os::log(Level::error, labelled(Number::alerts_lost,
                                       name_ + ": " + std::to_string(lost_) + " of the oldest are lost: " +
                                           std::to_string(Outbox::most_waiting) + " wait, no more fit"));
    go_on();
}

bool Courier::is_resting() const {
    return !outbox_.on_its_way() && outbox_.next() > os::EventLoop::now();
}

void Courier::go_on() {
    if (sending_) return;  // a carrier may say at once what became of it
    sending_ = true;
    while (const Letter* letter = outbox_.take(os::EventLoop::now())) {
        on_its_way_ = letter->what;
        carrier_->send(*letter, [this](const Outcome& outcome) { arrived(outcome); });
    }
    sending_ = false;
    timer_.arm(outbox_.next());
}

void Courier::arrived(const Outcome& outcome) {
    const Instant now = os::EventLoop::now();
    switch (outcome.kind) {
        case Outcome::Kind::delivered:
            outbox_.delivered();
            if (!outcome.words.empty())  // some of its recipients never get it
                os::log(Level::error, labelled(Number::alert_refused, name_ + " refuses " + on_its_way_ +
                                                                          " for good: " + outcome.words));
            say_recovery();
            break;
        case Outcome::Kind::refused:
            outbox_.refused();
            os::log(Level::error, labelled(Number::alert_refused, name_ + " refuses " + on_its_way_ +
                                                                      " for good: " + outcome.words));
            break;
        case Outcome::Kind::delayed:
            if (outbox_.delayed(outcome.delay, now))
                say_delay(on_its_way_, outcome);
            else
                os::log(Level::error, labelled(Number::alert_given_up,
                                               name_ + ": " + on_its_way_ + " is given up after " +
                                                   seconds(Outbox::give_up_after) + ": " + outcome.words));
            break;
    }
    go_on();
    changed_();
}

void Courier::say_delay(const std::string& what, const Outcome& outcome) {
    const Instant now = os::EventLoop::now();
    if (!troubled_) troubled_since_ = now;
    troubled_ = true;
    if (!limit_.allow("delay", now)) return;
    os::log(Level::warning,
            labelled(Number::alert_delayed, name_ + ": " + what + " is not delivered yet: " + outcome.words +
                                                "; tried again in " + seconds(outbox_.pause()) + ", " +
                                                std::to_string(outbox_.waiting()) + " wait"));
}

void Courier::say_recovery() {
    if (!troubled_) return;
    troubled_ = false;
    limit_ = os::RateLimit{std::chrono::minutes{10}};
    os::log(Level::notice,
            labelled(Number::alerts_flow, name_ + " takes alerts again after " +
                                              seconds(os::EventLoop::now() - troubled_since_) + ", " +
                                              std::to_string(outbox_.waiting()) + " wait"));
}

void Courier::give_up(const std::string& why) {
    carrier_->cancel();
    timer_.disarm();
    const std::size_t count = outbox_.clear();
    if (count == 0) return;
    os::log(Level::error, labelled(Number::alerts_abandoned, name_ + ": " + std::to_string(count) +
                                                                 (count == 1 ? " alert is" : " alerts are") +
                                                                 " not delivered: " + why));
    changed_();
}

}  // namespace holdfast::checker
