#include "checker/check.h"

#include <cstdio>

#include "os/log.h"
#include "status/messages.h"

namespace holdfast::checker {

namespace {

using os::Level;
using status::labelled;
using status::Number;

std::string seconds(Duration span) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3g s", std::chrono::duration<double>(span).count());
    return text;
}

}  // namespace

Check::Check(const std::string& name, const plan::Schedule& schedule, std::unique_ptr<Attempt> attempt,
             Judged judged)
    : name_{name},
      schedule_{schedule},
      attempt_{std::move(attempt)},
      judged_{std::move(judged)},
      counter_{schedule.rise, schedule.fall, schedule.begins_bad} {}

Result<std::unique_ptr<Tracker>> Check::create(os::EventLoop& loop, const std::string& name,
                                               const plan::Schedule& schedule,
                                               std::unique_ptr<Attempt> attempt, Judged judged) {
    std::unique_ptr<Check> check{new Check{name, schedule, std::move(attempt), std::move(judged)}};
    auto next = loop.timer(os::Urgency::control, [self = check.get()] { self->run(); });
    if (!next) return std::move(next).error();
    check->next_ = std::move(*next);
    auto time_out = loop.timer(os::Urgency::control, [self = check.get()] { self->on_time_out(); });
    if (!time_out) return std::move(time_out).error();
    check->time_out_ = std::move(*time_out);
    return std::unique_ptr<Tracker>{std::move(check)};
}

void Check::begin() {
    if (schedule_.begins_bad && counter_.verdict() == false) judged_({.good = false});
    run();
}

void Check::run() {
    next_.arm(os::EventLoop::now() + schedule_.interval);
    if (attempt_->is_busy()) {
        if (!said_late_)
            os::log(Level::warning, labelled(Number::check_overlaps,
                                             name_ + " still runs after its interval of " +
                                                 seconds(schedule_.interval) + "; the next run is left out"));
        said_late_ = true;
        return;
    }
    begin_ = os::EventLoop::now();
    time_out_.arm(begin_ + schedule_.timeout);
    attempt_->start([this](const Result<void>& result) { on_result(result); });
}

void Check::on_time_out() {
    const std::string known = attempt_->give_up();
    note(false, "no result within " + seconds(schedule_.timeout), known);
    count(false, "no result within " + seconds(schedule_.timeout) + (known.empty() ? "" : ": " + known));
}

void Check::on_result(const Result<void>& result) {
    time_out_.disarm();
    said_late_ = false;
    const std::string output = attempt_->output();
    note(result.has_value(), result ? "" : result.error().text(), output);
    count(result.has_value(), result ? "" : result.error().text());
}

void Check::count(bool success, const std::string& why) {
    const bool first = !counter_.verdict();
    const auto verdict = counter_.count(success);
    if (!verdict) {
        if (!success) os::log(Level::debug, name_ + " failed once: " + why);
        return;
    }
    if (*verdict)
        os::log(Level::notice, labelled(Number::check_good, name_ + " succeeds" + (first ? "" : " again")));
    else
        os::log(Level::warning, labelled(Number::check_bad, name_ + " fails: " + why));
    judged_({.good = *verdict});
}

void Check::note(bool success, std::string outcome, std::string output) {
    // Both are shown, so the words need not be said twice.
    const std::string said = ": " + output;
    if (!output.empty() && outcome.ends_with(said)) outcome.resize(outcome.size() - said.size());
    ++runs_;
    if (!success) ++failures_;
    const Instant now = os::EventLoop::now();
    last_ = {.good = success,
             .outcome = std::move(outcome),
             .output = std::move(output),
             .end = now,
             .duration = now - begin_};
}

void Check::describe(status::Check& check) const {
    check.interval = schedule_.interval;
    check.timeout = schedule_.timeout;
    check.rise = static_cast<std::uint32_t>(schedule_.rise);
    check.fall = static_cast<std::uint32_t>(schedule_.fall);
    check.runs = runs_;
    check.failures = failures_;
    if (!last_) return;
    check.last = last_->good ? status::Verdict::good : status::Verdict::bad;
    check.outcome = last_->outcome;
    check.output = last_->output;
    check.last_end = last_->end;
    check.last_duration = last_->duration;
}

}  // namespace holdfast::checker
