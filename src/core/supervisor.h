// Core's life: start, watch, restart, hand over, stop. It uses the children's rights for nothing itself.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/parse.h"
#include "core/control.h"
#include "core/daemon.h"
#include "core/firewall.h"
#include "core/generation.h"
#include "core/legacy.h"
#include "core/liveness.h"
#include "core/monitor.h"
#include "core/options.h"
#include "core/pid_files.h"
#include "core/recorder.h"
#include "core/replies.h"
#include "core/snmp.h"
#include "os/event_loop.h"
#include "os/service.h"

namespace holdfast::core {

// Exit status after a crash loop: the addresses were given up in good order (sysexits.h: EX_SOFTWARE).
constexpr int crash_loop_status = 70;

class Supervisor {
public:
    struct Settings {
        Options options;
        std::vector<std::string> argv;
        std::string program;             // path of the installed holdfastd
        std::string configuration_path;  // absolute
        std::string runtime_directory;
        PidPaths pid_paths;
    };

    Supervisor(os::EventLoop& loop, Settings settings, Background background);
    // Starts everything from that configuration, or goes on with what another core left, and serves until the
    // end; the exit status.
    Result<int> run(config::Parsed parsed, std::optional<Legacy> legacy);

private:
    using Configuration = std::shared_ptr<const config::Parsed>;

    // supervisor.cc: start, what children say, stop.
    Result<void> serve_signals();
    Result<void> open_control();
    void open_monitor(os::UniqueFd inherited);
    void open_snmp();
    void show_current(Monitor::News news);
    Result<void> start();
    Result<bool> go_on(Legacy legacy);
    Result<std::unique_ptr<Generation>> begin_generation(const config::Parsed& parsed);
    Generation::Callbacks callbacks(const std::shared_ptr<const Generation*>& identity);
    void on_progress(const Generation* whose, Child& child, os::Progress progress);
    void on_exit(const Generation* whose, Child& child, os::ChildExit how);
    void on_death(Child& child, os::ChildExit how);
    void on_hang(Duration silent);
    void on_patience_lost();
    void announce_ready();
    void on_sigterm();
    void stop(int status);
    void end(int status);
    void continue_stop();
    void leave_to_successor();
    Instant end_of_child_wait() const;
    void broadcast(os::Order order);
    void log_processes();
    void write_pid_files();
    void keep_history();

    // requests.cc: what operators and programs ask for.
    void on_request(const os::Request& request, Asker asker);
    void reply(const std::string& code, Asker asker);
    void steer(const os::Request& request, Asker asker);
    void dump(os::Order order, Asker asker);
    void announce(const std::string& instance, Asker asker);
    void set_log_level(const std::string& level, Asker asker);
    void set_values(const std::vector<os::ValueWanted>& wanted, Asker asker);
    bool is_setting() const;
    void serve_waiting();
    void give_up_replies(const Child& child);
    void answer_askers(bool done, const std::string& text);

    // succession.cc: one generation follows another.
    void reload();
    void restart();
    void resign();
    void upgrade(Asker asker);
    void heal();
    void give_up();
    bool crashes_too_often();
    void schedule_restart();
    void prepare(Configuration configuration);
    void begin_hand_over();
    void continue_hand_over();
    void take_over();
    enum class Retry : std::uint8_t { at_once, later };
    void abandon(const std::string& why, Retry retry = Retry::at_once);
    void discard(std::unique_ptr<Generation>& generation);
    void watch_current(Duration grace);
    bool needs_spare() const;
    void make_spare();

    os::EventLoop& loop_;
    Settings settings_;
    Background background_;
    os::Service service_;
    Deposit deposit_;
    Configuration current_configuration_;
    Configuration next_configuration_;
    std::unique_ptr<Generation> current_;
    std::unique_ptr<Generation> next_;
    std::unique_ptr<Generation>
        spare_;  // ready to follow current_ at once, where a start would take too long
    std::vector<std::unique_ptr<Generation>> leaving_;  // handed over or given up, their processes still end
    os::Source sweep_;  // forgets those that have gone, once their own callbacks have returned
    std::unique_ptr<Control> control_;
    std::unique_ptr<Monitor> monitor_;  // null: there is no socket it could serve
    std::unique_ptr<Snmp> snmp_;
    std::vector<Asker> askers_;  // wait for what is going on
    struct WaitingRequest {
        os::Request request;
        Asker asker;
    };
    std::vector<WaitingRequest> waiting_;  // for a value to be set, which takes no time to speak of
    std::unique_ptr<Replies> replies_;
    std::unique_ptr<Firewall> firewall_;
    std::unique_ptr<Liveness> liveness_;
    std::unique_ptr<Recorder> recorder_;
    PidFile core_pid_;
    PidFile vrrp_pid_;
    PidFile checker_pid_;
    std::vector<os::Source> signals_;
    os::Timer patience_;  // with who is asked to leave
    os::Timer respawn_;
    os::Timer spare_due_;
    os::Timer watchdog_;
    Duration respawn_delay_{0};
    std::deque<Instant> crashes_;  // of vrrp processes, and of attempts to replace them
    enum class Phase : std::uint8_t { starting, running, preparing, handing_over, stopping };
    Phase phase_ = Phase::starting;
    // Why there is a next generation.
    enum class Occasion : std::uint8_t {
        reload,   // the files are read again
        setting,  // a value was set
        restart,  // the one before died
        upgrade,  // another program
        resign    // an empty one, which releases what a dead process held
    };
    static std::string success_of(Occasion occasion);
    static std::string failure_of(Occasion occasion);  // what went wrong follows
    Occasion occasion_ = Occasion::reload;
    // Whether another configuration is under way, whose failure is nobody's crash.
    bool is_change() const { return occasion_ == Occasion::reload || occasion_ == Occasion::setting; }
    bool reload_wanted_ = false;
    bool leave_wanted_ = false;       // to a successor, once what is going on has ended
    std::optional<int> stop_wanted_;  // with this status, once somebody can release what is held
    int status_ = 0;
};

}  // namespace holdfast::core
