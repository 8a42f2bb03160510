#include "status/messages.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace holdfast::status::testing {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
}

// What stands behind each `before`, as far as it consists of these characters.
std::set<std::string> all_behind(const std::string& text, const std::string& before,
                                 const std::string& characters) {
    std::set<std::string> found;
    for (std::size_t at = text.find(before); at != std::string::npos; at = text.find(before, at + 1)) {
        const std::size_t begin = at + before.size();
        const std::size_t end = text.find_first_not_of(characters, begin);
        if (end > begin) found.insert(text.substr(begin, end - begin));
    }
    return found;
}

constexpr const char* digits = "0123456789";
constexpr const char* letters = "abcdefghijklmnopqrstuvwxyz_";

TEST(Messages, EveryFindingOfTheConfigurationHasAnEntryAndTheReverse) {
    const fs::path config = fs::path{HOLDFAST_SOURCE_DIR} / "src/config";
    std::set<std::string> used = all_behind(text_of(config / "lexical_numbers.h"), "= ", digits);
    used.merge(all_behind(text_of(config / "values.h"), " = ", digits));
    std::erase_if(used, [](const std::string& number) { return number.size() != 4; });
    ASSERT_GT(used.size(), 40U);
    std::set<std::string> known;
    for (const Message& message : all_messages())
        if (message.number < 2000) known.insert(std::to_string(message.number));
    EXPECT_EQ(known, used);
}

TEST(Messages, EveryEventIsSaidSomewhere) {
    std::string source;
    for (const auto& entry : fs::recursive_directory_iterator{fs::path{HOLDFAST_SOURCE_DIR} / "src"})
        if (entry.path().extension() == ".cc") source += text_of(entry.path());
    const std::set<std::string> said = all_behind(source, "Number::", letters);
    std::set<std::string> known;
    const std::string catalogue = text_of(fs::path{HOLDFAST_SOURCE_DIR} / "src/status/messages.def");
    for (const Message& message : all_messages())
        known.merge(all_behind(catalogue, "HF_EVENT(" + std::to_string(message.number) + ", ", letters));
    ASSERT_FALSE(known.empty());
    EXPECT_EQ(said, known);
}

TEST(Messages, AreInOrderAndComplete) {
    std::uint16_t last = 0;
    for (const Message& message : all_messages()) {
        EXPECT_GT(message.number, last);
        last = message.number;
        EXPECT_FALSE(message.text.empty());
        EXPECT_NE(message.text.back(), '.') << message.number;
        EXPECT_TRUE(message.explanation.ends_with(".")) << message.number;
        EXPECT_TRUE(message.remedy.ends_with(".")) << message.number;
    }
}

TEST(Messages, AreFoundByTheirNumber) {
    ASSERT_NE(find_message(1101), nullptr);
    EXPECT_EQ(find_message(1101)->text, "An unknown keyword");
    EXPECT_EQ(find_message(1), nullptr);
}

TEST(Messages, ANumberMayBeWrittenInSeveralWays) {
    EXPECT_EQ(number_of_label("HF1101"), 1101);
    EXPECT_EQ(number_of_label("hf1101"), 1101);
    EXPECT_EQ(number_of_label("1101"), 1101);
    for (const char* none : {"", "HF", "HF11x", "HF-1", "HF99999999"})
        EXPECT_EQ(number_of_label(none), std::nullopt) << none;
}

TEST(Messages, TheLogShowsTheNumberFirst) {
    EXPECT_EQ(labelled(Number::script_failed, "notify of VI_1 failed"), "HF2301 notify of VI_1 failed");
}

}  // namespace
}  // namespace holdfast::status::testing
