// One run of a program that somebody else wrote: as its user, in a process group of its own, with a clean
// environment, never waited for. What it prints is read to the end, so that it never waits for us either; the
// last part is kept and shown when it fails.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "os/event_loop.h"
#include "os/unique_fd.h"
#include "plan/plan.h"

namespace holdfast::checker {

// What to run, for whom.
struct Job {
    std::string owner;  // "INSTANCE VI_1", "GROUP VG_1"; jobs of one owner start in order
    std::string what;   // for messages: "notify_master of VI_1"
    plan::Command command;
    std::vector<std::string> arguments;      // behind the configured ones
    std::vector<std::string> environment{};  // "NAME=value", beside ours
    std::string input{};                     // for its standard input; empty: /dev/null
};

// Asked before each execution: is the file still what the configuration was judged by?
using Guard = std::function<Result<void>(const plan::Command&)>;

// How a command is executed.
struct Launch {
    std::string path;
    std::vector<std::string> argv;
};
// The program itself, or the shell for keepalived's `< /file` form.
Launch launch_of(const plan::Command& command, const std::vector<std::string>& arguments);

class ScriptRun {
public:
    static constexpr std::size_t most_output = 4096;  // bytes kept, the last ones

    // Called once when the script itself has ended, and once when nobody can print to it any more: a process
    // that it left in the background may go on after it. Both may destroy the run.
    struct Callbacks {
        std::function<void(ScriptRun&, os::ChildExit)> ended;
        std::function<void(ScriptRun&)> silent;
    };
    // An error says what to do about it.
    static Result<std::unique_ptr<ScriptRun>> start(os::EventLoop& loop, Job job, Callbacks callbacks);
    ScriptRun(const ScriptRun&) = delete;
    ScriptRun& operator=(const ScriptRun&) = delete;

    const Job& job() const { return job_; }
    bool is_running() const { return pid_ > 0; }
    bool is_silent() const { return !pipe_; }
    Duration age() const { return os::EventLoop::now() - begin_; }
    // What it printed last, on one line and without control characters; empty: nothing.
    std::string last_words() const;
    // To its whole process group.
    void signal(int number) const;

private:
    ScriptRun(Job job, Callbacks callbacks) : job_{std::move(job)}, callbacks_{std::move(callbacks)} {}
    Result<void> watch(os::EventLoop& loop, os::UniqueFd output);
    bool read_output();
    void hang_up();

    Job job_;
    Callbacks callbacks_;
    pid_t pid_ = 0;
    Instant begin_{};
    std::string output_;
    bool output_cut_ = false;
    os::UniqueFd pipe_;
    os::Source pipe_source_;
    os::Source exit_source_;
};

}  // namespace holdfast::checker
