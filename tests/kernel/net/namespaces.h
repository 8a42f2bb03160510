// Network namespaces for tests against the real kernel: each test makes its own, and they vanish with it.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

#include "base/address.h"
#include "net/links.h"
#include "net/netlink.h"
#include "os/unique_fd.h"

namespace holdfast::net::testing {

inline IpAddress ip(std::string_view text) {
    return IpAddress::parse(text).value();
}

// Runs `ip ARGUMENTS` in the present namespace.
inline void run_ip(const std::string& arguments) {
    ASSERT_EQ(std::system(("ip " + arguments).c_str()), 0) << arguments;
}

inline bool readable_within(int fd, int milliseconds) {
    pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};
    return poll(&waiting, 1, milliseconds) == 1;
}

// The present thread's namespace, to come back to.
class Namespace {
public:
    static Namespace present() {
        Namespace here;
        here.fd_ = os::UniqueFd{open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)};
        return here;
    }
    // Makes one and enters it.
    static Namespace fresh() {
        EXPECT_EQ(unshare(CLONE_NEWNET), 0);
        EXPECT_EQ(std::system("ip link set lo up"), 0);
        // No address that nobody asked for, and each usable at once.
        std::ofstream{"/proc/sys/net/ipv6/conf/default/addr_gen_mode"} << 1;
        std::ofstream{"/proc/sys/net/ipv6/conf/default/accept_dad"} << 0;
        return present();
    }
    void enter() const { ASSERT_EQ(setns(fd_.get(), CLONE_NEWNET), 0); }
    std::string path() const {
        return "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(fd_.get());
    }

private:
    os::UniqueFd fd_;
};

// Skips without root; starts in a namespace of its own and returns to the old one at the end.
class KernelTest : public ::testing::Test {
protected:
    void SetUp() override {
        if (geteuid() != 0) GTEST_SKIP() << "needs root for a network namespace";
        home_ = Namespace::present();
        here_ = Namespace::fresh();
    }
    void TearDown() override {
        if (geteuid() == 0) home_.enter();
    }

    Namespace home_;
    Namespace here_;
};

// Two hosts with a cable: near0 (192.0.2.1, 2001:db8::1, fe80::1) and far0 (the same with 2).
class TwoHostsTest : public KernelTest {
protected:
    void SetUp() override {
        KernelTest::SetUp();
        if (IsSkipped()) return;
        far_ = Namespace::fresh();
        here_.enter();
        run_ip("link add near0 type veth peer name far0 netns " + far_.path());
        configure("near0", "1");
        far_.enter();
        configure("far0", "2");
        far_index_ = index_of("far0");
        here_.enter();
        near_index_ = index_of("near0");
    }

    static void configure(const std::string& interface, const std::string& number) {
        run_ip("link set " + interface + " up");
        run_ip("addr add 192.0.2." + number + "/24 dev " + interface);
        run_ip("addr add 2001:db8::" + number + "/64 dev " + interface + " nodad");
        run_ip("addr add fe80::" + number + "/64 dev " + interface + " nodad");
    }
    static int index_of(const std::string& interface) {
        auto socket = CommandSocket::open().value();
        LinkTable table;
        Updates updates;
        EXPECT_TRUE(table.resync(socket, updates));
        const Link* link = table.find(interface);
        return link ? link->index : 0;
    }

    Namespace far_;
    int near_index_ = 0;
    int far_index_ = 0;
};

}  // namespace holdfast::net::testing
