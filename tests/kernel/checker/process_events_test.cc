// The kernel's process connector. Needs root in the first namespaces of the host.
#include "checker/process_events.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>

#include "base/names.h"

namespace holdfast::checker {
namespace {

using namespace std::chrono_literals;

TEST(ProcessConnector, TellsOfAProcessFromItsBirthToItsEnd) {
    auto socket = open_process_events();
    if (!socket) GTEST_SKIP() << socket.error().text();
    auto loop = std::move(*os::EventLoop::create());
    std::map<std::int32_t, std::string> seen;  // of each process: f(orked) x(ecuted) e(nded)
    auto events = ProcessEvents::create(*loop, std::move(*socket), [&](const ProcessEvent& event) {
        std::visit(
            Overloaded{[&](const ProcessForked& forked) { seen[forked.child] += 'f'; },
                       [&](const ProcessExecuted& executed) { seen[executed.process] += 'x'; },
                       [&](const ProcessEnded& ended) { seen[ended.process] += 'e'; }, [](const auto&) {}},
            event);
    });
    ASSERT_TRUE(events);
    const pid_t child = fork();
    if (child == 0) {
        execl("/bin/true", "true", nullptr);
        _exit(1);
    }
    ASSERT_GT(child, 0);
    while (seen[child].find('e') == std::string::npos)
        ASSERT_TRUE(loop->turn(10s));
    EXPECT_EQ(seen[child], "fxe");
    waitpid(child, nullptr, 0);
}

}  // namespace
}  // namespace holdfast::checker
