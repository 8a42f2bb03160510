#include "os/pages.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace holdfast::os {
namespace {

using Bytes = std::array<std::byte, 40>;

Bytes filled(int value) {
    Bytes bytes{};
    bytes.fill(static_cast<std::byte>(value));
    return bytes;
}

TEST(SealedText, CanBeReadAndNeverChanged) {
    const auto fd = sealed_text("test", "vrrp_instance VI {\n}\n");
    ASSERT_TRUE(fd);
    EXPECT_EQ(read_text(fd->get()).value(), "vrrp_instance VI {\n}\n");
    EXPECT_EQ(pwrite(fd->get(), "x", 1, 0), -1);
    EXPECT_EQ(ftruncate(fd->get(), 0), -1);
}

TEST(RecordPage, GivesBackWhatAnotherMappingWrote) {
    const auto fd = RecordPage::create(3, sizeof(Bytes));
    ASSERT_TRUE(fd);
    auto writer = RecordPage::map(fd->get());
    auto reader = RecordPage::map(fd->get());
    ASSERT_TRUE(writer && reader);
    EXPECT_EQ(reader->slots(), 3u);
    Bytes got = filled(9);
    EXPECT_FALSE(reader->read(1, got)) << "never written";
    writer->write(1, filled(1));
    writer->write(1, filled(2));
    ASSERT_TRUE(reader->read(1, got));
    EXPECT_EQ(got, filled(2));
    EXPECT_FALSE(reader->read(0, got));
}

TEST(RecordPage, RecordThatWasTornIsNotRead) {
    const auto fd = RecordPage::create(1, sizeof(Bytes));
    auto page = RecordPage::map(fd->get());
    page->write(0, filled(1));
    const char wrong = 'x';  // a byte in the middle of the record: past the page's header and the slot's
    ASSERT_EQ(pwrite(fd->get(), &wrong, 1, 64 + 16 + 20), 1);
    Bytes got = filled(9);
    EXPECT_FALSE(page->read(0, got));
    EXPECT_EQ(got, filled(9)) << "untouched";
}

TEST(RecordPage, RecordWhoseWriterDiedInItIsNotRead) {
    const auto fd = RecordPage::create(1, sizeof(Bytes));
    auto page = RecordPage::map(fd->get());
    page->write(0, filled(1));
    const std::uint64_t odd = 7;
    ASSERT_EQ(pwrite(fd->get(), &odd, sizeof odd, 64), static_cast<ssize_t>(sizeof odd));
    Bytes got{};
    EXPECT_FALSE(page->read(0, got));
}

TEST(RecordPage, ForeignOrCutMemoryIsNotMapped) {
    const auto text = sealed_text("test", std::string(4096, 'x'));
    EXPECT_FALSE(RecordPage::map(text->get()));
    const auto fd = RecordPage::create(100, sizeof(Bytes));
    ASSERT_EQ(ftruncate(fd->get(), 512), 0);
    EXPECT_FALSE(RecordPage::map(fd->get()));
}

TEST(ARecordPage, HasTheBeatOfItsWriter) {
    const auto fd = RecordPage::create(1, 8);
    ASSERT_TRUE(fd);
    auto writer = RecordPage::map(fd->get());
    auto reader = RecordPage::map(fd->get());
    ASSERT_TRUE(writer && reader);
    EXPECT_EQ(reader->last_beat(), Instant{});
    writer->beat(Instant{Duration{12345}});
    EXPECT_EQ(reader->last_beat(), Instant{Duration{12345}});
}

TEST(ARecordPage, OfAnotherVersionOrBootIsRefused) {
    for (const off_t where : {off_t{8}, off_t{24}}) {  // version, boot
        const auto fd = RecordPage::create(1, 8);
        ASSERT_TRUE(fd);
        std::uint32_t word = 0;
        ASSERT_EQ(pread(fd->get(), &word, sizeof word, where), static_cast<ssize_t>(sizeof word));
        ++word;
        ASSERT_EQ(pwrite(fd->get(), &word, sizeof word, where), static_cast<ssize_t>(sizeof word));
        EXPECT_FALSE(RecordPage::map(fd->get())) << where;
    }
}

}  // namespace
}  // namespace holdfast::os
