#include "core/supervisor.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "core/configuration.h"
#include "core/parent_dump.h"
#include "core/programs.h"
#include "os/log.h"
#include "os/pages.h"
#include "plan/access.h"
#include "plan/waits.h"
#include "status/messages.h"

namespace holdfast::core {

namespace {

using os::Level;
using os::Order;
using os::Progress;
using namespace std::chrono_literals;

constexpr Duration preparation_limit = 30s;  // a child parses, plans and opens its sockets
constexpr Duration proven_life = 60s;        // who lived so long is restarted at once
constexpr int release_limit_ms = 30000;

bool is_configuration_status(const os::ChildExit& how) {
    return how.known && !how.by_signal && (how.value == 1 || how.value == 2 || how.value == 4);
}

}  // namespace

Supervisor::Supervisor(os::EventLoop& loop, Settings settings, Background background)
    : loop_{loop}, settings_{std::move(settings)}, background_{std::move(background)} {}

Result<int> Supervisor::run(config::Parsed parsed, std::optional<Legacy> legacy) {
    current_configuration_ = std::make_shared<const config::Parsed>(std::move(parsed));
    if (auto served = serve_signals(); !served) return std::move(served).error();
    if (auto opened = open_control(); !opened)
        os::log(Level::warning,
                opened.error().text() +
                    "; no order of holdfast(1) can be given: reload, upgrade, failover, drain and "
                    "the like");
    open_monitor(legacy ? std::move(legacy->listener) : os::UniqueFd{});
    open_snmp();
    bool goes_on = false;
    if (legacy) {
        auto taken = go_on(std::move(*legacy));
        if (!taken) return std::move(taken).error();
        goes_on = *taken;
    }
    if (!goes_on)
        if (auto started = start(); !started) return std::move(started).error();
    const auto status = loop_.run();
    if (!status) return status.error();
    if (monitor_ && current_) monitor_->finish();
    if (snmp_) snmp_->finish();
    keep_history();
    const config::GlobalDefs& global = current_configuration_->config.global;
    if (global.shutdown_script && current_)
        run_and_wait(*global.shutdown_script,
                     plan::plan_waits(current_configuration_->config).shutdown_script, "shutdown_script");
    return *status;
}

Result<void> Supervisor::start() {
    const config::GlobalDefs& global = current_configuration_->config.global;
    if (global.startup_script)
        run_and_wait(*global.startup_script, plan::plan_waits(current_configuration_->config).startup_script,
                     "startup_script");
    auto begun = begin_generation(*current_configuration_);
    if (!begun) return std::move(begun).error();
    current_ = std::move(*begun);
    core_pid_ = PidFile{settings_.pid_paths.core};
    write_pid_files();
    patience_.arm(os::EventLoop::now() + preparation_limit);
    if (current_->gone()) {
        os::log(Level::notice, settings_.options.only_checkers
                                   ? "with -C VRRP does not run, and this build checks no servers; waiting"
                                   : "the configuration has nothing to run; waiting for a reload");
        announce_ready();
    }
    return {};
}

// False: what was left cannot be gone on with; it has been ended in good order, and a start is due.
Result<bool> Supervisor::go_on(Legacy legacy) {
    deposit_ = Deposit{legacy.deposit, std::move(legacy.deposited_note)};
    const auto page = os::RecordPage::map(legacy.page.get());
    if (!page) {
        os::log(Level::error, "the processes of the holdfastd before are ended, its addresses released: " +
                                  page.error().text());
        for (const Legacy::Process* left : {&legacy.vrrp, &legacy.checker}) {
            auto process = os::ProcessHandle::open(left->pid);
            if (!process || os::start_time_of(left->pid) != left->start_time) continue;
            process->signal(SIGTERM);
            pollfd wait{.fd = process->fd(), .events = POLLIN, .revents = 0};
            poll(&wait, 1, release_limit_ms);
        }
        deposit_.withdraw(service_);
        return false;
    }
    const auto identity = std::make_shared<const Generation*>(nullptr);
    auto resumed = Generation::resume(loop_, legacy, callbacks(identity));
    if (!resumed) return std::move(resumed).error();
    *identity = resumed->get();
    current_ = std::move(*resumed);
    if (legacy.asker) askers_.emplace_back(std::move(legacy.asker));
    reload_wanted_ = legacy.reads_again;
    os::log(Level::notice, legacy.re_executed ? "goes on as version " HOLDFAST_VERSION
                                              : "goes on with the processes of the holdfastd before");
    core_pid_ = PidFile{settings_.pid_paths.core};
    write_pid_files();
    show_current(Monitor::News::none);
    phase_ = Phase::running;
    occasion_ = legacy.re_executed ? Occasion::upgrade : Occasion::restart;
    prepare(current_configuration_);
    return true;
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
    add(result, SIGTERM, [this] { on_sigterm(); });
    if (settings_.options.ignore_interrupt)
        signal(SIGINT, SIG_IGN);
    else
        add(result, SIGINT, [this] { stop(0); });
    add(result, SIGUSR1, [this] {
        broadcast(Order::dump_data);
        const auto written =
            write_parent_dump(current_configuration_->config, settings_.options, settings_.runtime_directory);
        if (!written) os::log(Level::error, "cannot write the dump: " + written.error().text());
    });
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
    auto spare = loop_.timer(os::Urgency::background, [this] { make_spare(); });
    if (!spare) return std::move(spare).error();
    spare_due_ = std::move(*spare);
    auto liveness = Liveness::create(loop_, [this](Duration silent) { on_hang(silent); });
    if (!liveness) return std::move(liveness).error();
    liveness_ = std::move(*liveness);
    auto recorder = Recorder::create(loop_, settings_.options.state_directory);
    if (!recorder) return std::move(recorder).error();
    recorder_ = std::move(*recorder);
    auto replies = Replies::create(loop_);
    if (!replies) return std::move(replies).error();
    replies_ = std::move(*replies);
    auto firewall = Firewall::create(loop_, {.options = settings_.options,
                                             .argv = settings_.argv,
                                             .runtime_directory = settings_.runtime_directory,
                                             .program = path_of(std::string{name_of(os::Program::firewall)}),
                                             .owner = current_configuration_->config.instance.value_or("")});
    if (!firewall) return std::move(firewall).error();
    firewall_ = std::move(*firewall);
    auto watchdog = loop_.timer(os::Urgency::control, [this] {
        service_.feed_watchdog();
        watchdog_.arm(os::EventLoop::now() + service_.watchdog() / 2);
    });
    if (!watchdog) return std::move(watchdog).error();
    watchdog_ = std::move(*watchdog);
    if (service_.watchdog() > Duration{0}) watchdog_.arm(os::EventLoop::now() + service_.watchdog() / 2);
    return result;
}

Result<void> Supervisor::open_control() {
    auto control = Control::open(
        loop_, settings_.runtime_directory,
        [this](const os::Request& request, Asker asker) { on_request(request, std::move(asker)); });
    if (!control) return std::move(control).error();
    control_ = std::move(*control);
    return {};
}

void Supervisor::open_monitor(os::UniqueFd inherited) {
    auto monitor = Monitor::open(
        loop_,
        {settings_.options, settings_.argv, settings_.runtime_directory,
         [this](const os::Request& request, Asker asker) { on_request(request, std::move(asker)); }},
        std::move(inherited));
    if (!monitor)
        return os::log(Level::warning,
                       labelled(status::Number::status_unavailable,
                                "`holdfast status` will not work: " + monitor.error().text()));
    monitor_ = std::move(*monitor);
}

void Supervisor::open_snmp() {
    auto snmp = Snmp::create(loop_, settings_.options, settings_.argv,
                             [this](const std::vector<os::ValueWanted>& wanted, Asker asker) {
                                 set_values(wanted, std::move(asker));
                             });
    if (!snmp)
        return os::log(Level::warning, labelled(status::Number::snmp_unavailable,
                                                "SNMP is not answered: " + snmp.error().text()));
    snmp_ = std::move(*snmp);
}

void Supervisor::show_current(Monitor::News news) {
    firewall_->follow(current_configuration_->config);
    recorder_->configure(current_configuration_->config.global);
    recorder_->watch(current_->routers_fd());
    if (monitor_) monitor_->show(*current_, current_configuration_->config, news);
    if (snmp_) snmp_->show(*current_, current_configuration_->config);
}

Result<std::unique_ptr<Generation>> Supervisor::begin_generation(const config::Parsed& parsed) {
    Generation::Birth birth;
    birth.options = &settings_.options;
    birth.argv = settings_.argv;
    birth.runtime_directory = settings_.runtime_directory;
    birth.configuration_path = settings_.configuration_path;
    birth.umask = plan::plan_umask(parsed.config.global, settings_.options.umask);
    birth.before = current_.get();
    const auto identity = std::make_shared<const Generation*>(nullptr);
    auto generation =
        Generation::start(loop_, parsed.config, parsed.consolidated, birth, callbacks(identity));
    if (generation) *identity = generation->get();
    return generation;
}

// identity: the generation, known only once it is made; shared by its callbacks.
Generation::Callbacks Supervisor::callbacks(const std::shared_ptr<const Generation*>& identity) {
    return {.progress = [this, identity](Child& child,
                                         Progress progress) { on_progress(*identity, child, progress); },
            .ended = [this, identity](Child& child, os::ChildExit how) { on_exit(*identity, child, how); },
            .replied = [this](os::Program from,
                              const os::ReplyOutcome& outcome) { replies_->take(from, outcome); },
            .wants_accept = [this](const os::AcceptWanted& wanted) { firewall_->take(wanted); }};
}

// --- What children say
// ----------------------------------------------------------------------------------------

void Supervisor::on_progress(const Generation* whose, Child& child, Progress progress) {
    if (phase_ == Phase::stopping) return;
    if (whose == next_.get() && phase_ == Phase::preparing && next_->ready()) return begin_hand_over();
    if (whose == spare_.get() && spare_->ready())
        os::log(Level::debug,
                "a spare is ready: a start takes longer than half of the shortest advert interval");
    if (whose != current_.get()) return;
    if (progress == Progress::running && &child == &current_->vrrp()) watch_current(Duration{0});
    if (phase_ == Phase::starting && progress == Progress::ready && current_->ready()) {
        current_->order(current_->checker(), Order::go);
        current_->order(current_->vrrp(), Order::go);
    } else if (phase_ == Phase::starting && progress == Progress::running && current_->running()) {
        announce_ready();
    } else if (phase_ == Phase::handing_over && progress == Progress::handed_over) {
        continue_hand_over();
    }
}

void Supervisor::announce_ready() {
    phase_ = Phase::running;
    patience_.disarm();
    deposit_.replace(service_, current_->bequest());
    service_.ready("running");
    background_.tell_parent(0);
    show_current(Monitor::News::started);
    spare_due_.arm(os::EventLoop::now());
    if (reload_wanted_) reload();
}

void Supervisor::on_exit(const Generation* whose, Child& child, os::ChildExit how) {
    sweep_.enable(true);
    if (whose == current_.get()) give_up_replies(child);
    if (phase_ == Phase::stopping) return continue_stop();
    const std::string what = std::string{name_of(child.program)} + " ended: " + how.text();
    if (next_ && whose == next_.get()) {
        if (phase_ == Phase::preparing) {
            if (!is_change()) crashes_.push_back(os::EventLoop::now());
            return abandon(what);
        }
        return os::log(Level::error, "in the middle of a hand-over " + what);
    }
    if (spare_ && whose == spare_.get()) {
        os::log(Level::error, "spare " + what);
        discard(spare_);
        return spare_due_.arm(os::EventLoop::now() + proven_life);
    }
    if (whose != current_.get()) return;  // handed over before
    if (child.program == os::Program::vrrp) liveness_->rest();
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
    const Instant now = os::EventLoop::now();
    if (child.program == os::Program::vrrp) {
        crashes_.push_back(now);
        recorder_->keep_soon(current_->routers_fd());
    }
    if (now - child.begin >= proven_life) respawn_delay_ = Duration{0};
    heal();  // if nothing is going on that replaces it
}

// It holds its addresses and says nothing: to its peers it is dead.
void Supervisor::on_hang(Duration silent) {
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(silent).count();
    os::log(Level::error, "holdfast-vrrp hangs: no sign of life for " + std::to_string(milliseconds) +
                              " ms. It is killed, and a new process goes on");
    current_->vrrp().process.signal(SIGKILL);
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
            return hangs.process.signal(SIGKILL);
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

void Supervisor::keep_history() {
    recorder_->finish();
    if (current_)
        recorder_->keep(current_->routers_fd(),
                        status_ == 0 ? status::RunEnd::ended : status::RunEnd::crashed);
}

// When the service is only stopped to be started again, its processes go on meanwhile.
void Supervisor::on_sigterm() {
    const bool may_leave = phase_ != Phase::starting && phase_ != Phase::stopping && !stop_wanted_;
    if (!may_leave || !os::Service::restart_under_way()) return stop(0);
    // A new configuration that has not begun is read by the successor anyway.
    if (phase_ == Phase::preparing && is_change() && !current_->lacks_one()) {
        discard(next_);
        patience_.disarm();
        answer_askers(false, "the daemon restarts");
        phase_ = Phase::running;
    }
    if (phase_ == Phase::running && !current_->lacks_one()) return leave_to_successor();
    if (phase_ == Phase::running) return stop(0);
    leave_wanted_ = true;
}

void Supervisor::leave_to_successor() {
    os::log(Level::notice, "restarting: the processes go on until the new holdfastd takes them over");
    Bequest bequest = current_->bequest();
    bequest.reads_again = true;
    bequest.deposit = deposit_.number();
    deposit_.amend(bequest);
    service_.stopping();
    keep_history();
    current_->leave_behind();
    current_.reset();
    spare_.reset();
    loop_.quit(0);
}

// What a dead or leaving process holds can only be released by its successor: then the stop waits for that.
void Supervisor::stop(int status) {
    if (phase_ == Phase::stopping || stop_wanted_) return;
    const bool vrrp_left = current_ && (current_->vrrp().has_died() || current_->vrrp().handed_over);
    const bool hands_over =
        phase_ == Phase::handing_over || (phase_ == Phase::preparing && (!is_change() || vrrp_left));
    if (!hands_over && !(phase_ == Phase::running && vrrp_left)) return end(status);
    stop_wanted_ = status;
    service_.stopping();
    respawn_.disarm();
    if (phase_ == Phase::running) resign();
}

void Supervisor::end(int status) {
    status_ = status;
    phase_ = Phase::stopping;
    service_.stopping();
    deposit_.withdraw(service_);
    answer_askers(false, "the daemon is stopping");
    serve_waiting();  // the same
    liveness_->rest();
    respawn_.disarm();
    spare_due_.disarm();
    discard(spare_);
    discard(next_);
    if (!current_) return loop_.quit(status);
    patience_.arm(end_of_child_wait());
    current_->order(current_->vrrp(), Order::stop);
    continue_stop();
}

// First the vrrp process, whose last notices the checker still has to tell.
void Supervisor::continue_stop() {
    if (current_->vrrp().pid != 0) return;
    const bool firewall_is_as_it_was = firewall_->finish([this] { continue_stop(); });
    if (current_->gone()) {
        if (firewall_is_as_it_was) loop_.quit(status_);
        return;
    }
    Child& checker = current_->checker();
    if (checker.asked_to_leave) return;
    checker.asked_to_leave = true;
    patience_.arm(end_of_child_wait());
    current_->order(checker, Order::stop);
}

Instant Supervisor::end_of_child_wait() const {
    return os::EventLoop::now() + plan::plan_waits(current_configuration_->config).child_end;
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
