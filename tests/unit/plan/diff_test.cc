// What a reload changes, by name.
#include "plan/diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/plan/planned.h"

namespace holdfast::plan::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string changes_of(const std::string& before, const std::string& now) {
    return text(diff(plan_with(before), plan_with(now)));
}

std::string second(const std::string& name = "WEB") {
    return "}\nvrrp_instance " + name +
           " {\ninterface eth1\nvirtual_router_id 60\nvirtual_ipaddress {\n198.51.100.1/24\n}";
}

TEST(PlanDiff, OfTheSameFileIsEmpty) {
    const Plan plan = plan_with("priority 150\nnotify /bin/x\nvirtual_routes {\ndefault via 192.0.2.1\n}");
    EXPECT_TRUE(diff(plan, plan).empty());
    EXPECT_EQ(text(diff(plan, plan)), "");
}

TEST(PlanDiff, NamesValuesThatMoved) {
    EXPECT_EQ(changes_of("priority 100", "priority 90"), "VI: priority 100 -> 90");
    EXPECT_EQ(changes_of("advert_int 1", "advert_int 2\nnopreempt"),
              "VI: advert_int 1 s -> 2 s; VI: preempt on -> off");
    EXPECT_EQ(changes_of("", "version 3"), "VI: version 2 -> 3");
    EXPECT_EQ(changes_of("", "mcast_src_ip 192.0.2.7"), "VI: source address none -> 192.0.2.7");
}

TEST(PlanDiff, NamesAddressesThatComeAndGo) {
    EXPECT_EQ(changes_of("virtual_ipaddress {\n192.0.2.101/24\n}", "virtual_ipaddress {\n192.0.2.102/24\n}"),
              "VI: address 192.0.2.101/24 on eth0 removed; VI: address 192.0.2.102/24 on eth0 added");
    EXPECT_EQ(changes_of("", "virtual_ipaddress_excluded {\n192.0.2.110/24 dev eth1\n}"),
              "VI: excluded address 192.0.2.110/24 on eth1 added; VI: tracked interfaces");
}

TEST(PlanDiff, NamesInstancesThatComeAndGo) {
    EXPECT_EQ(changes_of("", second()), "WEB added");
    EXPECT_EQ(changes_of(second(), ""), "WEB removed");
}

TEST(PlanDiff, AnInstanceIsKnownByItsPlaceOnTheNetworkNotByItsName) {
    EXPECT_EQ(changes_of(second("WEB"), second("SHOP")), "SHOP: name WEB -> SHOP");
    const auto on = [](const std::string& link) {
        return plan_of("vrrp_instance VI {\ninterface " + link +
                       "\nvirtual_router_id 51\nvirtual_ipaddress {\n192.0.2.1/24\n}\n}\n");
    };
    EXPECT_EQ(text(diff(on("eth0"), on("eth4"))), "VI added; VI removed");
}

TEST(PlanDiff, NamesListsWithoutSpellingThemOut) {
    EXPECT_EQ(changes_of("", "authentication {\nauth_type PASS\nauth_pass secret\n}"), "VI: authentication");
    EXPECT_EQ(changes_of("", "track_interface {\neth1\n}"), "VI: tracked interfaces");
    EXPECT_EQ(changes_of("", "garp_master_delay 1"), "VI: gratuitous ARPs");
    EXPECT_EQ(changes_of("", "notify_master /bin/x"), "VI: notify scripts");
    EXPECT_EQ(changes_of("", "virtual_routes {\n203.0.113.0/24 via 192.0.2.1\n}"), "VI: virtual_routes");
}

TEST(PlanDiff, NamesWhatIsTrackedBesideInterfaces) {
    const auto references = [](const std::string& more) {
        return "track_reachability {\n10.0.0.1\n" + more + "}";
    };
    EXPECT_EQ(changes_of("", references("")), "VI: tracked reference 10.0.0.1 on eth0 added");
    EXPECT_EQ(changes_of(references(""), references("10.0.0.2\n")),
              "VI: tracked reference 10.0.0.1 on eth0 removed; VI: tracked references 10.0.0.1, 10.0.0.2 on "
              "eth0 added");
    EXPECT_EQ(changes_of(references(""), references("weight 5\n")),
              "VI: tracked reference 10.0.0.1 on eth0 removed; VI: tracked reference 10.0.0.1 on eth0 weight "
              "5 added");
    EXPECT_EQ(changes_of(references(""), references("interval 2\n")), "");
}

TEST(PlanDiff, NamesGroupsAndStatics) {
    const auto with = [](const std::string& more) { return plan_of(more + instance_text(second())); };
    EXPECT_EQ(text(diff(with(""), with("vrrp_sync_group VG {\ngroup {\nVI\nWEB\n}\n}\n"))),
              "VI: sync group none -> VG; WEB: sync group none -> VG; group VG added");
    EXPECT_EQ(text(diff(with(""), with("static_ipaddress {\n192.0.2.9/24 dev eth0\n}\n"))),
              "static addresses, routes or rules");
}

TEST(PlanDiff, ALongListIsCutAndCounted) {
    std::string many = "virtual_ipaddress {\n";
    for (int at = 1; at <= 30; ++at)
        many += "10.0.0." + std::to_string(at) + "/24\n";
    const std::string line = changes_of("", many + "}");
    EXPECT_THAT(line, ::testing::EndsWith("; and 18 more"));
}

}  // namespace
}  // namespace holdfast::plan::testing
