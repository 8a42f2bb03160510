#include "checker/script_check.h"

#include <csignal>

#include "os/log.h"
#include "status/messages.h"

namespace holdfast::checker {

namespace {

using os::Level;
using status::labelled;
using status::Number;
using namespace std::chrono_literals;

constexpr Duration patience_after_sigterm = 2s;  // keepalived's

std::string seconds(Duration span) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3g s", std::chrono::duration<double>(span).count());
    return text;
}

}  // namespace

HealthCounter::HealthCounter(int rise, int fall, bool begins_bad) : rise_{rise}, fall_{fall} {
    if (begins_bad) verdict_ = false;
}

std::optional<bool> HealthCounter::count(bool success) {
    const bool decides = !verdict_ || (success != *verdict_ && ++in_a_row_ >= (success ? rise_ : fall_));
    if (verdict_ && success == *verdict_) in_a_row_ = 0;
    if (!decides) return std::nullopt;
    assume(success);
    return success;
}

void HealthCounter::assume(bool good) {
    verdict_ = good;
    in_a_row_ = 0;
}

ScriptCheck::ScriptCheck(os::EventLoop& loop, const std::string& name, const plan::ScriptPlan& plan,
                         const Guard& guard, Judged judged)
    : loop_{loop},
      name_{name},
      plan_{plan},
      guard_{guard},
      judged_{std::move(judged)},
      counter_{plan.rise, plan.fall, plan.begins_bad} {}

Result<std::unique_ptr<Tracker>> ScriptCheck::create(os::EventLoop& loop, const std::string& name,
                                                     const plan::ScriptPlan& plan, const Guard& guard,
                                                     Judged judged) {
    std::unique_ptr<ScriptCheck> script{new ScriptCheck{loop, name, plan, guard, std::move(judged)}};
    auto next = loop.timer(os::Urgency::control, [self = script.get()] { self->run(); });
    if (!next) return std::move(next).error();
    script->next_ = std::move(*next);
    auto time_out = loop.timer(os::Urgency::control, [self = script.get()] { self->on_time_out(); });
    if (!time_out) return std::move(time_out).error();
    script->time_out_ = std::move(*time_out);
    return std::unique_ptr<Tracker>{std::move(script)};
}

ScriptCheck::~ScriptCheck() {
    if (run_) run_->signal(SIGTERM);
}

void ScriptCheck::begin() {
    if (plan_.begins_bad && counter_.verdict() == false) judged_({.good = false});
    run();
}

void ScriptCheck::run() {
    next_.arm(os::EventLoop::now() + plan_.interval);
    if (run_) {  // never two at a time
        if (!said_late_)
            os::log(Level::warning, labelled(Number::check_overlaps,
                                             name_ + " still runs after its interval of " +
                                                 seconds(plan_.interval) + "; the next run is left out"));
        said_late_ = true;
        return;
    }
    if (const auto allowed = guard_(plan_.command); !allowed) return count(false, allowed.error().text());
    auto started = ScriptRun::start(
        loop_, Job{.owner = "", .what = name_, .command = plan_.command, .arguments = {}},
        {.ended = [this](ScriptRun&, os::ChildExit how) { on_end(how); }, .silent = [](ScriptRun&) {}});
    if (!started) return count(false, "it cannot be started: " + started.error().text());
    run_ = std::move(*started);
    timed_out_ = false;
    time_out_.arm(os::EventLoop::now() + plan_.timeout);
}

// First a time to tidy up, then none.
void ScriptCheck::on_time_out() {
    if (!run_) return;
    if (timed_out_) return run_->signal(SIGKILL);
    timed_out_ = true;
    run_->signal(SIGTERM);
    time_out_.arm(os::EventLoop::now() + patience_after_sigterm);
    const std::string words = run_->last_words();
    count(false, "no result within " + seconds(plan_.timeout) + (words.empty() ? "" : ": " + words));
}

void ScriptCheck::on_end(os::ChildExit how) {
    time_out_.disarm();
    ended_ = std::move(run_);
    said_late_ = false;
    if (timed_out_) return;
    const bool success = !how.by_signal && how.value == 0;
    const std::string words = ended_->last_words();
    count(success, how.text() + (words.empty() ? "" : ": " + words));
}

void ScriptCheck::count(bool success, const std::string& why) {
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

}  // namespace holdfast::checker
