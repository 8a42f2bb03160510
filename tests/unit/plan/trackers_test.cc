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

std::string reachability(const std::string& lines) {
    return "track_reachability {\n" + lines + "\n}";
}

TEST(PlannedReferences, HaveWhatIsWrittenAndTheirDefaults) {
    const Plan plan =
        plan_of(instance(reachability("10.0.0.1\nfe80::1 dev eth1\nquorum 2\ninterval 0.5\nrise 2")));
    ASSERT_EQ(plan.trackers.size(), 1u);
    EXPECT_EQ(plan.trackers[0].name, "references 10.0.0.1 on eth0, fe80::1 on eth1 (quorum 2)");
    const auto& planned = std::get<ReachabilityPlan>(plan.trackers[0].what);
    ASSERT_EQ(planned.references.size(), 2u);
    EXPECT_EQ(planned.references[0].link, "eth0");
    EXPECT_EQ(planned.quorum, 2);
    EXPECT_EQ(planned.schedule.interval, 500ms);
    EXPECT_EQ(planned.schedule.rise, 2);
    EXPECT_EQ(planned.schedule.fall, 3);
    ASSERT_EQ(plan.links.size(), 2u);  // so that what happens to eth1 is followed
    EXPECT_EQ(plan.links[1].name, "eth1");
    EXPECT_EQ(plan.engine.routers.at(0).tracked_health.at(0).weight, 0);
    EXPECT_TRUE(plan.engine.routers.at(0).tracked_health.at(0).counts);
}

TEST(PlannedReferences, AreSharedByEqualBlocksWhateverTheirWeight) {
    const Plan plan = plan_of(
        instance(reachability("10.0.0.1\nweight 5")) + instance(reachability("10.0.0.1 dev eth0"), 52) +
        instance(reachability("10.0.0.1\ninterval 2") + "\n" + reachability("10.0.0.1\ninterval 2"), 53));
    EXPECT_EQ(plan.trackers.size(), 2u);
    EXPECT_EQ(plan.engine.routers.at(0).tracked_health.at(0).tracker,
              plan.engine.routers.at(1).tracked_health.at(0).tracker);
    EXPECT_EQ(plan.engine.routers.at(2).tracked_health.size(), 1u);
}

TEST(PlannedReferences, OfAGroupCountForItsMembers) {
    const Plan plan =
        plan_of(instance("") + instance("", 52) + "vrrp_sync_group G {\ngroup {\nVI_51\nVI_52\n}\n" +
                reachability("10.0.0.1 dev eth0") + "\n}\n");
    EXPECT_EQ(plan.engine.groups.at(0).tracked_health.size(), 1u);
}

TEST(PlannedReferences, AreWhatAnArpCheckHas) {
    const Plan plan =
        plan_of("vrrp_check gw {\ncheck arp 10.0.0.1 dev eth1\ninterval 2\ntimeout 5\nfall 4\n}\n" +
                instance("track_check {\ngw weight -3\n}"));
    EXPECT_EQ(plan.trackers.at(0).name, "check gw");
    const auto& planned = std::get<ReachabilityPlan>(plan.trackers[0].what);
    EXPECT_EQ(planned.references.at(0).link, "eth1");
    EXPECT_EQ(planned.schedule.timeout, 2s);  // no longer than until it is asked again
    EXPECT_EQ(planned.schedule.fall, 4);
    EXPECT_EQ(plan.engine.routers.at(0).tracked_health.at(0).weight, -3);
}

TEST(AVerdictOfReferences, SaysSomethingAfterAReloadWhenTheSameAreAsked) {
    const auto tracker = [](const std::string& lines) {
        return plan_of(instance("", 40) + instance(reachability(lines))).trackers.at(0);
    };
    const auto was = tracker("10.0.0.1\n10.0.0.2");
    EXPECT_TRUE(tracks_the_same(was, tracker("10.0.0.1\n10.0.0.2\ninterval 3\nfall 9")));
    EXPECT_FALSE(tracks_the_same(was, tracker("10.0.0.1\n10.0.0.2\nquorum 2")));
    EXPECT_FALSE(tracks_the_same(was, tracker("10.0.0.1\n10.0.0.3")));
    EXPECT_FALSE(tracks_the_same(was, tracker("10.0.0.1\n10.0.0.2 dev eth1")));
}

}  // namespace
}  // namespace holdfast::plan
