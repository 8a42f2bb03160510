// holdfast-check: the checker process. Started by holdfastd, which tells it what it has to know (os/start.h).
#include <pwd.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <optional>

#include "checker/process.h"
#include "config/parse.h"
#include "os/log.h"
#include "os/pages.h"
#include "os/privileges.h"
#include "os/start.h"
#include "plan/access.h"
#include "status/messages.h"
#include "system/system_host.h"

namespace {

using namespace holdfast;

int fail(const Error& error) {
    os::log(os::Level::error, error.text());
    return 1;
}

std::string own_user_name() {
    const passwd* entry = getpwuid(geteuid());
    return entry != nullptr ? entry->pw_name : "root";
}

struct Configuration {
    plan::Plan plan;
    bool script_security = false;
    std::string readers;  // group that may ask, and read what is kept
};

Result<Configuration> read_configuration(int fd) {
    auto text = os::read_text(fd);
    if (!text) return std::move(text).error().during("read the configuration from core");
    const system::SystemHost host;
    const config::Parsed parsed = config::parse_consolidated(std::move(*text), host, {});
    return Configuration{.plan = plan::make_plan(parsed.config, {.uptime = Duration{0},
                                                                 .host_name = host.host_name(),
                                                                 .user_name = own_user_name()}),
                         .script_security = parsed.config.global.enable_script_security.value_or(false),
                         .readers = plan::plan_readers(parsed.config.global).group};
}

std::optional<plan::Plan> read_former_plan(int fd) {
    if (fd < 0) return std::nullopt;
    auto former = read_configuration(fd);
    close(fd);
    if (former) return std::move(former->plan);
    os::log(os::Level::warning, "removed instances cannot be told of: " + former.error().text());
    return std::nullopt;
}

// With enable_script_security a script is judged by its file as it is now, not as it was at start.
Result<void> judge(const plan::Command& command) {
    if (command.through_shell) return {};
    const config::ScriptFacts facts = system::SystemHost{}.script(command.path, command.uid, command.gid);
    if (facts.verdict == config::ScriptVerdict::usable) return {};
    return Error::invalid(facts.detail + " (enable_script_security is set)");
}

void schedule(const plan::SchedulingPlan& wanted) {
    for (const std::string& message : os::apply_scheduling({.nice = wanted.nice,
                                      .realtime_priority = wanted.realtime_priority,
                                      .rlimit_rttime_us = wanted.rlimit_rttime_us,
                                      .lock_memory = wanted.lock_memory,
                                      .processors = wanted.processors}))
        os::log(os::Level::warning, message);
    // Which capability is missing for what was said by core, which has them all in its list.
    if (const auto kept = os::keep_only_needed_capabilities(os::Program::checker); !kept)
        os::log(os::Level::warning, kept.error().text());
}

// While this process still has the right to.
os::UniqueFd process_events_for(const plan::Plan& plan) {
    if (!checker::tracks_processes(plan.trackers)) return {};
    auto events = checker::open_process_events();
    if (events) return std::move(*events);
    os::log(os::Level::warning,
            status::labelled(status::Number::no_process_events,
                             "the kernel does not tell of processes, they are looked for once a second: " +
                                 events.error().text()));
    return {};
}

// A group that does not exist was said by core.
checker::Incidents incidents_of(const Configuration& configuration, const std::string& state_directory) {
    return {{.state_directory = state_directory, .group = system::SystemHost{}.group(configuration.readers)},
            [] { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); }};
}

checker::Guard guard_of(const Configuration& configuration) {
    if (configuration.script_security) return judge;
    return [](const plan::Command&) -> Result<void> { return {}; };
}

}  // namespace

int main() {
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    for (const int number : {SIGUSR1, SIGUSR2, SIGRTMIN + 2, SIGRTMAX - 1, SIGRTMAX})
        signal(number, SIG_IGN);
    auto start = os::take_start_message();
    if (!start) return fail(start.error());
    os::set_process_name(start->process_name);
    os::open_log({.identifier = start->as_keepalived ? "Keepalived_healthcheckers" : "holdfast-check",
                  .facility = start->log_facility,
                  .system = start->log_system,
                  .console = start->log_console,
                  .file = start->log_file,
                  .least = start->log_level});
    auto configuration = read_configuration(start->configuration_fd);
    if (!configuration) return fail(configuration.error());
    os::UniqueFd process_events = process_events_for(configuration->plan);
    schedule(configuration->plan.checker_scheduling);
    auto loop = os::EventLoop::create();
    if (!loop) return fail(loop.error());
    const checker::Guard guard = guard_of(*configuration);
    status::Head head{.version = HOLDFAST_VERSION,
                      .node = configuration->plan.router_id,
                      .configuration = start->configuration_path};
    checker::Incidents incidents = incidents_of(*configuration, start->state_directory);
    auto process = checker::Process::create(
        **loop, {.starter = start->core_pid,
                 .core = os::UniqueFd{start->core_fd},
                 .vrrp = os::UniqueFd{start->peer_fd},
                 .plan = std::move(configuration->plan),
                 .former_plan = [fd = start->adopted_configuration_fd] { return read_former_plan(fd); },
                 .guard = guard,
                 .incidents = std::move(incidents),
                 .tracking = {.process_events = std::move(process_events),
                              .first = !start->reload,
                              .former = checker::read_former(os::UniqueFd{start->adopted_status_fd})},
                 .status = os::UniqueFd{start->status_fd},
                 .head = std::move(head)});
    if (!process) return fail(process.error());
    const auto terminate = (*loop)->signal(SIGTERM, [&] { (*process)->terminate(); });
    if (!terminate) return fail(terminate.error());
    const auto status = (*process)->run();
    return status ? *status : fail(status.error());
}
