#include "core/daemon.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "os/child.h"
#include "os/event_loop.h"
#include "os/log.h"

namespace holdfast::core {

Result<Background> Background::enter(bool keeps_standard_error) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return Error::system("create a pipe");
    os::UniqueFd reading{ends[0]};
    os::UniqueFd writing{ends[1]};
    const pid_t pid = fork();
    if (pid < 0) return Error::system("go to the background");
    if (pid > 0) {
        writing.reset();
        unsigned char status = 1;  // what a child that died without a word means
        while (read(reading.get(), &status, 1) < 0 && errno == EINTR) {
        }
        _exit(status);
    }
    setsid();
    if (chdir("/") != 0) return Error::system("change to /");
    const os::UniqueFd null{open("/dev/null", O_RDWR | O_CLOEXEC)};
    dup2(null.get(), STDIN_FILENO);
    dup2(null.get(), STDOUT_FILENO);
    if (!keeps_standard_error) dup2(null.get(), STDERR_FILENO);
    return Background{std::move(writing)};
}

void Background::tell_parent(int status) {
    if (!parent_) return;
    const auto byte = static_cast<unsigned char>(status);
    static_cast<void>(!write(parent_.get(), &byte, 1));
    parent_.reset();
}

namespace {

// Runs a program to its end, or kills its process group when the time is over.
Result<os::ChildExit> wait_for(const os::SpawnOptions& options, Duration at_most, const std::string& what) {
    const auto pid = os::spawn(options);
    if (!pid) return pid.error();
    const os::UniqueFd ended{static_cast<int>(syscall(SYS_pidfd_open, *pid, 0))};
    pollfd wait{.fd = ended.get(), .events = POLLIN, .revents = 0};
    const auto limit_ms = std::chrono::duration_cast<std::chrono::milliseconds>(at_most).count();
    if (poll(&wait, 1, static_cast<int>(limit_ms)) == 0) {
        os::log(os::Level::error, what + " did not end in time and is killed");
        kill(-*pid, SIGKILL);
    }
    siginfo_t how{};
    waitid(P_PID, static_cast<id_t>(*pid), &how, WEXITED);
    return os::ChildExit{.by_signal = how.si_code != CLD_EXITED, .value = how.si_status};
}

}  // namespace

bool is_runnable(const std::string& program) {
    constexpr Duration patience = std::chrono::seconds{2};
    const os::UniqueFd null{open("/dev/null", O_RDWR | O_CLOEXEC)};
    os::SpawnOptions options;
    options.path = program;
    options.argv = {program, "--version"};
    options.environment = os::environment_without({"NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC"});
    options.standard_output = options.standard_error = null.get();
    options.own_process_group = true;
    const auto exit = wait_for(options, patience, program + " --version");
    if (exit && !exit->by_signal && exit->value == 0) return true;
    os::log(os::Level::error, program + " cannot be run: " + (exit ? exit->text() : exit.error().text()));
    return false;
}

void run_and_wait(const config::Script& script, Duration at_most, const std::string& what) {
    os::SpawnOptions options;
    options.path = script.path;
    options.argv = script.argv;
    options.environment = os::environment_without({"IFS", "LD_PRELOAD", "LD_LIBRARY_PATH", "NOTIFY_SOCKET"});
    options.own_process_group = true;
    if (script.uid != getuid() || script.gid != getgid())
        options.identity = os::Identity{.uid = script.uid, .gid = script.gid, .groups = {}};
    const auto exit = wait_for(options, at_most, what);
    if (!exit) return os::log(os::Level::error, what + " could not be run: " + exit.error().text());
    if (exit->by_signal || exit->value != 0) os::log(os::Level::warning, what + " failed: " + exit->text());
}

}  // namespace holdfast::core
