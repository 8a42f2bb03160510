#include "snmp/notifications.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "snmp/mibs.h"
#include "unit/snmp/served.h"

namespace holdfast::snmp {
namespace {

using namespace testing;
using enum status::RouterState;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Oid under(Oid root, const Oid& rest) {
    root.insert(root.end(), rest.begin(), rest.end());
    return root;
}

const Oid instance_change = under(vrrp_root, {10, 0, 2});

std::vector<Notification> told(const Node& node, status::RoutersSnapshot routers, Instant since) {
    return state_changes(Facts{node, std::move(routers), {}, interfaces()}, since);
}

// States told of instances, in order.
std::vector<std::int64_t> states(const std::vector<Notification>& all) {
    std::vector<std::int64_t> found;
    for (const Notification& one : all)
        if (one.name == instance_change)
            found.push_back(static_cast<std::int64_t>(one.variables[1].second.number));
    return found;
}

TEST(StateChanges, AreToldInTheOrderOfTheirTelling) {
    const Node served = node();
    const auto all = told(served,
                          snapshot(Instant{20s}, {instance("VI_1", {change(Instant{12s}, fault)}),
                                                  instance("VI_2", {change(Instant{11s}, backup)})}),
                          Instant{10s});
    EXPECT_THAT(states(all), ElementsAre(1, 3));
    EXPECT_EQ(all[0].variables[0].second, text("VI_2"));
    EXPECT_EQ(all[0].settles, Instant{11s});
    EXPECT_EQ(all[1].variables.back().second, text("node-a"));
}

TEST(StateChanges, OfWhichTheEditionMayLackSomeWaitForTheNext) {
    const Node served = node();
    const auto routers = [](Instant taken) {
        return snapshot(taken,
                        {instance("VI_1", {change(Instant{12s}, backup), change(Instant{21s}, fault)})});
    };
    EXPECT_THAT(states(told(served, routers(Instant{20s}), Instant{10s})), ElementsAre(1));
    EXPECT_THAT(states(told(served, routers(Instant{22s}), Instant{20s})), ElementsAre(3));
}

TEST(StateChanges, OfLongAgoWakeNobody) {
    const Node served = node();
    const auto routers = snapshot(Instant{1000s}, {instance("VI_1", {change(Instant{12s}, backup)})});
    EXPECT_THAT(told(served, routers, Instant{}), IsEmpty());
}

TEST(StateChanges, ToActiveAreToldInTheWordsOfTheirVersion) {
    const Node served = node();
    const auto all =
        told(served,
             snapshot(Instant{20s}, {instance("VI_1", {change(Instant{11s}, active, "peer-resigned")}),
                                     instance("VI_2", {change(Instant{12s}, active, "preempting")})}),
             Instant{10s});
    ASSERT_THAT(all, SizeIs(5));
    EXPECT_EQ(all[1].name, under(rfc2787_root, {0, 1}));  // version 2 only
    EXPECT_EQ(all[1].variables[0].first, under(rfc2787_root, {1, 3, 1, 7, 7, 51}));
    EXPECT_EQ(all[2].name, under(rfc6527_root, {0, 1}));
    EXPECT_EQ(all[2].variables[1].second, integer(1));
    EXPECT_EQ(all[4].variables[1].first, under(rfc6527_root, {1, 2, 5, 1, 2, 7, 52, 1}));
    EXPECT_EQ(all[4].variables[1].second, integer(2));
    EXPECT_FALSE(all[1].settles);
    EXPECT_EQ(all[2].settles, Instant{11s});
}

TEST(StateChanges, OfAGroupMemberHaveTheReasonOfItsLeader) {
    const Node served = node();
    status::Transition led = change(Instant{11s}, active, "group-member");
    led.member_kind = "peer-resigned";
    EXPECT_EQ(master_reason(led), 1);
    const auto all = told(served, snapshot(Instant{20s}, {instance("VI_2", {led})}), Instant{10s});
    EXPECT_EQ(all[1].variables[1].second, integer(1));
}

TEST(StateChanges, AtTheEndAreAShutdown) {
    const Node served = node();
    auto routers = snapshot(Instant{20s}, {instance("VI_1", {change(Instant{11s}, initialize, "stopped")}),
                                           instance("VI_2", {change(Instant{11s}, initialize, "started")})});
    routers.groups = {{.name = "VG", .transitions = {change(Instant{12s}, initialize, "stopped")}}};
    const auto all = told(served, std::move(routers), Instant{10s});
    ASSERT_THAT(all, SizeIs(2));
    EXPECT_THAT(states(all), ElementsAre(5));
    EXPECT_EQ(all[1].name, under(vrrp_root, {10, 0, 1}));
    EXPECT_EQ(all[1].variables[1].second, integer(5));
}

status::Departed gone(const std::string& name, Instant told, status::LastWord word) {
    return {.name = name, .begins_active = true, .word = word, .transitions = {change(told, initialize)}};
}

TEST(StateChanges, OfInstancesThatAReloadRemovedAreFaultOrDeleted) {
    const Node served = node();
    auto routers = snapshot(Instant{20s}, {instance("VI_1", {change(Instant{12s}, backup)})});
    routers.departed = {gone("VI_8", Instant{9s}, status::LastWord::deleted),  // told before
                        gone("VI_7", Instant{13s}, status::LastWord::deleted),
                        gone("VI_6", Instant{11s}, status::LastWord::fault),
                        gone("VI_5", Instant{14s}, status::LastWord::none)};
    const auto all = told(served, std::move(routers), Instant{10s});
    EXPECT_THAT(states(all), ElementsAre(3, 1, 6));
    EXPECT_EQ(all[2].variables[0].second, text("VI_7"));
    EXPECT_EQ(all[2].variables[2].second, integer(2));
    EXPECT_EQ(all[2].variables[3].second, text("node-a"));
    EXPECT_EQ(all[2].settles, Instant{13s});
}

TEST(StateChanges, OfInstancesThatAReloadRemovedAreOfKeepalivedMibOnly) {
    const Node served =
        node("global_defs {\nenable_snmp_rfc\n}\n" + two_in_a_group.substr(two_in_a_group.find("vrrp_sync")));
    auto routers = snapshot(Instant{20s}, {});
    routers.departed = {gone("VI_7", Instant{13s}, status::LastWord::deleted)};
    EXPECT_THAT(told(served, std::move(routers), Instant{10s}), IsEmpty());
}

TEST(StateChanges, AreToldOnlyWhereTheirPartIsServed) {
    const Node served = node("global_defs {\nenable_snmp_rfcv3\n}\n" +
                             two_in_a_group.substr(two_in_a_group.find("vrrp_sync")));
    const auto all = told(served, snapshot(Instant{20s}, {instance("VI_1", {change(Instant{11s}, active)})}),
                          Instant{10s});
    ASSERT_THAT(all, SizeIs(1));
    EXPECT_EQ(all[0].name, under(rfc6527_root, {0, 1}));
}

TEST(ErrorsInAdverts, AreToldWhenTheyBecomeMore) {
    const Node served = node();
    ErrorNotifications errors;
    const auto next = [&](std::uint64_t passwords, std::uint64_t ttls) {
        status::Instance one = instance("VI_1");
        one.counters = {{.name = "refused_bad_password", .value = passwords},
                        {.name = "refused_bad_ttl", .value = ttls}};
        one.last_error = status::ProtocolError::ttl;
        one.error_source = IpAddress::parse("192.0.2.66");
        return errors.next(Facts{served, snapshot(Instant{20s}, {one}), {}, interfaces()});
    };
    EXPECT_THAT(next(5, 5), IsEmpty());  // of before
    EXPECT_THAT(next(5, 5), IsEmpty());
    const auto wrong = next(9, 5);
    ASSERT_THAT(wrong, SizeIs(1));
    EXPECT_EQ(wrong[0].name, under(rfc2787_root, {0, 2}));
    EXPECT_EQ(wrong[0].variables[0].second, ip_address(*IpAddress::parse("192.0.2.66")));
    EXPECT_EQ(wrong[0].variables[1].second, integer(3));
    const auto far = next(9, 6);
    ASSERT_THAT(far, SizeIs(1));
    EXPECT_EQ(far[0].name, under(rfc6527_root, {0, 2}));
    EXPECT_EQ(far[0].variables[0].second, integer(1));
}

}  // namespace
}  // namespace holdfast::snmp
