#include "checker/script.h"

#include <gmock/gmock.h>

#include <csignal>

#include "unit/checker/scratch.h"

namespace holdfast::checker::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Launch, ArgumentsStandBehindTheConfiguredOnes) {
    const Launch launch = launch_of({.path = "/resolved", .argv = {"as-written", "one"}},
                                    {"INSTANCE", "VI_1", "MASTER", "100"});
    EXPECT_EQ(launch.path, "/resolved");
    EXPECT_THAT(launch.argv, ElementsAre("as-written", "one", "INSTANCE", "VI_1", "MASTER", "100"));
}

TEST(Launch, TheShellGetsOnlyTheRedirectionUnquoted) {
    const Launch launch =
        launch_of({.path = "", .argv = {"</dev/null", "it's", "$HOME"}, .through_shell = true}, {});
    EXPECT_EQ(launch.path, "/bin/sh");
    EXPECT_THAT(launch.argv, ElementsAre("sh", "-c", "</dev/null 'it'\\''s' '$HOME'"));
}

class ScriptRunTest : public Scratch {
protected:
    // Runs it to its end.
    void run(const plan::Command& command, const std::vector<std::string>& arguments = {}) {
        Job what = job(command);
        what.arguments = arguments;
        run(std::move(what));
    }
    void run(Job what) {
        auto run = ScriptRun::start(*loop_, what,
                                    {.ended =
                                         [this](ScriptRun& self, os::ChildExit how) {
                                             exit_ = how;
                                             words_ = self.last_words();
                                         },
                                     .silent = [](ScriptRun&) {}});
        ASSERT_TRUE(run) << run.error().text();
        ASSERT_TRUE(becomes_true([&] { return exit_.has_value(); }));
    }
    std::string refusal(const plan::Command& command) {
        auto run = ScriptRun::start(*loop_, job(command),
                                    {.ended = [](ScriptRun&, os::ChildExit) {}, .silent = [](ScriptRun&) {}});
        return run ? "it was started" : run.error().text();
    }

    std::optional<os::ChildExit> exit_;
    std::string words_;
};

TEST_F(ScriptRunTest, GetsItsArguments) {
    run(script("s", "echo \"$@\" > out"), {"INSTANCE", "a name", "MASTER", "100"});
    EXPECT_EQ(text("out"), "INSTANCE a name MASTER 100\n");
    EXPECT_EQ(exit_->text(), "exit status 0");
}

TEST_F(ScriptRunTest, GetsItsInputToTheEndAndItsOwnVariables) {
    Job what = job(script("s", "cat > out; echo \"$HOLDFAST_STATE\" >> out"));
    what.input = std::string(100'000, 'x') + "\n";
    what.environment = {"HOLDFAST_STATE=MASTER"};
    run(what);
    EXPECT_EQ(text("out"), what.input + "MASTER\n");
}

TEST_F(ScriptRunTest, ThatDoesNotReadItsInputEndsAllTheSame) {
    Job what = job(script("s", "exit 3"));
    what.input = std::string(1'000'000, 'x');
    run(what);
    EXPECT_EQ(exit_->text(), "exit status 3");
}

TEST_F(ScriptRunTest, HasACleanEnvironment) {
    setenv("LD_LIBRARY_PATH", "/nowhere", 1);
    setenv("NOTIFY_SOCKET", "/nowhere", 1);
    setenv("HOLDFAST_TEST_KEPT", "yes", 1);
    run(script("s", "env > out; umask >> out; cat > input; ulimit -n > /dev/null"));
    unsetenv("LD_LIBRARY_PATH");
    unsetenv("NOTIFY_SOCKET");
    unsetenv("HOLDFAST_TEST_KEPT");
    EXPECT_THAT(text("out"), Not(HasSubstr("LD_LIBRARY_PATH")));
    EXPECT_THAT(text("out"), Not(HasSubstr("NOTIFY_SOCKET")));
    EXPECT_THAT(text("out"), HasSubstr("HOLDFAST_TEST_KEPT=yes"));
    EXPECT_THAT(text("out"), HasSubstr("0022"));
    EXPECT_EQ(text("input"), "");  // standard input is empty, not ours
}

TEST_F(ScriptRunTest, HasAProcessGroupOfItsOwn) {
    run(script("s", "cut -d' ' -f1,5 /proc/$$/stat > out"));
    std::istringstream words{text("out")};
    std::string pid;
    std::string group;
    words >> pid >> group;
    EXPECT_EQ(pid, group);
}

TEST_F(ScriptRunTest, AFailureIsKnownByStatusAndLastWords) {
    run(script("s", "echo going >&2; echo 'no route' >&2; exit 3"));
    EXPECT_EQ(exit_->text(), "exit status 3");
    EXPECT_EQ(words_, "going | no route");
}

TEST_F(ScriptRunTest, AnEndBySignalIsNamed) {
    run(script("s", "kill -SEGV $$"));
    EXPECT_EQ(exit_->text(), "killed by SIGSEGV");
}

TEST_F(ScriptRunTest, OfAHundredMegabytesOfOutputOnlyTheEndIsKept) {
    run(script("s", "head -c 100000000 /dev/zero; echo; printf 'the end\\n'; exit 1"));
    EXPECT_EQ(exit_->text(), "exit status 1");
    EXPECT_LT(words_.size(), ScriptRun::most_output);
    EXPECT_TRUE(words_.starts_with("... "));
    EXPECT_TRUE(words_.ends_with("the end"));
}

TEST_F(ScriptRunTest, ControlCharactersDoNotReachTheLog) {
    run(script("s", "printf 'a\\033[31mb\\001c\\n'; exit 1"));
    EXPECT_EQ(words_, "a [31mb c");
}

TEST_F(ScriptRunTest, AFileWithoutInterpreterLineIsForTheShell) {
    run(script("s", "echo \"$1\" > out", ""), {"argument"});
    EXPECT_EQ(text("out"), "argument\n");
}

TEST_F(ScriptRunTest, ARefusalSaysWhatToDo) {
    plan::Command command = script("s", "");
    chmod(path("s").c_str(), 0644);
    EXPECT_THAT(refusal(command), HasSubstr("Permission denied: make it executable for its user"));
    command = script("t", "", "#!/no/such/interpreter\n");
    EXPECT_THAT(refusal(command), HasSubstr("or the interpreter that its first line names, does not exist"));
    if (geteuid() == 0) return;
    command = script("u", "");
    command.uid = 0;
    EXPECT_THAT(refusal(command), HasSubstr("CAP_SETUID"));
}

TEST_F(ScriptRunTest, AnotherUsersScriptRunsWithoutOurGroups) {
    if (geteuid() != 0) GTEST_SKIP() << "only root can become somebody else";
    plan::Command command = script("s", "id -u > out; id -G >> out; grep CapPrm /proc/self/status >> out");
    command.uid = 65534;
    command.gid = 65534;
    chmod(folder_.c_str(), 0777);
    run(command);
    EXPECT_EQ(text("out"), "65534\n65534\nCapPrm:\t0000000000000000\n");
}

}  // namespace
}  // namespace holdfast::checker::testing
