#include "cli/command_line.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <sstream>

namespace holdfast::cli::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// A command with an option of each kind.
class CommandLines : public ::testing::Test {
protected:
    void SetUp() override {
        unsetenv("RUNTIME_DIRECTORY");
        unsetenv("STATE_DIRECTORY");
    }
    void TearDown() override { SetUp(); }

    std::optional<int> read(const std::vector<std::string>& arguments, bool takes_words = true) {
        std::ostringstream out;
        std::ostringstream err;
        Terminal terminal{.out = out, .err = err};
        CommandLine line{"walk", "[OPTION...] [NAME...]", "Goes somewhere."};
        line.json(json_)
            .flag("far,f", far_, "a long way")
            .value("since", since_, "WHEN", "not before")
            .values("via,v", via_, "PLACE", "past it")
            .runtime_directory(runtime_)
            .state_directory(state_, "boots");
        if (takes_words) line.words(words_);
        const auto status = line.read(arguments, terminal);
        out_ = out.str();
        err_ = err.str();
        return status;
    }

    bool json_ = false;
    bool far_ = false;
    std::string since_ = "ever";
    std::vector<std::string> via_;
    std::string runtime_;
    std::string state_;
    std::vector<std::string> words_;
    std::string out_;
    std::string err_;
};

TEST_F(CommandLines, WhatIsNotGivenStaysAsItWas) {
    EXPECT_EQ(read({}), std::nullopt);
    EXPECT_FALSE(json_ || far_);
    EXPECT_EQ(since_, "ever");
    EXPECT_THAT(via_, IsEmpty());
    EXPECT_THAT(words_, IsEmpty());
    EXPECT_EQ(out_ + err_, "");
}

TEST_F(CommandLines, OptionsAndWordsMayBeMixed) {
    EXPECT_EQ(read({"one", "--json", "-f", "two", "--since", "10m", "-v", "a", "--via=b", "three"}),
              std::nullopt);
    EXPECT_TRUE(json_ && far_);
    EXPECT_EQ(since_, "10m");
    EXPECT_THAT(via_, ElementsAre("a", "b"));
    EXPECT_THAT(words_, ElementsAre("one", "two", "three"));
}

TEST_F(CommandLines, BehindTwoDashesEverythingIsAWord) {
    EXPECT_EQ(read({"--", "--json", "-f"}), std::nullopt);
    EXPECT_FALSE(json_ || far_);
    EXPECT_THAT(words_, ElementsAre("--json", "-f"));
}

TEST_F(CommandLines, HelpNamesEveryOptionAndWinsOverTheRest) {
    for (const char* asks : {"--help", "-h"}) {
        EXPECT_EQ(read({"--json", asks, "word"}, false), 0);
        EXPECT_THAT(out_, StartsWith("Usage: holdfast walk [OPTION...] [NAME...]\n\nGoes somewhere.\n\n"));
        for (const char* part : {"-h [ --help ]", "--json", "-f [ --far ]", "--since WHEN",
                                 "-v [ --via ] PLACE", "--runtime-dir DIR (=/run/holdfast)",
                                 "--state-dir DIR (=/var/lib/holdfast)", "where the daemon keeps its boots"})
            EXPECT_THAT(out_, HasSubstr(part));
        EXPECT_EQ(err_, "");
    }
}

TEST_F(CommandLines, AMistakeIsNamedWithTheWayToTheHelpAndChangesNothing) {
    for (const auto& [words, named] :
         {std::pair<std::vector<std::string>, const char*>{{"--json", "--no-such"}, "--no-such"},
          {{"--json", "--since"}, "--since"},
          {{"--json=x"}, "--json"},
          {{"--json", "--since", "1m", "--since", "2m"}, "--since"}}) {
        EXPECT_EQ(read(words), not_understood) << named;
        EXPECT_THAT(err_, StartsWith("holdfast walk: "));
        EXPECT_THAT(err_, HasSubstr(named));
        EXPECT_THAT(err_, HasSubstr("\n`holdfast walk --help` lists its options.\n"));
        EXPECT_EQ(out_, "");
        EXPECT_FALSE(json_);
    }
}

TEST_F(CommandLines, AWordThatIsNotAskedForIsAMistake) {
    EXPECT_EQ(read({"--json", "word"}, false), not_understood);
    EXPECT_THAT(err_, StartsWith("holdfast walk: 'word' is no option"));
    EXPECT_FALSE(json_);
}

TEST_F(CommandLines, DirectoriesAreTheServiceManagersUnlessOneIsNamed) {
    read({});
    EXPECT_EQ(runtime_, "/run/holdfast");
    EXPECT_EQ(state_, "/var/lib/holdfast");
    setenv("RUNTIME_DIRECTORY", "/run/other", 1);
    setenv("STATE_DIRECTORY", "not/absolute", 1);
    read({});
    EXPECT_EQ(runtime_, "/run/other");
    EXPECT_EQ(state_, "/var/lib/holdfast");
    read({"--runtime-dir", "/tmp/a", "--state-dir=/tmp/b"});
    EXPECT_EQ(runtime_, "/tmp/a");
    EXPECT_EQ(state_, "/tmp/b");
}

// Of each command that there is.
TEST_F(CommandLines, AllCommandsNameAnOptionThatTheyDoNotHave) {
    for (const Command& command : commands()) {
        if (command.arguments.find("...") == std::string_view::npos) continue;
        std::ostringstream out;
        std::ostringstream err;
        Terminal terminal{.out = out, .err = err};
        EXPECT_EQ(command.run({"--no-such-option"}, terminal), not_understood) << command.name;
        EXPECT_EQ(out.str(), "");
        EXPECT_THAT(err.str(), StartsWith("holdfast " + std::string{command.name} + ": "));
        EXPECT_THAT(err.str(), HasSubstr("'--no-such-option'"));
        EXPECT_THAT(err.str(), HasSubstr(" --help` lists its options.\n"));
    }
}

}  // namespace
}  // namespace holdfast::cli::testing
