#include "os/passing.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <thread>

namespace holdfast::os {
namespace {

using namespace std::chrono_literals;

// Answers one request with whatever it is given.
std::thread giver(int socket, Result<UniqueFd> answer) {
    return std::thread{[socket, answer = std::move(answer)]() mutable {
        for (Result<bool> asked = false; !asked || !*asked; asked = take_descriptor_request(socket))
            std::this_thread::yield();
        give_descriptor(socket, answer);
    }};
}

TEST(AnAskedDescriptor, LeadsToWhatTheGiverOpened) {
    auto pair = *passing_pair();
    std::array<int, 2> ends{};
    ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
    const UniqueFd reading{ends[0]};
    std::thread other = giver(pair.first.get(), UniqueFd{ends[1]});
    const auto got = ask_for_descriptor(pair.second.get(), 10s);
    other.join();
    ASSERT_TRUE(got) << got.error().text();
    EXPECT_TRUE(fcntl(got->get(), F_GETFD) & FD_CLOEXEC);
    ASSERT_EQ(write(got->get(), "x", 1), 1);
    char byte = 0;
    EXPECT_EQ(read(reading.get(), &byte, 1), 1);
}

TEST(AnAskedDescriptor, ThatCannotBeGivenCarriesTheReason) {
    auto pair = *passing_pair();
    std::thread other = giver(pair.first.get(), Error::system("connect", ECONNREFUSED));
    const auto got = ask_for_descriptor(pair.second.get(), 10s);
    other.join();
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().error_number(), ECONNREFUSED);
}

TEST(AnAskedDescriptor, IsNotWaitedForEver) {
    auto pair = *passing_pair();
    const auto got = ask_for_descriptor(pair.second.get(), 1ms);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().error_number(), ETIMEDOUT);
}

TEST(AnAskedDescriptor, IsNotTheLateAnswerToTheQuestionBefore) {
    auto pair = *passing_pair();
    ASSERT_FALSE(ask_for_descriptor(pair.second.get(), 1ms));
    ASSERT_TRUE(*take_descriptor_request(pair.first.get()));
    give_descriptor(pair.first.get(), Error::system("connect", ENOENT));
    const auto got = ask_for_descriptor(pair.second.get(), 1ms);
    EXPECT_EQ(got.error().error_number(), ETIMEDOUT);
}

TEST(ARequestForADescriptor, EndsWithTheOneWhoAsks) {
    auto pair = *passing_pair();
    EXPECT_FALSE(take_descriptor_request(pair.first.get()));  // nobody has asked
    pair.second.reset();
    const auto asked = take_descriptor_request(pair.first.get());
    ASSERT_TRUE(asked);
    EXPECT_FALSE(*asked);
    give_descriptor(pair.first.get(), Error::system("connect", ENOENT));  // is lost
}

}  // namespace
}  // namespace holdfast::os
