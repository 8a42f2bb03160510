// Whether enough processes of a kind run (vrrp_track_process). All trackers share one view of the host's
// processes: /proc is read once, after that the kernel tells what changes. Where it cannot (containers),
// /proc is read once a second.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "checker/process_events.h"
#include "checker/tracker.h"
#include "os/event_loop.h"
#include "plan/plan.h"

namespace holdfast::checker {

// What /proc says of a process.
struct ProcessFacts {
    std::string name;                    // comm, at most 15 characters
    std::vector<std::string> arguments;  // empty for a kernel thread
};
bool matches(const plan::ProcessPlan& wanted, const ProcessFacts& facts);

class TrackedProcess final : public Tracker {
public:
    static Result<std::unique_ptr<TrackedProcess>> create(os::EventLoop& loop, const std::string& name,
                                                          const plan::ProcessPlan& plan, Judged judged);
    void assume(Verdict known) override { said_ = known.good; }
    void begin() override;
    void describe(status::Check& check) const override;

    const plan::ProcessPlan& plan() const { return plan_; }
    bool has(std::int32_t process) const { return found_.count(process) != 0; }
    // Adds or removes one of those that match.
    void set(std::int32_t process, bool matches);
    void replace(std::unordered_set<std::int32_t> all);  // all that match

private:
    TrackedProcess(const std::string& name, const plan::ProcessPlan& plan, Judged judged)
        : name_{name}, plan_{plan}, judged_{std::move(judged)} {}
    bool has_quorum() const;
    void look() { decide(plan_.fork_delay, plan_.terminate_delay); }
    void decide(Duration fork_delay, Duration terminate_delay);
    void say(bool quorum);

    const std::string& name_;
    const plan::ProcessPlan& plan_;
    Judged judged_;
    std::unordered_set<std::int32_t> found_;
    bool begun_ = false;
    std::optional<bool> said_;
    std::optional<bool> pending_;  // what will be said when the delay is over
    os::Timer delay_;
};

class ProcessTable {
public:
    // events: of open_process_events, or nothing.
    static Result<std::unique_ptr<ProcessTable>> create(os::EventLoop& loop, os::UniqueFd events);
    void add(TrackedProcess& tracked) { tracked_.push_back(&tracked); }
    // Reads /proc, before the trackers begin.
    void read_everything();

private:
    ProcessTable() = default;
    void on_event(const ProcessEvent& event);
    void look_at(std::int32_t process);

    std::vector<TrackedProcess*> tracked_;
    std::unique_ptr<ProcessEvents> events_;
    os::Timer again_;  // without events
};

}  // namespace holdfast::checker
