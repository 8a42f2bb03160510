// All scripts of this process: starts them in order within the bounds of the queue, and says which failed.
#pragma once

#include <functional>
#include <list>
#include <memory>

#include "checker/queue.h"
#include "checker/script.h"
#include "os/log.h"

namespace holdfast::checker {

class Scripts {
public:
    // Processes that scripts left in the background and that still hold their output: so many are listened
    // to. One more, and the oldest gets SIGPIPE when it prints.
    static constexpr std::size_t most_left_behind = 100;

    // changed: called when one has ended.
    Scripts(os::EventLoop& loop, Guard guard, std::function<void()> changed)
        : loop_{loop}, guard_{std::move(guard)}, changed_{std::move(changed)} {}

    void start(Job job);
    // No script runs or waits.
    bool is_idle() const { return queue_.running() == 0 && queue_.waiting() == 0; }
    // And nobody whom one left behind can still print.
    bool is_silent() const { return is_idle() && left_behind_.empty(); }
    std::size_t running() const { return queue_.running(); }
    std::size_t waiting() const { return queue_.waiting(); }
    // To all that run.
    void signal(int number);

private:
    using Runs = std::list<std::unique_ptr<ScriptRun>>;
    void start_waiting();
    void launch(Job job);
    void ended(Runs::iterator place, os::ChildExit how);
    void silent(Runs::iterator place);

    os::EventLoop& loop_;
    Guard guard_;
    std::function<void()> changed_;
    Queue queue_;
    Runs runs_;
    Runs left_behind_;
    bool starting_ = false;
    os::RateLimit limit_{std::chrono::seconds{60}};
};

}  // namespace holdfast::checker
