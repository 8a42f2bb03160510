#include "os/confinement.h"

#include <asm/ioctls.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/magic.h>
#include <linux/netlink.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <ctime>
#include <memory>
#include <type_traits>

#include "os/unique_fd.h"

namespace holdfast::os {

namespace {

// --- Files
// ----------------------------------------------------------------------------------------------------

// Newer than the headers of Debian 12.
constexpr std::uint64_t access_truncate = 1ULL << 14;   // version 3
constexpr std::uint64_t access_ioctl_dev = 1ULL << 15;  // version 5

constexpr std::uint64_t access_read = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t access_write = access_read | LANDLOCK_ACCESS_FS_WRITE_FILE | access_truncate;
constexpr std::uint64_t access_replace =
    access_write | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE;
constexpr std::uint64_t access_of_a_file = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |
                                           LANDLOCK_ACCESS_FS_WRITE_FILE | access_truncate | access_ioctl_dev;

std::uint64_t handled_by(long version) {
    constexpr std::uint64_t first = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
    return first | (version >= 2 ? LANDLOCK_ACCESS_FS_REFER : 0) | (version >= 3 ? access_truncate : 0) |
           (version >= 5 ? access_ioctl_dev : 0);
}

// A rule holds for the inode it was made with. procfs makes a new one when memory was short, unless somebody
// has the old one open.
bool must_stay_open(int fd) {
    struct statfs facts {};
    return fstatfs(fd, &facts) == 0 && facts.f_type == PROC_SUPER_MAGIC;
}

Result<void> add_rule(int ruleset, const std::string& path, std::uint64_t access) {
    static std::vector<UniqueFd> kept_open;
    UniqueFd fd{open(path.c_str(), O_PATH | O_CLOEXEC)};
    struct stat facts {};
    if (!fd || fstat(fd.get(), &facts) != 0) return {};
    if (!S_ISDIR(facts.st_mode)) access &= access_of_a_file;
    const landlock_path_beneath_attr rule{.allowed_access = access, .parent_fd = fd.get()};
    // EBADFD: pipes and sockets, which are in no directory and not restricted.
    if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0 && errno != EBADFD)
        return Error::system("limit the files of this process to " + path);
    if (must_stay_open(fd.get())) kept_open.push_back(std::move(fd));
    return {};
}

Result<std::vector<std::string>> limit_files(const Confinement& confinement) {
    const long version = syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1)
        return std::vector<std::string>{
            "this kernel has no Landlock: files of this process are limited by their mode only"};
    landlock_ruleset_attr attributes{};
    attributes.handled_access_fs = handled_by(version);
    const UniqueFd ruleset{
        static_cast<int>(syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0))};
    if (!ruleset) return Error::system("limit the files of this process");
    const auto allow = [&](const std::vector<std::string>& paths, std::uint64_t access) -> Result<void> {
        for (const std::string& path : paths)
            if (auto added = add_rule(ruleset.get(), path, access & attributes.handled_access_fs); !added)
                return added;
        return {};
    };
    if (auto done = allow(confinement.read, access_read); !done) return std::move(done).error();
    if (auto done = allow(confinement.write, access_write | access_ioctl_dev); !done)
        return std::move(done).error();
    if (auto done = allow(confinement.replace, access_replace); !done) return std::move(done).error();
    if (syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0)
        return Error::system("limit the files of this process");
    return std::vector<std::string>{};
}

// --- System calls
// ----------------------------------------------------------------------------------------------

// Names that an architecture lacks are passed over.
constexpr const char* allowed_calls[] = {
    // memory; mmap and mprotect are limited below
    "brk", "madvise", "membarrier", "mlock", "mlock2", "mremap", "munlock", "munmap",
    // open files
    "close", "close_range", "dup", "dup2", "dup3", "fcntl", "fstat", "fsync", "ftruncate", "lseek", "pipe",
    "pipe2", "pread64", "preadv", "pwrite64", "pwritev", "read", "readv", "write", "writev",
    // names of files
    "access", "faccessat", "faccessat2", "fchmod", "getcwd", "getdents64", "lstat", "newfstatat", "open",
    "openat", "readlink", "readlinkat", "rename", "renameat", "renameat2", "stat", "statx", "unlink",
    "unlinkat",
    // waiting
    "clock_nanosleep", "epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_pwait2", "epoll_wait", "eventfd2",
    "nanosleep", "pidfd_open", "poll", "ppoll", "pselect6", "restart_syscall", "select", "signalfd4",
    "timerfd_create", "timerfd_gettime", "timerfd_settime",
    // sockets; socket is limited below
    "bind", "connect", "getpeername", "getsockname", "getsockopt", "recvfrom", "recvmmsg", "recvmsg",
    "sendmmsg", "sendmsg", "sendto", "setsockopt", "shutdown",
    // signals; tgkill is limited below
    "rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigreturn", "rt_sigtimedwait", "sigaltstack",
    // this process and its clocks
    "capget", "clock_getres", "clock_gettime", "exit", "exit_group", "futex", "get_robust_list", "getcpu",
    "getegid", "geteuid", "getgid", "getpid", "getppid", "getrandom", "getresgid", "getresuid", "getrusage",
    "gettid", "gettimeofday", "getuid", "rseq", "sched_getaffinity", "sched_getparam", "sched_getscheduler",
    "sched_yield", "set_robust_list", "sysinfo", "time", "times", "uname"};

struct LimitedCall {
    const char* name;
    std::vector<scmp_arg_cmp> arguments;  // all of them must hold
};

scmp_arg_cmp equals(unsigned argument, std::uint64_t value) {
    return {.arg = argument, .op = SCMP_CMP_EQ, .datum_a = value, .datum_b = 0};
}

scmp_arg_cmp masked(unsigned argument, std::uint64_t mask, std::uint64_t value) {
    return {.arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value};
}

// The upper half of an int's register is anything.
scmp_arg_cmp int_equals(unsigned argument, std::uint64_t value) {
    return masked(argument, 0xffffffff, value);
}

std::vector<LimitedCall> limited_calls(const Confinement& confinement) {
    constexpr std::uint64_t type_mask = 0xf;         // without SOCK_CLOEXEC and SOCK_NONBLOCK
    constexpr std::uint64_t vma_names = 0x53564d41;  // PR_SET_VMA
    std::vector<LimitedCall> calls{
        // Datagrams reach the log; D-Bus, service managers and container engines all listen on streams.
        {"socket", {int_equals(0, AF_UNIX), masked(1, type_mask, SOCK_DGRAM)}},
        {"socket", {int_equals(0, AF_INET), masked(1, type_mask, SOCK_RAW)}},
        {"socket", {int_equals(0, AF_INET6), masked(1, type_mask, SOCK_RAW)}},
        {"socket", {int_equals(0, AF_PACKET), masked(1, type_mask, SOCK_RAW)}},
        {"socket", {int_equals(0, AF_NETLINK), int_equals(2, NETLINK_ROUTE)}},
        // New memory is data, for ever.
        {"mmap", {masked(2, PROT_EXEC, 0)}},
        {"mprotect", {masked(2, PROT_EXEC, 0)}},
        // Without CAP_KILL, too, root may end every process of root.
        {"tgkill", {int_equals(0, static_cast<std::uint64_t>(getpid()))}},
        {"prlimit64", {int_equals(0, 0), equals(2, 0)}},
        {"ioctl", {int_equals(1, TCGETS)}},
        {"ioctl", {int_equals(1, FIONREAD)}},
        {"prctl", {int_equals(0, PR_SET_NAME)}},
        {"prctl", {int_equals(0, PR_GET_NAME)}},
        {"prctl", {int_equals(0, vma_names)}},
    };
    const auto allow_internet = [&](std::uint64_t type) {
        for (const std::uint64_t family : {AF_INET, AF_INET6})
            calls.push_back({"socket", {int_equals(0, family), masked(1, type_mask, type)}});
    };
    if (confinement.datagrams || confinement.calls_hosts) allow_internet(SOCK_DGRAM);
    if (confinement.calls_hosts) allow_internet(SOCK_STREAM);
    if (confinement.calls_services)
        calls.push_back({"socket", {int_equals(0, AF_UNIX), masked(1, type_mask, SOCK_STREAM)}});
    if (confinement.lines) calls.push_back({"ioctl", {int_equals(1, TCSETS)}});
    return calls;
}

struct FreeFilter {
    void operator()(scmp_filter_ctx filter) const noexcept { seccomp_release(filter); }
};
using Filter = std::unique_ptr<std::remove_pointer_t<scmp_filter_ctx>, FreeFilter>;

Error filter_error(int result) {
    return Error::system("limit the system calls of this process", -result);
}

Result<void> allow(scmp_filter_ctx filter, const char* name,
                   const std::vector<scmp_arg_cmp>& arguments = {}) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number < 0) return {};
    const int result = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number,
                                              static_cast<unsigned>(arguments.size()), arguments.data());
    if (result < 0) return filter_error(result);
    return {};
}

Result<void> limit_calls(const Confinement& confinement) {
    const Filter filter{seccomp_init(SCMP_ACT_ERRNO(EPERM))};
    if (!filter) return filter_error(-ENOMEM);
    // A call in another architecture's numbering is refused like any other; the default would kill.
    int result = seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(EPERM));
    // A tree instead of a list: sendmmsg is far down the alphabet.
    if (result == 0) result = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (result < 0) return filter_error(result);
    for (const char* name : allowed_calls)
        if (auto allowed = allow(filter.get(), name); !allowed) return allowed;
    for (const LimitedCall& call : limited_calls(confinement))
        if (auto allowed = allow(filter.get(), call.name, call.arguments); !allowed) return allowed;
    if (confinement.accepts)
        if (auto allowed = allow(filter.get(), "accept4"); !allowed) return allowed;
    result = seccomp_load(filter.get());
    if (result < 0) return filter_error(result);
    return {};
}

}  // namespace

Result<std::vector<std::string>> confine(const Confinement& confinement) {
    tzset();  // later its file may be out of reach
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return Error::system("give up new privileges");
    auto missing = limit_files(confinement);
    // Each half stands without the other.
    auto limited = limit_calls(confinement);
    if (!limited) return std::move(limited).error();
    return missing;
}

}  // namespace holdfast::os
