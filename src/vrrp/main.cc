// holdfast-vrrp: the protocol process. Started by holdfastd, which tells it what it has to know (os/start.h).
#include <cerrno>
#include <csignal>
#include <ctime>
#include <filesystem>

#include "config/parse.h"
#include "os/confinement.h"
#include "os/log.h"
#include "os/privileges.h"
#include "os/start.h"
#include "plan/plan.h"
#include "system/system_host.h"
#include "vrrp/dump.h"
#include "vrrp/identity.h"
#include "vrrp/process.h"

// LeakSanitizer looks at the end with clone and ptrace, which a confined process may not call.
#ifdef __has_feature
#define HOLDFAST_HAS_FEATURE(feature) __has_feature(feature)
#else
#define HOLDFAST_HAS_FEATURE(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || HOLDFAST_HAS_FEATURE(address_sanitizer)
extern "C" int __lsan_is_turned_off() {  // NOLINT: the name is LeakSanitizer's
    return 1;
}
#endif

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

// What is opened after the start: dumps, a rotated log, the console again, and the sysctls of interfaces.
os::Confinement confinement_of(const os::StartMessage& start, const plan::Plan& plan) {
    os::Confinement files;
    // A time zone that cannot be read is UTC. The rest is for reports of sanitizers.
    files.read = {"/proc/sys/net/ipv6/conf",
                  "/proc/sys/kernel/random/boot_id",
                  "/etc/localtime",
                  "/usr/share/zoneinfo",
                  "/proc/self",
                  "/proc/self/exe"};
    files.write = {"/proc/sys/net/ipv4/conf", "/proc/self/fd/2"};
    for (const plan::PathPlan& path : plan.paths) {
        if (path.device.empty()) continue;
        files.write.push_back(path.device);  // opened again when the line was gone
        files.lines = true;
    }
    files.datagrams = !plan.paths.empty();
    files.replace = vrrp::dump_directories(start, plan);
    if (!start.log_file.empty())
        files.replace.push_back(std::filesystem::absolute(start.log_file).parent_path());
    return files;
}

// Less confined it still does its work; that is better than no router.
void give_up_the_rest(const os::Confinement& files) {
    const auto missing = os::confine(files);
    if (!missing) return os::log(os::Level::warning, missing.error().text());
    for (const std::string& message : *missing)
        os::log(os::Level::debug, message);
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
                  .least = start->log_level});
    auto plan = read_plan(start->configuration_fd);
    if (!plan) return fail(plan.error());
    std::optional<plan::Plan> previous;
    if (start->adopted_configuration_fd >= 0)
        if (auto old = read_plan(start->adopted_configuration_fd)) previous = std::move(*old);
    if (start->reload) plan->engine.startup_delay = Duration{0};  // it is for the start of the daemon
    vrrp::identify(*plan);
    prepare(*plan);
    auto loop = os::EventLoop::create();
    if (!loop) return fail(loop.error());
    const os::Confinement files = confinement_of(*start, *plan);
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
    give_up_the_rest(files);  // everything is open, and nothing from the network has been read
    const auto status = (*process)->run();
    return status ? *status : fail(status.error());
}
