// holdfast-check: the checker process. Started by holdfastd, which tells it what it has to know (os/start.h).
#include <csignal>

#include "checker/process.h"
#include "config/parse.h"
#include "os/log.h"
#include "os/pages.h"
#include "os/privileges.h"
#include "os/start.h"
#include "system/system_host.h"

namespace {

using namespace holdfast;

int fail(const Error& error) {
    os::log(os::Level::error, error.text());
    return 1;
}

Result<plan::Plan> read_plan(int fd) {
    auto text = os::read_text(fd);
    if (!text) return std::move(text).error();
    const system::SystemHost host;
    const config::Parsed parsed = config::parse_consolidated(std::move(*text), host, {});
    return plan::make_plan(parsed.config, {.uptime = Duration{0}, .host_name = host.host_name()});
}

}  // namespace

int main() {
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    auto start = os::take_start_message();
    if (!start) return fail(start.error());
    os::set_process_name(start->process_name);
    os::open_log({.identifier = start->as_keepalived ? "Keepalived_healthcheckers" : "holdfast-check",
                  .facility = start->log_facility,
                  .system = start->log_system,
                  .console = start->log_console,
                  .file = start->log_file,
                  .detail = start->detail});
    auto plan = read_plan(start->configuration_fd);
    if (!plan) return fail(plan.error());
    const plan::SchedulingPlan& wanted = plan->checker_scheduling;
    for (const std::string& message : os::apply_scheduling({.nice = wanted.nice,
                                      .realtime_priority = wanted.realtime_priority,
                                      .rlimit_rttime_us = wanted.rlimit_rttime_us,
                                      .lock_memory = wanted.lock_memory,
                                      .processors = wanted.processors}))
        os::log(os::Level::warning, message);
    if (const auto kept = os::keep_only_needed_capabilities(os::Program::checker); !kept)
        os::log(os::Level::warning, kept.error().text());
    auto loop = os::EventLoop::create();
    if (!loop) return fail(loop.error());
    auto process = checker::Process::create(**loop, *start, std::move(*plan));
    if (!process) return fail(process.error());
    const auto terminate = (*loop)->signal(SIGTERM, [&] { (*process)->stop(); });
    if (!terminate) return fail(terminate.error());
    const auto status = (*process)->run();
    return status ? *status : fail(status.error());
}
