// The monitor process: it answers `holdfast status` from what the others have published, as a user without
// rights. Each generation gets one. When it dies another is started, and nobody else notices. The socket it
// serves is core's, so that who asks in between waits instead of failing.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "core/generation.h"
#include "core/options.h"
#include "os/event_loop.h"
#include "os/process_handle.h"
#include "os/unique_fd.h"

namespace holdfast::core {

class Monitor {
public:
    struct Settings {
        const Options& options;
        std::vector<std::string> argv;  // core's own
        std::string runtime_directory;
    };
    // inherited: the socket that an earlier core served, or nothing. options outlive this.
    static Result<std::unique_ptr<Monitor>> open(os::EventLoop& loop, Settings settings,
                                                 os::UniqueFd inherited);
    ~Monitor();

    // From now on it shows that generation, to whom the configuration lets ask.
    void show(const Generation& generation, const config::GlobalDefs& global);
    // Before this process becomes another program: children it does not know of would stay zombies.
    void rest();
    void go_on();
    int listener() const { return listener_.get(); }

private:
    struct Running {
        pid_t pid = 0;
        os::ProcessHandle process;
        os::Source exit;
        Instant begin{};
    };

    Monitor(os::EventLoop& loop, Settings settings, os::UniqueFd listener)
        : loop_{loop}, settings_{std::move(settings)}, listener_{std::move(listener)} {}
    void start();
    Result<void> spawn();
    void on_exit(pid_t pid, os::ChildExit how);
    void start_later(Duration lived);

    os::EventLoop& loop_;
    Settings settings_;
    os::UniqueFd listener_;
    os::UniqueFd routers_;  // what is shown, to read only
    os::UniqueFd checks_;
    std::vector<std::unique_ptr<Running>> leaving_;  // they answer who asked them
    std::unique_ptr<Running> current_;
    os::Timer again_;
    Duration delay_{0};
};

}  // namespace holdfast::core
