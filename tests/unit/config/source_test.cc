// One test per rule of the lexical grammar. Lines are written as "words", "{" and "}" joined by " | ".
#include "config/source.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "support/memory_files.h"

namespace holdfast::config {
namespace {

using Kind = Files::Kind;

struct Read {
    std::vector<Line> lines;
    Diagnostics diagnostics;
    std::string copy;

    // Words in [brackets] when they were quoted.
    std::string shown() const {
        std::string text;
        for (const Line& line : lines) {
            if (!text.empty()) text += " | ";
            if (line.kind == Line::Kind::open) text += "{";
            if (line.kind == Line::Kind::close) text += "}";
            for (std::size_t at = 0; at < line.words.size(); ++at) {
                const Word& word = line.words[at];
                text += (at == 0 ? "" : " ") + (word.quoted ? "[" + word.text + "]" : word.text);
            }
        }
        return text;
    }
    // "FILE:LINE:COLUMN HF1234" of all that counts.
    std::vector<std::string> findings() const {
        std::vector<std::string> found;
        for (const Diagnostic& one : diagnostics.all())
            if (one.rank != Class::notice)
                found.push_back(std::to_string(one.place.line) + ":" + std::to_string(one.place.column) +
                                " HF" + std::to_string(one.number));
        return found;
    }
    std::vector<std::string> notices() const {
        std::vector<std::string> found;
        for (const Diagnostic& one : diagnostics.all())
            if (one.rank == Class::notice) found.push_back(one.message);
        return found;
    }
};

using Findings = std::vector<std::string>;

Read read(Files& files, const std::string& path, ReadOptions options = {}) {
    Read result;
    Reader reader{files, path, std::move(options), result.diagnostics};
    while (auto line = reader.next())
        result.lines.push_back(std::move(*line));
    result.copy = reader.consolidated();
    return result;
}

Read read_text(const std::string& text, const std::string& config_id = "here") {
    test::MemoryFiles files;
    files.add("/etc/test.conf", text);
    return read(files, "/etc/test.conf", {.config_id = config_id, .include_check = {}, .random_seed = 1});
}

std::string lines_of(const std::string& text) {
    return read_text(text).shown();
}

// --- Bytes to lines

TEST(LexicalLine, EndsWithNewlineOrCarriageReturnAndNewline) {
    EXPECT_EQ(lines_of("a b\r\nc\r\r\n\n  \t\nd"), "a b | c | d");
}

TEST(LexicalLine, MayBe1023BytesLongAndALongerOneIsLeftOutWhole) {
    const std::string most(1023, 'x');
    const auto kept = read_text(most + "\nb\n");
    EXPECT_EQ(kept.shown(), most + " | b");
    EXPECT_TRUE(kept.findings().empty());
    // keepalived reads the last byte as a line of its own.
    const auto dropped = read_text(most + "y\nb\n");
    EXPECT_EQ(dropped.shown(), "b");
    EXPECT_EQ(dropped.findings(), (Findings{"1:1 HF1005"}));
}

TEST(LexicalLine, WithAZeroByteIsLeftOut) {
    const auto found = read_text(std::string{"a\nb\0c\nd", 7});
    EXPECT_EQ(found.shown(), "a | d");
    EXPECT_EQ(found.findings(), (Findings{"2:2 HF1006"}));
}

TEST(LexicalLine, TakesBytesAbove127AsLetters) {
    EXPECT_EQ(lines_of("\xef\xbb\xbf"
                       "a \xc3\xa9\xff"),
              "\xef\xbb\xbf"
              "a \xc3\xa9\xff");
}

TEST(LexicalLine, IsNotContinuedByABackslash) {
    EXPECT_EQ(lines_of("priority \\\n100"), "priority\\ | 100");
}

TEST(LexicalComment, BeginsWithHashOrBangOutsideDoubleQuotes) {
    EXPECT_EQ(lines_of("a b#c\nd ! e\n# f\n\"g # h ! i\" j"), "a b | d | [g # h ! i] j");
}

TEST(LexicalComment, IsNotHinderedBySingleQuotes) {
    EXPECT_EQ(lines_of("a 'b # c'"), "a 'b");
}

TEST(LexicalComment, IsNotBegunByAnEscapedSignWhichStandsForItself) {
    EXPECT_EQ(lines_of(R"(a \#b \!c \d)"), R"(a #b !c \d)");
    EXPECT_EQ(lines_of(R"("a \#b")"), R"([a \#b])");
}

TEST(LexicalQuote, MakesOneWordThatMayBeEmptyAndEndsTheWordBefore) {
    EXPECT_EQ(lines_of(R"(a "b  c" "" d"e f"g)"), "a [b  c] [] d [e f] g");
}

TEST(LexicalQuote, ThatIsNeverClosedLosesTheRestOfTheLineOnly) {
    const auto found = read_text("a b \"c d\ne");
    EXPECT_EQ(found.shown(), "a b | e");
    EXPECT_EQ(found.findings(), (Findings{"1:5 HF1007"}));
    EXPECT_EQ(found.diagnostics.all()[0].rank, Class::unmatched_quote);
}

TEST(LexicalQuote, IsReportedOnceThoughTheLineIsExpanded) {
    EXPECT_EQ(read_text("$A=1\nb ${A} \"c").findings(), (Findings{"2:8 HF1007"}));
}

TEST(LexicalWord, IsSeparatedByAnyWhiteSpace) {
    EXPECT_EQ(lines_of("a\tb\fc\vd  e"), "a b c d e");
}

TEST(LexicalWord, KnowsItsColumn) {
    const auto found = read_text("  ab \t\"c d\"  e");
    ASSERT_EQ(found.lines.size(), 1u);
    const auto& words = found.lines[0].words;
    ASSERT_EQ(words.size(), 3u);
    EXPECT_EQ(words[0].column, 3u);
    EXPECT_EQ(words[1].column, 7u);
    EXPECT_EQ(words[2].column, 14u);
    EXPECT_EQ(found.lines[0].text, "ab \t\"c d\"  e");
}

TEST(LexicalBrace, StandsAloneWhereverItIsWritten) {
    for (const char* text : {"a { b }", "a {\nb }", "a\n{\nb\n}", "a{b}", "a{\n b}"})
        EXPECT_EQ(lines_of(text), "a | { | b | }") << text;
    EXPECT_EQ(lines_of("a { b c\n}"), "a | { | b c | }");
    EXPECT_EQ(lines_of("}}{"), "} | } | {");
}

TEST(LexicalBrace, InsideDoubleQuotesIsALetter) {
    EXPECT_EQ(lines_of("a \"{ b }\" {"), "a [{ b }] | {");
}

TEST(LexicalBrace, OfAnUndefinedReferenceStaysInItsWord) {
    EXPECT_EQ(lines_of("a ${NONE}b ${_NONE x 1} { c"), "a ${NONE}b ${_NONE x 1} | { | c");
    EXPECT_EQ(lines_of("a ${ b }"), "a $ | { | b | }");
}

TEST(LexicalBrace, KnowsItsPlace) {
    const auto found = read_text("\na{b}");
    ASSERT_EQ(found.lines.size(), 4u);
    EXPECT_EQ(found.lines[1].place.line, 2u);
    EXPECT_EQ(found.lines[1].place.column, 2u);
    EXPECT_EQ(found.lines[3].place.column, 4u);
}

// --- Conditions

TEST(LexicalCondition, KeepsTheLineWhenTheIdIsOurs) {
    EXPECT_EQ(lines_of("@here a\n@there b\n@^here c\n@^there d\n@HERE e\n@here\tf"), "a | d | f");
}

TEST(LexicalCondition, WithoutTextIsDropped) {
    EXPECT_EQ(lines_of("@here\na\n@there"), "a");
}

TEST(LexicalCondition, AppliesToDefinitionsBracesAndIncludes) {
    EXPECT_EQ(lines_of("@here $A=1\n@there $A=2\na $A\n@here {\n@there {"), "a 1 | {");
}

TEST(LexicalCondition, IsInterpretedOnceInALine) {
    EXPECT_EQ(lines_of("@here @there a"), "@there a");
}

TEST(LexicalCondition, MayComeOutOfAReference) {
    EXPECT_EQ(lines_of("$ON=@here\n$OFF=@there\n$ON a\n$OFF b"), "a");
}

TEST(LexicalCondition, ThatDoesNotHoldLeavesOutAllLinesOfADefinition) {
    EXPECT_EQ(lines_of("@there $A= \\\n b \\\n c\nd"), "d");
}

// --- Include

struct Tree : test::MemoryFiles {
    explicit Tree(const std::string& main) { add("/etc/main.conf", main); }
    Read read_all(IncludeCheck check = {}) {
        return config::read(*this, "/etc/main.conf",
                            {.config_id = "here", .include_check = check, .random_seed = 0});
    }
};

TEST(LexicalInclude, ReadsFilesInSortedOrderRelativeToTheIncludingOne) {
    Tree tree{"a\ninclude conf.d/*.conf\nz"};
    tree.add("/etc/conf.d/2.conf", "c");
    tree.add("/etc/conf.d/1.conf", "b\ninclude sub/x\nb2");
    tree.add("/etc/conf.d/sub/x", "x");
    const auto found = tree.read_all();
    EXPECT_EQ(found.shown(), "a | b | x | b2 | c | z");
    EXPECT_TRUE(found.diagnostics.all().empty());
    EXPECT_EQ(found.diagnostics.file_name(found.lines[2].place.file), "/etc/conf.d/sub/x");
    EXPECT_EQ(found.lines[3].place.line, 3u);
}

TEST(LexicalInclude, StandsInsideABlockAndKnowsBraces) {
    Tree tree{"a {\ninclude {1,2}.conf\n}"};
    tree.add("/etc/1.conf", "b");
    tree.add("/etc/2.conf", "c");
    EXPECT_EQ(tree.read_all().shown(), "a | { | b | c | }");
}

TEST(LexicalInclude, InADefinitionComesBeforeTheRestOfIt) {
    Tree tree{"$A= \\\na \\\ninclude x \\\nb\n$A\nc"};
    tree.add("/etc/x", "x1\nx2");
    EXPECT_EQ(tree.read_all().shown(), "a | x1 | x2 | b | c");
}

TEST(LexicalInclude, WithoutMatchIsANoticeOnly) {
    const auto found = Tree{"include none\na"}.read_all();
    EXPECT_EQ(found.shown(), "a");
    EXPECT_EQ(found.notices(), (std::vector<std::string>{"no file matches none"}));
    EXPECT_EQ(found.diagnostics.count(), 0u);
    EXPECT_EQ(found.diagnostics.test_status(), 0);
}

TEST(LexicalInclude, StopsOnlyForTheMistakeThatItsWordAsksFor) {
    struct Case {
        const char* word;
        bool read, match, wildcard, brace;
    };
    for (const Case& one :
         {Case{"include", false, false, false, false}, Case{"includer", true, false, false, false},
          Case{"includem", true, true, false, false}, Case{"includew", true, true, true, false},
          Case{"includeb", true, false, false, true}, Case{"includea", true, true, true, true}}) {
        const auto stops = [&](const std::string& pattern) {
            Tree tree{one.word + (" " + pattern)};
            tree.add("/etc/there", "a");
            tree.add_special("/etc/program", Kind::executable);
            const auto found = tree.read_all();
            EXPECT_EQ(found.diagnostics.test_status(), found.diagnostics.stops() ? 4 : 0);
            return found.diagnostics.stops();
        };
        EXPECT_EQ(stops("program"), one.read) << one.word;
        EXPECT_EQ(stops("none"), one.match) << one.word;
        EXPECT_EQ(stops("none*"), one.wildcard) << one.word;
        EXPECT_EQ(stops("{there,none}"), one.brace) << one.word;
        EXPECT_FALSE(stops("there")) << one.word;
    }
}

TEST(LexicalInclude, AddsTheChecksOfTheFileWhichTheIncludedFileInheritsButNotThoseOfTheWord) {
    Tree strict{"include none"};
    EXPECT_TRUE(strict.read_all(IncludeCheck::all()).diagnostics.stops());
    Tree inherited{"include x"};
    inherited.add("/etc/x", "include none");
    EXPECT_TRUE(inherited.read_all(IncludeCheck::all()).diagnostics.stops());
    Tree word{"includea x"};
    word.add("/etc/x", "include none\nb");
    EXPECT_EQ(word.read_all().shown(), "b");
    EXPECT_FALSE(word.read_all().diagnostics.stops());
}

TEST(LexicalInclude, CheckSetInAFileEndsWithTheFile) {
    Tree tree{"include x\ninclude none"};
    tree.add("/etc/x", "include_check\ninclude gone");
    Diagnostics diagnostics;
    Reader reader{tree, "/etc/main.conf", {}, diagnostics};
    ASSERT_TRUE(reader.next());
    reader.set_include_check(IncludeCheck::all());
    EXPECT_TRUE(reader.include_check().match);
    EXPECT_FALSE(reader.next());
    ASSERT_EQ(diagnostics.all().size(), 2u);
    EXPECT_EQ(diagnostics.all()[0].consequence, Consequence::stops);
    EXPECT_EQ(diagnostics.all()[1].rank, Class::notice);
}

TEST(LexicalInclude, SkipsWhatIsNoPlainFile) {
    Tree tree{"include *\na"};
    tree.add("/etc/b", "b");
    tree.add_special("/etc/c", Kind::executable);
    tree.add_special("/etc/d", Kind::directory);
    tree.add_special("/etc/e", Kind::other);
    tree.add_special("/etc/f", Kind::unreadable);
    const auto found = tree.read_all();
    EXPECT_EQ(found.shown(), "b | a");
    EXPECT_EQ(found.notices().size(), 4u);
    EXPECT_EQ(found.findings(), (Findings{"1:9 HF1003"}));  // * matches the file itself, too
}

TEST(LexicalInclude, OfItselfIsFoundAndLeftOut) {
    Tree tree{"a\ninclude x\nb"};
    tree.add("/etc/x", "c\ninclude main.conf\nd");
    const auto found = tree.read_all();
    EXPECT_EQ(found.shown(), "a | c | d | b");
    EXPECT_EQ(found.findings(), (Findings{"2:9 HF1003"}));
}

TEST(LexicalInclude, NestsAtMost32FilesButHasAnyNumberSideBySide) {
    Tree deep{"include d1"};
    Tree wide{"include w*\na"};
    for (int at = 1; at < 50; ++at) {
        deep.add("/etc/d" + std::to_string(at), "include d" + std::to_string(at + 1));
        wide.add("/etc/w" + std::to_string(at), "include x");
    }
    wide.add("/etc/x", "x");
    EXPECT_EQ(deep.read_all().findings(), (Findings{"1:9 HF1003"}));
    EXPECT_TRUE(wide.read_all().findings().empty());
    EXPECT_EQ(wide.read_all().lines.size(), 50u);
}

TEST(LexicalInclude, OfFilesThatMultiplyEnds) {
    Tree tree{"include 0"};
    for (int at = 0; at < 30; ++at) {
        std::string text;
        for (int again = 0; again < 10; ++again)
            text += "include " + std::to_string(at + 1) + "\n";
        tree.add("/etc/" + std::to_string(at), text);
    }
    tree.add("/etc/30", "a");
    const auto found = tree.read_all();
    EXPECT_TRUE(found.diagnostics.stops());
    EXPECT_LE(found.lines.size(), 65536u);
}

TEST(LexicalInclude, WithBracesThatMultiplyIsRefused) {
    std::string pattern;
    for (int at = 0; at < 100; ++at)
        pattern += "{a,b}";
    EXPECT_EQ(Tree{"include " + pattern}.read_all().findings(), (Findings{"1:9 HF1002"}));
}

TEST(LexicalMain, FileThatDoesNotExistStops) {
    test::MemoryFiles files;
    const auto found = read(files, "/etc/none.conf");
    EXPECT_TRUE(found.diagnostics.stops());
    // keepalived's test mode ends with 0 here unless -e is given; a check that found no file is no success.
    EXPECT_EQ(found.diagnostics.test_status(), 4);
}

TEST(LexicalMain, PatternReadsAllThatMatchAndSaysSo) {
    test::MemoryFiles files;
    files.add("/etc/a.conf", "a");
    files.add("/etc/b.conf", "b");
    const auto found = read(files, "/etc/*.conf");
    EXPECT_EQ(found.shown(), "a | b");
    ASSERT_EQ(found.diagnostics.all().size(), 1u);
    EXPECT_EQ(found.diagnostics.all()[0].rank, Class::multiple_files);
}

TEST(LexicalMain, ThatIsEmptyIsValid) {
    EXPECT_TRUE(read_text("").diagnostics.all().empty());
    EXPECT_EQ(lines_of(""), "");
}

// --- Script words

using Strings = std::vector<std::string>;

TEST(ScriptWords, AreJoinedByQuotesOfBothKindsAndKeepEscapes) {
    EXPECT_EQ(split_script_words(R"(ab"c d"ef user group)"), (Strings{"abc def", "user", "group"}));
    EXPECT_EQ(split_script_words(R"("/x/y.sh 'a b'" u)"), (Strings{"/x/y.sh 'a b'", "u"}));
    EXPECT_EQ(split_script_words(R"('a "b' c)"), (Strings{"a \"b", "c"}));
    EXPECT_EQ(split_script_words(R"(a\ b "c\"d" '')"), (Strings{R"(a\ b)", R"(c\"d)", ""}));
    EXPECT_EQ(split_script_words("a\\"), Strings{"a\\\\"});
    EXPECT_EQ(split_script_words("  "), Strings{});
}

TEST(ScriptWords, NeedEveryQuoteClosed) {
    EXPECT_FALSE(split_script_words("\"a b"));
    EXPECT_FALSE(split_command("a 'b"));
}

TEST(ScriptCommand, InterpretsEscapes) {
    EXPECT_EQ(split_command(R"(\a\b\E\f\n\r\t\v)"), (Strings{"\a\b\x1b\f\n\r\t\v"}));
    EXPECT_EQ(split_command(R"(\101\1018\7x \x41\x4g\xg \cA\cz)"),
              (Strings{"AA8\ax", "A\x04gxg", "\x01\x1a"}));
    EXPECT_EQ(split_command(R"(a\ b \"c \\ d\)"), (Strings{"a b", "\"c", "\\", "d\\"}));
}

// --- Size

TEST(LexicalSize, TenMegabytesOfRandomBytesEndInABoundedNumberOfFindings) {
    std::string text(10u << 20, '\0');
    std::uint64_t state = 7;
    for (char& character : text) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        character = static_cast<char>(state >> 56);
    }
    const auto found = read_text(text);
    EXPECT_GT(found.diagnostics.count(), 10'000u);
    EXPECT_LT(found.diagnostics.all().size(), 5'000u);
}

TEST(LexicalSize, OfAHundredThousandLinesIsRead) {
    std::string text;
    for (int at = 0; at < 100'000; ++at)
        text += "    10.0.0." + std::to_string(at) + "/32 dev eth0\n";
    EXPECT_EQ(read_text(text).lines.size(), 100'000u);
}

}  // namespace
}  // namespace holdfast::config
