// Core's life: start, watch, restart, hand over, stop. It uses the children's rights for nothing itself.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/parse.h"
#include "core/daemon.h"
#include "core/generation.h"
#include "core/options.h"
#include "core/pid_files.h"
#include "os/event_loop.h"
#include "os/service.h"

namespace holdfast::core {

class Supervisor {
public:
    struct Settings {
        Options options;
        std::vector<std::string> argv;
        std::string configuration_path;  // absolute
        std::string runtime_directory;
        PidPaths pid_paths;
    };

    Supervisor(os::EventLoop& loop, Settings settings, Background background);
    // Starts everything from that configuration and serves until the end; the exit status.
    Result<int> run(config::Parsed parsed);

private:
    Result<void> serve_signals();
    Result<void> begin_generation(const config::Parsed& parsed);
    void on_progress(const Generation* whose, Child& child, os::Progress progress);
    void on_exit(const Generation* whose, Child& child, os::ChildExit how);
    void on_child_of_next(Child& child, const std::string& why);
    void on_death(Child& child, os::ChildExit how);

    void announce_ready();
    void reload();
    void begin_hand_over();
    void continue_hand_over();
    void take_over();
    void abandon_reload(const std::string& why);
    void restart();
    void stop(int status);
    void continue_stop();
    void broadcast(os::Order order);
    void write_pid_files();

    os::EventLoop& loop_;
    Settings settings_;
    Background background_;
    os::Service service_;
    config::Parsed current_configuration_;
    config::Parsed next_configuration_;
    std::unique_ptr<Generation> current_;
    std::unique_ptr<Generation> next_;
    std::vector<std::unique_ptr<Generation>> leaving_;  // handed over, their processes still end
    PidFile core_pid_;
    PidFile vrrp_pid_;
    PidFile checker_pid_;
    std::vector<os::Source> signals_;
    os::Timer patience_;  // with who is asked to leave
    os::Timer respawn_;
    os::Timer watchdog_;
    Duration respawn_delay_{0};
    enum class Phase : std::uint8_t { starting, running, preparing, handing_over, waiting, stopping };
    Phase phase_ = Phase::starting;
    bool reload_wanted_ = false;
    bool restarting_ = false;  // the next generation replaces one that died
    int status_ = 0;
};

}  // namespace holdfast::core
