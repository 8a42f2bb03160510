// Definitions, loops and predefined names, as they come out of a file.
#include "config/expand.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "support/memory_files.h"

namespace holdfast::config {
namespace {

struct Expansion {
    std::string text;  // "a b | c"
    std::vector<Line> lines;
    Diagnostics diagnostics;
};

constexpr std::size_t most_lines = 20'000;  // small enough to be reached at once

Expansion expand(const std::string& text, std::uint32_t seed = 1) {
    test::MemoryFiles files;
    files.add("/etc/conf/test.conf", text);
    files.set_environment("HOME_NET", "10.0.0.0/8");
    files.set_environment("TWO_LINES", "a\nb");
    Expansion result;
    Reader reader{
        files,
        "/etc/conf/test.conf",
        {.config_id = "node1", .include_check = {}, .random_seed = seed, .most_expanded_lines = most_lines},
        result.diagnostics};
    while (auto line = reader.next()) {
        if (!result.text.empty()) result.text += " | ";
        if (line->kind == Line::Kind::open) result.text += "{";
        if (line->kind == Line::Kind::close) result.text += "}";
        for (std::size_t at = 0; at < line->words.size(); ++at)
            result.text += (at == 0 ? "" : " ") + line->words[at].text;
        result.lines.push_back(std::move(*line));
    }
    return result;
}

std::string expanded(const std::string& text) {
    return expand(text).text;
}

std::size_t found(const std::string& text) {
    return expand(text).diagnostics.count();
}

// --- Definitions

TEST(Definition, ReplacesItsNameWhereABlankACommaAParenthesisOrTheEndFollows) {
    EXPECT_EQ(expanded("$A=x\n$A $A, $A) $Ab $A.c $A"), "x x, x) $Ab $A.c x");
}

TEST(Definition, InBracesReplacesItsNameAnywhere) {
    EXPECT_EQ(expanded("$A=x\n${A}b a${A} \"${A}\" ${A}${A}"), "xb ax x xx");
}

TEST(Definition, TakesTheRestOfTheLineWithoutCommentAsItsValue) {
    EXPECT_EQ(expanded("$A=  b \"c  d\" # e\n$A f"), "b c  d f");
    EXPECT_EQ(expanded("$E=\na${E}b"), "ab");
}

TEST(Definition, NeedsItsEqualsSignAtOnceAndAName) {
    EXPECT_EQ(expanded("$A =1"), "$A =1");
    EXPECT_EQ(expanded("$1=a\n$=b"), "$1=a | $=b");
}

TEST(Definition, MayBeReplacedAndIsExpandedWhereItIsUsed) {
    EXPECT_EQ(expanded("$A=$B\n$B=1\nx $A\n$B=2\nx $A\n$A=3\nx $A"), "x 1 | x 2 | x 3");
}

TEST(Definition, ThatIsUnknownStaysAsItIs) {
    EXPECT_EQ(expanded("a $B ${C}d ${A p}"), "a $B ${C}d ${A p}");
}

TEST(Definition, MayStandInKeywordsAndMakeBlocks) {
    EXPECT_EQ(expanded("$K=prio\n$B=a { b }\n${K}rity 1\n$B"), "priority 1 | a | { | b | }");
}

TEST(Definition, MayDefine) {
    EXPECT_EQ(expanded("$A=$B=7\n$A\nx $B"), "x 7");
}

TEST(Definition, ValueLosesWhatBecomesAComment) {
    EXPECT_EQ(expanded("a ${_HASH}b\na \"${_HASH}b\" \"${_BANG}\"\n$A=x\na ${A} \\#b"), "a | a #b ! | a x");
}

TEST(DefinitionOfLines, EndsBehindTheFirstLineWithoutABackslash) {
    EXPECT_EQ(expanded("$A= \\\n a 1 \\\n b { \\\n c \\\n }\nd\n$A\ne"), "d | a 1 | b | { | c | } | e");
}

TEST(DefinitionOfLines, EndsAtAnEmptyLineAndAtACommentOfItsOwnLineWhichIsSaid) {
    EXPECT_EQ(expanded("$A= \\\n a \\\n\nb\n$A"), "b | a");
    const auto comment = expand("$A= \\\n a \\\n# x \\\n b\n$A");
    EXPECT_EQ(comment.text, "b | a");
    EXPECT_EQ(comment.diagnostics.count(), 0u);
    EXPECT_EQ(comment.diagnostics.all().size(), 1u);
    EXPECT_EQ(expanded("$A= \\\n a \\ # x\n b\n$A"), "a | b");
}

TEST(DefinitionOfLines, HasLinesThatHoldNothing) {
    EXPECT_EQ(expanded("$A=\\\n\\\na \\\n\\\nb\n$A"), "a | b");
}

TEST(DefinitionOfLines, JoinsItsFirstLineToTheOneThatRefersToIt) {
    EXPECT_EQ(expanded("$A=1 \\\n b\nx $A"), "x 1 | b");
}

TEST(DefinitionOfLines, ExpandsOnlyAtTheEndOfALine) {
    EXPECT_EQ(expanded("$A= \\\n b \\\n c\n$A d\n${A}"), "$A d | b | c");
}

TEST(DefinitionOfLines, HoldsConditionsDefinitionsLoopsAndOtherDefinitions) {
    EXPECT_EQ(expanded("$I= \\\n i1 \\\n i2\n$A= \\\n@node1 a \\\n@node2 b \\\n $X=5 \\\n~SEQ(N,1,2) c $N $X "
                       "\\\n $I \\\n d"
                       "\n$A"),
              "a | c 1 5 | c 2 5 | i1 | i2 | d");
}

TEST(DefinitionOfLines, ThatBeginsWithAnotherGivesTheLinesOfThatOneFirst) {
    EXPECT_EQ(expanded("$L= \\\n f1 \\\n f2\n$M=$L \\\n g\n$M"), "f1 | f2 | g");
}

TEST(DefinitionOfLines, MayDefineItselfAnewWhileItIsRead) {
    EXPECT_EQ(expanded("$A= \\\n $A=b \\\n c\n$A\n$A"), "c | b");
}

TEST(DefinitionOfLines, PlacesItsLinesWhereTheyAreWritten) {
    const auto result = expand("$A= \\\n  b c\nx\n$A");
    ASSERT_EQ(result.lines.size(), 2u);
    EXPECT_EQ(result.lines[1].place.line, 2u);
    EXPECT_EQ(result.lines[1].words[1].column, 5u);
}

TEST(Definition, GivesItsWordsTheColumnOfTheReference) {
    const auto result = expand("$A=long value here\nab ${A} cd");
    ASSERT_EQ(result.lines.size(), 1u);
    const auto& words = result.lines[0].words;
    ASSERT_EQ(words.size(), 5u);
    EXPECT_EQ(words[1].column, 4u);
    EXPECT_EQ(words[3].column, 4u);
    EXPECT_EQ(words[4].column, 9u);
    EXPECT_EQ(result.lines[0].place.line, 2u);
}

TEST(Definition, ThatNeverEndsLeavesTheLineAsItIs) {
    const auto self = expand("$A=${A}\na $A");
    EXPECT_EQ(self.text, "a $A");
    EXPECT_EQ(self.diagnostics.count(), 1u);
    EXPECT_EQ(found("$A=${B}${B}\n$B=${A}${A}x\na $A"), 1u);
}

TEST(Definition, ThatDoublesFortyTimesLeavesTheLineAsItIs) {
    std::string text = "$A0=xx\n";
    for (int at = 1; at < 40; ++at) {
        const std::string inner = "${A" + std::to_string(at - 1) + "}";
        text.append("$A").append(std::to_string(at)).append("=").append(inner).append(inner).append("\n");
    }
    EXPECT_EQ(expanded(text + "a ${A3}"), "a " + std::string(16, 'x'));
    EXPECT_EQ(expanded(text + "a ${A39}"), "a ${A39}");
}

TEST(DefinitionOfLines, ThatRefersToItselfEnds) {
    const auto last = expand("$A= \\\n a \\\n $A\n$A");
    EXPECT_EQ(last.lines.size(), 32u);
    EXPECT_EQ(last.diagnostics.count(), 1u);
}

TEST(DefinitionOfLines, ThatRefersToItselfTwiceEndsAndStops) {
    const auto twice = expand("$A= \\\n $A \\\n $A\n$A\nb");
    EXPECT_EQ(twice.text, "");
    EXPECT_TRUE(twice.diagnostics.stops());
    EXPECT_LE(twice.diagnostics.all().size(), 1002u);
}

// --- Predefined names

TEST(Predefined, NamesAreKnown) {
    EXPECT_EQ(expanded("${_PWD} ${_INSTANCE} ${_ENV HOME_NET} \"${_ENV NONE}\" $_PWD"),
              "/etc/conf node1 10.0.0.0/8  /etc/conf");
}

TEST(Predefined, NamesMayBeOverridden) {
    EXPECT_EQ(expanded("$_INSTANCE=x\na ${_INSTANCE}"), "a x");
}

TEST(Predefined, RandomNumbersStayInTheirLimitsAndRepeatWithTheSeed) {
    for (int times = 0; times < 100; ++times) {
        const int number = std::stoi(expand("${_RANDOM 3 5}", static_cast<std::uint32_t>(times)).text);
        EXPECT_GE(number, 3);
        EXPECT_LE(number, 5);
    }
    EXPECT_EQ(expanded("${_RANDOM 7 7} ${_RANDOM 0 0}"), "7 0");
    EXPECT_EQ(expand("${_RANDOM} ${_RANDOM}", 9).text, expand("${_RANDOM} ${_RANDOM}", 9).text);
    EXPECT_NE(expand("${_RANDOM} ${_RANDOM}", 9).text, expand("${_RANDOM} ${_RANDOM}", 10).text);
}

TEST(Predefined, RandomWithItsLimitsReversedIsAnErrorAndGivesTheFirst) {
    const auto reversed = expand("a ${_RANDOM 5 3}");
    EXPECT_EQ(reversed.text, "a 5");
    EXPECT_EQ(reversed.diagnostics.count(), 1u);
    EXPECT_EQ(found("a ${_RANDOM x}"), 1u);
}

// --- Loops

TEST(Sequence, RunsFromStartByStepToEnd) {
    EXPECT_EQ(expanded("~SEQ(N, 1, 2, 6) $Na ${N}b"), "$Na 1b | $Na 3b | $Na 5b");
    EXPECT_EQ(expanded("~SEQ(N,3) $N"), "1 | 2 | 3");
    EXPECT_EQ(expanded("~SEQ(N,-3) $N"), "-1 | -2 | -3");
    EXPECT_EQ(expanded("~SEQ(N,5,3) $N"), "5 | 4 | 3");
    EXPECT_EQ(expanded("~SEQ(N,2,2) $N"), "2");
    EXPECT_EQ(expanded("~SEQ(N,168,2,172) $N"), "168 | 170 | 172");
}

TEST(Sequence, ReadsHexOctalAndDefinitions) {
    EXPECT_EQ(expanded("$E=0x11\n~SEQ(N,017,$E) $N"), "15 | 16 | 17");
    EXPECT_EQ(expanded("$E=2\n~SEQ(N, 1, ${E}) $N"), "1 | 2");
}

TEST(Sequence, WithAnXWritesHex) {
    EXPECT_EQ(expanded("~SEQx(N,0x90,0x10,0xc0) fe80::${N}:1"),
              "fe80::90:1 | fe80::a0:1 | fe80::b0:1 | fe80::c0:1");
    EXPECT_EQ(found("~SEQx(N,-1) $N"), 1u);
}

TEST(Sequence, ThatCannotRunIsAnError) {
    for (const char* text : {"~SEQ(N,1,0,3) $N", "~SEQ(N,1,-1,3) $N", "~SEQ(N,3,1,1) $N", "~SEQ(N,a) $N",
                             "~SEQ(N) $N", "~SEQ() a", "~SEQ(N,1,2,3,4) $N", "~SEQ(1,2) a", "~SEQ(N,1,2 a",
                             "~SEQ(N,--1) $N", "~SEQ(N,1,1,100001) $N", "~SEQ(N,99999999999999999999) $N"}) {
        EXPECT_EQ(found(text), 1u) << text;
        EXPECT_EQ(expanded(text), "") << text;
    }
}

TEST(Sequence, EndsAtTheEndsOfWhat64BitsHold) {
    EXPECT_EQ(expanded("~SEQ(N,9223372036854775806,9223372036854775807) $N"),
              "9223372036854775806 | 9223372036854775807");
}

TEST(Sequence, NestsWithTheRightOneVaryingFastest) {
    EXPECT_EQ(expanded("~SEQ(A,0,1) ~SEQ(B,0,2) ${A}${B}"), "00 | 01 | 02 | 10 | 11 | 12");
}

TEST(Sequence, MayEndWithADefinitionOfLines) {
    EXPECT_EQ(expanded("$V= \\\n vi ${N} { \\\n x \\\n }\n~SEQ(N,1,2) $V"),
              "vi 1 | { | x | } | vi 2 | { | x | }");
}

TEST(Sequence, MayComeOutOfADefinition) {
    EXPECT_EQ(expanded("$D=~SEQ(I,1,2) $V\n$V= \\\n a $O $I\n~SEQ(O,0,1) $D"),
              "a 0 1 | a 0 2 | a 1 1 | a 1 2");
}

TEST(Sequence, StandsBehindACondition) {
    EXPECT_EQ(expanded("@node1 ~SEQ(N,2) a $N\n@node2 ~SEQ(N,2) b $N"), "a 1 | a 2");
}

TEST(Sequence, OfTooManyLinesEndsAndStops) {
    const auto result = expand("~SEQ(A,100000) ~SEQ(B,100000) $C=1\nb");
    EXPECT_TRUE(result.diagnostics.stops());
    EXPECT_TRUE(result.lines.empty());
}

TEST(List, SetsOneVariableAfterTheOther) {
    EXPECT_EQ(expanded("~LST(V, a, b c,,d) x ${V}"), "x a | x b c | x | x d");
}

TEST(List, SetsSeveralVariablesAtOnce) {
    EXPECT_EQ(expanded("~LST({IP, IP1}, {10,1},{20,4},{5}) 192.${IP}.${IP1}"),
              "192.10.1 | 192.20.4 | 192.5.");
}

TEST(List, WithTooManyValuesIsAnError) {
    EXPECT_EQ(found("~LST({A,B},{1,2,3}) a"), 1u);
    EXPECT_EQ(found("~LST(A) a"), 1u);
    EXPECT_EQ(found("~LST(,a) b"), 1u);
    EXPECT_EQ(found("~LST({},a) b"), 1u);
}

TEST(List, NestsWithSequences) {
    EXPECT_EQ(expanded("~LST({A,B},{10,1},{20,4}) ~SEQ(C,168,2,170) ${A}.${B}.$C"),
              "10.1.168 | 10.1.170 | 20.4.168 | 20.4.170");
}

}  // namespace
}  // namespace holdfast::config
