#include "os/passing.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <thread>

namespace holdfast::os {
namespace {

using namespace std::chrono_literals;

// Answers one request with whatever it is given, as what was asked for.
std::thread giver(int socket, Result<std::vector<int>> answer) {
    return std::thread{[socket, answer = std::move(answer)] {
        Result<std::optional<Wanted>> asked = std::optional<Wanted>{};
        while (!asked || !*asked) {
            std::this_thread::yield();
            asked = take_descriptor_request(socket);
        }
        give_descriptors(socket, **asked, answer);
    }};
}

ino_t inode_of(int fd) {
    struct stat facts {};
    fstat(fd, &facts);
    return facts.st_ino;
}

TEST(AnAskedDescriptor, LeadsToWhatTheGiverOpened) {
    auto pair = *passing_pair();
    std::array<int, 2> ends{};
    ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
    const UniqueFd reading{ends[0]};
    const UniqueFd writing{ends[1]};
    std::thread other = giver(pair.first.get(), std::vector{writing.get()});
    const auto got = ask_for_descriptors(pair.second.get(), Wanted::connection, 10s);
    other.join();
    ASSERT_TRUE(got) << got.error().text();
    ASSERT_EQ(got->size(), 1U);
    const int fd = (*got)[0].get();
    EXPECT_NE(fd, writing.get());
    EXPECT_TRUE(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    ASSERT_EQ(write(fd, "x", 1), 1);
    char byte = 0;
    EXPECT_EQ(read(reading.get(), &byte, 1), 1);
}

TEST(SeveralAskedDescriptors, KeepTheirPlacesWhenOneIsMissing) {
    auto pair = *passing_pair();
    std::array<int, 2> ends{};
    ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
    const UniqueFd one{ends[0]};
    const UniqueFd other_end{open("/dev/null", O_RDONLY | O_CLOEXEC)};
    const UniqueFd unused{ends[1]};
    std::thread other = giver(pair.first.get(), std::vector{one.get(), -1, other_end.get()});
    const auto got = ask_for_descriptors(pair.second.get(), Wanted::generation, 10s);
    other.join();
    ASSERT_TRUE(got) << got.error().text();
    ASSERT_EQ(got->size(), 3U);
    EXPECT_EQ(inode_of((*got)[0].get()), inode_of(one.get()));
    EXPECT_FALSE((*got)[1]);
    EXPECT_EQ(inode_of((*got)[2].get()), inode_of(other_end.get()));
}

TEST(AnAskedDescriptor, ThatCannotBeGivenCarriesTheReason) {
    auto pair = *passing_pair();
    std::thread other = giver(pair.first.get(), Error::system("connect", ECONNREFUSED));
    const auto got = ask_for_descriptors(pair.second.get(), Wanted::connection, 10s);
    other.join();
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().error_number(), ECONNREFUSED);
}

TEST(AnAskedDescriptor, IsNotWaitedForEver) {
    auto pair = *passing_pair();
    const auto got = ask_for_descriptors(pair.second.get(), Wanted::connection, 1ms);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().error_number(), ETIMEDOUT);
}

TEST(AnAskedDescriptor, IsNotTheLateAnswerToTheQuestionBefore) {
    auto pair = *passing_pair();
    ASSERT_FALSE(ask_for_descriptors(pair.second.get(), Wanted::connection, 1ms));
    ASSERT_TRUE(*take_descriptor_request(pair.first.get()));
    give_descriptors(pair.first.get(), Wanted::connection, Error::system("connect", ENOENT));
    const auto got = ask_for_descriptors(pair.second.get(), Wanted::connection, 1ms);
    EXPECT_EQ(got.error().error_number(), ETIMEDOUT);
}

TEST(AnAskedDescriptor, IsNotTheAnswerToAnotherQuestion) {
    auto pair = *passing_pair();
    const UniqueFd fd{open("/dev/null", O_RDONLY | O_CLOEXEC)};
    std::thread other{[&] {
        Result<std::optional<Wanted>> asked = std::optional<Wanted>{};
        while (!asked || !*asked)
            asked = take_descriptor_request(pair.first.get());
        give_descriptors(pair.first.get(), Wanted::connection, std::vector{fd.get()});
    }};
    const auto got = ask_for_descriptors(pair.second.get(), Wanted::generation, 10s);
    other.join();
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().error_number(), EPROTO);
}

TEST(ARequestForADescriptor, SaysWhatIsWanted) {
    auto pair = *passing_pair();
    ASSERT_FALSE(ask_for_descriptors(pair.second.get(), Wanted::generation, 1ms));
    EXPECT_EQ(*take_descriptor_request(pair.first.get()), Wanted::generation);
}

TEST(ARequestForADescriptor, ThatDoesNotExistIsRefused) {
    auto pair = *passing_pair();
    ASSERT_EQ(write(pair.second.get(), "?", 1), 1);
    const auto asked = take_descriptor_request(pair.first.get());
    ASSERT_FALSE(asked);
    EXPECT_EQ(asked.error().error_number(), EPROTO);
}

TEST(ARequestForADescriptor, EndsWithTheOneWhoAsks) {
    auto pair = *passing_pair();
    EXPECT_FALSE(take_descriptor_request(pair.first.get()));  // nobody has asked
    pair.second.reset();
    const auto asked = take_descriptor_request(pair.first.get());
    ASSERT_TRUE(asked);
    EXPECT_FALSE(*asked);
    give_descriptors(pair.first.get(), Wanted::connection, Error::system("connect", ENOENT));  // is lost
}

}  // namespace
}  // namespace holdfast::os
