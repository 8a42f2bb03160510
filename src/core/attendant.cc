#include "core/attendant.h"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <optional>

#include "core/programs.h"
#include "os/child.h"
#include "os/log.h"
#include "os/published.h"
#include "plan/access.h"
#include "status/messages.h"
#include "system/system_host.h"

namespace holdfast::core {

namespace {

using os::Level;
using namespace std::chrono_literals;

constexpr Duration proven_life = 60s;  // who lived so long is restarted at once
constexpr Duration longest_delay = 60s;
constexpr Duration leaving_limit = 2s;

// Who may do least; nothing when this process may not become another, or there is nobody.
std::optional<os::Identity> unprivileged() {
    if (geteuid() != 0) return std::nullopt;
    const system::SystemHost host;
    for (const char* name : {plan::own_account, "nobody"})
        if (const auto user = host.user(name))
            return os::Identity{.uid = user->uid, .gid = user->gid, .groups = {}};
    return std::nullopt;
}

os::UniqueFd readable(int page) {
    if (page < 0) return {};
    auto reading = os::open_for_reading(page);
    if (reading) return std::move(*reading);
    os::log(Level::warning, labelled(status::Number::status_unavailable, reading.error().text()));
    return {};
}

}  // namespace

PublishedPages PublishedPages::of(const Generation& generation) {
    return {.routers = readable(generation.routers_fd()), .checks = readable(generation.checks_fd())};
}

Result<std::unique_ptr<Attendant>> Attendant::create(os::EventLoop& loop, Settings settings) {
    std::unique_ptr<Attendant> made{new Attendant{loop, std::move(settings)}};
    auto again = loop.timer(os::Urgency::control, [self = made.get()] { self->start(); });
    if (!again) return std::move(again).error();
    made->again_ = std::move(*again);
    auto patience = loop.timer(os::Urgency::control, [self = made.get()] {
        for (const auto& one : self->leaving_)
            one->process.signal(SIGKILL);
    });
    if (!patience) return std::move(patience).error();
    made->patience_ = std::move(*patience);
    return made;
}

void Attendant::start() {
    if (current_) return;
    const auto spawned = spawn();
    if (spawned) return;
    settings_.cannot_start(spawned.error());
    start_later(Duration{0});
}

void Attendant::ask_to_leave() {
    again_.disarm();
    delay_ = Duration{0};
    if (!current_) return;
    current_->process.signal(SIGTERM);
    leaving_.push_back(std::move(current_));
}

void Attendant::replace() {
    ask_to_leave();
    start();
}

void Attendant::succeed() {
    ask_to_leave();
    if (leaving_.empty()) return start();
    starts_after_ = true;
    patience_.arm(os::EventLoop::now() + leaving_limit);
}

void Attendant::dismiss() {
    ask_to_leave();
    starts_after_ = false;
    if (!leaving_.empty()) patience_.arm(os::EventLoop::now() + leaving_limit);
}

void Attendant::rest(Duration patience) {
    again_.disarm();
    patience_.disarm();
    starts_after_ = false;
    const Instant end = os::EventLoop::now() + patience;
    if (current_) {
        if (patience > Duration{0}) current_->process.signal(SIGTERM);
        leaving_.push_back(std::move(current_));
    }
    for (const auto& one : leaving_) {
        one->exit = os::Source{};
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - os::EventLoop::now());
        pollfd wait{.fd = one->process.fd(), .events = POLLIN, .revents = 0};
        poll(&wait, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
        one->process.signal(SIGKILL);
        waitpid(one->pid, nullptr, 0);
    }
    leaving_.clear();
}

Result<void> Attendant::spawn() {
    const Options& options = settings_.options;
    auto message = settings_.message();
    if (!message) return std::move(message).error();
    os::StartMessage& start = *message;
    const std::string name{name_of(settings_.program)};
    start.core_pid = getpid();
    start.log_level = os::log_level();
    start.log_console = options.log_console;
    start.log_system = options.log_system;
    start.log_facility = options.log_facility;
    start.as_keepalived = options.as_keepalived;
    start.process_name = options.as_keepalived ? "keepalived" : name;

    os::SpawnOptions how;
    how.path = path_of(name);
    how.argv = settings_.argv;
    if (!options.as_keepalived) how.argv.front() = name;
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

void Attendant::on_exit(pid_t pid, os::ChildExit how) {
    std::erase_if(leaving_, [pid](const auto& one) { return one->pid == pid; });
    if (leaving_.empty()) {
        patience_.disarm();
        if (std::exchange(starts_after_, false)) return start();
    }
    if (!current_ || current_->pid != pid) return;
    const Duration lived = os::EventLoop::now() - current_->begin;
    current_.reset();
    settings_.died(how);
    start_later(lived);
}

void Attendant::start_later(Duration lived) {
    if (lived >= proven_life) delay_ = Duration{0};
    again_.arm(os::EventLoop::now() + delay_);
    delay_ = delay_ == Duration{0} ? Duration{1s} : std::min<Duration>(delay_ * 2, longest_delay);
}

}  // namespace holdfast::core
