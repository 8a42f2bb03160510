// Core's life: start, watch, restart, hand over, stop. It uses the children's rights for nothing itself.
#pragma once

#include <memory>
#include <optional>
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
    void on_death(Child& child, os::ChildExit how);
    void on_patience_lost();

    void announce_ready();
    void reload();
    void prepare(config::Parsed parsed);
    void begin_hand_over();
    void continue_hand_over();
    void take_over();
    void abandon(const std::string& why);
    void discard_next();
    void restart();
    void schedule_restart();
    void stop(int status);
    void end(int status);
    void continue_stop();
    Instant end_of_child_wait() const;
    void broadcast(os::Order order);
    void log_processes();
    void write_pid_files();

    os::EventLoop& loop_;
    Settings settings_;
    Background background_;
    os::Service service_;
    config::Parsed current_configuration_;
    config::Parsed next_configuration_;
    std::unique_ptr<Generation> current_;
    std::unique_ptr<Generation> next_;
    std::vector<std::unique_ptr<Generation>> leaving_;  // handed over or given up, their processes still end
    os::Source sweep_;  // forgets those that have gone, once their own callbacks have returned
    PidFile core_pid_;
    PidFile vrrp_pid_;
    PidFile checker_pid_;
    std::vector<os::Source> signals_;
    os::Timer patience_;  // with who is asked to leave
    os::Timer respawn_;
    os::Timer watchdog_;
    Duration respawn_delay_{0};
    enum class Phase : std::uint8_t { starting, running, preparing, handing_over, stopping };
    Phase phase_ = Phase::starting;
    bool reload_wanted_ = false;
    bool restarting_ = false;         // the next generation replaces one that died
    std::optional<int> stop_wanted_;  // with this status, once somebody can release what is held
    int status_ = 0;
};

}  // namespace holdfast::core
