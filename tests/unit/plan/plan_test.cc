// A whole configuration as what a node runs: groups, links, start-up, processes, FIFOs.
#include "plan/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/plan/planned.h"

namespace holdfast::plan::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string instance(const std::string& name, int vrid, const std::string& lines = {}) {
    return "vrrp_instance " + name + " {\ninterface eth" + std::to_string(vrid % 10) +
           "\nvirtual_router_id " + std::to_string(vrid) + "\nvirtual_ipaddress {\n192.0.2." +
           std::to_string(vrid) + "/24\n}\n" + lines + "\n}\n";
}

std::string group(const std::string& lines) {
    return "vrrp_sync_group VG {\ngroup {\nVI_1\nVI_2\n}\n" + lines + "\n}\n";
}

std::vector<int> weights(const std::vector<engine::TrackedLink>& links) {
    std::vector<int> weights;
    for (const engine::TrackedLink& link : links)
        weights.push_back(link.weight);
    return weights;
}

TEST(PlannedGroup, MembersKnowItAndItKnowsThem) {
    const Plan plan = plan_of(group("") + instance("VI_1", 51) + instance("VI_2", 52));
    ASSERT_THAT(plan.engine.groups, SizeIs(1));
    EXPECT_THAT(plan.engine.groups[0].members, ElementsAre(engine::RouterId{0}, engine::RouterId{1}));
    EXPECT_EQ(plan.engine.routers[0].group_id, engine::GroupId{0});
    EXPECT_EQ(plan.engine.routers[1].group_id, engine::GroupId{0});
}

TEST(PlannedGroup, UnknownMembersAreLeftOutAndTheFirstGroupHasAMember) {
    const Plan plan = plan_of(
        "vrrp_sync_group VG {\ngroup {\nVI_1\nNOBODY\n}\n}\n"
        "vrrp_sync_group SECOND {\ngroup {\nVI_1\nVI_2\n}\n}\n" +
        instance("VI_1", 51) + instance("VI_2", 52));
    ASSERT_THAT(plan.engine.groups, SizeIs(2));
    EXPECT_THAT(plan.engine.groups[0].members, ElementsAre(engine::RouterId{0}));
    EXPECT_THAT(plan.engine.groups[1].members, ElementsAre(engine::RouterId{1}));
}

TEST(PlannedGroup, WeightsOfMembersCountOnlyOnRequest) {
    const std::string members =
        instance("VI_1", 51, "track_interface {\neth5\neth6 weight 10\n}") + instance("VI_2", 52);
    EXPECT_THAT(weights(plan_of(group("") + members).engine.routers[0].tracked_links), ElementsAre(0));
    EXPECT_THAT(
        weights(plan_of(group("sync_group_tracking_weight") + members).engine.routers[0].tracked_links),
        ElementsAre(0, 10));
}

TEST(PlannedGroup, ItsOwnWeightWinsOverAMembersUnlessThatIsZero) {
    const std::string lines =
        "sync_group_tracking_weight\ntrack_interface {\neth5 weight 20\neth6 weight 30\n}";
    const Plan plan =
        plan_of(group(lines) + instance("VI_1", 51, "track_interface {\neth5 weight 5\neth6\n}") +
                instance("VI_2", 52));
    EXPECT_THAT(weights(plan.engine.groups[0].tracked_links), ElementsAre(20, 30));
    EXPECT_THAT(weights(plan.engine.routers[0].tracked_links), ElementsAre(0));
}

TEST(PlannedGroup, WithAnOwnerHasNoWeightedTrackers) {
    const Plan plan = plan_of(group("track_interface {\neth5\neth6 weight 30\n}") +
                              instance("VI_1", 51, "priority 255") + instance("VI_2", 52));
    EXPECT_THAT(weights(plan.engine.groups[0].tracked_links), ElementsAre(0));
}

TEST(PlannedGroup, PriorityChangesOfMembersAreReportedWhenItSaysSo) {
    const Plan plan = plan_of(group("notify_priority_changes") + instance("VI_1", 51) + instance("VI_2", 52));
    EXPECT_TRUE(plan.routers[0].notify.reports_priority);
    EXPECT_TRUE(plan_with("", "vrrp_notify_priority_changes").routers[0].notify.reports_priority);
    EXPECT_FALSE(plan_with("").routers[0].notify.reports_priority);
}

TEST(PlannedStart, WaitsForTheLongerOfTheDelays) {
    const auto delay = [](const std::string& global, Duration uptime) {
        return plan_of(instance_text("", global), {.uptime = uptime, .host_name = ""}).engine.startup_delay;
    };
    EXPECT_EQ(delay("", 1s), 0s);
    EXPECT_EQ(delay("vrrp_startup_delay 5.5", 1s), 5500ms);
    EXPECT_EQ(delay("vrrp_delay_after_boot 60", 20s), 40s);
    EXPECT_EQ(delay("vrrp_delay_after_boot 60", 100s), 0s);
    EXPECT_EQ(delay("vrrp_startup_delay 50\nvrrp_delay_after_boot 60", 20s), 50s);
}

TEST(PlannedLink, ADownDelayIsShorterThanThePeersPatience) {
    const auto delay = [](const std::string& seconds) {
        return plan_of("interface_up_down_delays {\neth0 " + seconds + " 3\n}\n" + instance_text(""))
            .links.at(0)
            .down_delay;
    };
    EXPECT_EQ(delay("1"), 1s);
    EXPECT_EQ(delay("10"), 2s - 1s / 256.0);  // two of three adverts, less the least skew
    EXPECT_EQ(plan_of("interface_up_down_delays {\neth0 1 3\n}\n" + instance_text("")).links.at(0).up_delay,
              3s);
    EXPECT_EQ(plan_of("interface_up_down_delays {\neth0 1 3\n}\n" + instance_text("down_timer_adverts 1"))
                  .links.at(0)
                  .down_delay,
              0s);
}

TEST(PlannedLink, AnnouncementsArePacedPerLinkOrPerGroup) {
    const Plan each = plan_of(instance_text("virtual_ipaddress {\n192.0.2.101/24 dev eth1\n}",
                                            "vrrp_garp_interval 0.1\nvrrp_gna_interval 0.2"));
    ASSERT_THAT(each.links, SizeIs(2));
    EXPECT_EQ(each.links[0].arp_interval, 100ms);
    EXPECT_EQ(each.links[0].na_interval, 200ms);
    EXPECT_NE(each.links[0].announce_group, each.links[1].announce_group);

    const Plan shared =
        plan_of("garp_group {\ngarp_interval 0.5\ngna_interval 0.6\ninterfaces {\neth0\neth1\n}\n}\n" +
                instance_text("virtual_ipaddress {\n192.0.2.101/24 dev eth1\n}"));
    EXPECT_EQ(shared.links[0].arp_interval, 500ms);
    EXPECT_EQ(shared.links[1].na_interval, 600ms);
    EXPECT_EQ(shared.links[0].announce_group, shared.links[1].announce_group);
}

TEST(PlannedScheduling, IsAsWrittenForEachProcess) {
    const Plan plan =
        plan_with("",
                  "vrrp_priority -5\nvrrp_rt_priority 10\nvrrp_rlimit_rttime 5000\nvrrp_no_swap\n"
                  "vrrp_cpu_affinity 1 3\nchecker_priority 4");
    EXPECT_EQ(plan.vrrp_scheduling.nice, -5);
    EXPECT_EQ(plan.vrrp_scheduling.realtime_priority, 10);
    EXPECT_EQ(plan.vrrp_scheduling.rlimit_rttime_us, 5000u);
    EXPECT_TRUE(plan.vrrp_scheduling.lock_memory);
    EXPECT_THAT(plan.vrrp_scheduling.processors, ElementsAre(1u, 3u));
    EXPECT_EQ(plan.checker_scheduling.nice, 4);
    EXPECT_FALSE(plan.checker_scheduling.realtime_priority);
    EXPECT_EQ(plan_with("").vrrp_scheduling.nice, 0);
}

TEST(PlannedScheduling, OfTheProtocolProcessIsRealTimeUnlessTheFileSaysOtherwise) {
    const SchedulingPlan own = plan_with("").vrrp_scheduling;
    EXPECT_EQ(own.realtime_priority, 1);
    EXPECT_EQ(own.rlimit_rttime_us, 0u);
    EXPECT_TRUE(own.lock_memory);
    EXPECT_FALSE(plan_with("", "vrrp_priority -5").vrrp_scheduling.realtime_priority);
}

TEST(PlannedNotices, ScriptsStandByEvent) {
    const Plan plan = plan_with(
        "notify_master /bin/m\nnotify_backup /bin/b\nnotify_fault /bin/f\nnotify_stop /bin/s\n"
        "notify /bin/any\nnotify_master_rx_lower_pri /bin/l\nnotify_deleted");
    const NotifyPlan& notify = plan.routers.at(0).notify;
    ASSERT_TRUE(notify.became_active && notify.became_backup && notify.fault && notify.stopped &&
                notify.any && notify.lower_priority_heard);
    EXPECT_EQ(notify.became_active->path, "/bin/m");
    EXPECT_EQ(notify.became_backup->path, "/bin/b");
    EXPECT_EQ(notify.fault->path, "/bin/f");
    EXPECT_EQ(notify.stopped->path, "/bin/s");
    EXPECT_EQ(notify.any->path, "/bin/any");
    EXPECT_EQ(notify.lower_priority_heard->path, "/bin/l");
    EXPECT_TRUE(notify.reports_deletion);
    EXPECT_FALSE(plan_with("").routers.at(0).notify.reports_deletion);
}

TEST(PlannedNotices, FifosHaveTheirReaders) {
    const Plan plan =
        plan_with("", "notify_fifo /run/a\nnotify_fifo_script /bin/reader\nvrrp_notify_fifo /run/b");
    ASSERT_THAT(plan.fifos, SizeIs(2));
    EXPECT_EQ(plan.fifos[0].path, "/run/a");
    ASSERT_TRUE(plan.fifos[0].reader);
    EXPECT_EQ(plan.fifos[0].reader->path, "/bin/reader");
    EXPECT_EQ(plan.fifos[1].path, "/run/b");
    EXPECT_FALSE(plan.fifos[1].reader);
}

TEST(PlannedNode, IsNamedAfterItsHostUnlessWritten) {
    EXPECT_EQ(plan_of(instance_text(""), {.uptime = 0s, .host_name = "alpha"}).router_id, "alpha");
    EXPECT_EQ(plan_of(instance_text("", "router_id LVS_A"), {.uptime = 0s, .host_name = "alpha"}).router_id,
              "LVS_A");
}

// The issue's two hosts: one file as operators write it.
TEST(PlannedNode, TwoNetworksWrittenAsOperatorsWriteThem) {
    const Plan plan = plan_of(R"(! Configuration File for keepalived
vrrp_sync_group VG1 {
group{
VI_1
VI_2
}
}
vrrp_instance VI_1 {
state BACKUP
interface eno16777736
virtual_router_id 51
priority 100
advert_int 1
nopreempt
authentication {
auth_type PASS
auth_pass 1111
}
track_interface {
eno16777736
eno33554984
}
virtual_ipaddress {
192.168.1.111
}
}
vrrp_instance VI_2 {
state BACKUP
interface eno33554984
virtual_router_id 52
priority 100
advert_int 1
nopreempt
authentication {
auth_type PASS
auth_pass 2222
}
track_interface {
eno16777736
eno33554984
}
virtual_ipaddress {
192.168.1.112
}
}
)");
    ASSERT_THAT(plan.engine.routers, SizeIs(2));
    for (const engine::RouterSettings& router : plan.engine.routers) {
        EXPECT_EQ(router.version, Version::v2);
        EXPECT_FALSE(router.starts_active || router.preempt || router.fault);
        EXPECT_EQ(router.advert_interval, 1s);
        ASSERT_THAT(router.tracked_links, SizeIs(1));  // the other network
        EXPECT_NE(router.tracked_links[0].link, router.link);
        EXPECT_TRUE(router.password);
        EXPECT_EQ(router.group_id, engine::GroupId{0});
    }
    EXPECT_THAT(plan.links, SizeIs(2));
}

TEST(Planned, TheFirewallIsLeftAloneUnlessTheConfigurationSaysOtherwise) {
    EXPECT_FALSE(plan_of(instance("VI_1", 51)).firewall_accept);
    EXPECT_TRUE(plan_of("global_defs {\nfirewall_accept on\n}\n" + instance("VI_1", 51)).firewall_accept);
    EXPECT_FALSE(plan_of("global_defs {\nfirewall_accept off\n}\n" + instance("VI_1", 51)).firewall_accept);
}

}  // namespace
}  // namespace holdfast::plan::testing
