#include "status/recording.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/status/examples.h"

namespace holdfast::status {
namespace {

using testing::HasSubstr;

const RecordingHead head{
    .end = RunEnd::crashed, .boot = "5f0c2a36-0000-4000-8000-123456789abc", .saved_ms = 1795248000123};

TEST(ARecording, IsReadAsItWasWritten) {
    const auto read = decode_recording(encode(head, written(example_routers())));
    ASSERT_TRUE(read) << read.error().text();
    EXPECT_EQ(read->head, head);
    EXPECT_EQ(read->routers.instances.at(0).transitions.at(0).cause, "started");
}

TEST(ARecording, ThatIsCutAnywhereIsRefused) {
    const std::string file = encode(head, written(example_routers()));
    for (std::size_t size = 0; size < file.size(); ++size)
        EXPECT_FALSE(decode_recording(std::string_view{file}.substr(0, size))) << size;
}

TEST(ARecording, OfAnotherVersionIsRefusedWithAWord) {
    std::string file = encode(head, written(example_routers()));
    const std::size_t snapshot = file.find('\n') + 1;
    std::string older = file;
    older[snapshot + 2] = 1;
    EXPECT_THAT(decode_recording(older).error().text(), HasSubstr("form 1"));
    file.replace(file.find(" 1 "), 3, " 2 ");
    EXPECT_THAT(decode_recording(file).error().text(), HasSubstr("another version"));
    for (const char* line : {"", "\n", "holdfast-history 1 \n", "holdfast-history 1 ended x 1\n"})
        EXPECT_FALSE(decode_recording(line)) << line;
}

TEST(ARecordingsName, SaysItsPlaceInTheOrder) {
    EXPECT_EQ(recording_name(42), "00000042.run");
    EXPECT_EQ(recording_number("00000042.run"), 42u);
    EXPECT_EQ(recording_number(recording_name(4294967295U)), 4294967295U);
    for (const char* name :
         {"", ".run", "42.run", "00000042.ru", "0000004x.run", "000000042.run", "-0000042.run"})
        EXPECT_EQ(recording_number(name), std::nullopt) << name;
}

}  // namespace
}  // namespace holdfast::status
