// holdfast-vrrp: the protocol process. Started by holdfastd, which tells it what it has to know (os/start.h).
#include <cerrno>
#include <csignal>
#include <ctime>

#include "config/parse.h"
#include "os/log.h"
#include "os/privileges.h"
#include "os/start.h"
#include "plan/plan.h"
#include "system/system_host.h"
#include "vrrp/process.h"

namespace {

using namespace holdfast;

Duration uptime() {
    timespec time{};
    clock_gettime(CLOCK_BOOTTIME, &time);
    return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

Result<plan::Plan> read_plan(int fd) {
    auto text = os::read_text(fd);
    if (!text) return std::move(text).error();
    const system::SystemHost host;
    const config::Parsed parsed = config::parse_consolidated(std::move(*text), host, {});
    return plan::make_plan(parsed.config, {.uptime = uptime(), .host_name = host.host_name()});
}

constexpr int failed_status = 1;
constexpr int not_permitted_status = 4;  // keepalived's

int fail(const Error& error) {
    os::log(os::Level::error, error.text());
    const bool not_permitted = error.error_number() == EPERM || error.error_number() == EACCES;
    return not_permitted ? not_permitted_status : failed_status;
}

void prepare(const plan::Plan& plan) {
    const plan::SchedulingPlan& wanted = plan.vrrp_scheduling;
    const auto refused = os::apply_scheduling({.nice = wanted.nice,
                                               .realtime_priority = wanted.realtime_priority,
                                               .rlimit_rttime_us = wanted.rlimit_rttime_us,
                                               .lock_memory = wanted.lock_memory,
                                               .processors = wanted.processors});
    for (const std::string& message : refused)
        os::log(os::Level::warning, message);
    const auto kept = os::keep_only_needed_capabilities(os::Program::vrrp);
    if (!kept) return os::log(os::Level::warning, kept.error().text());
    for (const std::string& message : *kept)
        os::log(os::Level::error, message);
}

}  // namespace

int main() {
    signal(SIGPIPE, SIG_IGN);
    // The terminal's signals are for core, which tells us what to do.
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    for (const int number : {SIGUSR1, SIGUSR2, SIGRTMIN + 2, SIGRTMAX - 1, SIGRTMAX})
        signal(number, SIG_IGN);  // until they are served
    auto start = os::take_start_message();
    if (!start) return fail(start.error());
    os::set_process_name(start->process_name);
    os::open_log({.identifier = start->as_keepalived ? "Keepalived_vrrp" : "holdfast-vrrp",
                  .facility = start->log_facility,
                  .system = start->log_system,
                  .console = start->log_console,
                  .file = start->log_file,
                  .detail = start->detail});
    auto plan = read_plan(start->configuration_fd);
    if (!plan) return fail(plan.error());
    std::optional<plan::Plan> previous;
    if (start->adopted_configuration_fd >= 0)
        if (auto old = read_plan(start->adopted_configuration_fd)) previous = std::move(*old);
    if (start->reload) plan->engine.startup_delay = Duration{0};  // it is for the start of the daemon
    prepare(*plan);
    auto loop = os::EventLoop::create();
    if (!loop) return fail(loop.error());
    auto process = vrrp::Process::create(**loop, std::move(*start), std::move(*plan), std::move(previous));
    if (!process) return fail(process.error());
    // Orderly end by hand or by a service manager that signals every process.
    const auto terminate = (*loop)->signal(SIGTERM, [&] { (*process)->stop(); });
    if (!terminate) return fail(terminate.error());
    // Operators and exporters signal this process, too: its pid file is well known.
    std::vector<os::Source> signals;
    for (const auto& [number, order] :
         {std::pair{SIGUSR1, os::Order::dump_data}, std::pair{SIGUSR2, os::Order::dump_stats},
          std::pair{SIGRTMIN + 2, os::Order::dump_json},
          std::pair{SIGRTMAX - 1, os::Order::dump_stats_and_clear}}) {
        auto source = (*loop)->signal(number, [&process, what = order] { (*process)->obey(what); });
        if (!source) return fail(source.error());
        signals.push_back(std::move(*source));
    }
    const auto status = (*process)->run();
    return status ? *status : fail(status.error());
}
