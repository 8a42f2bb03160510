#include "checker/fence.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "os/log.h"
#include "os/secret_file.h"
#include "status/messages.h"

namespace holdfast::checker {

namespace {

using os::Level;
using status::labelled;
using status::Number;
using namespace std::chrono_literals;

constexpr Duration patience_after_sigterm = 2s;
constexpr int status_on = 0;
constexpr int status_off = 2;

}  // namespace

Result<std::unique_ptr<Fence>> Fence::create(os::EventLoop& loop, const plan::FencePlan& plan,
                                             const Guard& guard, Done done) {
    std::unique_ptr<Fence> fence{new Fence{loop, plan, guard, std::move(done)}};
    auto limit = loop.timer(os::Urgency::control, [self = fence.get()] { self->on_time_out(); });
    if (!limit) return std::move(limit).error();
    fence->limit_ = std::move(*limit);
    return fence;
}

void Fence::begin() {
    if (is_running()) return;
    attempts_ = 0;
    os::log(Level::warning,
            labelled(Number::fencing_begins, "the peer of " + plan_.unit + " is fenced (" + action() + ")"));
    run(Step::act);
}

// `off`, unless an option says otherwise.
std::string Fence::action() const {
    for (const auto& [name, value] : plan_.options)
        if (name == "action") return value;
    return "off";
}

Result<Job> Fence::job(const std::string& action) const {
    Job job{.owner = "fence " + plan_.unit, .what = "fence " + action + " for " + plan_.unit, .command = {}};
    if (plan_.command) {
        job.command = *plan_.command;
        job.arguments = {action, plan_.unit};
        return job;
    }
    job.command.path = plan_.agent;
    job.command.argv = {plan_.agent};
    job.input = "action=" + action + "\n";
    for (const auto& [name, value] : plan_.options) {
        if (name == "action") continue;
        std::string written = value;
        // Never an argument and never in the environment: others can read those.
        if (name == "password_file") {
            auto password = os::read_secret(value, 1);
            if (!password) return std::move(password).error().during("option password_file");
            if (os::is_open_to_others(value))
                return Error::invalid(
                    fmt::format("option password_file: others may read {0}; chmod 600 {0}", value));
            written = std::move(*password);
        }
        job.input += fmt::format("{}={}\n", name == "password_file" ? "password" : name, written);
    }
    return job;
}

void Fence::run(Step step) {
    step_ = step;
    if (step == Step::act) ++attempts_;
    timed_out_ = false;
    auto wanted = job(step == Step::act ? action() : "status");
    if (!wanted) return fail(wanted.error().text());
    if (const auto allowed = guard_(wanted->command); !allowed) return fail(allowed.error().text());
    auto started = ScriptRun::start(
        loop_, std::move(*wanted),
        {.ended = [this](ScriptRun&, os::ChildExit how) { on_end(how); }, .silent = [](ScriptRun&) {}});
    if (!started) return fail(started.error().text());
    run_ = std::move(*started);
    limit_.arm(os::EventLoop::now() + plan_.timeout);
}

// First a time to tidy up, then none.
void Fence::on_time_out() {
    if (!run_) return;
    run_->signal(timed_out_ ? SIGKILL : SIGTERM);
    limit_.arm(timed_out_ ? never : os::EventLoop::now() + patience_after_sigterm);
    timed_out_ = true;
}

void Fence::on_end(os::ChildExit how) {
    limit_.disarm();
    ended_ = std::move(run_);
    judge(how);
}

void Fence::judge(os::ChildExit how) {
    const std::string words = ended_->last_words();
    const std::string said = words.empty() ? "" : ": " + words;
    if (timed_out_)
        return fail(fmt::format("it took longer than {:g} s{}",
                                std::chrono::duration<double>(plan_.timeout).count(), said));
    if (step_ == Step::act) {
        if (how.by_signal || how.value != 0) return fail(how.text() + said);
        return run(Step::confirm);
    }
    const bool is_off = !how.by_signal && how.value == status_off;
    // What has been started again has given up all that it held.
    const bool was_restarted = action() == "reboot" && !how.by_signal && how.value == status_on;
    if (is_off || was_restarted)
        return finish(true, is_off ? "the peer is off" : "the peer has been started again");
    fail("it succeeded, but the peer is not off (status: " + how.text() + ")" + said);
}

void Fence::fail(const std::string& why) {
    const std::string what = step_ == Step::act ? action() : "status";
    os::log(Level::error,
            labelled(Number::fence_attempt_failed,
                     "fencing the peer of " + plan_.unit + ", attempt " + std::to_string(attempts_) + " of " +
                         std::to_string(plan_.retries + 1) + ", " + what + ": " + why));
    if (attempts_ <= plan_.retries) return run(Step::act);
    finish(false, what + ": " + why);
}

void Fence::finish(bool confirmed, const std::string& why) {
    step_ = Step::none;
    os::log(confirmed ? Level::warning : Level::error,
            labelled(confirmed ? Number::fenced : Number::fencing_failed,
                     "fencing the peer of " + plan_.unit + (confirmed ? ": " : " failed: ") + why));
    done_(confirmed, why);
}

}  // namespace holdfast::checker
