#include "os/log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "os/unique_fd.h"

namespace holdfast::os {
namespace {

using namespace std::chrono_literals;

// Standard error is a pipe for as long as one test runs.
class ConsoleIsAPipe : public testing::Test {
protected:
    void SetUp() override {
        int ends[2];
        ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
        reading_.reset(ends[0]);
        kept_.reset(dup(STDERR_FILENO));
        dup2(ends[1], STDERR_FILENO);
        close(ends[1]);
        open_log({.identifier = "test", .system = false, .console = true});
    }
    void TearDown() override {
        dup2(kept_.get(), STDERR_FILENO);
        open_log({.identifier = "test", .system = false, .console = true});
    }
    std::string drain() {
        fcntl(reading_.get(), F_SETFL, O_NONBLOCK);
        std::string all;
        char room[65536];
        for (ssize_t size = 0; (size = read(reading_.get(), room, sizeof room)) > 0;)
            all.append(room, static_cast<std::size_t>(size));
        return all;
    }

    UniqueFd reading_;
    UniqueFd kept_;
};

TEST_F(ConsoleIsAPipe, ThatNobodyReadsBlocksNothingAndTheLossIsToldLater) {
    const std::uint64_t before = log_lines_dropped();
    const std::string line(200, 'x');
    for (int i = 0; i < 5000; ++i)
        log(Level::info, line);  // a pipe holds 64 KiB: this would hang
    EXPECT_GT(log_lines_dropped(), before);
    drain();
    log(Level::info, "read again");
    const std::string text = drain();
    EXPECT_NE(text.find(" log lines dropped"), std::string::npos) << text;
    EXPECT_NE(text.find("read again"), std::string::npos);
}

TEST(JournalId, IsThatOfTheNumberAMessageBeginsWith) {
    EXPECT_EQ(journal_id("HF2301 VI_1: something").size(), 32U);
    EXPECT_EQ(journal_id("HF2301 VI_1: something"), journal_id("HF2301"));
    EXPECT_NE(journal_id("HF2301"), journal_id("HF2302"));
    for (const char* none : {"", "HF", "HF23", "HF23x1 a", "HF23011 a", "VI_1: HF2301", "hf2301"})
        EXPECT_EQ(journal_id(none), "") << none;
}

TEST_F(ConsoleIsAPipe, DebugRecordsAreForDetailOnly) {
    log(Level::debug, "quiet");
    EXPECT_EQ(drain().find("quiet"), std::string::npos);
    open_log({.identifier = "test", .system = false, .console = true, .least = Level::debug});
    log(Level::debug, "loud");
    EXPECT_NE(drain().find("loud"), std::string::npos);
    set_log_level(Level::warning);
    EXPECT_EQ(log_level(), Level::warning);
    log(Level::notice, "a notice");
    log(Level::warning, "a warning");
    const std::string less = drain();
    EXPECT_EQ(less.find("a notice"), std::string::npos);
    EXPECT_NE(less.find("a warning"), std::string::npos);
}

TEST(RateLimit, LetsOneThroughAPeriodAndCountsTheRest) {
    RateLimit limit{10s};
    const Instant start{1s};
    EXPECT_EQ(limit.allow("a", start), 0u);
    EXPECT_EQ(limit.allow("a", start + 1s), std::nullopt);
    EXPECT_EQ(limit.allow("b", start + 1s), 0u) << "another key";
    EXPECT_EQ(limit.allow("a", start + 9s), std::nullopt);
    EXPECT_EQ(limit.allow("a", start + 10s), 2u);
    EXPECT_EQ(limit.allow("a", start + 20s), 0u);
}

TEST(RateLimit, ForgetsRatherThanGrows) {
    RateLimit limit{10s};
    for (int i = 0; i < 10000; ++i)
        EXPECT_TRUE(limit.allow(std::to_string(i), Instant{1s}));
}

}  // namespace
}  // namespace holdfast::os
