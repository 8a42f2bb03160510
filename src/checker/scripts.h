// Running programs that somebody else wrote: as their user, in a process group of their own, with a clean
// environment, never waited for. What one prints is kept to a bound and shown when it fails.
#pragma once

#include <sys/types.h>

#include <deque>
#include <list>
#include <string>
#include <vector>

#include "base/time.h"
#include "os/event_loop.h"
#include "os/unique_fd.h"
#include "plan/plan.h"

namespace holdfast::checker {

class Scripts {
public:
    // At most so many run at once; what comes then waits, in order.
    static constexpr std::size_t most_running = 200;
    static constexpr std::size_t most_waiting = 10'000;
    static constexpr std::size_t most_output = 4096;  // bytes of each, the last ones

    explicit Scripts(os::EventLoop& loop) : loop_{loop} {}

    // what: for messages, "notify_master of VI_1".
    void start(const plan::Command& command, const std::vector<std::string>& arguments,
               const std::string& what);
    bool idle() const { return running_.empty() && waiting_.empty(); }
    std::size_t running() const { return running_.size(); }
    // Ends a script that was started with start(); all of them.
    void terminate_all(int signal);

private:
    struct Waiting {
        plan::Command command;
        std::vector<std::string> arguments;
        std::string what;
    };
    struct Running {
        pid_t pid = 0;
        std::string what;
        std::string output;
        bool output_cut = false;
        os::UniqueFd pipe;
        os::Source pipe_source;
        os::Source exit_source;
        Instant begin{};
    };

    void launch(const Waiting& script);
    void read_output(Running& script);
    void ended(std::list<Running>::iterator script, os::ChildExit exit);

    os::EventLoop& loop_;
    std::list<Running> running_;
    std::deque<Waiting> waiting_;
};

// How a command is started; shared with the readers of FIFOs.
struct Launch {
    std::string path;
    std::vector<std::string> argv;
};
// The program itself, or the shell for keepalived's `< /file` form.
Launch launch_of(const plan::Command& command, const std::vector<std::string>& arguments);
// Starts it with null input; output goes to that descriptor, or nowhere (-1).
Result<pid_t> launch(const plan::Command& command, const std::vector<std::string>& arguments, int output_fd);

}  // namespace holdfast::checker
