#include "core/monitor.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <optional>

#include "core/programs.h"
#include "os/child.h"
#include "os/control.h"
#include "os/log.h"
#include "os/published.h"
#include "os/start.h"
#include "status/messages.h"
#include "system/system_host.h"

namespace holdfast::core {

namespace {

using os::Level;
using status::labelled;
using status::Number;
using namespace std::chrono_literals;

constexpr Duration proven_life = 60s;  // who lived so long is restarted at once
constexpr Duration longest_delay = 60s;
constexpr mode_t standard_mode = 0660;

// Who may do least; nothing when this process may not become another, or there is nobody.
std::optional<os::Identity> unprivileged() {
    if (geteuid() != 0) return std::nullopt;
    const system::SystemHost host;
    for (const char* name : {"holdfast", "nobody"})
        if (const auto user = host.user(name))
            return os::Identity{.uid = user->uid, .gid = user->gid, .groups = {}};
    return std::nullopt;
}

os::SocketAccess access_for(const config::GlobalDefs& global) {
    const system::SystemHost host;
    os::SocketAccess access{.mode = global.control_socket_mode.value_or(standard_mode), .group = getegid()};
    if (const auto group = host.group(global.control_socket_group.value_or("holdfast")))
        access.group = *group;
    else if (global.control_socket_group)
        os::log(Level::warning, labelled(Number::status_group_unknown,
                                         "group " + *global.control_socket_group +
                                             " does not exist: only root can ask `holdfast status`"));
    return access;
}

os::UniqueFd readable(int page) {
    if (page < 0) return {};
    auto reading = os::open_for_reading(page);
    if (reading) return std::move(*reading);
    os::log(Level::warning, labelled(Number::status_unavailable, reading.error().text()));
    return {};
}

}  // namespace

Result<std::unique_ptr<Monitor>> Monitor::open(os::EventLoop& loop, Settings settings,
                                               os::UniqueFd inherited) {
    if (!inherited) {
        auto listener = os::listen_for_readers(settings.runtime_directory);
        if (!listener) return std::move(listener).error();
        inherited = std::move(*listener);
    }
    std::unique_ptr<Monitor> monitor{new Monitor{loop, std::move(settings), std::move(inherited)}};
    auto again = loop.timer(os::Urgency::control, [self = monitor.get()] { self->start(); });
    if (!again) return std::move(again).error();
    monitor->again_ = std::move(*again);
    return monitor;
}

Monitor::~Monitor() {
    rest();
    unlink((settings_.runtime_directory + "/" + os::status_socket).c_str());
}

void Monitor::show(const Generation& generation, const config::GlobalDefs& global) {
    if (const auto given = os::give_access(settings_.runtime_directory, access_for(global)); !given)
        os::log(Level::warning, labelled(Number::status_unavailable, given.error().text()));
    routers_ = readable(generation.routers_fd());
    checks_ = readable(generation.checks_fd());
    if (current_) {
        current_->process.signal(SIGTERM);
        leaving_.push_back(std::move(current_));
    }
    delay_ = Duration{0};
    start();
}

void Monitor::rest() {
    again_.disarm();
    if (current_) leaving_.push_back(std::move(current_));
    for (const auto& one : leaving_) {
        one->exit = os::Source{};
        one->process.signal(SIGKILL);
        waitpid(one->pid, nullptr, 0);
    }
    leaving_.clear();
}

void Monitor::go_on() {
    start();
}

void Monitor::start() {
    if (current_) return;
    const auto spawned = spawn();
    if (spawned) return;
    os::log(Level::warning, labelled(Number::status_unavailable,
                                     "`holdfast status` cannot be answered: " + spawned.error().text()));
    start_later(Duration{0});
}

Result<void> Monitor::spawn() {
    const Options& options = settings_.options;
    os::StartMessage start;
    start.status_fd = routers_.get();
    start.checks_fd = checks_.get();
    start.listener_fd = listener_.get();
    start.core_pid = getpid();
    start.detail = options.log_detail > 0;
    start.log_console = options.log_console;
    start.log_system = options.log_system;
    start.log_facility = options.log_facility;
    start.as_keepalived = options.as_keepalived;
    start.process_name = options.as_keepalived ? "keepalived" : std::string{name_of(os::Program::monitor)};

    os::SpawnOptions how;
    how.path = path_of(std::string{name_of(os::Program::monitor)});
    how.argv = settings_.argv;
    if (!options.as_keepalived) how.argv.front() = name_of(os::Program::monitor);
    how.environment = os::environment_without({"NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC"});
    how.environment.push_back(std::string{os::start_variable} + "=" + os::encode(start));
    how.keep_open = os::descriptors_of(start);
    how.parent_death_signal = SIGKILL;
    how.identity = unprivileged();
    auto pid = os::spawn(how);
    if (!pid && how.identity && pid.error().error_number() == EPERM) {
        how.identity.reset();  // root that may not become another has no rights to lose
        pid = os::spawn(how);
    }
    if (!pid) return pid.error();
    auto running = std::make_unique<Running>();
    running->pid = *pid;
    running->begin = os::EventLoop::now();
    auto process = os::ProcessHandle::open(*pid);
    auto exit = loop_.child(*pid, [this, pid = *pid](os::ChildExit ended) { on_exit(pid, ended); });
    if (!process || !exit) {
        kill(*pid, SIGKILL);
        waitpid(*pid, nullptr, 0);
        return process ? std::move(exit).error() : std::move(process).error();
    }
    running->process = std::move(*process);
    running->exit = std::move(*exit);
    current_ = std::move(running);
    return {};
}

void Monitor::on_exit(pid_t pid, os::ChildExit how) {
    std::erase_if(leaving_, [pid](const auto& one) { return one->pid == pid; });
    if (!current_ || current_->pid != pid) return;
    const Duration lived = os::EventLoop::now() - current_->begin;
    current_.reset();
    os::log(Level::warning,
            labelled(Number::monitor_died, std::string{name_of(os::Program::monitor)} +
                                               " died: " + how.text() + "; it is started again"));
    start_later(lived);
}

void Monitor::start_later(Duration lived) {
    if (lived >= proven_life) delay_ = Duration{0};
    again_.arm(os::EventLoop::now() + delay_);
    delay_ = delay_ == Duration{0} ? Duration{1s} : std::min<Duration>(delay_ * 2, longest_delay);
}

}  // namespace holdfast::core
