// One run of a health script (vrrp_script). One that hangs, prints without end or forks costs nobody but
// itself.
#pragma once

#include <memory>
#include <string>

#include "checker/check.h"
#include "checker/script.h"

namespace holdfast::checker {

class ScriptAttempt final : public Attempt {
public:
    // plan, name and guard outlive this.
    static Result<std::unique_ptr<Attempt>> create(os::EventLoop& loop, const std::string& name,
                                                   const plan::ScriptPlan& plan, const Guard& guard);
    // SIGTERM to its process group, which would outlive us.
    ~ScriptAttempt() override;

    void start(Done done) override;
    // First a time to tidy up, then none.
    std::string give_up() override;
    bool is_busy() const override { return run_ != nullptr; }
    std::string output() const override { return ended_ ? ended_->last_words() : std::string{}; }

private:
    ScriptAttempt(os::EventLoop& loop, const std::string& name, const plan::ScriptPlan& plan,
                  const Guard& guard)
        : loop_{loop}, name_{name}, plan_{plan}, guard_{guard} {}
    void on_end(os::ChildExit how);

    os::EventLoop& loop_;
    const std::string& name_;
    const plan::ScriptPlan& plan_;
    const Guard& guard_;
    Done done_;
    os::Timer kill_;
    std::unique_ptr<ScriptRun> run_;
    std::unique_ptr<ScriptRun> ended_;  // until the next one: its own callback may still run
};

}  // namespace holdfast::checker
