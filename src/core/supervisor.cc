#include "core/supervisor.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "config/dump.h"
#include "core/configuration.h"
#include "os/log.h"

namespace holdfast::core {

namespace {

using os::Level;
using os::Order;
using os::Progress;
using namespace std::chrono_literals;

constexpr Duration preparation_limit = 30s;  // a child parses, plans and opens its sockets
constexpr Duration hand_over_limit = 2s;     // it writes its records and leaves
constexpr Duration proven_life = 60s;        // who lived so long is restarted at once
constexpr Duration longest_respawn_delay = 60s;
constexpr Duration standard_child_wait = 5s;

bool is_configuration_status(const os::ChildExit& how) {
    return !how.by_signal && (how.value == 1 || how.value == 2 || how.value == 4);
}

}  // namespace

Supervisor::Supervisor(os::EventLoop& loop, Settings settings, Background background)
    : loop_{loop}, settings_{std::move(settings)}, background_{std::move(background)} {}

Result<int> Supervisor::run(config::Parsed parsed) {
    current_configuration_ = std::move(parsed);
    if (auto served = serve_signals(); !served) return std::move(served).error();
    const auto& script = current_configuration_.config.global.startup_script;
    if (script)
        run_and_wait(*script,
                     current_configuration_.config.global.startup_script_timeout.value_or(Duration{10s}),
                     "startup_script");
    if (auto begun = begin_generation(current_configuration_); !begun) return std::move(begun).error();
    current_ = std::move(next_);
    core_pid_ = PidFile{settings_.pid_paths.core};
    write_pid_files();
    patience_.arm(os::EventLoop::now() + preparation_limit);
    if (current_->gone()) {
        os::log(Level::notice, "the configuration has nothing to run; waiting for a reload");
        announce_ready();
    }
    const auto status = loop_.run();
    if (!status) return status.error();
    const auto& last = current_configuration_.config.global.shutdown_script;
    if (last)
        run_and_wait(*last,
                     current_configuration_.config.global.shutdown_script_timeout.value_or(Duration{10s}),
                     "shutdown_script");
    return *status;
}

Result<void> Supervisor::serve_signals() {
    const auto serve = [this](int number, std::function<void()> action) -> Result<void> {
        auto source = loop_.signal(number, std::move(action));
        if (!source) return std::move(source).error();
        signals_.push_back(std::move(*source));
        return {};
    };
    const auto add = [&](Result<void>& result, int number, std::function<void()> action) {
        if (result) result = serve(number, std::move(action));
    };
    Result<void> result;
    add(result, SIGHUP, [this] { reload(); });
    add(result, SIGTERM, [this] { stop(0); });
    if (settings_.options.ignore_interrupt)
        signal(SIGINT, SIG_IGN);
    else
        add(result, SIGINT, [this] { stop(0); });
    add(result, SIGUSR1, [this] { broadcast(Order::dump_data); });
    add(result, SIGUSR2, [this] { broadcast(Order::dump_stats); });
    add(result, SIGRTMIN + 2, [this] { broadcast(Order::dump_json); });
    add(result, SIGRTMAX - 1, [this] { broadcast(Order::dump_stats_and_clear); });
    if (!result) return result;

    auto patience = loop_.timer(os::Urgency::control, [this] {
        if (phase_ == Phase::preparing) return abandon_reload("the new processes were not ready in time");
        if (phase_ == Phase::handing_over) {
            os::log(Level::error, "the old vrrp process did not hand over in time and is killed");
            current_->kill_all(SIGKILL);
            return;
        }
        if (phase_ == Phase::stopping || phase_ == Phase::starting) {
            os::log(Level::error, phase_ == Phase::stopping
                                      ? "processes did not end in time and are killed"
                                      : "processes were not ready in time and are killed");
            current_->kill_all(SIGKILL);
        }
    });
    if (!patience) return std::move(patience).error();
    patience_ = std::move(*patience);
    auto respawn = loop_.timer(os::Urgency::control, [this] { restart(); });
    if (!respawn) return std::move(respawn).error();
    respawn_ = std::move(*respawn);
    auto watchdog = loop_.timer(os::Urgency::control, [this] {
        service_.feed_watchdog();
        watchdog_.arm(os::EventLoop::now() + service_.watchdog() / 2);
    });
    if (!watchdog) return std::move(watchdog).error();
    watchdog_ = std::move(*watchdog);
    if (service_.watchdog() > Duration{0}) watchdog_.arm(os::EventLoop::now() + service_.watchdog() / 2);
    return result;
}

Result<void> Supervisor::begin_generation(const config::Parsed& parsed) {
    Generation::Birth birth;
    birth.options = &settings_.options;
    birth.argv = settings_.argv;
    birth.runtime_directory = settings_.runtime_directory;
    birth.umask = settings_.options.umask.value_or(parsed.config.global.umask.value_or(0177));
    birth.before = current_.get();
    const auto identity =
        std::make_shared<const Generation*>(nullptr);  // known only once it is made; shared by its callbacks
    auto generation = Generation::start(
        loop_, parsed.config, parsed.consolidated, birth,
        {.progress = [this, identity](Child& child,
                                      Progress progress) { on_progress(*identity, child, progress); },
         .ended = [this, identity](Child& child, os::ChildExit how) { on_exit(*identity, child, how); }});
    if (!generation) return std::move(generation).error();
    *identity = generation->get();
    next_ = std::move(*generation);
    return {};
}

// --- What children say
// ----------------------------------------------------------------------------------------

void Supervisor::on_progress(const Generation* whose, Child& child, Progress progress) {
    if (phase_ == Phase::stopping) return;
    if (whose == next_.get() && phase_ == Phase::preparing && next_->ready()) return begin_hand_over();
    if (whose != current_.get()) return;
    if (phase_ == Phase::starting && progress == Progress::ready && current_->ready()) {
        current_->order(current_->checker(), Order::go);
        current_->order(current_->vrrp(), Order::go);
    } else if (phase_ == Phase::starting && progress == Progress::running && current_->running()) {
        announce_ready();
    } else if (phase_ == Phase::handing_over && progress == Progress::handed_over) {
        continue_hand_over();
    }
    static_cast<void>(child);
}

void Supervisor::announce_ready() {
    phase_ = Phase::running;
    patience_.disarm();
    service_.ready("running");
    background_.tell_parent(0);
    if (reload_wanted_) reload();
}

void Supervisor::on_exit(const Generation* whose, Child& child, os::ChildExit how) {
    std::erase_if(leaving_, [](const auto& generation) { return generation->gone(); });
    if (phase_ == Phase::stopping) return continue_stop();
    const std::string what = std::string{name_of(child.program)} + " ended: " + how.text();
    if (next_ && whose == next_.get()) {
        if (phase_ == Phase::preparing) return abandon_reload(what);
        return;
    }
    if (whose != current_.get()) return;  // handed over before
    if (phase_ == Phase::handing_over) return continue_hand_over();
    on_death(child, how);
}

void Supervisor::on_death(Child& child, os::ChildExit how) {
    os::log(Level::error, std::string{name_of(child.program)} + " died: " + how.text());
    if (phase_ == Phase::starting || is_configuration_status(how)) {
        service_.failed(0, "a process could not start");
        background_.tell_parent(how.by_signal ? 1 : how.value);
        return stop(how.by_signal || how.value == 0 ? 1 : how.value);
    }
    if (!settings_.options.respawn) return stop(1);
    const bool proven = os::EventLoop::now() - child.begin >= proven_life;
    if (proven) respawn_delay_ = Duration{0};
    respawn_.arm(os::EventLoop::now() + respawn_delay_);
    respawn_delay_ = respawn_delay_ == Duration{0}
                         ? Duration{1s}
                         : std::min<Duration>(respawn_delay_ * 2, longest_respawn_delay);
}

// --- Reload and restart: one way to hand over
// -----------------------------------------------------------------

void Supervisor::reload() {
    if (phase_ != Phase::running) {
        reload_wanted_ = phase_ != Phase::stopping;  // one waits, whatever number came
        return;
    }
    reload_wanted_ = false;
    service_.reloading(os::EventLoop::now());
    os::log(Level::notice, "reloading " + settings_.configuration_path);
    auto parsed = read_configuration(settings_.options, settings_.configuration_path);
    if (!parsed) return abandon_reload(parsed.error().text());
    log_findings(parsed->diagnostics);
    if (refusal(parsed->diagnostics, settings_.options) != 0)
        return abandon_reload("the configuration has errors that would stop a start");
    next_configuration_ = std::move(*parsed);
    restarting_ = false;
    phase_ = Phase::preparing;
    if (auto begun = begin_generation(next_configuration_); !begun)
        return abandon_reload(begun.error().text());
    patience_.arm(os::EventLoop::now() + preparation_limit);
    if (next_->gone()) begin_hand_over();
}

// The same configuration in new processes, after one died.
void Supervisor::restart() {
    if (phase_ != Phase::running) return;
    restarting_ = true;
    phase_ = Phase::preparing;
    next_configuration_ = current_configuration_;
    if (auto begun = begin_generation(next_configuration_); !begun)
        return abandon_reload(begun.error().text());
    patience_.arm(os::EventLoop::now() + preparation_limit);
}

void Supervisor::abandon_reload(const std::string& why) {
    next_.reset();
    phase_ = Phase::running;
    patience_.disarm();
    if (restarting_) {
        os::log(Level::error, "restart failed: " + why);
        respawn_.arm(os::EventLoop::now() + respawn_delay_);
        return;
    }
    os::log(Level::error, "reload refused, nothing has changed: " + why);
    service_.ready("running; the last reload was refused");
    if (reload_wanted_) reload();
}

void Supervisor::begin_hand_over() {
    phase_ = Phase::handing_over;
    patience_.arm(os::EventLoop::now() + hand_over_limit);
    if (current_->gone()) return continue_hand_over();
    current_->order(current_->vrrp(), Order::hand_over);
    if (current_->vrrp().pid == 0) continue_hand_over();
}

// The vrrp process goes first; the checker drains what it has said, then leaves.
void Supervisor::continue_hand_over() {
    Child& vrrp = current_->vrrp();
    Child& checker = current_->checker();
    if (vrrp.pid != 0 && !vrrp.handed_over) return;
    if (next_->vrrp().pid != 0 && !next_->vrrp().running) next_->order(next_->vrrp(), Order::go);
    if (checker.pid != 0 && !checker.handed_over) return current_->order(checker, Order::hand_over);
    take_over();
}

void Supervisor::take_over() {
    next_->order(next_->checker(), Order::go);
    leaving_.push_back(std::move(current_));
    current_ = std::move(next_);
    std::erase_if(leaving_, [](const auto& generation) { return generation->gone(); });
    current_configuration_ = std::move(next_configuration_);
    write_pid_files();
    phase_ = Phase::running;
    patience_.disarm();
    os::log(Level::notice, restarting_ ? "processes restarted" : "reload complete");
    service_.ready("running");
    if (reload_wanted_) reload();
}

// --- The rest
// -------------------------------------------------------------------------------------------------

void Supervisor::broadcast(Order order) {
    if (current_) current_->order(current_->vrrp(), order);
}

void Supervisor::write_pid_files() {
    const auto write = [](PidFile& file, const std::string& path, pid_t pid) {
        if (pid == 0) {
            file = PidFile{};
            return;
        }
        PidFile renewed{path};
        const auto written = renewed.write(pid);
        if (!written) os::log(Level::error, written.error().text());
        file = std::move(renewed);
    };
    write(core_pid_, settings_.pid_paths.core, getpid());
    write(vrrp_pid_, settings_.pid_paths.vrrp, current_->vrrp().pid);
    write(checker_pid_, settings_.pid_paths.checker, current_->checker().pid);
}

void Supervisor::stop(int status) {
    if (phase_ == Phase::stopping) return;
    status_ = status;
    phase_ = Phase::stopping;
    service_.stopping();
    respawn_.disarm();
    next_.reset();
    if (!current_) return loop_.quit(status);
    patience_.arm(os::EventLoop::now() +
                  current_configuration_.config.child_wait_time.value_or(Duration{standard_child_wait}));
    current_->order(current_->vrrp(), Order::stop);
    continue_stop();
}

// First the vrrp process, whose last notices the checker still has to tell.
void Supervisor::continue_stop() {
    if (current_->vrrp().pid != 0) return;
    if (current_->checker().pid != 0) return current_->order(current_->checker(), Order::stop);
    loop_.quit(status_);
}

}  // namespace holdfast::core
