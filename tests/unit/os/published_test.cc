#include "os/published.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <string>
#include <thread>

namespace holdfast::os {
namespace {

using testing::HasSubstr;

std::string text_of(const std::optional<std::vector<std::uint8_t>>& read) {
    return read ? std::string{read->begin(), read->end()} : "nothing";
}

void write(PublishedPage& page, const std::string& text) {
    const auto room = page.begin();
    std::copy(text.begin(), text.end(), room.begin());
    page.publish(text.size());
}

struct Page {
    UniqueFd fd = *create_published_page(100);
    PublishedPage writer = *PublishedPage::map(fd.get());
    PublishedReader reader = *PublishedReader::map(fd.get());
};

TEST(PublishedPage, AReaderGetsTheLastCompleteEdition) {
    Page page;
    EXPECT_EQ(text_of(page.reader.read()), "nothing");
    write(page.writer, "one");
    EXPECT_EQ(text_of(page.reader.read()), "one");
    write(page.writer, "the second");
    EXPECT_EQ(text_of(page.reader.read()), "the second");
    EXPECT_EQ(page.reader.edition(), 2u);
}

TEST(PublishedPage, AnEditionInTheMakingIsNotSeenAndLeavesTheOneBefore) {
    Page page;
    write(page.writer, "one");
    const auto room = page.writer.begin();
    room[0] = 'x';
    page.writer.settle(1);
    EXPECT_EQ(text_of(page.reader.read()), "one");
    // Its writer died here; the next one begins anew.
    PublishedPage successor = *PublishedPage::map(page.fd.get());
    write(successor, "two");
    EXPECT_EQ(text_of(page.reader.read()), "two");
}

TEST(PublishedPage, PiecesThatAreSettledCountLikeAWhole) {
    Page page;
    const std::string text = "nineteen characters";
    const auto room = page.writer.begin();
    std::copy(text.begin(), text.end(), room.begin());
    for (const std::size_t settled : {3U, 11U, 11U, 18U})
        page.writer.settle(settled);
    page.writer.publish(text.size());
    EXPECT_EQ(text_of(page.reader.read()), text);
}

TEST(PublishedPage, AnEditionThatWasDamagedIsNotRead) {
    Page page;
    const auto room = page.writer.begin();
    page.writer.publish(20);
    room[5] = 1;
    EXPECT_EQ(text_of(page.reader.read()), "nothing");
}

TEST(PublishedPage, AReaderCannotWriteAndNobodyCanShrinkIt) {
    Page page;
    const auto reading = open_for_reading(page.fd.get());
    ASSERT_TRUE(reading) << reading.error().text();
    EXPECT_TRUE(PublishedReader::map(reading->get()));
    EXPECT_FALSE(PublishedPage::map(reading->get()));
    EXPECT_NE(ftruncate(page.fd.get(), 10), 0);
    EXPECT_EQ(errno, EPERM);
}

TEST(PublishedPage, ForeignMemoryIsRefused) {
    Page page;
    const std::uint64_t huge = 1ULL << 60;
    ASSERT_EQ(pwrite(page.fd.get(), &huge, sizeof huge, 16), 8);  // its capacity
    EXPECT_THAT(PublishedReader::map(page.fd.get()).error().text(), HasSubstr("size"));
    ASSERT_EQ(pwrite(page.fd.get(), &huge, sizeof huge, 0), 8);
    EXPECT_THAT(PublishedReader::map(page.fd.get()).error().text(), HasSubstr("version"));
    EXPECT_FALSE(create_published_page(std::size_t{1} << 40));
}

TEST(PublishedPage, AReaderNeverGetsAMixtureWhileTheWriterGoesOn) {
    const UniqueFd fd = *create_published_page(4096);
    const PublishedReader reader = *PublishedReader::map(fd.get());
    std::atomic<bool> done = false;
    std::thread writer{[&] {
        PublishedPage page = *PublishedPage::map(fd.get());
        for (int turn = 0; !done; ++turn) {
            const auto room = page.begin();
            std::fill(room.begin(), room.end(), static_cast<std::uint8_t>(turn));
            page.publish(room.size());
        }
    }};
    for (int seen = 0; seen < 200;) {
        const auto read = reader.read();
        if (!read) continue;
        ++seen;
        EXPECT_EQ(std::count(read->begin(), read->end(), read->front()), 4096);
    }
    done = true;
    writer.join();
}

}  // namespace
}  // namespace holdfast::os
