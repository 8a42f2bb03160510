#include "cli/commands.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace holdfast::cli::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* good =
    "vrrp_instance VI_1 {\n    interface lan\n    virtual_router_id 51\n    virtual_ipaddress {\n"
    "        192.0.2.1/24\n    }\n}\n";

class Commands : public ::testing::Test {
protected:
    void SetUp() override {
        std::string pattern = (std::filesystem::temp_directory_path() / "holdfast-cli-XXXXXX").string();
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::string file(const std::string& text, const std::string& name = "a.conf") const {
        std::ofstream{folder_ + "/" + name} << text;
        return folder_ + "/" + name;
    }
    int run(const std::vector<std::string>& arguments) {
        std::ostringstream out;
        std::ostringstream err;
        Terminal terminal{.out = out, .err = err, .interactive = interactive_, .colour = colour_};
        const int status = cli::run(arguments, terminal);
        out_ = out.str();
        err_ = err.str();
        return status;
    }

    std::string folder_;
    bool interactive_ = false;
    bool colour_ = false;
    std::string out_;
    std::string err_;
};

// --- The tree

TEST_F(Commands, WithoutACommandTheOverviewIsAnError) {
    EXPECT_EQ(run({}), not_understood);
    EXPECT_EQ(out_, "");
    EXPECT_THAT(err_, HasSubstr("check [OPTION...] FILE..."));
}

TEST_F(Commands, HelpListsEveryCommandButOurOwnTools) {
    EXPECT_EQ(run({"--help"}), 0);
    for (const Command& command : commands())
        EXPECT_EQ(out_.find("\n  " + std::string{command.name} + " ") == std::string::npos, command.hidden)
            << command.name;
}

TEST_F(Commands, HelpOfEachCommandSucceeds) {
    for (const Command& command : commands()) {
        EXPECT_EQ(run({"help", std::string{command.name}}), 0) << command.name;
        EXPECT_THAT(out_, StartsWith("Usage: holdfast " + std::string{command.name}));
        EXPECT_EQ(err_, "");
    }
}

TEST_F(Commands, AMisspelledCommandGetsTheNearestOne) {
    EXPECT_EQ(run({"chekc"}), not_understood);
    EXPECT_THAT(err_, HasSubstr("there is no command 'chekc'; did you mean 'check'?"));
    EXPECT_EQ(run({"help", "dmup"}), not_understood);
    EXPECT_THAT(err_, HasSubstr("did you mean 'dump'?"));
}

TEST_F(Commands, VersionIsOneLine) {
    EXPECT_EQ(run({"-V"}), 0);
    EXPECT_EQ(out_, "holdfast " HOLDFAST_VERSION "\n");
}

// --- check

TEST_F(Commands, CheckOfAGoodFileIsOneLine) {
    const std::string path = file(good);
    EXPECT_EQ(run({"check", "--no-host", path}), 0);
    EXPECT_EQ(out_, path + ": 1 instance, 0 sync groups, 0 findings\n");
}

TEST_F(Commands, CheckShowsEveryFindingWithItsPlaceCaretAndSuggestion) {
    const std::string path = file(
        "vrrp_instance VI_1 {\n  stat BACKUP\n  interface lan\n  priority 300\n"
        "  virtual_router_id 51\n  virtual_ipaddress {\n 192.0.2.1\n }\n}\n");
    EXPECT_EQ(run({"check", "--no-host", path}), 5);
    EXPECT_THAT(out_, HasSubstr(path + ":2:3: error: unknown keyword 'stat'"));
    EXPECT_THAT(out_, HasSubstr("      stat BACKUP\n      ^~~~\n"));
    EXPECT_THAT(out_, HasSubstr("did you mean 'state'?"));
    EXPECT_THAT(out_, HasSubstr(path + ":4:12: error: priority: '300' is out of range"));
    EXPECT_THAT(out_,
                HasSubstr("1 instance, 0 sync groups, 2 findings: the daemon starts with it all the same\n"));
}

TEST_F(Commands, CheckSaysWhenTheDaemonDoesNotStart) {
    EXPECT_NE(run({"check", "--no-host", file("vrrp_instance VI_1 {\n  interface lan\n}\n")}), 0);
    EXPECT_THAT(out_, HasSubstr("the daemon does not start with this file\n"));
    const std::string harmless = file(std::string{good} + "unknown_word\n");
    run({"check", "--no-host", harmless});
    EXPECT_THAT(out_, HasSubstr("the daemon starts with it all the same\n"));
    run({"check", "--no-host", "--strict-config", harmless});
    EXPECT_THAT(out_, HasSubstr("the daemon does not start with this file\n"));
}

TEST_F(Commands, CheckJudgesByThisHostUnlessToldNotTo) {
    const std::string path = file(
        "vrrp_instance VI_1 {\n  interface nosuchif0\n  virtual_router_id 51\n  virtual_ipaddress {\n"
        " 192.0.2.1\n }\n notify /no/such/script\n}\n");
    EXPECT_NE(run({"check", path}), 0);
    EXPECT_THAT(out_, HasSubstr("'nosuchif0' does not exist on this host"));
    EXPECT_THAT(out_, HasSubstr("is not found (/no/such/script"));
    run({"check", "--no-host", path});
    EXPECT_THAT(out_, Not(HasSubstr("nosuchif0")));
    EXPECT_THAT(out_, Not(HasSubstr("is not found")));
}

TEST_F(Commands, InterfacesOfAnotherNamespaceAreNotLookedFor) {
    run({"check", file("net_namespace blue\n" + std::string{good})});
    EXPECT_THAT(out_, Not(HasSubstr("does not exist")));
    EXPECT_THAT(out_, HasSubstr("interfaces were not looked for: they are in network namespace blue\n"));
}

TEST_F(Commands, CheckOfSeveralFilesAnswersWithTheWorst) {
    const std::string fine = file(good);
    const std::string bad = file("unknown_word\n", "b.conf");
    EXPECT_EQ(run({"check", "--no-host", bad, fine}), 5);
    EXPECT_THAT(out_, HasSubstr(fine + ": 1 instance"));
    EXPECT_THAT(out_, HasSubstr(bad + ": 0 instances"));
}

TEST_F(Commands, ConditionsCompareWithTheConfigId) {
    const std::string path = file("@one unknown_word\n" + std::string{good});
    EXPECT_EQ(run({"check", "--no-host", "-i", "two", path}), 0);
    EXPECT_EQ(run({"check", "--no-host", "-i", "one", path}), 5);
}

TEST_F(Commands, AMissingFileIsAFinding) {
    EXPECT_EQ(run({"check", folder_ + "/none"}), 4);
    EXPECT_THAT(out_, HasSubstr("[HF1001]"));
}

TEST_F(Commands, CheckForProgramsIsOneObjectForEachFileAndOneForAll) {
    const std::string path = file("unknown_word \"\xff\"\n" + std::string{good});
    EXPECT_EQ(run({"check", "--no-host", "--json", path, path}), 5);
    std::istringstream lines{out_};
    int count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
        const auto answer = nlohmann::json::parse(line);
        if (count == 2) {
            EXPECT_EQ(answer["compared"].size(), 2U);
            EXPECT_EQ(answer["findings"][0]["number"], "HF1407");
            EXPECT_EQ(answer["findings"][0]["there"]["file"], path);
            continue;
        }
        EXPECT_EQ(answer["file"], path);
        EXPECT_EQ(answer["starts"], true);
        EXPECT_EQ(answer["status"], 5);
        EXPECT_EQ(answer["count"], 1);
        EXPECT_EQ(answer["instances"], 1);
        EXPECT_EQ(answer["findings"][0]["number"], "HF1101");
        EXPECT_EQ(answer["findings"][0]["severity"], "error");
        EXPECT_EQ(answer["findings"][0]["consequence"], "ignored");
        EXPECT_EQ(answer["findings"][0]["line"], 1);
    }
    EXPECT_EQ(count, 3);
}

TEST_F(Commands, ColourIsForTerminalsOnly) {
    const std::string path = file("unknown_word\n");
    run({"check", "--no-host", path});
    EXPECT_THAT(out_, Not(HasSubstr("\x1b[")));
    EXPECT_THAT(out_, Not(HasSubstr("holdfast explain")));
    interactive_ = colour_ = true;
    run({"check", "--no-host", path});
    EXPECT_THAT(out_, HasSubstr(": \x1b[1;31merror\x1b[0m: unknown keyword"));
    EXPECT_THAT(out_, HasSubstr("`holdfast explain HF1101` says more about the first.\n"));
}

TEST_F(Commands, OptionsThatDoNotExistAreNamed) {
    EXPECT_EQ(run({"check", "--no-such-option", "x"}), not_understood);
    EXPECT_THAT(err_, HasSubstr("no-such-option"));
    EXPECT_EQ(run({"check"}), not_understood);
    EXPECT_THAT(err_, StartsWith("holdfast check: which file?\n"));
    EXPECT_EQ(run({"dump", "--json", "x"}), not_understood);
}

// --- dump

TEST_F(Commands, DumpSaysTheSameInItsOwnWords) {
    const std::string path = file(
        "! a comment\n$VRID=51\nvrrp_instance VI_1{\ninterface lan\nvirtual_router_id $VRID\n"
        "virtual_ipaddress{ 192.0.2.1/24 }\n}\n");
    EXPECT_EQ(run({"dump", "--no-host", path}), 0);
    EXPECT_EQ(out_, good);
    const std::string again = file(out_, "again.conf");
    EXPECT_EQ(run({"dump", "--no-host", again}), 0);
    EXPECT_EQ(out_, good);
}

TEST_F(Commands, DumpSaysWhenSomethingWasLeftOut) {
    const std::string path = file("unknown_word\n" + std::string{good});
    EXPECT_EQ(run({"dump", "--no-host", path}), 5);
    EXPECT_EQ(out_, good);
    EXPECT_THAT(
        err_, HasSubstr("1 finding; what is left out of the file is left out here: holdfast check " + path));
}

// --- explain

TEST_F(Commands, ExplainTellsWhatANumberMeansAndWhatToDo) {
    EXPECT_EQ(run({"explain", "HF1207"}), 0);
    EXPECT_THAT(out_, StartsWith("HF1207  An interface that does not exist\n"));
    EXPECT_THAT(out_, HasSubstr("  What to do:\n"));
    std::istringstream lines{out_};
    for (std::string line; std::getline(lines, line);)
        EXPECT_LE(line.size(), 80U) << line;
}

TEST_F(Commands, ExplainWithoutANumberListsAll) {
    EXPECT_EQ(run({"explain"}), 0);
    EXPECT_THAT(out_, HasSubstr("HF1101  An unknown keyword\n"));
    EXPECT_THAT(out_, HasSubstr("HF2301  A notify script failed\n"));
}

TEST_F(Commands, ExplainOfANumberThatDoesNotExistNamesItsNeighbours) {
    EXPECT_EQ(run({"explain", "HF1299"}), not_understood);
    EXPECT_THAT(err_, HasSubstr("there is no message 'HF1299'; there are HF1201, HF1202"));
    EXPECT_EQ(run({"explain", "HF1101", "eth0"}), not_understood);
    EXPECT_THAT(out_, HasSubstr("HF1101"));
    EXPECT_THAT(err_, HasSubstr("'eth0'; a number looks like HF1101"));
}

// --- reference

TEST_F(Commands, ReferenceIsTheManualsKeywordPart) {
    EXPECT_EQ(run({"reference"}), 0);
    EXPECT_THAT(out_, HasSubstr(".Ss vrrp_instance\n"));
}

}  // namespace
}  // namespace holdfast::cli::testing
