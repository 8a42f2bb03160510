#include "checker/process.h"

#include <gtest/gtest.h>

#include "unit/checker/scratch.h"

namespace holdfast::checker::testing {
namespace {

using os::Happening;
using os::Order;
using os::Progress;

// A checker between a core and a vrrp process that the test plays.
class ProcessTest : public Scratch {
protected:
    void begin(const plan::NotifyPlan& scripts) {
        plan::Plan plan;
        plan.engine.routers.push_back({.name = "VI_1"});
        plan.routers.push_back({.notify = scripts});
        if (with_fifo_)
            plan.fifos.push_back({.path = path("fifo"), .uid = getuid(), .gid = getgid(), .reader = {}});
        auto core = os::Channel::pair();
        auto vrrp = os::Channel::pair();
        ASSERT_TRUE(core && vrrp);
        auto process = Process::create(*loop_, {.core = std::move(core->first),
                                                .vrrp = std::move(vrrp->first),
                                                .plan = std::move(plan),
                                                .former_plan = [] { return std::nullopt; },
                                                .guard = no_guard});
        ASSERT_TRUE(process);
        process_ = std::move(*process);
        core_ = channel(std::move(core->second));
        vrrp_ = channel(std::move(vrrp->second));
        ASSERT_TRUE(becomes_true([&] { return heard(Progress::ready); }));
        core_->send(Order::go);
        ASSERT_TRUE(becomes_true([&] { return heard(Progress::running); }));
    }
    std::unique_ptr<os::Channel> channel(os::UniqueFd end) {
        auto made = os::Channel::create(
            *loop_, std::move(end),
            {.received =
                 [this](const os::Message& message) { progress_.push_back(std::get<Progress>(message)); },
             .closed = {}});
        return made ? std::move(*made) : nullptr;
    }
    bool heard(Progress what) const { return !progress_.empty() && progress_.back() == what; }
    void tell(Happening happening) {
        vrrp_->send(os::Notice{.name = "VI_1", .happening = happening, .priority = 100});
    }
    // The process has asked its loop to end.
    ::testing::AssertionResult leaves() {
        const Instant give_up = os::EventLoop::now() + std::chrono::seconds{60};
        while (os::EventLoop::now() < give_up)
            if (const auto turned = loop_->turn(std::chrono::milliseconds{20}); !turned)
                return ::testing::AssertionSuccess();
        return ::testing::AssertionFailure() << "still there; log:\n" << log();
    }

    bool with_fifo_ = false;
    std::unique_ptr<Process> process_;
    std::unique_ptr<os::Channel> core_;
    std::unique_ptr<os::Channel> vrrp_;
    std::vector<Progress> progress_;
};

TEST_F(ProcessTest, RunsWhatVrrpTells) {
    plan::NotifyPlan scripts;
    scripts.any = script("any", "echo \"$@\" >> out");
    begin(scripts);
    tell(Happening::became_backup);
    ASSERT_TRUE(becomes_true([&] { return text("out") == "INSTANCE VI_1 BACKUP 100\n"; }));
}

TEST_F(ProcessTest, AtAStopTheLastNoticesAreToldAndTheirScriptsWaitedFor) {
    plan::NotifyPlan scripts;
    scripts.stopped = script("stop", "sleep 0.05; touch stopped");
    begin(scripts);
    tell(Happening::stopped);
    core_->send(Order::stop);
    ASSERT_TRUE(leaves());
    core_->receive_all();
    EXPECT_TRUE(heard(Progress::stopped));
    EXPECT_TRUE(exists("stopped"));
}

TEST_F(ProcessTest, AScriptThatDoesNotEndIsAskedToAtAStop) {
    plan::NotifyPlan scripts;
    scripts.stopped =
        script("stop", "trap 'touch asked; exit 1' TERM; touch begun; while :; do sleep 0.01; done");
    begin(scripts);
    tell(Happening::stopped);
    ASSERT_TRUE(becomes_true([&] { return exists("begun"); }));
    core_->send(Order::stop);
    ASSERT_TRUE(leaves());
    EXPECT_TRUE(exists("asked"));
    EXPECT_TRUE(logged("HF2305 1 script did not end in time"));
}

TEST_F(ProcessTest, AfterAHandOverScriptsGoOnAndTheirFailureIsStillSaid) {
    with_fifo_ = true;
    plan::NotifyPlan scripts;
    scripts.became_active =
        script("m", "touch begun; while [ ! -e go ]; do sleep 0.01; done; touch done; exit 7");
    begin(scripts);
    tell(Happening::became_master);
    ASSERT_TRUE(becomes_true([&] { return exists("begun"); }));
    core_->send(Order::hand_over);
    ASSERT_TRUE(becomes_true([&] { return heard(Progress::handed_over); }));
    EXPECT_FALSE(exists("fifo"));  // the successor makes its own
    std::ofstream{path("go")};
    ASSERT_TRUE(leaves());
    EXPECT_TRUE(exists("done"));
    EXPECT_TRUE(logged("failed: exit status 7"));
}

TEST_F(ProcessTest, ASigtermToAllDoesNotLoseWhatVrrpHasYetToTell) {
    plan::NotifyPlan scripts;
    scripts.stopped = script("stop", "touch stopped");
    begin(scripts);
    process_->terminate();
    tell(Happening::stopped);
    ASSERT_TRUE(becomes_true([&] { return exists("stopped"); }));
    core_->send(Order::stop);
    ASSERT_TRUE(leaves());
}

TEST_F(ProcessTest, LeavesWhenCoreIsGone) {
    begin({});
    core_.reset();
    EXPECT_TRUE(leaves());
}

TEST_F(ProcessTest, AFifoThatCannotBeMadeStopsNothingElse) {
    with_fifo_ = true;
    std::ofstream{path("fifo")} << "in the way";
    plan::NotifyPlan scripts;
    scripts.became_active = script("m", "touch ran");
    begin(scripts);
    EXPECT_TRUE(logged("HF2306 no events are written to FIFO " + path("fifo")));
    tell(Happening::became_master);
    EXPECT_TRUE(becomes_true([&] { return exists("ran"); }));
}

}  // namespace
}  // namespace holdfast::checker::testing
