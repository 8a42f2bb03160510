// holdfastd: the core process. Reads the command line and the configuration, then supervises.
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <iostream>

#include "config/dump.h"
#include "core/configuration.h"
#include "core/daemon.h"
#include "core/options.h"
#include "core/pid_files.h"
#include "core/supervisor.h"
#include "os/log.h"
#include "os/privileges.h"
#include "os/small_files.h"
#include "plan/access.h"

namespace {

using namespace holdfast;
using core::Options;

std::string absolute(const std::string& path) {
    if (path.empty() || path.front() == '/') return path;
    char* current = getcwd(nullptr, 0);
    const std::string directory = current != nullptr ? current : "";
    std::free(current);  // NOLINT: getcwd allocates with malloc
    return directory + "/" + path;
}

// What an option says, else what systemd says, else the usual place.
std::string directory_of(const std::string& option, const char* variable, const char* usual) {
    if (!option.empty()) return absolute(option);
    const char* given = std::getenv(variable);
    return given != nullptr && given[0] == '/' ? given : usual;
}

std::string own_path() {
    std::array<char, PATH_MAX> room{};
    const ssize_t size = readlink("/proc/self/exe", room.data(), room.size());
    return {room.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
}

// Words that need no daemon; nothing: go on.
std::optional<int> answer_at_once(const core::ParsedOptions& parsed) {
    for (const std::string& error : parsed.errors)
        std::cerr << parsed.options.program << ": " << error << "\n";
    if (!parsed.errors.empty()) {
        std::cerr << "Try " << parsed.options.program << " --help\n";
        return 1;
    }
    if (parsed.options.version) {
        std::cerr << core::version_banner(parsed.options);
        return 0;
    }
    if (parsed.options.help) {
        std::cerr << core::usage(parsed.options.program);
        return 0;
    }
    if (parsed.options.signal_name) {
        const auto number = core::signal_number(*parsed.options.signal_name);
        if (!number) {
            std::cerr << "unknown signal " << *parsed.options.signal_name
                      << "; known: STOP RELOAD DATA STATS STATS_CLEAR JSON TDUMP\n";
            return 1;
        }
        std::cout << *number << "\n";
        return 0;
    }
    for (const std::string& stray : parsed.options.strays)
        std::cerr << "unexpected argument ignored: " << stray << "\n";
    if (parsed.options.test) return core::test_configuration(parsed.options);
    return std::nullopt;
}

// Orders that come before anybody can serve them wait; else they would end the process.
void hold_signals() {
    sigset_t held;
    sigemptyset(&held);
    for (const int number : {SIGHUP, SIGUSR1, SIGUSR2, SIGRTMIN + 2, SIGRTMAX - 1, SIGRTMAX})
        sigaddset(&held, number);
    sigprocmask(SIG_BLOCK, &held, nullptr);
}

std::string default_log_file() {
    return os::temporary_directory() + "/keepalived.log";
}

void open_log(const Options& options) {
    os::open_log({.identifier = options.as_keepalived ? "Keepalived" : "holdfastd",
                  .facility = options.log_facility,
                  .system = options.log_system,
                  .console = options.log_console,
                  .file = options.log_file.value_or(""),
                  .least = options.log_detail > 0 ? os::Level::debug : os::Level::info});
}

// A refusal is for whoever started us, too: the log may be far away.
int refuse(const std::string& why, int status, core::Background& background) {
    os::log(os::Level::error, why);
    std::cerr << why << "\n";
    background.tell_parent(status);
    return status;
}

}  // namespace

int main(int argc, char** argv) {
    core::ParsedOptions parsed = core::parse_options(argc, argv);
    if (const auto status = answer_at_once(parsed)) return *status;
    Options& options = parsed.options;
    if (options.log_file)
        options.log_file = options.log_file->empty() ? default_log_file() : absolute(*options.log_file);
    for (std::string* path :
         {&options.configuration_file, &options.pid_file, &options.vrrp_pid_file, &options.checkers_pid_file})
        *path = absolute(*path);
    const std::string directory =
        directory_of(options.runtime_directory, "RUNTIME_DIRECTORY", "/run/holdfast");
    options.state_directory = directory_of(options.state_directory, "STATE_DIRECTORY", "/var/lib/holdfast");
    signal(SIGPIPE, SIG_IGN);
    hold_signals();
    os::set_process_name(options.as_keepalived ? "keepalived" : "holdfastd");
    if (options.core_dumps) {
        const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
        if (setrlimit(RLIMIT_CORE, &unlimited) != 0)
            std::cerr << "core files cannot be allowed: the limit was refused\n";
    }

    core::Background background;
    open_log(options);
    std::optional<core::Legacy> legacy = core::take_legacy();
    if (legacy && legacy->re_executed && legacy->log_level) os::set_log_level(*legacy->log_level);
    const std::string path = core::configuration_path(options);
    // Who goes on does so with the configuration that is in force, whatever has become of the file.
    auto configuration = legacy ? core::read_configuration_in_force(options, legacy->configuration.get())
                                : core::read_configuration(options, path);
    if (!configuration) return refuse(configuration.error().text(), 1, background);
    const core::PidPaths pids = core::pid_paths(options, configuration->config, directory);
    if (const pid_t running = core::running_daemon(pids.core); running != 0) {
        std::cerr << options.program << " is already running with process id " << running << "\n";
        return 0;
    }
    if (!legacy) {
        os::log(os::Level::notice,
                std::string{options.as_keepalived ? "Holdfast as keepalived" : "Holdfast"} +
                    " " HOLDFAST_VERSION " starts with " + path);
        core::log_findings(configuration->diagnostics);
    }
    if (!options.without_effect.empty()) {
        std::string all;
        for (const std::string& option : options.without_effect)
            all += " " + option;
        os::log(os::Level::info, "options without effect in this build:" + all);
    }
    if (const int status = legacy ? 0 : core::refusal(configuration->diagnostics, options); status != 0) {
        for (const config::Diagnostic& finding : configuration->diagnostics.all())
            if (finding.rank != config::Class::notice)
                std::cerr << configuration->diagnostics.render(finding);
        return refuse("not started: the configuration has errors that stop it", status, background);
    }
    // Until here whoever started us still sees what is said.
    if (!options.foreground && !(legacy && legacy->re_executed)) {
        auto entered = core::Background::enter(options.log_console);
        if (!entered) return refuse(entered.error().text(), 1, background);
        background = std::move(*entered);
    }
    umask(plan::plan_umask(configuration->config.global, options.umask));
    for (const std::string& used : {pids.core, pids.vrrp, pids.checker, directory + "/"}) {
        const std::string folder = used.substr(0, used.rfind('/'));
        if (access(folder.c_str(), F_OK) != 0) {
            const mode_t before = umask(022);
            mkdir(folder.c_str(), 0755);
            umask(before);
        }
    }
    if (options.dump_configuration) os::log(os::Level::info, config::dump(configuration->config));
    if (const auto missing = os::keep_only_needed_capabilities(os::Program::core); missing)
        for (const std::string& message : *missing)
            os::log(os::Level::warning, message);

    auto loop = os::EventLoop::create();
    if (!loop) return refuse(loop.error().text(), 1, background);
    core::Supervisor supervisor{**loop,
                                {.options = options,
                                 .argv = {argv, argv + argc},
                                 .program = own_path(),
                                 .configuration_path = path,
                                 .runtime_directory = directory,
                                 .pid_paths = pids},
                                std::move(background)};
    const auto status = supervisor.run(std::move(*configuration), std::move(legacy));
    if (!status) {
        os::log(os::Level::error, status.error().text());
        std::cerr << status.error().text() << "\n";
        return 1;
    }
    return *status;
}
