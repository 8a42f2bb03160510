#include "checker/scripts.h"

#include <gtest/gtest.h>

#include <csignal>

#include "unit/checker/scratch.h"

namespace holdfast::checker::testing {
namespace {

class ScriptsTest : public Scratch {
protected:
    Scripts scripts(Guard guard = no_guard) {
        return {*loop_, std::move(guard), [this] { ++changes_; }};
    }
    int changes_ = 0;
};

TEST_F(ScriptsTest, ASlowScriptDelaysNothing) {
    Scripts scripts = this->scripts();
    // The first ends only when the second, of the same instance, has run.
    scripts.start(job(script("slow", "while [ ! -e second ]; do sleep 0.01; done; touch first")));
    scripts.start(job(script("fast", "touch second")));
    EXPECT_EQ(scripts.running(), 2U);
    EXPECT_TRUE(becomes_true([&] { return scripts.is_idle(); }));
    EXPECT_TRUE(exists("first"));
    EXPECT_EQ(changes_, 2);
}

TEST_F(ScriptsTest, AFailureIsLoggedOnceWithEverythingThatHelps) {
    Scripts scripts = this->scripts();
    scripts.start(job(script("s", "echo 'lock is held by 17'; kill -TERM $$")));
    ASSERT_TRUE(becomes_true([&] { return scripts.is_idle(); }));
    EXPECT_TRUE(logged("HF2301 notify of VI_1 failed: killed by SIGTERM after "));
    EXPECT_TRUE(logged(" (" + path("s") + " as user " + std::to_string(getuid()) +
                       "); it printed: lock is held by 17"));
}

TEST_F(ScriptsTest, ASuccessIsNoNews) {
    Scripts scripts = this->scripts();
    scripts.start(job(script("s", "echo fine")));
    ASSERT_TRUE(becomes_true([&] { return scripts.is_idle(); }));
    EXPECT_FALSE(logged("fine"));
}

TEST_F(ScriptsTest, WhatCannotBeStartedIsSaidAndTheNextOneRuns) {
    Scripts scripts = this->scripts();
    scripts.start(job({.path = path("missing"), .argv = {"missing"}, .uid = getuid(), .gid = getgid()}));
    EXPECT_TRUE(logged("HF2302 notify of VI_1 could not be run: "));
    EXPECT_TRUE(scripts.is_idle());
    scripts.start(job(script("s", "touch ran")));
    ASSERT_TRUE(becomes_true([&] { return scripts.is_idle(); }));
    EXPECT_TRUE(exists("ran"));
}

TEST_F(ScriptsTest, AFileThatIsNoLongerSafeIsNotRun) {
    Scripts scripts = this->scripts([](const plan::Command& command) -> Result<void> {
        return Error::invalid(command.path + " can be changed by others");
    });
    scripts.start(job(script("s", "touch ran")));
    EXPECT_TRUE(logged("can be changed by others"));
    EXPECT_TRUE(scripts.is_idle());
    EXPECT_FALSE(exists("ran"));
}

TEST_F(ScriptsTest, MoreThanMayRunOfOneInstanceWaitAndThenRunInOrder) {
    Scripts scripts = this->scripts();
    const plan::Command waits = script("waits", "while [ ! -e go ]; do sleep 0.01; done");
    for (std::size_t count = 0; count < Queue::most_running_of_one; ++count)
        scripts.start(job(waits));
    scripts.start(job(script("next", "touch next-ran")));
    EXPECT_EQ(scripts.running(), Queue::most_running_of_one);
    EXPECT_EQ(scripts.waiting(), 1U);
    EXPECT_TRUE(logged("HF2304 "));
    const plan::Command other = script("other", "touch other-ran");
    scripts.start(job(other, "INSTANCE VI_2"));
    ASSERT_TRUE(becomes_true([&] { return exists("other-ran"); }));
    EXPECT_FALSE(exists("next-ran"));
    std::ofstream{path("go")};
    ASSERT_TRUE(becomes_true([&] { return scripts.is_idle(); }));
    EXPECT_TRUE(exists("next-ran"));
}

TEST_F(ScriptsTest, AFullQueueDropsTheOldestAndSaysSo) {
    Scripts scripts = this->scripts();
    const plan::Command waits = script("waits", "while [ ! -e go ]; do sleep 0.01; done");
    for (std::size_t count = 0; count < Queue::most_running_of_one; ++count)
        scripts.start(job(waits));
    scripts.start(job(script("oldest", "touch oldest-ran")));
    const plan::Command later = script("later", "echo x >> later-ran");
    for (std::size_t count = 0; count < Queue::most_waiting_of_one; ++count)
        scripts.start(job(later));
    EXPECT_TRUE(logged("HF2303 notify of VI_1 is not run: "));
    std::ofstream{path("go")};
    ASSERT_TRUE(becomes_true([&] { return scripts.is_idle(); }));
    EXPECT_FALSE(exists("oldest-ran"));
    EXPECT_EQ(text("later-ran").size(), 2 * Queue::most_waiting_of_one);
}

TEST_F(ScriptsTest, AProcessLeftInTheBackgroundMayGoOnPrinting) {
    Scripts scripts = this->scripts();
    scripts.start(
        job(script("s", "(while [ ! -e go ]; do echo noise; sleep 0.01; done; echo last; touch alive) &")));
    ASSERT_TRUE(becomes_true([&] { return scripts.is_idle(); }));
    EXPECT_FALSE(scripts.is_silent());
    std::ofstream{path("go")};
    ASSERT_TRUE(becomes_true([&] { return scripts.is_silent(); }));
    EXPECT_TRUE(exists("alive"));  // no SIGPIPE
}

TEST_F(ScriptsTest, ASignalReachesWhatTheScriptStarted) {
    Scripts scripts = this->scripts();
    scripts.start(job(script("s", "touch begun; sleep 1000; touch survived")));
    ASSERT_TRUE(becomes_true([&] { return exists("begun"); }));
    scripts.signal(SIGTERM);
    ASSERT_TRUE(becomes_true([&] { return scripts.is_silent(); }));  // so the sleep is gone, too
    EXPECT_FALSE(exists("survived"));
}

}  // namespace
}  // namespace holdfast::checker::testing
