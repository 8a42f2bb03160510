#include "core/firewall.h"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "core/programs.h"
#include "os/child.h"
#include "os/log.h"
#include "os/pages.h"
#include "os/privileges.h"
#include "os/small_files.h"
#include "os/start.h"
#include "status/messages.h"

namespace holdfast::core {

namespace {

using os::Level;
using namespace std::chrono_literals;

constexpr Duration longest_change = 10s;  // the kernel serves one change of rules after the other
constexpr int longest_rest_ms = 2000;

void complain(const std::string& why) {
    os::log(Level::error, labelled(status::Number::firewall_not_changed,
                                   "firewall_accept has not changed the firewall: " + why));
}

}  // namespace

Result<std::unique_ptr<Firewall>> Firewall::create(os::EventLoop& loop, Settings settings) {
    std::unique_ptr<Firewall> firewall{new Firewall{loop, std::move(settings)}};
    auto patience = loop.timer(os::Urgency::control, [self = firewall.get()] {
        if (!self->running_) return;
        self->running_->killed = true;
        complain(std::string{name_of(os::Program::firewall)} + " did not end in time and is killed");
        self->running_->process.signal(SIGKILL);
    });
    if (!patience) return std::move(patience).error();
    firewall->patience_ = std::move(*patience);
    return firewall;
}

void Firewall::follow(const config::Config& config) {
    in_force_ = config.global.firewall_accept.value_or(false);
    if (!in_force_ && !finishing_) want({});
}

void Firewall::take(const os::AcceptWanted& wanted) {
    if (wanted.position == 0) gathered_.clear();
    if (finishing_ || wanted.position != gathered_.size()) return;  // the begin of them is lost
    if (wanted.rule) gathered_.push_back(*wanted.rule);
    if (gathered_.size() == wanted.count) want(std::exchange(gathered_, {}));
}

bool Firewall::finish(std::function<void()> over) {
    over_ = std::move(over);
    if (!finishing_) {
        finishing_ = true;
        in_force_ = false;
        want({});
    }
    return !running_;
}

// Who is in the middle of a change makes all of it or nothing.
void Firewall::rest() {
    next_.reset();
    patience_.disarm();
    if (!running_) return;
    running_->exit = os::Source{};
    pollfd wait{.fd = running_->process.fd(), .events = POLLIN, .revents = 0};
    poll(&wait, 1, longest_rest_ms);
    waitpid(running_->pid, nullptr, WNOHANG);
    running_.reset();
}

// The note is there before the first rule, and until the last one is gone: a killed daemon leaves both.
void Firewall::want(std::vector<os::AcceptRule> rules) {
    const bool noted = access(note().c_str(), F_OK) == 0;
    if (rules.empty() && !noted && !running_) return;
    if (!rules.empty() && !noted)
        if (const auto written = os::replace_file(note(), "", {}); !written)
            os::log(Level::warning,
                    "accept rules that a killed daemon leaves will not be found: " + written.error().text());
    next_ = std::move(rules);
    if (!running_) start();
}

void Firewall::start() {
    if (!next_) return;
    const std::vector<os::AcceptRule> rules = std::move(*next_);
    next_.reset();
    if (const auto spawned = spawn(rules); !spawned) return complain(spawned.error().text());
    running_->removes_all = rules.empty();
    patience_.arm(os::EventLoop::now() + longest_change);
}

Result<void> Firewall::spawn(const std::vector<os::AcceptRule>& rules) {
    const Options& options = settings_.options;
    const std::string name{name_of(os::Program::firewall)};
    auto packed = os::sealed_text("holdfast-accept-rules", os::pack(rules));
    if (!packed) return std::move(packed).error();
    os::StartMessage start;
    start.configuration_fd = packed->get();
    start.instance = settings_.owner;
    start.log_level = os::log_level();
    start.log_console = options.log_console;
    start.log_system = options.log_system;
    start.log_facility = options.log_facility;
    start.as_keepalived = options.as_keepalived;
    start.process_name = options.as_keepalived ? "keepalived" : name;
    os::SpawnOptions how;
    how.path = settings_.program;
    how.argv = settings_.argv;
    if (!options.as_keepalived) how.argv.front() = name;
    how.environment = os::environment_without({"NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC"});
    how.environment.push_back(std::string{os::start_variable} + "=" + os::encode(start));
    how.keep_open = os::descriptors_of(start);
    how.keeps_capabilities = true;
    how.normal_scheduling = true;
    const auto pid = os::spawn(how);
    if (!pid) return pid.error();
    auto process = os::ProcessHandle::open(*pid);
    auto exit = loop_.child(*pid, [this](os::ChildExit ended) { on_exit(ended); });
    if (!process || !exit) {
        kill(*pid, SIGKILL);
        waitpid(*pid, nullptr, 0);
        return process ? std::move(exit).error() : std::move(process).error();
    }
    running_ = std::make_unique<Running>();
    running_->pid = *pid;
    running_->process = std::move(*process);
    running_->exit = std::move(*exit);
    return {};
}

void Firewall::on_exit(os::ChildExit how) {
    const std::unique_ptr<Running> ended = std::move(running_);
    patience_.disarm();
    const bool done = !how.by_signal && how.value == 0;  // else it has said why, unless it could not
    if (how.by_signal && !ended->killed)
        complain(std::string{name_of(os::Program::firewall)} + " was " + how.text());
    if (done && ended->removes_all) unlink(note().c_str());
    start();
    if (!running_ && over_) over_();
}

}  // namespace holdfast::core
