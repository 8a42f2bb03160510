#include "os/confinement.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/landlock.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>

#include "os/unique_fd.h"

namespace holdfast::os {
namespace {

namespace fs = std::filesystem;

constexpr int vrrp = 112;  // IP protocol

// What a confined process says of each claim: the number of the first that does not hold, 0 when all do.
class Claims {
public:
    void holds(bool claim) {
        ++number_;
        if (!claim && first_ == 0) first_ = number_;
    }
    // The call failed, and because it may not be made.
    void refused(long result) { holds(result == -1 && errno == EPERM); }
    void unreachable(int fd) { holds(fd == -1 && errno == EACCES); }
    int first() const { return first_; }

private:
    int number_ = 0;
    int first_ = 0;
};

class Confined : public testing::Test {
protected:
    void SetUp() override {
        std::string name = fs::temp_directory_path() / "confinement.XXXXXX";
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        folder_ = name;
        for (const char* inner : {"read", "write", "replace", "outside"}) {
            fs::create_directory(folder_ / inner);
            std::ofstream{folder_ / inner / "file"} << "text";
        }
    }
    void TearDown() override { fs::remove_all(folder_); }

    std::string path(const char* inner) const { return folder_ / inner; }

    // In a child, because there is no way back. _exit: nothing of the test's is done twice.
    int first_broken(const std::function<void(Claims&)>& look) {
        const pid_t pid = fork();
        if (pid == 0) {
            const auto done = confine({.read = {path("read"), "/nonesuch"},
                                       .write = {path("write")},
                                       .replace = {path("replace")},
                                       .calls_hosts = calls_hosts_});
            Claims claims;
            if (done) look(claims);
            _exit(done ? claims.first() : 255);
        }
        int status = 0;
        EXPECT_EQ(waitpid(pid, &status, 0), pid);
        EXPECT_TRUE(WIFEXITED(status)) << "ended by signal " << WTERMSIG(status);
        return WEXITSTATUS(status);
    }

    fs::path folder_;
    bool calls_hosts_ = false;
};

bool has_landlock() {
    return syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0;
}

int open_file(const std::string& path, int flags) {
    return open(path.c_str(), flags | O_CLOEXEC, 0600);
}

TEST_F(Confined, OpensNoFileOutsideItsFolders) {
    if (!has_landlock()) GTEST_SKIP() << "this kernel has no Landlock";
    EXPECT_EQ(first_broken([&](Claims& claims) {
                  claims.unreachable(open_file("/etc/passwd", O_RDONLY));
                  claims.unreachable(open_file(path("outside/file"), O_RDONLY));
                  claims.unreachable(open_file(path("outside/file"), O_WRONLY));
                  claims.unreachable(open_file(path("outside/new"), O_WRONLY | O_CREAT));
                  claims.unreachable(open_file(path("read/file"), O_WRONLY));
                  claims.unreachable(open_file(path("write/new"), O_WRONLY | O_CREAT));
                  claims.holds(unlink(path("outside/file").c_str()) != 0);
                  claims.holds(rename(path("replace/file").c_str(), path("outside/file").c_str()) != 0);
              }),
              0);
}

TEST_F(Confined, UsesItsFolders) {
    EXPECT_EQ(first_broken([&](Claims& claims) {
                  claims.holds(open_file(path("read/file"), O_RDONLY) >= 0);
                  claims.holds(open_file(path("write/file"), O_RDWR | O_TRUNC) >= 0);
                  const int made = open_file(path("replace/new"), O_RDWR | O_CREAT | O_EXCL);
                  claims.holds(write(made, "new", 3) == 3 && fchmod(made, 0644) == 0 && close(made) == 0);
                  claims.holds(rename(path("replace/new").c_str(), path("replace/file").c_str()) == 0);
                  claims.holds(unlink(path("replace/file").c_str()) == 0);
              }),
              0);
}

TEST_F(Confined, CallsHostsOnlyWhenItIsItsTrade) {
    calls_hosts_ = true;
    EXPECT_EQ(first_broken([](Claims& claims) {
                  for (const int family : {AF_INET, AF_INET6})
                      for (const int type : {SOCK_STREAM, SOCK_DGRAM})
                          claims.holds(socket(family, type, 0) >= 0);
                  claims.refused(socket(AF_VSOCK, SOCK_STREAM, 0));
                  claims.refused(socket(AF_UNIX, SOCK_STREAM, 0));
              }),
              0);
}

TEST_F(Confined, OpensOnlySocketsOfItsTrade) {
    EXPECT_EQ(first_broken([](Claims& claims) {
                  claims.refused(socket(AF_VSOCK, SOCK_STREAM, 0));
                  claims.refused(socket(AF_ALG, SOCK_SEQPACKET, 0));
                  claims.refused(socket(AF_BLUETOOTH, SOCK_RAW, 0));
                  claims.refused(socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER));
                  claims.refused(socket(AF_INET, SOCK_STREAM, 0));
                  claims.refused(socket(AF_INET6, SOCK_DGRAM, 0));
                  claims.refused(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
                  claims.holds(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0) >= 0);
                  claims.holds(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0) >= 0);
                  // Without CAP_NET_RAW the kernel refuses these itself.
                  const bool may_raw = geteuid() == 0;
                  claims.holds(!may_raw || socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, vrrp) >= 0);
                  claims.holds(!may_raw || socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, vrrp) >= 0);
                  claims.holds(!may_raw || socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0) >= 0);
              }),
              0);
}

TEST_F(Confined, StartsNoProgramAndTouchesNoOtherProcess) {
    const pid_t parent = getpid();
    EXPECT_EQ(first_broken([parent](Claims& claims) {
                  char* const words[] = {const_cast<char*>("true"), nullptr};
                  claims.refused(execve("/bin/true", words, environ));
                  claims.refused(fork());
                  claims.refused(syscall(SYS_clone3, nullptr, 0));
                  claims.refused(kill(parent, 0));
                  claims.refused(syscall(SYS_tgkill, parent, parent, 0));
                  claims.refused(ptrace(PTRACE_TRACEME, 0, nullptr, nullptr));
                  claims.refused(syscall(SYS_pidfd_send_signal, 0, 0, nullptr, 0));
                  claims.refused(syscall(SYS_prlimit64, parent, 0, nullptr, nullptr));
              }),
              0);
}

TEST_F(Confined, ChangesNothingOfTheSystem) {
    EXPECT_EQ(first_broken([](Claims& claims) {
                  claims.refused(mount("none", "/tmp", "tmpfs", 0, nullptr));
                  claims.refused(unshare(CLONE_NEWUSER));
                  claims.refused(syscall(SYS_bpf, 0, nullptr, 0));
                  claims.refused(setuid(0));
                  claims.refused(syscall(SYS_capset, nullptr, nullptr));
                  const timespec now{};
                  claims.refused(clock_settime(CLOCK_REALTIME, &now));
                  claims.refused(prctl(PR_SET_DUMPABLE, 1));
                  claims.refused(reinterpret_cast<long>(
                      mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)));
              }),
              0);
}

TEST_F(Confined, WaitsReadsClocksAndGetsMemory) {
    EXPECT_EQ(first_broken([](Claims& claims) {
                  timespec now{};
                  claims.holds(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now) == 0);
                  const int epoll = epoll_create1(EPOLL_CLOEXEC);
                  epoll_event event{};
                  claims.holds(epoll_wait(epoll, &event, 1, 0) == 0);
                  void* memory =
                      mmap(nullptr, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                  claims.holds(memory != MAP_FAILED && munmap(memory, 1 << 20) == 0);
                  claims.holds(syscall(SYS_pidfd_open, getppid(), 0) >= 0);
                  claims.holds(prctl(PR_SET_NAME, "confined") == 0);
                  claims.holds(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == -1);  // not needed, hence refused
              }),
              0);
}

TEST_F(Confined, StillEndsItselfWhenItFindsABug) {
    const pid_t pid = fork();
    if (pid == 0) {
        if (!confine({})) _exit(1);
        signal(SIGABRT, SIG_DFL);
        std::abort();
    }
    int status = 0;
    ASSERT_EQ(waitpid(pid, &status, 0), pid);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT) << status;
}

}  // namespace
}  // namespace holdfast::os
