#include "os/child.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "os/event_loop.h"
#include "os/unique_fd.h"

namespace holdfast::os {
namespace {

using namespace std::chrono_literals;

struct Run {
    ChildExit exit;
    std::string output;
};

Run run(SpawnOptions options) {
    auto loop = std::move(*EventLoop::create());
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    const UniqueFd reading{ends[0]};
    UniqueFd writing{ends[1]};
    options.standard_output = writing.get();
    const auto pid = spawn(options);
    EXPECT_TRUE(pid) << pid.error().text();
    writing.reset();
    Run result;
    bool ended = false;
    const auto source = loop->child(*pid, [&](ChildExit exit) {
        result.exit = exit;
        ended = true;
    });
    while (!ended)
        EXPECT_TRUE(loop->turn(1s));
    char room[4096];
    for (ssize_t size = 0; (size = read(reading.get(), room, sizeof room)) > 0;)
        result.output.append(room, static_cast<std::size_t>(size));
    return result;
}

SpawnOptions shell(const std::string& line) {
    SpawnOptions options;
    options.path = "/bin/sh";
    options.argv = {"sh", "-c", line};
    options.environment = {"PATH=/usr/bin:/bin", "GREETING=hello"};
    return options;
}

TEST(Spawn, GivesArgumentsEnvironmentAndNullInput) {
    EXPECT_EQ(run(shell("echo $GREETING; cat; echo $0")).output, "hello\nsh\n");
}

TEST(Spawn, TellsHowTheChildEnded) {
    EXPECT_EQ(run(shell("exit 3")).exit.text(), "exit status 3");
    EXPECT_EQ(run(shell("kill -9 $$")).exit.text(), "killed by SIGKILL");
}

TEST(Spawn, NamesTheStepThatFailed) {
    SpawnOptions options = shell("true");
    options.path = "/nowhere/program";
    const auto pid = spawn(options);
    ASSERT_FALSE(pid);
    EXPECT_EQ(pid.error().text(), "start /nowhere/program: could not execute it: No such file or directory");
    EXPECT_EQ(pid.error().error_number(), ENOENT);
}

TEST(Spawn, ClosesWhatItIsNotAskedToKeep) {
    const UniqueFd secret{open("/dev/null", O_RDONLY | O_CLOEXEC)};
    const UniqueFd shared{open("/dev/null", O_RDONLY | O_CLOEXEC)};
    SpawnOptions options =
        shell("[ -e /proc/self/fd/" + std::to_string(secret.get()) +
              " ] && echo leaked; [ -e /proc/self/fd/" + std::to_string(shared.get()) + " ] && echo kept");
    options.keep_open = {shared.get()};
    EXPECT_EQ(run(options).output, "kept\n");
}

TEST(Spawn, MakesAProcessGroupOfItsOwn) {
    SpawnOptions options = shell("[ $(ps -o pgid= -p $$) = $$ ] && echo own");
    options.own_process_group = true;
    EXPECT_EQ(run(options).output, "own\n");
}

TEST(EnvironmentWithout, LeavesOutWhatIsNamed) {
    setenv("LD_PRELOAD_TEST", "x", 1);
    setenv("KEPT_TEST", "y", 1);
    const auto kept = environment_without({"LD_PRELOAD_TEST"});
    EXPECT_NE(std::find(kept.begin(), kept.end(), "KEPT_TEST=y"), kept.end());
    EXPECT_EQ(std::find(kept.begin(), kept.end(), "LD_PRELOAD_TEST=x"), kept.end());
}

}  // namespace
}  // namespace holdfast::os
