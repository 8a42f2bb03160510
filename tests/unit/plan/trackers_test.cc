#include "plan/trackers.h"

#include <gtest/gtest.h>

#include "unit/plan/planned.h"

namespace holdfast::plan {
namespace {

using namespace std::chrono_literals;
using testing::plan_of;

std::string script(const std::string& name, const std::string& lines = "") {
    return "vrrp_script " + name + " {\nscript \"/bin/check -x\"\n" + lines + "\n}\n";
}

std::string instance(const std::string& lines, int vrid = 51) {
    return "vrrp_instance VI_" + std::to_string(vrid) + " {\ninterface eth0\nvirtual_router_id " +
           std::to_string(vrid) + "\nvirtual_ipaddress {\n192.0.2." + std::to_string(vrid) + "/24\n}\n" +
           lines + "\n}\n";
}

TEST(PlannedHealth, HasWhatIsWrittenAndKeepalivedsDefaults) {
    const Plan plan =
        plan_of(script("a") + script("b", "interval 2.5\ntimeout 0.5\nrise 2\nfall 3\nweight 7\ninit_fail") +
                script("unused") + instance("track_script {\nb\na\n}"));
    ASSERT_EQ(plan.trackers.size(), 2u);
    EXPECT_EQ(plan.trackers[0].name, "check b");
    EXPECT_EQ(plan.engine.trackers.at(1).name, "check a");
    const auto& b = std::get<ScriptPlan>(plan.trackers[0].what);
    EXPECT_EQ(b.schedule.interval, 2500ms);
    EXPECT_EQ(b.schedule.timeout, 500ms);
    EXPECT_EQ(b.schedule.rise, 2);
    EXPECT_EQ(b.schedule.fall, 3);
    EXPECT_TRUE(b.schedule.begins_bad);
    EXPECT_EQ(b.command.path, "/bin/check");
    EXPECT_EQ(b.command.argv, (std::vector<std::string>{"/bin/check", "-x"}));
    const auto& a = std::get<ScriptPlan>(plan.trackers[1].what);
    EXPECT_EQ(a.schedule.interval, 1s);
    EXPECT_EQ(a.schedule.timeout, 1s);
    EXPECT_FALSE(a.schedule.begins_bad);
}

TEST(PlannedHealth, AnEntryMayHaveAWeightOfItsOwn) {
    const auto tracked = [](const std::string& entry) {
        return plan_of(script("a", "weight 7 reverse") + instance("track_script {\n" + entry + "\n}"))
            .engine.routers.at(0)
            .tracked_health.at(0);
    };
    EXPECT_EQ(tracked("a").weight, 7);
    EXPECT_TRUE(tracked("a").reverse);
    EXPECT_EQ(tracked("a weight -9").weight, -9);
    EXPECT_FALSE(tracked("a weight 3 noreverse").reverse);
}

TEST(PlannedHealth, AnOwnersPriorityIsNotAdjusted) {
    const Plan plan =
        plan_of(script("a", "weight 5") + script("b") + instance("priority 255\ntrack_script {\na\nb\n}"));
    ASSERT_EQ(plan.engine.routers[0].tracked_health.size(), 1u);
    EXPECT_EQ(plan.engine.routers[0].tracked_health[0].weight, 0);
}

TEST(PlannedHealth, WeightsOfGroupMembersCountOnlyWhenAskedFor) {
    const auto members = [](const std::string& word) {
        return plan_of(
            script("a", "weight 5") + script("g") + instance("track_script {\na\n}") + instance("", 52) +
            "vrrp_sync_group G {\ngroup {\nVI_51\nVI_52\n}\ntrack_script {\ng\n}\n" + word + "\n}\n");
    };
    EXPECT_TRUE(members("").engine.routers[0].tracked_health.empty());
    EXPECT_EQ(members("sync_group_tracking_weight").engine.routers[0].tracked_health.size(), 1u);
    EXPECT_EQ(members("").engine.groups.at(0).tracked_health.size(), 1u);
}

}  // namespace
}  // namespace holdfast::plan
