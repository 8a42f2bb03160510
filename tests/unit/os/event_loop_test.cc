#include "os/event_loop.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "os/unique_fd.h"

namespace holdfast::os {
namespace {

using testing::ElementsAre;
using namespace std::chrono_literals;

class Loop : public testing::Test {
protected:
    std::unique_ptr<EventLoop> loop_ = std::move(*EventLoop::create());
    std::vector<std::string> served_;
};

TEST_F(Loop, ServesDeadlinesBeforeTrafficBeforeBackgroundWork) {
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    const UniqueFd reading{ends[0]};
    const UniqueFd writing{ends[1]};
    ASSERT_EQ(write(writing.get(), "x", 1), 1);
    Source work;
    work = std::move(*loop_->work([&] {
        served_.emplace_back("work");
        work.enable(false);
    }));
    work.enable(true);
    auto traffic = std::move(*loop_->watch(reading.get(), EPOLLIN, Urgency::traffic, [&](std::uint32_t) {
        char room;
        EXPECT_EQ(read(reading.get(), &room, 1), 1);
        served_.emplace_back("traffic");
    }));
    auto timer = std::move(*loop_->timer(Urgency::deadline, [&] { served_.emplace_back("deadline"); }));
    timer.arm(EventLoop::now() - 1s);
    while (served_.size() < 3)
        ASSERT_TRUE(loop_->turn(1s));
    EXPECT_THAT(served_, ElementsAre("deadline", "traffic", "work"));
}

TEST_F(Loop, TimerIsNeverEarlyAndFiresAgainOnlyWhenArmedAgain) {
    Instant fired{};
    auto timer = std::move(*loop_->timer(Urgency::deadline, [&] { fired = EventLoop::now(); }));
    const Instant due = EventLoop::now() + 5ms;
    timer.arm(due);
    while (fired == Instant{})
        ASSERT_TRUE(loop_->turn(1s));
    EXPECT_GE(fired, due);
    fired = {};
    ASSERT_TRUE(loop_->turn(0s));
    EXPECT_EQ(fired, Instant{});
    timer.arm(due);  // the same instant again, long past
    ASSERT_TRUE(loop_->turn(1s));
    EXPECT_NE(fired, Instant{});
}

// As a child has a copy of every descriptor between vfork and exec.
TEST_F(Loop, DescriptorMayBeClosedInItsOwnCallbackAlthoughACopyLives) {
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    UniqueFd reading{ends[0]};
    const UniqueFd writing{ends[1]};
    const UniqueFd copy{fcntl(reading.get(), F_DUPFD_CLOEXEC, 0)};
    Source source;
    source = std::move(*loop_->watch(reading.get(), EPOLLIN, Urgency::traffic, [&](std::uint32_t) {
        served_.emplace_back("once");
        source = {};
        reading.reset();
    }));
    ASSERT_EQ(write(writing.get(), "x", 1), 1);
    ASSERT_TRUE(loop_->turn(1s));
    ASSERT_EQ(write(writing.get(), "x", 1), 1);
    auto timer = std::move(*loop_->timer(Urgency::background, [&] { served_.emplace_back("late"); }));
    timer.arm(EventLoop::now());
    while (served_.size() < 2)
        ASSERT_TRUE(loop_->turn(1s));
    EXPECT_THAT(served_, ElementsAre("once", "late"));
}

TEST_F(Loop, CallbackMayEndItsOwnSource) {
    Source source;
    source = std::move(*loop_->work([&] {
        served_.emplace_back("once");
        source = {};
    }));
    source.enable(true);
    ASSERT_TRUE(loop_->turn(1s));
    ASSERT_TRUE(loop_->turn(0s));
    EXPECT_THAT(served_, ElementsAre("once"));
}

}  // namespace
}  // namespace holdfast::os
