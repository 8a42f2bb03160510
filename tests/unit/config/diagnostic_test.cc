// How findings are counted, what exit status they make and how they look.
#include "config/diagnostic.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace holdfast::config {
namespace {

int status_of(const std::vector<Class>& ranks) {
    Diagnostics diagnostics;
    for (const Class rank : ranks)
        diagnostics.add({.rank = rank, .message = "x"});
    return diagnostics.test_status();
}

TEST(TestStatus, IsZeroWithoutFindingsAndWithNoticesOnly) {
    EXPECT_EQ(status_of({}), 0);
    EXPECT_EQ(status_of({Class::notice, Class::notice}), 0);
}

TEST(TestStatus, IsThatOfTheHighestClass) {
    for (const Class rank : {Class::file_not_found, Class::bad_interface, Class::fatal})
        EXPECT_EQ(status_of({rank}), 4);
    for (const Class rank :
         {Class::multiple_files, Class::unknown_keyword, Class::unexpected_open, Class::missing_open,
          Class::unexpected_close, Class::missing_close, Class::unmatched_quote, Class::invalid_number,
          Class::general_error, Class::warning, Class::deprecated})
        EXPECT_EQ(status_of({rank, Class::fatal}), 5);
    EXPECT_EQ(status_of({Class::security, Class::general_error}), 6);
}

TEST(TestStatus, IsTwoWhenAWordIsMissingWhateverElseThereIs) {
    EXPECT_EQ(status_of({Class::security, Class::missing_parameter, Class::warning}), 2);
}

TEST(Findings, AreCountedButForNotices) {
    Diagnostics diagnostics;
    diagnostics.add({.rank = Class::notice});
    diagnostics.add({.rank = Class::warning, .consequence = Consequence::none});
    EXPECT_EQ(diagnostics.count(), 1u);
    EXPECT_FALSE(diagnostics.stops());
    diagnostics.add({.rank = Class::fatal, .consequence = Consequence::stops});
    EXPECT_TRUE(diagnostics.stops());
}

TEST(Findings, OfOneKindAreCappedAndTheLastOneSaysHowManyMoreThereAre) {
    Diagnostics diagnostics;
    for (int times = 0; times < 1500; ++times)
        diagnostics.add({.rank = Class::unknown_keyword, .message = "x"});
    diagnostics.add({.rank = Class::unknown_keyword, .consequence = Consequence::stops, .message = "last"});
    EXPECT_EQ(diagnostics.count(), 1501u);
    ASSERT_EQ(diagnostics.all().size(), 1002u);
    EXPECT_EQ(diagnostics.all()[1000].message, "500 more findings of this kind, here and further down");
    EXPECT_EQ(diagnostics.all()[1000].number, 1000);
    EXPECT_EQ(diagnostics.all()[1001].message, "last");
}

std::string rendered(std::string_view line, Diagnostic diagnostic) {
    Diagnostics diagnostics;
    diagnostic.place.file = diagnostics.add_file("a.conf");
    diagnostics.add_line(diagnostic.place, line);
    return diagnostics.render(diagnostic);
}

TEST(Rendered, ShowsPlaceMessageLineCaretAndWhatWasExpected) {
    EXPECT_EQ(rendered("  prioritty 100", {.number = 1100,
                                           .rank = Class::unknown_keyword,
                                           .consequence = Consequence::none,
                                           .place = {.line = 7, .column = 3},
                                           .length = 9,
                                           .message = "unknown keyword",
                                           .expected = "a keyword",
                                           .suggestion = "priority"}),
              "a.conf:7:3: error: unknown keyword [HF1100]\n"
              "      prioritty 100\n"
              "      ^~~~~~~~~\n"
              "    expected: a keyword\n"
              "    did you mean 'priority'?\n");
}

TEST(Rendered, AnotherPlaceIsQuotedWithTheWordThatBeginsThere) {
    Diagnostics diagnostics;
    const Place place{.file = diagnostics.add_file("b.conf"), .line = 7, .column = 3};
    diagnostics.add_line(place, "  priority 100");
    EXPECT_EQ(diagnostics.quote(place, "compare with this"),
              "b.conf:7:3: note: compare with this\n"
              "      priority 100\n"
              "      ^~~~~~~~\n");
    EXPECT_EQ(diagnostics.word_length({.line = 7, .column = 900}), 1u);
    EXPECT_EQ(diagnostics.quote({.file = 9, .line = 1, .column = 1}, "x"), "configuration:1:1: note: x\n");
}

TEST(Rendered, NamesTheSeverityAndTheConsequence) {
    const auto shown = [](Class rank, Consequence consequence) {
        Diagnostics diagnostics;
        diagnostics.add_file("a.conf");
        return diagnostics.render_short(
            {.number = 1, .rank = rank, .consequence = consequence, .message = "m"});
    };
    EXPECT_EQ(shown(Class::notice, Consequence::ignored), "a.conf: notice: m [HF1]");
    EXPECT_EQ(shown(Class::deprecated, Consequence::none), "a.conf: warning: m [HF1]");
    EXPECT_EQ(shown(Class::fatal, Consequence::ignored), "a.conf: error: m (left out) [HF1]");
    EXPECT_EQ(shown(Class::security, Consequence::stops),
              "a.conf: warning: m (the daemon does not start with it) [HF1]");
}

// The line and the caret line below it.
std::string caret(std::string_view line, std::uint32_t column, std::uint32_t length) {
    const std::string text =
        rendered(line, {.place = {.line = 1, .column = column}, .length = length, .message = "m"});
    return text.substr(text.find('\n') + 1);
}

TEST(Caret, StaysAlignedBehindTabs) {
    EXPECT_EQ(caret("\ta\tbc", 4, 2), "    \ta\tbc\n    \t \t^~\n");
}

TEST(Caret, StaysAlignedBehindLettersOfSeveralBytes) {
    EXPECT_EQ(caret("\xc3\xa9 \xe2\x82\xac x", 8, 1), "    \xc3\xa9 \xe2\x82\xac x\n        ^\n");
}

TEST(Caret, StaysAlignedBehindEscapedBytes) {
    EXPECT_EQ(caret("\x1b[a\xff x", 6, 1), "    \\x1b[a\\xff x\n               ^\n");
    EXPECT_EQ(caret("a\x07"
                    "b",
                    2, 1),
              "    a\\x07b\n     ^~~~\n");
}

TEST(Caret, MayStandBehindTheLine) {
    EXPECT_EQ(caret("ab", 3, 1), "    ab\n      ^\n");
    EXPECT_EQ(caret("ab", 900, 4), "    ab\n      ^\n");
    EXPECT_EQ(caret("", 1, 1), "    \n    ^\n");
}

TEST(Caret, StaysInAWindowOfALongLine) {
    const std::string shown = caret(std::string(500, 'a') + "b" + std::string(500, 'c'), 501, 400);
    const std::string first = shown.substr(0, shown.find('\n'));
    const std::string second = shown.substr(first.size() + 1);
    EXPECT_EQ(first, "    ..." + std::string(50, 'a') + "b" + std::string(49, 'c') + "...");
    EXPECT_EQ(second, "       " + std::string(50, ' ') + "^" + std::string(49, '~') + "\n");
}

TEST(Rendered, LetsNoControlByteThrough) {
    std::string every;
    for (int byte = 0; byte < 256; ++byte)
        every += static_cast<char>(byte);
    const std::string text = rendered(every, {.place = {.line = 1, .column = 40},
                                              .length = 900,
                                              .message = every + "\xc2\x9b\xef\xbb\xbf",
                                              .expected = every,
                                              .suggestion = every});
    for (const char character : text) {
        const auto byte = static_cast<unsigned char>(character);
        EXPECT_TRUE(byte == '\n' || byte == '\t' || (byte >= 0x20 && byte < 0x7f)) << int{byte};
    }
}

TEST(Nearest, FindsTheWordThatWasMeant) {
    const std::vector<std::string_view> known{"state",     "priority", "interface", "virtual_router_id",
                                              "auth_pass", "on",       "no"};
    EXPECT_EQ(nearest("prioritty", known), "priority");
    EXPECT_EQ(nearest("rpiority", known), "priority");
    EXPECT_EQ(nearest("virtual_roter_di", known), "virtual_router_id");
    EXPECT_EQ(nearest("INTERFACE", known), "interface");
    EXPECT_EQ(nearest("auth-pass", known), "auth_pass");
    EXPECT_EQ(nearest("stat", known), "state");
}

TEST(Nearest, KeepsStillWhenNothingIsNear) {
    const std::vector<std::string_view> known{"state", "priority", "x"};
    EXPECT_EQ(nearest("virtual", known), "");
    EXPECT_EQ(nearest("y", known), "");
    EXPECT_EQ(nearest("", known), "");
    EXPECT_EQ(nearest(std::string(5000, 's'), known), "");
    EXPECT_EQ(nearest("state", {}), "");
}

}  // namespace
}  // namespace holdfast::config
