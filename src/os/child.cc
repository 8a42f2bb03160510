#include "os/child.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <string_view>

namespace holdfast::os {

namespace {

// Everything the child needs, made before vfork: between vfork and exec nothing may be allocated.
struct Prepared {
    const SpawnOptions* options;
    std::vector<char*> argv;
    std::vector<char*> environment;
    int null_input;
};

// Where the child failed; written by it into the parent's memory, which vfork lets both see.
struct Failure {
    const char* step = nullptr;
    int error_number = 0;
};

std::vector<char*> pointers(const std::vector<std::string>& strings) {
    std::vector<char*> all;
    all.reserve(strings.size() + 1);
    for (const std::string& text : strings)
        all.push_back(const_cast<char*>(text.c_str()));
    all.push_back(nullptr);
    return all;
}

// Raw system calls: glibc's own would tell "all threads" in memory that is the parent's.
const char* change_identity(const Identity& identity) {
    if (syscall(SYS_setgroups, identity.groups.size(), identity.groups.data()) != 0) return "set its groups";
    if (syscall(SYS_setresgid, identity.gid, identity.gid, identity.gid) != 0) return "set its group";
    if (syscall(SYS_setresuid, identity.uid, identity.uid, identity.uid) != 0) return "set its user";
    return nullptr;
}

void forget_signals() {
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; ++number)
        sigaction(number, &standard, nullptr);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
}

const char* arrange_descriptors(const Prepared& prepared) {
    const SpawnOptions& options = *prepared.options;
    const int input = options.standard_input >= 0 ? options.standard_input : prepared.null_input;
    if (dup2(input, STDIN_FILENO) < 0) return "set its standard input";
    if (options.standard_output >= 0 && dup2(options.standard_output, STDOUT_FILENO) < 0)
        return "set its standard output";
    if (options.standard_error >= 0 && dup2(options.standard_error, STDERR_FILENO) < 0)
        return "set its standard error";
    for (const int fd : options.keep_open)
        if (fcntl(fd, F_SETFD, 0) != 0) return "keep a descriptor";
    return nullptr;
}

const char* become(const Prepared& prepared, pid_t parent) {
    const SpawnOptions& options = *prepared.options;
    forget_signals();
    if (options.own_process_group && setpgid(0, 0) != 0) return "get its own process group";
    if (options.normal_scheduling) {
        const sched_param normal{};
        sched_setscheduler(0, SCHED_OTHER, &normal);
        setpriority(PRIO_PROCESS, 0, 0);
    }
    if (!options.keeps_capabilities) prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (options.umask) umask(*options.umask);
    if (const char* failed = arrange_descriptors(prepared)) return failed;
    if (options.identity)
        if (const char* failed = change_identity(*options.identity)) return failed;
    if (options.parent_death_signal != 0) {  // after the identity: changing that clears it
        prctl(PR_SET_PDEATHSIG, options.parent_death_signal);
        if (getppid() != parent) return "find its parent alive";
    }
    execve(options.path.c_str(), prepared.argv.data(), prepared.environment.data());
    return "execute it";
}

}  // namespace

Result<pid_t> spawn(const SpawnOptions& options) {
    const int null_input = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null_input < 0) return Error::system("open /dev/null");
    Prepared prepared{.options = &options,
                      .argv = pointers(options.argv),
                      .environment = pointers(options.environment),
                      .null_input = null_input};
    volatile Failure failure{};
    const pid_t parent = getpid();
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);  // no handler may run in the shared memory
    const pid_t pid = vfork();  // NOLINT(clang-analyzer-security.insecureAPI.vfork): the point of this unit
    if (pid == 0) {
        failure.step = become(prepared, parent);
        failure.error_number = errno;
        _exit(127);
    }
    const int fork_error = errno;
    sigprocmask(SIG_SETMASK, &before, nullptr);
    close(null_input);
    if (pid < 0) return Error::system("start " + options.path, fork_error);
    if (failure.step != nullptr) {
        siginfo_t ended{};
        waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED);
        return Error::system("start " + options.path + ": could not " + const_cast<const char*>(failure.step),
                             failure.error_number);
    }
    return pid;
}

std::vector<gid_t> groups_of(uid_t uid, gid_t gid) {
    const passwd* user = getpwuid(uid);
    if (user == nullptr) return {};
    int count = 64;
    std::vector<gid_t> groups(static_cast<std::size_t>(count));
    if (getgrouplist(user->pw_name, gid, groups.data(), &count) < 0) {
        groups.resize(static_cast<std::size_t>(count));
        if (getgrouplist(user->pw_name, gid, groups.data(), &count) < 0) return {};
    }
    groups.resize(static_cast<std::size_t>(count));
    return groups;
}

std::vector<std::string> environment_without(const std::vector<std::string>& names) {
    std::vector<std::string> kept;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text{*entry};
        const std::string_view name = text.substr(0, text.find('='));
        if (std::find(names.begin(), names.end(), name) == names.end()) kept.emplace_back(text);
    }
    return kept;
}

}  // namespace holdfast::os
