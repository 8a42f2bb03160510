#include "engine/group.h"

#include <gtest/gtest.h>

#include "support/node.h"

namespace holdfast::test {
namespace {

using engine::State;

engine::RouterSettings nopreempt(int priority) {
    auto own = v2(priority);
    own.preempt = false;
    return own;
}

Node active_group(const engine::RouterSettings& member) {
    Node node{grouped(member)};
    node.starts(-4s).lives_until(0s);
    return node;
}

void expect_all(const Node& node, State state) {
    EXPECT_EQ(node.state(router_0), state);
    EXPECT_EQ(node.state(router_1), state);
}

TEST(SyncGroup, MembersBecomeActiveTogetherWhenAllWantIt) {
    Node node{grouped(v2(100))};
    node.starts().lives_until(3s + 609'375us);
    expect_all(node, State::active);
    EXPECT_EQ(node.engine().group(group_0), State::active);
    ASSERT_EQ(node.asked<engine::GroupStateChanged>().size(), 1u);
    EXPECT_EQ(node.asked<engine::GroupStateChanged>()[0].from, State::backup);
    EXPECT_EQ(node.asked<engine::GroupStateChanged>()[0].to, State::active);
}

TEST(SyncGroup, MemberWhoseTimerEndsWaitsForTheOthers) {
    Node node{grouped(v2(100))};
    node.starts().hears({.priority = 200}, 3s, router_1);
    node.lives_until(3s + 609'375us);
    expect_all(node, State::backup);
    EXPECT_EQ(node.view(router_0).wanted, State::active);
    EXPECT_EQ(node.deadline(router_0), at(2 * (3s + 609'375us)));  // its timer runs again
    node.lives_until(6s + 609'375us);                              // the other's ends
    expect_all(node, State::active);
}

TEST(SyncGroup, WishIsForgottenWhenAnActiveRouterIsHeardAgain) {
    Node node{grouped(v2(100))};
    node.starts().hears({.priority = 200}, 3s, router_1).lives_until(4s);
    node.hears({.priority = 200}, 5s, router_0);
    EXPECT_EQ(node.view(router_0).wanted, State::backup);
    node.lives_until(6s + 609'375us);
    expect_all(node, State::backup);
}

TEST(SyncGroup, MemberThatGivesWayTakesAllAlongWithoutFarewells) {
    Node node = active_group(v2(100));
    node.hears({.priority = 200}, 500ms, router_0);
    expect_all(node, State::backup);
    EXPECT_EQ(node.farewells(), 0);
    EXPECT_EQ(node.asked<engine::RemoveAddresses>().size(), 2u);
    EXPECT_EQ(node.deadline(router_1), at(500ms + 3s + 609'375us));
    EXPECT_EQ(node.view(router_1).cause.kind, engine::CauseKind::group_member);
    EXPECT_EQ(node.view(router_1).cause.member, router_0);
    EXPECT_EQ(node.view(router_1).cause.member_kind, engine::CauseKind::higher_priority);
}

TEST(SyncGroup, FaultOfOneIsTheFaultOfAllWithFarewells) {
    auto settings = grouped(v2(100));
    for (auto& router : settings.routers)
        router.tracked_links.clear();
    Node node{settings};
    node.starts().lives_until(4s);
    node.link(link_1, false, 5s);
    expect_all(node, State::fault);
    EXPECT_EQ(node.engine().group(group_0), State::fault);
    EXPECT_EQ(node.farewells(), 2);
    EXPECT_EQ(node.asked<engine::RemoveAddresses>().size(), 2u);
    for (const auto& change : node.asked<engine::StateChanged>())
        EXPECT_EQ(describe(change.cause, settings, group_0), "link eno2 down (group VG1)");
    EXPECT_EQ(node.view(router_0).cause.kind, engine::CauseKind::group_member);
}

TEST(SyncGroup, LeavesFaultWhenTheLastMemberDoes) {
    Node node{grouped(v2(100))};
    node.starts().link(link_0, false, 1s).link(link_1, false, 2s);
    node.link(link_0, true, 3s);
    expect_all(node, State::fault);
    node.link(link_1, true, 4s);
    expect_all(node, State::backup);
    EXPECT_EQ(node.deadline(router_0), at(7s + 609'375us));
    EXPECT_EQ(node.deadline(router_1), at(7s + 609'375us));
    EXPECT_EQ(node.why(), "link eno2 up (group VG1)");
}

TEST(SyncGroup, LinkOfTheGroupCountsForEveryMember) {
    auto settings = grouped(v2(100));
    settings.links.push_back("eno3");
    settings.groups[0].tracked_links = {{.link = engine::LinkId{2}}};
    Node node{settings};
    node.starts();
    node.link(engine::LinkId{2}, false, 1s);
    expect_all(node, State::fault);
    EXPECT_EQ(node.view(router_0).cause.kind, engine::CauseKind::tracked_link_down);
    EXPECT_EQ(node.view(router_1).cause.kind, engine::CauseKind::tracked_link_down);
}

TEST(SyncGroup, MembersThatDisagreeBeginAsBackup) {
    auto settings = grouped(v2(100));
    settings.routers[0].starts_active = true;
    Node node{settings};
    node.starts();
    EXPECT_EQ(node.deadline(router_0), at(3s + 609'375us));
    EXPECT_EQ(node.deadline(router_1), at(3s + 609'375us));
}

TEST(SyncGroup, OwnerAmongOthersBeginsAsBackup) {
    auto settings = grouped(v2(100));
    for (auto& router : settings.routers)
        router.starts_active = true;
    settings.routers[1].priority = Priority::owner();
    Node node{settings};
    node.starts();
    expect_all(node, State::backup);
}

TEST(SyncGroup, OfOwnersBeginsAsActive) {
    Node node{grouped(v2(255))};
    node.starts();
    expect_all(node, State::active);
    EXPECT_EQ(node.adverts(), 2);
}

TEST(SyncGroup, LowerPriorityHeardByOneIsAnsweredWithTheAddressesOfAll) {
    Node node = active_group(v2(100));
    node.hears({.priority = 50}, 500ms, router_0);
    EXPECT_EQ(node.adverts(), 1);
    EXPECT_EQ(node.asked<engine::Announce>().size(), 2u);
}

TEST(SyncGroup, SaysWhichMemberLedIt) {
    const auto leader = [](const Node& node) { return node.asked<engine::GroupStateChanged>().at(0).member; };
    Node waiting{grouped(v2(100))};
    waiting.starts();
    EXPECT_EQ(leader(waiting), std::nullopt);  // all began
    Node active = active_group(v2(100));
    active.hears({.priority = 200}, 500ms, router_1);
    EXPECT_EQ(leader(active), router_1);
    EXPECT_EQ(active.view(router_0).cause.member, router_1);
    active.happens(engine::Stopped{}, 1s);
    EXPECT_EQ(leader(active), std::nullopt);
}

TEST(SyncGroup, StopsWithOneChange) {
    Node node = active_group(v2(100));
    node.happens(engine::Stopped{}, 1s);
    EXPECT_EQ(node.farewells(), 2);
    ASSERT_EQ(node.asked<engine::GroupStateChanged>().size(), 1u);
    EXPECT_EQ(node.engine().group(group_0), State::initialize);
}

// Two hosts on two networks, as operators write it: both `state BACKUP` with nopreempt, priorities 100 and
// 90, both tracking both interfaces.
class TwoNetworks : public testing::Test {
protected:
    Node a{grouped(nopreempt(100))};
    Node b{grouped(nopreempt(90))};
    bool a_link_1_up = true;

    void SetUp() override {
        a.starts();
        b.starts();
    }

    // Serves both hosts in the order of their deadlines; carries what one sends to the other.
    void live_until(Duration when) {
        while (std::min(a.engine().next_deadline(), b.engine().next_deadline()) <= at(when)) {
            const bool a_first = a.engine().next_deadline() <= b.engine().next_deadline();
            Node& first = a_first ? a : b;
            const Duration now = first.engine().next_deadline() - at(0s);
            first.happens(engine::TimePassed{}, now);
            carry(first, now);
        }
    }

    void carry(Node& from, Duration now) {
        Node& to = &from == &a ? b : a;
        for (const auto& advert : from.asked<engine::SendAdvert>()) {
            if (advert.router == router_1 && !a_link_1_up) continue;
            to.hears(
                {.priority = advert.farewell ? farewell : from.view(advert.router).effective_priority.wire(),
                 .source = &from == &a ? "10.0.0.4" : "10.0.0.9"},
                now, advert.router);
            if (to.asked<engine::SendAdvert>().empty()) continue;
            ADD_FAILURE() << "nobody has a reason to contradict";
        }
    }

    void set_second_link_of_a(bool up, Duration now) {
        a_link_1_up = up;
        a.link(link_1, up, now);
        carry(a, now);
    }
};

TEST_F(TwoNetworks, BothAddressesAreAlwaysOnTheSameHost) {
    live_until(10s);
    expect_all(a, State::active);  // the higher priority waits less
    expect_all(b, State::backup);

    set_second_link_of_a(false, 10500ms);
    expect_all(a, State::fault);
    expect_all(b, State::backup);
    live_until(10500ms + 3s + 648'437us);  // the second network heard no farewell: a whole down interval
    expect_all(b, State::active);

    live_until(20s);
    set_second_link_of_a(true, 20s);
    live_until(60s);
    expect_all(a, State::backup);  // its repair moves nothing back
    expect_all(b, State::active);
}

}  // namespace
}  // namespace holdfast::test
