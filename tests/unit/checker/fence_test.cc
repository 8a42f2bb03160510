#include "checker/fence.h"

#include <gmock/gmock.h>

#include "unit/checker/scratch.h"

namespace holdfast::checker::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class FenceTest : public Scratch {
protected:
    // An agent as the configuration names it; the script sees the options on its standard input.
    plan::FencePlan agent(const std::string& body) {
        return {.unit = "VI_1",
                .agent = script("agent", "options=$(cat); echo \"$options\" >> said\n" + body).path,
                .options = {{"ip", "10.0.0.99"}},
                .timeout = std::chrono::seconds{60},
                .retries = 0};
    }
    // Fences, and waits for the end.
    void fence(const plan::FencePlan& plan) {
        plan_ = plan;
        auto fence = Fence::create(*loop_, plan_, guard_, [this](bool confirmed, const std::string& why) {
            confirmed_ = confirmed;
            why_ = why;
        });
        ASSERT_TRUE(fence) << fence.error().text();
        fence_ = std::move(*fence);
        fence_->begin();
        ASSERT_TRUE(becomes_true([&] { return confirmed_.has_value(); }));
        EXPECT_FALSE(fence_->is_running());
    }
    std::size_t runs() const {
        const std::string all = text("said");
        std::size_t count = 0;
        for (std::size_t at = all.find("action="); at != std::string::npos; at = all.find("action=", at + 1))
            ++count;
        return count;
    }

    Guard guard_ = no_guard;
    plan::FencePlan plan_;
    std::unique_ptr<Fence> fence_;
    std::optional<bool> confirmed_;
    std::string why_;
};

const std::string honest = "case $options in *action=status*) exit 2;; *action=off*) exit 0;; esac; exit 1";

TEST_F(FenceTest, SwitchesOffAndAsksWhetherItIs) {
    fence(agent(honest));
    EXPECT_TRUE(*confirmed_);
    EXPECT_EQ(text("said"), "action=off\nip=10.0.0.99\naction=status\nip=10.0.0.99\n");
    EXPECT_TRUE(logged("HF2610"));
    EXPECT_TRUE(logged("the peer is off"));
}

TEST_F(FenceTest, DoesNotBelieveAnAgentThatLies) {
    fence(agent("exit 0"));  // of status: it is on
    EXPECT_FALSE(*confirmed_);
    EXPECT_THAT(why_, HasSubstr("not off"));
    EXPECT_TRUE(logged("HF2613"));
}

TEST_F(FenceTest, TakesARestartedPeerForFenced) {
    plan::FencePlan plan = agent("exit 0");
    plan.options.emplace_back("action", "reboot");
    fence(plan);
    EXPECT_TRUE(*confirmed_);
    EXPECT_THAT(text("said"), HasSubstr("action=reboot"));
    EXPECT_THAT(text("said"), Not(HasSubstr("action=off")));
}

TEST_F(FenceTest, TriesAgainAsOftenAsItMay) {
    plan::FencePlan plan = agent("echo no route to host >&2; exit 1");
    plan.retries = 2;
    fence(plan);
    EXPECT_FALSE(*confirmed_);
    EXPECT_EQ(runs(), 3U);
    EXPECT_TRUE(logged("attempt 3 of 3"));
    EXPECT_THAT(why_, HasSubstr("no route to host"));
}

TEST_F(FenceTest, SucceedsWhenALaterAttemptDoes) {
    plan::FencePlan plan =
        agent("case $options in *action=status*) exit 2;; esac; [ -e once ] && exit 0; touch once; exit 1");
    plan.retries = 5;
    fence(plan);
    EXPECT_TRUE(*confirmed_);
    EXPECT_EQ(runs(), 3U);
}

TEST_F(FenceTest, EndsAnAgentThatHangs) {
    plan::FencePlan plan = agent("trap '' TERM; echo waiting; while :; do sleep 1; done");
    plan.timeout = std::chrono::milliseconds{50};
    fence(plan);
    EXPECT_FALSE(*confirmed_);
    EXPECT_THAT(why_, HasSubstr("longer than"));
}

TEST_F(FenceTest, OutlivesAnAgentThatPrintsWithoutEndAndLeavesSomebodyBehind) {
    fence(agent("head -c 1000000 /dev/zero | tr '\\0' x; (sleep 2) & " + honest));
    EXPECT_TRUE(*confirmed_);
    EXPECT_LT(log().size(), 100000U);
}

TEST_F(FenceTest, SaysThatAnAgentIsMissing) {
    plan::FencePlan plan = agent("");
    plan.agent = "/usr/sbin/fence_of_nobody";
    fence(plan);
    EXPECT_FALSE(*confirmed_);
    EXPECT_THAT(why_, HasSubstr("/usr/sbin/fence_of_nobody"));
}

TEST_F(FenceTest, ThePasswordStandsOnlyOnTheStandardInput) {
    std::ofstream{path("password")} << "open sesame\n";
    chmod(path("password").c_str(), 0600);
    plan::FencePlan plan = agent("tr '\\0' ' ' < /proc/$$/cmdline >> seen; env >> seen; " + honest);
    plan.options.emplace_back("password_file", path("password"));
    fence(plan);
    EXPECT_TRUE(*confirmed_);
    EXPECT_THAT(text("said"), HasSubstr("password=open sesame\n"));
    EXPECT_THAT(text("seen"), Not(HasSubstr("sesame")));
    EXPECT_FALSE(logged("sesame"));
    chmod(path("password").c_str(), 0644);
    confirmed_.reset();
    fence(plan);
    EXPECT_FALSE(*confirmed_);
    EXPECT_THAT(why_, HasSubstr("chmod 600"));
}

TEST_F(FenceTest, ACommandGetsTheActionAsItsArgument) {
    plan::FencePlan plan{.unit = "VI_1", .timeout = std::chrono::seconds{60}, .retries = 0};
    plan.command = script("command", "echo \"$*\" >> said; [ \"$1\" = off ] && exit 0; exit 2");
    fence(plan);
    EXPECT_TRUE(*confirmed_);
    EXPECT_EQ(text("said"), "off VI_1\nstatus VI_1\n");
}

TEST_F(FenceTest, ProgramsThatMayNotRunAreNotRun) {
    guard_ = [](const plan::Command&) -> Result<void> { return Error::invalid("writable by others"); };
    fence(agent(honest));
    EXPECT_FALSE(*confirmed_);
    EXPECT_FALSE(exists("said"));
}

// The interface as its owners have it: ClusterLabs' own agent for tests.
TEST_F(FenceTest, SpeaksToARealFenceAgent) {
    const std::string dummy = "/usr/sbin/fence_dummy";
    if (!std::filesystem::exists(dummy)) GTEST_SKIP() << "fence-agents is not installed";
    std::ofstream{path("power")} << "on";
    fence({.unit = "VI_1",
           .agent = dummy,
           .options = {{"status_file", path("power")}},
           .timeout = std::chrono::seconds{60},
           .retries = 0});
    EXPECT_TRUE(*confirmed_) << why_;
    EXPECT_EQ(text("power"), "off");
}

}  // namespace
}  // namespace holdfast::checker::testing
