// The consolidated copy reads back to exactly the same lines, whatever they were made of.
#include "config/consolidated.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

#include "support/memory_files.h"

namespace holdfast::config {
namespace {

// All that a line says, as text.
std::string described(const Line& line, const Diagnostics& names) {
    std::string text = std::to_string(static_cast<int>(line.kind)) + " " + names.file_name(line.place.file) +
                       ":" + std::to_string(line.place.line) + ":" + std::to_string(line.place.column) +
                       " <" + line.text + ">";
    for (const Word& word : line.words)
        text += " " + std::to_string(word.column) + (word.quoted ? "q" : "") + "[" + word.text + "]";
    return text;
}

std::vector<std::string> all_lines(Reader& reader, const Diagnostics& names) {
    std::vector<std::string> lines;
    while (const auto line = reader.next())
        lines.push_back(described(*line, names));
    return lines;
}

struct Trip {
    std::vector<std::string> first;
    std::vector<std::string> second;
    std::string copy;
    Diagnostics second_findings;
};

Trip there_and_back(const std::string& text) {
    test::MemoryFiles files;
    files.add("/etc/main.conf", text);
    files.add("/etc/odd\nname", "x {\n y \"z\"\n}\n");
    files.set_environment("TWO_LINES", "a\nb \"c");
    Diagnostics diagnostics;
    Reader reader{files, "/etc/main.conf", {.config_id = "here", .most_expanded_lines = 1000}, diagnostics};
    Trip trip;
    trip.first = all_lines(reader, diagnostics);
    trip.copy = reader.consolidated();
    const auto again = Reader::of_consolidated(trip.copy, trip.second_findings);
    trip.second = all_lines(*again, trip.second_findings);
    return trip;
}

// Pieces that mean something, and bytes that do not.
rc::Gen<std::string> configuration() {
    const auto piece = rc::gen::element<std::string>(
        "$A=", "$A", "${A}", "${B}x", "$B= \\\n", " \\\n", "\n", "\n", "{", "}", "\"", " ", "\t", "word", "#",
        "!", "\\#", "@here ", "@there ", "~SEQ(A,1,3) ", "~LST({A,B},{1,2},{3}) ", "include odd*\n",
        "include main.conf\n", "${_ENV TWO_LINES}", "${_HASH}", "\r", "\v", "\xff", "\xc3\xa9", ":",
        "W 0 1 1:");
    const auto byte = rc::gen::map(rc::gen::arbitrary<char>(), [](char one) { return std::string(1, one); });
    return rc::gen::map(
        rc::gen::container<std::vector<std::string>>(rc::gen::oneOf(piece, piece, piece, byte)),
        [](const std::vector<std::string>& pieces) {
            std::string text;
            for (const std::string& one : pieces)
                text += one;
            return text;
        });
}

TEST(Consolidated, ReadsBackToTheSameLinesWhateverTheyWere) {
    EXPECT_TRUE(rc::check("copy of any configuration", [] {
        const Trip trip = there_and_back(*configuration());
        RC_ASSERT(trip.first == trip.second);
        RC_ASSERT(trip.second_findings.all().empty());
    }));
}

TEST(Consolidated, KeepsColumnsThatAnExpansionMade) {
    const Trip trip = there_and_back("$A=1 2 3\nx ${A} y\n~SEQ(N,1,2) z $N { }");
    EXPECT_EQ(trip.first.size(), 7u);
    EXPECT_EQ(trip.first, trip.second);
}

TEST(Consolidated, TellsAnOpenQuoteOnlyOnce) {
    const Trip trip = there_and_back("a \"b");
    EXPECT_EQ(trip.first, trip.second);
    EXPECT_TRUE(trip.second_findings.all().empty());
}

TEST(Consolidated, NamesEachFileOnceAndHoldsNoCommentsOrDefinitions) {
    const Trip trip = there_and_back("# secret\n$A=unused\na b\ninclude odd*\nc");
    EXPECT_EQ(trip.copy.find("secret"), std::string::npos);
    EXPECT_EQ(trip.copy.find("unused"), std::string::npos);
    EXPECT_EQ(trip.copy.find("main.conf"), trip.copy.rfind("main.conf"));
    EXPECT_EQ(trip.first, trip.second);
}

TEST(Consolidated, ThatIsBrokenStops) {
    const Trip trip = there_and_back("a b\nc {\n}");
    // Every text that is cut off or altered somewhere is read to its end without harm.
    for (std::size_t at = 0; at < trip.copy.size(); ++at) {
        std::string altered = trip.copy;
        altered[at] = 'X';
        for (const std::string& text : {trip.copy.substr(0, at), altered}) {
            Diagnostics findings;
            const auto reader = Reader::of_consolidated(text, findings);
            EXPECT_LE(all_lines(*reader, findings).size(), 4u);
        }
    }
    for (const char* text :
         {"W 0 1 1 1:a\n", "Z", "F 3:a\n", "F 1:a\nO 0 1:\n", "F 1:a\nW 0 1 99999999999 1:a\n"}) {
        Diagnostics findings;
        const auto reader = Reader::of_consolidated(text, findings);
        EXPECT_FALSE(reader->next());
        EXPECT_TRUE(findings.stops()) << text;
    }
}

}  // namespace
}  // namespace holdfast::config
