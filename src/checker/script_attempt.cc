#include "checker/script_attempt.h"

#include <csignal>

namespace holdfast::checker {

namespace {

using namespace std::chrono_literals;

constexpr Duration patience_after_sigterm = 2s;  // keepalived's

}  // namespace

Result<std::unique_ptr<Attempt>> ScriptAttempt::create(os::EventLoop& loop, const std::string& name,
                                                       const plan::ScriptPlan& plan, const Guard& guard) {
    std::unique_ptr<ScriptAttempt> attempt{new ScriptAttempt{loop, name, plan, guard}};
    auto kill = loop.timer(os::Urgency::control, [self = attempt.get()] {
        if (self->run_) self->run_->signal(SIGKILL);
    });
    if (!kill) return std::move(kill).error();
    attempt->kill_ = std::move(*kill);
    return std::unique_ptr<Attempt>{std::move(attempt)};
}

ScriptAttempt::~ScriptAttempt() {
    if (run_) run_->signal(SIGTERM);
}

void ScriptAttempt::start(Done done) {
    ended_.reset();
    if (const auto allowed = guard_(plan_.command); !allowed) return done(allowed.error());
    auto started = ScriptRun::start(
        loop_, Job{.owner = "", .what = name_, .command = plan_.command, .arguments = {}},
        {.ended = [this](ScriptRun&, os::ChildExit how) { on_end(how); }, .silent = [](ScriptRun&) {}});
    if (!started) return done(std::move(started).error().during("start it"));
    run_ = std::move(*started);
    done_ = std::move(done);
}

std::string ScriptAttempt::give_up() {
    done_ = nullptr;
    run_->signal(SIGTERM);
    kill_.arm(os::EventLoop::now() + patience_after_sigterm);
    return run_->last_words();
}

void ScriptAttempt::on_end(os::ChildExit how) {
    kill_.disarm();
    ended_ = std::move(run_);
    if (!done_) return;
    const Done done = std::move(done_);
    done_ = nullptr;
    if (!how.by_signal && how.value == 0) return done({});
    const std::string words = ended_->last_words();
    done(Error::invalid(how.text() + (words.empty() ? "" : ": " + words)));
}

}  // namespace holdfast::checker
