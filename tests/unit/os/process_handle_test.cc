#include "os/process_handle.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace holdfast::os {
namespace {

TEST(ProcessHandle, SignalsAndTellsTheEnd) {
    const pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    auto handle = ProcessHandle::open(child);
    ASSERT_TRUE(handle);
    pollfd ended{.fd = handle->fd(), .events = POLLIN, .revents = 0};
    EXPECT_EQ(poll(&ended, 1, 0), 0);
    handle->signal(SIGKILL);
    EXPECT_EQ(poll(&ended, 1, 10000), 1);
    waitpid(child, nullptr, 0);
    handle->signal(SIGKILL);  // nobody is hit
    EXPECT_FALSE(ProcessHandle::open(child));
    EXPECT_FALSE(start_time_of(child));
}

TEST(StartTime, IsTheSameEachTimeAndIsAbsentForNobody) {
    ASSERT_TRUE(start_time_of(getpid()));
    EXPECT_EQ(start_time_of(getpid()), start_time_of(getpid()));
    EXPECT_FALSE(start_time_of(0));
}

}  // namespace
}  // namespace holdfast::os
