// Health scripts (vrrp_script): run each at its interval, end it at its time-out, count its results, and say
// when the verdict changes. A script that hangs, prints without end or forks costs nobody but itself.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checker/script.h"
#include "checker/tracker.h"
#include "os/event_loop.h"
#include "plan/plan.h"

namespace holdfast::checker {

// rise good results in a row make the verdict good, fall bad ones make it bad. The very first result decides
// at once, unless the verdict begins as bad (init_fail).
class HealthCounter {
public:
    HealthCounter(int rise, int fall, bool begins_bad);
    // The verdict when the result has changed it.
    std::optional<bool> count(bool success);
    // What was known before this process.
    void assume(bool good);
    std::optional<bool> verdict() const { return verdict_; }

private:
    int rise_;
    int fall_;
    int in_a_row_ = 0;  // results that contradict the verdict
    std::optional<bool> verdict_;
};

class ScriptCheck final : public Tracker {
public:
    // name: as messages say it, "check web".
    static Result<std::unique_ptr<Tracker>> create(os::EventLoop& loop, const std::string& name,
                                                   const plan::ScriptPlan& plan, const Guard& guard,
                                                   Judged judged);
    // To its process group, which would outlive us.
    ~ScriptCheck() override;

    void assume(Verdict known) override { counter_.assume(known.good); }
    void begin() override;

private:
    ScriptCheck(os::EventLoop& loop, const std::string& name, const plan::ScriptPlan& plan,
                const Guard& guard, Judged judged);
    void run();
    void on_time_out();
    void on_end(os::ChildExit how);
    void count(bool success, const std::string& why);

    os::EventLoop& loop_;
    const std::string& name_;
    const plan::ScriptPlan& plan_;
    const Guard& guard_;
    Judged judged_;
    HealthCounter counter_;
    os::Timer next_;
    os::Timer time_out_;
    std::unique_ptr<ScriptRun> run_;
    std::unique_ptr<ScriptRun> ended_;  // until the next one: its own callback may still run
    bool timed_out_ = false;            // this run has been counted already
    bool said_late_ = false;
};

}  // namespace holdfast::checker
