#include "checker/queue.h"

#include <gtest/gtest.h>

namespace holdfast::checker::testing {
namespace {

Job job(const std::string& owner, const std::string& what) {
    return {.owner = owner, .what = what, .command = {}, .arguments = {}};
}

std::string taken(Queue& queue) {
    const auto job = queue.take();
    return job ? job->what : "nothing";
}

TEST(Queue, JobsOfOneOwnerStartInOrderWithoutWaitingForOneAnother) {
    Queue queue;
    queue.push(job("a", "first"));
    queue.push(job("a", "second"));
    EXPECT_EQ(taken(queue), "first");
    EXPECT_EQ(taken(queue), "second");
    EXPECT_EQ(taken(queue), "nothing");
    EXPECT_EQ(queue.running(), 2U);
}

TEST(Queue, OwnersTakeTurns) {
    Queue queue;
    queue.push(job("a", "a1"));
    queue.push(job("a", "a2"));
    queue.push(job("b", "b1"));
    EXPECT_EQ(taken(queue), "a1");
    EXPECT_EQ(taken(queue), "b1");
    EXPECT_EQ(taken(queue), "a2");
}

TEST(Queue, AnOwnerWhoseScriptsHangKeepsNobodyElseWaiting) {
    Queue queue;
    for (std::size_t count = 0; count < Queue::most_running_of_one; ++count) {
        queue.push(job("stuck", "hangs"));
        EXPECT_EQ(taken(queue), "hangs");
    }
    queue.push(job("stuck", "waits"));
    EXPECT_EQ(taken(queue), "nothing");
    queue.push(job("other", "runs"));
    EXPECT_EQ(taken(queue), "runs");
    queue.finished("stuck");
    EXPECT_EQ(taken(queue), "waits");
}

TEST(Queue, NoMoreThanTheBoundRunAtOnce) {
    Queue queue;
    for (std::size_t count = 0; count < Queue::most_running; ++count) {
        queue.push(job(std::to_string(count), "runs"));
        EXPECT_EQ(taken(queue), "runs");
    }
    queue.push(job("late", "waits"));
    EXPECT_EQ(taken(queue), "nothing");
    EXPECT_EQ(queue.waiting(), 1U);
    queue.finished("17");
    EXPECT_EQ(taken(queue), "waits");
}

TEST(Queue, OnlyAFullQueueDropsAndThenTheOldestOfThatOwner) {
    Queue queue;
    for (std::size_t count = 0; count < Queue::most_running_of_one; ++count) {
        queue.push(job("a", "runs"));
        queue.take();
    }
    for (std::size_t count = 0; count < Queue::most_waiting_of_one; ++count)
        EXPECT_EQ(queue.push(job("a", std::to_string(count))), std::nullopt);
    const auto dropped = queue.push(job("a", "newest"));
    ASSERT_TRUE(dropped);
    EXPECT_EQ(dropped->what, "0");
    EXPECT_EQ(queue.push(job("b", "of another")), std::nullopt);
    queue.finished("a");
    EXPECT_EQ(taken(queue), "of another");
    EXPECT_EQ(taken(queue), "1");
}

TEST(Queue, ForgetsOwnersThatHaveNothingLeft) {
    Queue queue;
    queue.push(job("a", "only"));
    queue.take();
    queue.finished("a");
    EXPECT_EQ(queue.running(), 0U);
    EXPECT_EQ(queue.waiting(), 0U);
    EXPECT_EQ(taken(queue), "nothing");
}

}  // namespace
}  // namespace holdfast::checker::testing
