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
        os::log(Level::notice, settings_.options.only_checkers
                                   ? "with -C VRRP does not run, and this build checks no servers; waiting"
                                   : "the configuration has nothing to run; waiting for a reload");
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
    add(result, SIGRTMAX, [this] { log_processes(); });
    if (!result) return result;

    auto sweep = loop_.work([this] {
        sweep_.enable(false);
        std::erase_if(leaving_, [](const auto& generation) { return generation->gone(); });
    });
    if (!sweep) return std::move(sweep).error();
    sweep_ = std::move(*sweep);
    auto patience = loop_.timer(os::Urgency::control, [this] { on_patience_lost(); });
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
    sweep_.enable(true);
    if (phase_ == Phase::stopping) return continue_stop();
    if (next_ && whose == next_.get()) {
        const std::string what = std::string{name_of(child.program)} + " ended: " + how.text();
        if (phase_ == Phase::preparing) return abandon(what);
        return os::log(Level::error, "in the middle of a hand-over " + what);
    }
    if (whose != current_.get()) return;  // handed over before
    if (phase_ == Phase::handing_over) return continue_hand_over();
    on_death(child, how);
}

void Supervisor::on_death(Child& child, os::ChildExit how) {
    if (child.handed_over) return;  // its successor died, and the next one is on its way
    os::log(Level::error, std::string{name_of(child.program)} + " died: " + how.text());
    if (phase_ == Phase::starting || is_configuration_status(how)) {
        service_.failed(0, "a process could not start");
        background_.tell_parent(how.by_signal ? 1 : how.value);
        return end(how.by_signal || how.value == 0 ? 1 : how.value);
    }
    if (!settings_.options.respawn) return end(1);
    if (os::EventLoop::now() - child.begin >= proven_life) respawn_delay_ = Duration{0};
    if (phase_ == Phase::running) schedule_restart();  // else whatever is going on replaces it
}

void Supervisor::on_patience_lost() {
    switch (phase_) {
        case Phase::preparing:
            return abandon("the new processes were not ready in time");
        case Phase::handing_over: {
            Child& hangs = current_->vrrp().pid != 0 && !current_->vrrp().handed_over ? current_->vrrp()
                                                                                      : current_->checker();
            os::log(Level::error,
                    std::string{name_of(hangs.program)} + " did not hand over in time and is killed");
            if (hangs.pid > 0) kill(hangs.pid, SIGKILL);
            return;
        }
        case Phase::starting:
        case Phase::stopping:
            os::log(Level::error, phase_ == Phase::stopping
                                      ? "processes did not end in time and are killed"
                                      : "processes were not ready in time and are killed");
            return current_->kill_all(SIGKILL);
        case Phase::running:
            return;
    }
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
    restarting_ = false;
    config::Parsed parsed = read_configuration_again(settings_.options, settings_.configuration_path);
    log_findings(parsed.diagnostics);
    if (refusal(parsed.diagnostics, settings_.options) != 0)
        return abandon("the configuration has errors that would stop a start");
    const std::string refused =
        refused_change(current_configuration_.config, parsed.config, settings_.options);
    if (!refused.empty()) return abandon(refused);
    prepare(std::move(parsed));
}

// The same configuration in new processes, after one died.
void Supervisor::restart() {
    if (phase_ != Phase::running) return;
    restarting_ = true;
    prepare(current_configuration_);
}

void Supervisor::schedule_restart() {
    respawn_.arm(os::EventLoop::now() + respawn_delay_);
    respawn_delay_ = respawn_delay_ == Duration{0}
                         ? Duration{1s}
                         : std::min<Duration>(respawn_delay_ * 2, longest_respawn_delay);
}

void Supervisor::prepare(config::Parsed parsed) {
    next_configuration_ = std::move(parsed);
    phase_ = Phase::preparing;
    if (auto begun = begin_generation(next_configuration_); !begun) return abandon(begun.error().text());
    patience_.arm(os::EventLoop::now() + preparation_limit);
    if (next_->gone()) begin_hand_over();
}

// Its processes are killed; it is forgotten when they have been reaped.
void Supervisor::discard_next() {
    if (!next_) return;
    next_->kill_all(SIGKILL);
    leaving_.push_back(std::move(next_));
    sweep_.enable(true);
}

void Supervisor::abandon(const std::string& why) {
    discard_next();
    phase_ = Phase::running;
    patience_.disarm();
    os::log(Level::error, (restarting_ ? "restart failed: " : "reload refused, nothing has changed: ") + why);
    if (stop_wanted_) return end(*stop_wanted_);
    if (!restarting_) service_.ready("running; the last reload was refused");
    if (current_->lacks_one() || current_->vrrp().handed_over) return schedule_restart();
    if (reload_wanted_) reload();
}

void Supervisor::begin_hand_over() {
    os::log(Level::debug, "the new processes are ready; the old ones hand over");
    phase_ = Phase::handing_over;
    patience_.arm(os::EventLoop::now() + hand_over_limit);
    if (!current_->vrrp().handed_over) current_->order(current_->vrrp(), Order::hand_over);
    continue_hand_over();
}

// The vrrp process goes first; the checker drains what it has said, then leaves.
void Supervisor::continue_hand_over() {
    Child& vrrp = current_->vrrp();
    Child& checker = current_->checker();
    if (vrrp.pid != 0 && !vrrp.handed_over) return;
    // A successor that died before it adopted: what there is to adopt is still the old one's.
    if (next_->vrrp().has_died() && !next_->vrrp().running) return abandon("the new vrrp process died");
    if (next_->vrrp().pid != 0 && !next_->vrrp().running) next_->order(next_->vrrp(), Order::go);
    if (checker.pid != 0 && !checker.handed_over) {
        if (checker.asked_to_leave) return;
        patience_.arm(os::EventLoop::now() + hand_over_limit);
        return current_->order(checker, Order::hand_over);
    }
    take_over();
}

void Supervisor::take_over() {
    next_->order(next_->checker(), Order::go);
    leaving_.push_back(std::move(current_));
    sweep_.enable(true);
    current_ = std::move(next_);
    current_configuration_ = std::move(next_configuration_);
    write_pid_files();
    phase_ = Phase::running;
    patience_.disarm();
    respawn_.disarm();
    os::log(Level::notice, restarting_ ? "processes restarted" : "reload complete");
    if (stop_wanted_) return end(*stop_wanted_);
    service_.ready("running");
    if (current_->lacks_one()) return schedule_restart();
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

// What a dead or leaving process holds can only be released by its successor: then the stop waits for that.
void Supervisor::stop(int status) {
    if (phase_ == Phase::stopping || stop_wanted_) return;
    const bool vrrp_left = current_ && (current_->vrrp().has_died() || current_->vrrp().handed_over);
    const bool hands_over =
        phase_ == Phase::handing_over || (phase_ == Phase::preparing && (restarting_ || vrrp_left));
    if (!hands_over && !(phase_ == Phase::running && vrrp_left)) return end(status);
    stop_wanted_ = status;
    service_.stopping();
    respawn_.disarm();
    restart();
}

void Supervisor::end(int status) {
    status_ = status;
    phase_ = Phase::stopping;
    service_.stopping();
    respawn_.disarm();
    discard_next();
    if (!current_) return loop_.quit(status);
    patience_.arm(end_of_child_wait());
    current_->order(current_->vrrp(), Order::stop);
    continue_stop();
}

// First the vrrp process, whose last notices the checker still has to tell.
void Supervisor::continue_stop() {
    if (current_->vrrp().pid != 0) return;
    if (current_->gone()) return loop_.quit(status_);
    Child& checker = current_->checker();
    if (checker.asked_to_leave) return;
    checker.asked_to_leave = true;
    patience_.arm(end_of_child_wait());
    current_->order(checker, Order::stop);
}

Instant Supervisor::end_of_child_wait() const {
    return os::EventLoop::now() +
           current_configuration_.config.child_wait_time.value_or(Duration{standard_child_wait});
}

// For SIGRTMAX, which keepalived answers with its threads.
void Supervisor::log_processes() {
    const auto log_child = [](const Child& child) {
        const auto age = std::chrono::duration_cast<std::chrono::seconds>(os::EventLoop::now() - child.begin);
        os::log(Level::notice, std::string{name_of(child.program)} +
                                   (child.pid == 0 ? " does not run"
                                                   : ": process " + std::to_string(child.pid) + ", " +
                                                         std::to_string(age.count()) + " s old"));
    };
    log_child(current_->vrrp());
    log_child(current_->checker());
    os::log(Level::notice, std::to_string(leaving_.size()) + " generations are leaving");
}

}  // namespace holdfast::core
