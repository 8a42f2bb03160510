// Fencing the peer of a unit: the agent that switches it off, run as often as the configuration says, and
// asked afterwards whether it is off. The interface is that of the ClusterLabs fence agents: options as
// NAME=VALUE lines on standard input, `action` among them; exit status 0 is success, and of `status` 0 is on
// and 2 is off. fence_command gets the action as its argument and answers in the same way.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "checker/script.h"
#include "os/event_loop.h"
#include "plan/plan.h"

namespace holdfast::checker {

class Fence {
public:
    // confirmed: the agent succeeded, and says that the other is off. why: in words, for people.
    using Done = std::function<void(bool confirmed, const std::string& why)>;
    // plan and guard outlive this.
    static Result<std::unique_ptr<Fence>> create(os::EventLoop& loop, const plan::FencePlan& plan,
                                                 const Guard& guard, Done done);
    // What runs is not ended: a machine that is being switched off stays so.
    ~Fence() = default;
    Fence(const Fence&) = delete;
    Fence& operator=(const Fence&) = delete;

    // Nothing while one is under way.
    void begin();
    bool is_running() const { return step_ != Step::none; }

private:
    enum class Step { none, act, confirm };
    Fence(os::EventLoop& loop, const plan::FencePlan& plan, const Guard& guard, Done done)
        : loop_{loop}, plan_{plan}, guard_{guard}, done_{std::move(done)} {}

    std::string action() const;
    Result<Job> job(const std::string& action) const;
    void run(Step step);
    void on_time_out();
    void on_end(os::ChildExit how);
    void judge(os::ChildExit how);
    void fail(const std::string& why);
    void finish(bool confirmed, const std::string& why);

    os::EventLoop& loop_;
    const plan::FencePlan& plan_;
    const Guard& guard_;
    Done done_;
    os::Timer limit_;
    Step step_ = Step::none;
    int attempts_ = 0;
    bool timed_out_ = false;
    std::unique_ptr<ScriptRun> run_;
    std::unique_ptr<ScriptRun> ended_;  // until the next one: its own callback may still run
};

}  // namespace holdfast::checker
