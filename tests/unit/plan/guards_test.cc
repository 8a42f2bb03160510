#include "plan/guards.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/plan/planned.h"

namespace holdfast::plan::testing {
namespace {

using engine::GuardPolicy;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Plan guarded(const std::string& lines, const std::string& more = {}) {
    return plan_with("split_brain {\n" + lines + "\n}\n" + more);
}

TEST(Guards, PolicyOffIsPlainVrrp) {
    EXPECT_THAT(plan_with("").guards, IsEmpty());
    EXPECT_THAT(guarded("policy off\nheartbeat interface eth1").guards, IsEmpty());
    EXPECT_THAT(guarded("policy off\nheartbeat interface eth1").paths, IsEmpty());
}

TEST(Guards, WithoutMoreHaveWhatEveryHostCan) {
    const Plan plan = guarded("policy hold");
    ASSERT_THAT(plan.engine.guards, SizeIs(1));
    const engine::GuardSettings& guard = plan.engine.guards[0];
    EXPECT_EQ(guard.policy, GuardPolicy::hold);
    EXPECT_EQ(guard.leader, engine::RouterId{0});
    EXPECT_TRUE(guard.probes_addresses);
    EXPECT_FALSE(guard.references);
    EXPECT_THAT(guard.heartbeats, IsEmpty());
    EXPECT_EQ(guard.quiet, 30s);
    EXPECT_EQ(plan.guards[0].unit, "VI");
    EXPECT_FALSE(plan.guards[0].fence);
}

TEST(Guards, AnIsolatedActiveWithdrawsUnlessThePolicyPrefersTwoToNone) {
    for (const auto& [policy, withdraws] : {std::pair{"alert", false}, {"hold", true}, {"takeover", false}}) {
        EXPECT_EQ(guarded(std::string{"policy "} + policy).engine.guards[0].withdraws_when_isolated,
                  withdraws)
            << policy;
    }
    EXPECT_FALSE(guarded("policy hold\nisolated_active keep").engine.guards[0].withdraws_when_isolated);
    EXPECT_TRUE(guarded("policy alert\nisolated_active withdraw").engine.guards[0].withdraws_when_isolated);
}

TEST(Guards, ThatNameTheSameWayShareIt) {
    const std::string way =
        "policy hold\nheartbeat interface eth1\nheartbeat unicast 10.0.0.2 interface eth2\n";
    const Plan plan = plan_of(
        "vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress "
        "{\n192.0.2.1\n}\nsplit_brain {\n" +
        way +
        "}\n}\nvrrp_instance B {\ninterface eth0\nvirtual_router_id 2\nvirtual_ipaddress {\n192.0.2.2\n}\n"
        "split_brain {\n" +
        way + "heartbeat serial /dev/ttyS1\nheartbeat interface eth1\n}\n}\n");
    EXPECT_THAT(plan.engine.paths,
                ElementsAre("interface eth1", "peer 10.0.0.2 by eth2", "serial line /dev/ttyS1"));
    EXPECT_THAT(plan.engine.guards[0].heartbeats, ElementsAre(engine::PathId{0}, engine::PathId{1}));
    EXPECT_THAT(plan.engine.guards[1].heartbeats,
                ElementsAre(engine::PathId{0}, engine::PathId{1}, engine::PathId{2}));
    EXPECT_EQ(plan.paths[0].port, 5112);
    EXPECT_EQ(plan.paths[2].port, 0);
    EXPECT_EQ(plan.paths[2].bits_per_second, 115200U);
}

TEST(Guards, AskTheirReferencesAtThePaceOfTheAdverts) {
    const Plan plan =
        guarded("policy hold\nreferences quorum 2 {\n192.0.2.250\n192.0.2.251\n10.0.0.1 dev eth1\n}",
                "version 3\nadvert_int 0.2\n");
    const engine::GuardSettings& guard = plan.engine.guards[0];
    ASSERT_TRUE(guard.references);
    EXPECT_TRUE(guard.references_redundant);
    EXPECT_EQ(guard.reference_interval, 200ms);
    ASSERT_THAT(plan.trackers, SizeIs(1));
    const auto& asked = std::get<ReachabilityPlan>(plan.trackers[0].what);
    EXPECT_EQ(asked.schedule.interval, 200ms);
    EXPECT_EQ(asked.schedule.fall, 2);
    EXPECT_EQ(asked.references[0].link, "eth0");
    EXPECT_EQ(asked.references[2].link, "eth1");
    EXPECT_THAT(plan.engine.routers[0].tracked_health, IsEmpty());
    EXPECT_THAT(plan.engine.trackers, SizeIs(1));
    EXPECT_FALSE(guarded("policy hold\nreferences {\n192.0.2.250\n}").engine.guards[0].references_redundant);
}

TEST(Guards, OfASyncGroupIsOneForAllItsMembers) {
    const auto member = [](const std::string& name, const std::string& vrid) {
        return "vrrp_instance " + name + " {\ninterface eth0\nvirtual_router_id " + vrid +
               "\nvirtual_ipaddress {\n192.0.2." + vrid + "\n}\n}\n";
    };
    const Plan plan =
        plan_of("vrrp_sync_group G {\ngroup {\nB\nC\n}\nsplit_brain {\npolicy takeover\n}\n}\n" +
                member("A", "1") + member("B", "2") + member("C", "3"));
    ASSERT_THAT(plan.engine.guards, SizeIs(1));
    EXPECT_EQ(plan.engine.guards[0].leader, engine::RouterId{1});
    EXPECT_EQ(plan.guards[0].unit, "group G");
}

// Two that begin at once would switch each other off.
TEST(Guards, TheLowerPriorityFencesLater) {
    const auto delay = [](const std::string& priority, const std::string& more = {}) {
        return guarded("policy fence\nfence {\nagent fence_x\n" + more + "\n}", "priority " + priority + "\n")
            .engine.guards[0]
            .fence.delay;
    };
    EXPECT_EQ(delay("150") - delay("200"), 1s);
    EXPECT_EQ(delay("200", "delay 3") - delay("200"), 3s);
    EXPECT_EQ(delay("1", "delay_by_priority off"), 0s);
}

TEST(Guards, TheWaitForTheAgentCoversAllItsAttempts) {
    const Plan plan = guarded(
        "policy fence\nfence {\nagent fence_x\noption ip 10.0.0.9\ntimeout 5\nretries 1\n"
        "on_failure takeover\n}");
    EXPECT_EQ(plan.engine.guards[0].fence.timeout,
              20s);  // twice the action and the question whether it worked
    EXPECT_TRUE(plan.engine.guards[0].fence.failure_promotes);
    const FencePlan& fence = *plan.guards[0].fence;
    EXPECT_EQ(fence.agent, "/usr/sbin/fence_x");
    EXPECT_EQ(fence.timeout, 5s);
    EXPECT_EQ(fence.retries, 1);
    EXPECT_THAT(fence.options, ElementsAre(std::pair{std::string{"ip"}, std::string{"10.0.0.9"}}));
    EXPECT_EQ(guarded("policy fence\nfence {\nagent /opt/x\n}").guards[0].fence->agent, "/opt/x");
}

}  // namespace
}  // namespace holdfast::plan::testing
