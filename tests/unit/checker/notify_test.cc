#include "checker/notify.h"

#include <gmock/gmock.h>

#include <optional>

namespace holdfast::checker::testing {
namespace {

using os::Happening;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

plan::Command command(const std::string& path) {
    return {.path = path, .argv = {path, "configured"}};
}

plan::NotifyPlan every_script() {
    plan::NotifyPlan plan;
    plan.became_active = command("/master");
    plan.became_backup = command("/backup");
    plan.fault = command("/fault");
    plan.stopped = command("/stop");
    plan.deleted = command("/deleted");
    plan.lower_priority_heard = command("/lower");
    plan.any = command("/any");
    return plan;
}

plan::Plan plan_of(const std::string& router, const std::string& group, const plan::NotifyPlan& scripts) {
    plan::Plan plan;
    plan.engine.routers.push_back({.name = router});
    plan.routers.push_back({.notify = scripts});
    plan.engine.groups.push_back({.name = group});
    plan.groups.push_back({.notify = scripts});
    return plan;
}

class Notify : public ::testing::Test {
protected:
    // What was done, in order: "run PATH ARGUMENT..." and "fifo LINE".
    std::vector<std::string> tell(const os::Notice& notice) {
        done_.clear();
        Notifier notifier{plan_, [this] { return former_ ? &*former_ : nullptr; },
                          [this](const Job& job) {
                              std::string text = "run";
                              for (const std::string& word : launch_of(job.command, job.arguments).argv)
                                  text += " " + word;
                              done_.push_back(text);
                              owner_ = job.owner;
                              what_ = job.what;
                          },
                          [this](const std::string& line) { done_.push_back("fifo " + line); },
                          [this](const os::Notice& told, bool mails) {
                              alerted_.push_back(told.name + (mails ? " by mail, too" : ""));
                          }};
        notifier.tell(notice);
        refused_ = notifier.refused();
        return done_;
    }

    plan::Plan plan_ = plan_of("VI_1", "VG_1", every_script());
    std::optional<plan::Plan> former_;
    std::vector<std::string> done_;
    std::vector<std::string> alerted_;
    std::string owner_;
    std::string what_;
    std::uint64_t refused_ = 0;
};

TEST_F(Notify, StateScriptThenNotifyThenFifo) {
    EXPECT_THAT(tell({.name = "VI_1", .happening = Happening::became_master, .priority = 150}),
                ElementsAre("run /master configured", "run /any configured INSTANCE VI_1 MASTER 150",
                            "fifo INSTANCE \"VI_1\" MASTER 150\n"));
    EXPECT_EQ(owner_, "INSTANCE VI_1");
    EXPECT_EQ(what_, "notify of VI_1");
}

TEST_F(Notify, EachStateHasItsScriptAndItsWord) {
    const auto line = [&](Happening happening) {
        return tell({.name = "VI_1", .happening = happening, .priority = 100}).back();
    };
    EXPECT_EQ(line(Happening::became_backup), "fifo INSTANCE \"VI_1\" BACKUP 100\n");
    EXPECT_EQ(done_.front(), "run /backup configured");
    EXPECT_EQ(line(Happening::fault), "fifo INSTANCE \"VI_1\" FAULT 100\n");
    EXPECT_EQ(done_.front(), "run /fault configured");
    EXPECT_EQ(line(Happening::stopped), "fifo INSTANCE \"VI_1\" STOP 100\n");
    EXPECT_EQ(done_.front(), "run /stop configured");
    EXPECT_EQ(line(Happening::deleted), "fifo INSTANCE \"VI_1\" DELETED 100\n");
    EXPECT_EQ(done_.front(), "run /deleted configured");
}

TEST_F(Notify, AGroupHasPriorityZero) {
    EXPECT_THAT(tell({.of_group = true, .name = "VG_1", .happening = Happening::fault, .priority = 0}),
                ElementsAre("run /fault configured", "run /any configured GROUP VG_1 FAULT 0",
                            "fifo GROUP \"VG_1\" FAULT 0\n"));
    EXPECT_EQ(owner_, "GROUP VG_1");
    EXPECT_EQ(what_, "notify of group VG_1");
}

TEST_F(Notify, AWeakerMasterIsToldOnlyToItsOwnScriptAndTheFifo) {
    EXPECT_THAT(tell({.name = "VI_1",
                      .happening = Happening::lower_priority_heard,
                      .is_master = true,
                      .priority = 150}),
                ElementsAre("run /lower configured", "fifo INSTANCE \"VI_1\" MASTER_RX_LOWER_PRI 150\n"));
}

TEST_F(Notify, PriorityChangesGoToTheFifoWhenConfigured) {
    const os::Notice change{
        .name = "VI_1", .happening = Happening::priority_changed, .is_master = false, .priority = 80};
    EXPECT_THAT(tell(change), IsEmpty());
    plan_.routers[0].notify.reports_priority = true;
    EXPECT_THAT(tell(change), ElementsAre("fifo INSTANCE \"VI_1\" BACKUP_PRIORITY 80\n"));
    EXPECT_THAT(
        tell({.name = "VI_1", .happening = Happening::priority_changed, .is_master = true, .priority = 80}),
        ElementsAre("fifo INSTANCE \"VI_1\" MASTER_PRIORITY 80\n"));
}

TEST_F(Notify, EveryEventGoesToTheAlertsWithWhetherItIsMailed) {
    tell({.name = "VI_1", .happening = Happening::became_master});
    plan_.routers[0].notify.mails = true;
    tell({.name = "VI_1", .happening = Happening::became_backup});
    tell({.of_group = true, .name = "VG_1", .happening = Happening::fault});
    EXPECT_THAT(alerted_, ElementsAre("VI_1", "VI_1 by mail, too", "VG_1"));
}

TEST_F(Notify, AStateToldAgainAfterAReloadRunsNoScript) {
    EXPECT_THAT(
        tell({.name = "VI_1", .happening = Happening::became_master, .priority = 150, .at_reload = true}),
        ElementsAre("fifo INSTANCE \"VI_1\" MASTER 150\n"));
}

TEST_F(Notify, WithoutScriptsOnlyTheFifoIsTold) {
    plan_ = plan_of("VI_1", "VG_1", {});
    EXPECT_THAT(tell({.name = "VI_1", .happening = Happening::became_backup, .priority = 100}),
                ElementsAre("fifo INSTANCE \"VI_1\" BACKUP 100\n"));
}

TEST_F(Notify, ARemovedInstanceIsToldWithTheScriptsThatItHad) {
    former_ = plan_of("VI_old", "VG_1", every_script());
    EXPECT_THAT(tell({.name = "VI_old", .happening = Happening::deleted, .priority = 0}),
                ElementsAre("run /deleted configured", "run /any configured INSTANCE VI_old DELETED 0",
                            "fifo INSTANCE \"VI_old\" DELETED 0\n"));
}

TEST_F(Notify, TheScriptsOfTheNewConfigurationCountForWhoIsStillThere) {
    former_ = plan_of("VI_1", "VG_1", {});
    tell({.name = "unknown", .happening = Happening::fault, .priority = 0});
    EXPECT_EQ(tell({.name = "VI_1", .happening = Happening::fault, .priority = 1}).front(),
              "run /fault configured");
}

TEST_F(Notify, ANameThatNobodyHasIsRefusedAndCounted) {
    EXPECT_THAT(tell({.name = "x\" MASTER 1\nINSTANCE \"y", .happening = Happening::fault, .priority = 0}),
                IsEmpty());
    EXPECT_EQ(refused_, 1U);
}

}  // namespace
}  // namespace holdfast::checker::testing
