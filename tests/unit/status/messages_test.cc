#include "status/messages.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

namespace holdfast::status::testing {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
}

std::set<std::string> all_matches(const std::string& text, const std::regex& pattern) {
    std::set<std::string> found;
    for (std::sregex_iterator match{text.begin(), text.end(), pattern}, end; match != end; ++match)
        found.insert((*match)[1]);
    return found;
}

TEST(Messages, EveryFindingOfTheConfigurationHasAnEntryAndTheReverse) {
    const fs::path config = fs::path{HOLDFAST_SOURCE_DIR} / "src/config";
    const std::regex number{"= (1[0-9]{3})[,;]"};
    std::set<std::string> used = all_matches(text_of(config / "lexical_numbers.h"), number);
    used.merge(all_matches(text_of(config / "values.h"), number));
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
    const std::set<std::string> said = all_matches(source, std::regex{"Number::([a-z_]+)"});
    const std::set<std::string> known =
        all_matches(text_of(fs::path{HOLDFAST_SOURCE_DIR} / "src/status/messages.def"),
                    std::regex{"HF_EVENT\\([0-9]+, ([a-z_]+),"});
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
