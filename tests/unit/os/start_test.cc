#include "os/start.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace holdfast::os {
namespace {

TEST(StartMessage, ArrivesAsItWasSentAndLeavesTheEnvironment) {
    StartMessage sent;
    sent.reload = true;
    sent.log_file = "/var/log/with blank = and equals";
    sent.runtime_directory = "/run/holdfast";
    sent.umask = 027;
    sent.metrics_fds = {1, 2};
    setenv(start_variable, encode(sent).c_str(), 1);
    const auto got = take_start_message();
    ASSERT_TRUE(got) << got.error().text();
    EXPECT_TRUE(got->reload);
    EXPECT_EQ(got->log_level, Level::info);
    EXPECT_EQ(got->log_file, sent.log_file);
    EXPECT_EQ(got->umask, 027u);
    EXPECT_EQ(got->page_fd, -1);
    EXPECT_EQ(got->metrics_fds, (std::vector<int>{1, 2}));
    EXPECT_EQ(std::getenv(start_variable), nullptr);
}

TEST(StartMessage, IsDemanded) {
    unsetenv(start_variable);
    EXPECT_FALSE(take_start_message());
    setenv(start_variable, "nonsense", 1);
    EXPECT_FALSE(take_start_message());
    for (const char* wrong : {"page_fd=x", "metrics_fds=1,x", "metrics_fds=1,,2"}) {
        setenv(start_variable, wrong, 1);
        EXPECT_FALSE(take_start_message()) << wrong;
    }
}

}  // namespace
}  // namespace holdfast::os
