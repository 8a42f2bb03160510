// What operators order: hand over, take over, stay away; when an order is refused, when it ends, and that it
// outlives the process.
#include "engine/steering.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/node.h"

namespace holdfast::test {
namespace {

using engine::Command;
using engine::OperatorCommand;
using engine::State;
using engine::Steering;
using testing::HasSubstr;
using testing::StartsWith;

Node& ordered(Node& node, Command command, Duration when) {
    return node.happens(OperatorCommand{router_0, command}, when);
}

std::string objection(Node& node, Command command, Duration when) {
    const auto found = node.engine().objection(router_0, command, at(when));
    return found ? describe(*found, node.engine().settings()) : "";
}

// v2(100) waits 3.609375 s for an advert.
constexpr Duration down = 3s + 609'375us;

// A Backup with priority 100 that heard an Active of that priority at 1 s.
Node backup_below(int priority, const engine::RouterSettings& own = v2(100)) {
    Node node = backup_of(own);
    node.hears({.priority = priority}, 1s);
    return node;
}

TEST(HandOver, SaysFarewellAndFollowsAWeakerActive) {
    Node node = active_of(v2(100));
    ordered(node, Command::hand_over, 500ms);
    EXPECT_EQ(node.state(), State::backup);
    EXPECT_EQ(node.farewells(), 1);
    EXPECT_EQ(node.why(), "handed over by an operator");
    EXPECT_EQ(node.view().steering, Steering::yielding);
    EXPECT_EQ(node.view().steered, at(500ms));
    for (Duration when = 1s; when < 60s; when += 1s)
        node.hears({.priority = 50}, when).lives_until(when + 500ms);
    EXPECT_EQ(node.state(), State::backup);
    EXPECT_EQ(node.view().active_priority, Priority::from(50));
}

TEST(HandOver, IsOverOnceNobodyTookOver) {
    Node node = active_of(v2(100));
    ordered(node, Command::hand_over, 500ms).lives_until(500ms + down);
    EXPECT_EQ(node.state(), State::active);
    EXPECT_EQ(node.why(), "handed over by an operator, but nobody took over for 3.61 s");
    EXPECT_EQ(node.view().steering, Steering::none);
    const auto changes = node.asked<engine::SteeringChanged>();
    ASSERT_EQ(changes.size(), 1u);
    EXPECT_EQ(changes[0].to, Steering::none);
}

TEST(HandOver, IsOverOnceThePeerFallsSilentOrResigns) {
    Node silence = active_of(v2(100));
    ordered(silence, Command::hand_over, 500ms).hears({.priority = 50}, 1s).lives_until(1s + down);
    EXPECT_EQ(silence.state(), State::active);
    EXPECT_THAT(silence.why(), HasSubstr("for 3.61 s"));
    EXPECT_EQ(silence.view().steering, Steering::none);

    Node farewell = active_of(v2(100));
    ordered(farewell, Command::hand_over, 500ms).hears({.priority = 50}, 1s).hears({.priority = 0}, 2s);
    farewell.lives_until(2s + 609'375us);
    EXPECT_EQ(farewell.state(), State::active);
    EXPECT_EQ(farewell.view().steering, Steering::none);
}

TEST(HandOver, ResumedPreemptsByTheUsualRules) {
    auto own = v2(100);
    own.preempt_delay = 10s;
    Node node = active_of(own);
    ordered(node, Command::hand_over, 500ms).hears({.priority = 50}, 1s);
    ordered(node, Command::resume, 3s);
    EXPECT_EQ(node.view().steering, Steering::none);
    for (Duration when = 4s; when < 14s; when += 1s)
        node.lives_until(when).hears({.priority = 50}, when);
    EXPECT_EQ(node.state(), State::backup);
    node.lives_until(14s).hears({.priority = 50}, 14s).lives_until(13s + down);
    EXPECT_EQ(node.state(), State::active);
    EXPECT_THAT(node.why(), StartsWith("only lower priority 50 heard"));
}

TEST(HandOver, AnAddressOwnerCanDoIt) {
    Node node = active_of(v3(255));
    ordered(node, Command::hand_over, 500ms).hears({.priority = 50}, 1s).lives_until(4s);
    EXPECT_EQ(node.state(), State::backup);
    EXPECT_EQ(node.view().active_priority, Priority::from(50));
}

TEST(HandOver, IsRefusedByWhoIsNotActiveAndNamesWhoIs) {
    Node node = backup_below(150);
    EXPECT_EQ(objection(node, Command::hand_over, 2s),
              "it is not Active here; 10.0.0.2 is, with priority 150");
    ordered(node, Command::hand_over, 2s);
    EXPECT_TRUE(node.effects().empty());
    EXPECT_EQ(node.view().steering, Steering::none);
    Node lonely = backup_of(v2(100));
    EXPECT_EQ(objection(lonely, Command::hand_over, 1s), "it is not Active here; nobody that is heard is");
}

TEST(HandOver, TakesAWholeSyncGroup) {
    Node node{grouped(v2(100))};
    node.starts().lives_until(5s);
    ASSERT_EQ(node.state(), State::active);
    node.happens(OperatorCommand{router_1, Command::hand_over}, 6s);
    EXPECT_EQ(node.farewells(), 2);
    for (const auto router : {router_0, router_1}) {
        EXPECT_EQ(node.state(router), State::backup);
        EXPECT_EQ(node.view(router).steering, Steering::yielding);
    }
    EXPECT_EQ(node.asked<engine::SteeringChanged>().size(), 1u);
    node.lives_until(6s + down);
    EXPECT_EQ(node.state(router_0), State::active);
    EXPECT_EQ(node.state(router_1), State::active);
}

TEST(TakeOver, IsDoneAtOnceWithAPriorityThatTheActiveGivesWayTo) {
    Node node = backup_below(150);
    EXPECT_EQ(objection(node, Command::take_over, 2s), "");
    ordered(node, Command::take_over, 2s);
    EXPECT_EQ(node.state(), State::active);
    EXPECT_EQ(node.adverts(), 1);
    EXPECT_EQ(node.why(), "an operator ordered it to take over from 10.0.0.2 (priority 150)");
    EXPECT_EQ(node.view().effective_priority, Priority::from(254));
    EXPECT_EQ(node.view().steering, Steering::raised);
    node.hears({.priority = 150}, 2s + 100ms).lives_until(60s);
    EXPECT_EQ(node.state(), State::active);
}

TEST(TakeOver, ResumedGoesOnWithItsOwnPriority) {
    Node node = backup_below(150);
    ordered(node, Command::take_over, 2s);
    ordered(node, Command::resume, 3s);
    EXPECT_EQ(node.state(), State::active);
    EXPECT_EQ(node.view().effective_priority, Priority::from(100));
    EXPECT_EQ(node.view().steering, Steering::none);
    node.hears({.priority = 150}, 3s + 100ms);
    EXPECT_EQ(node.state(), State::backup);
}

TEST(TakeOver, IsOverOnceItIsNoLongerActive) {
    Node faulty = backup_below(150);
    ordered(faulty, Command::take_over, 2s);
    faulty.link(link_0, false, 3s);
    EXPECT_EQ(faulty.view().steering, Steering::none);
    EXPECT_EQ(faulty.view().effective_priority, Priority::from(100));
    faulty.link(link_0, true, 4s);
    EXPECT_EQ(faulty.state(), State::backup);

    Node yielding = backup_below(150);
    ordered(yielding, Command::take_over, 2s);
    yielding.hears({.priority = 255}, 3s);
    EXPECT_EQ(yielding.state(), State::backup);
    EXPECT_EQ(yielding.view().steering, Steering::none);
    EXPECT_EQ(yielding.view().effective_priority, Priority::from(100));
    EXPECT_EQ(yielding.deadline(), at(3s + down));
}

TEST(TakeOver, IsRefusedWithAReason) {
    Node strong = backup_below(254);
    EXPECT_EQ(objection(strong, Command::take_over, 2s),
              "10.0.0.2 is Active, with priority 254, and would not give way");
    Node lonely = backup_of(v2(100));
    EXPECT_EQ(objection(lonely, Command::take_over, 1s), "no Active is heard that it could take over from");
    Node resigned = backup_below(150);
    resigned.hears({.priority = 0}, 2s);
    EXPECT_EQ(objection(resigned, Command::take_over, 2s), "no Active is heard that it could take over from");
    Node active = active_of(v2(100));
    EXPECT_EQ(objection(active, Command::take_over, 1s), "it is Active here already");
    Node faulty = backup_below(150);
    faulty.link(link_0, false, 2s);
    EXPECT_EQ(objection(faulty, Command::take_over, 3s), "it is in fault: link eno1 down");
    Node drained = backup_below(150);
    ordered(drained, Command::drain, 2s);
    EXPECT_EQ(objection(drained, Command::take_over, 3s), "it is drained by an operator");
    auto delayed = alone(v2(100));
    delayed.startup_delay = 30s;
    Node unborn{delayed};
    unborn.starts();
    EXPECT_EQ(objection(unborn, Command::take_over, 1s), "it does not take part yet");
    ordered(unborn, Command::take_over, 1s);
    EXPECT_EQ(unborn.view().steering, Steering::none);
}

TEST(TakeOver, TakesBackWhatWasHandedOver) {
    Node node = active_of(v2(100));
    ordered(node, Command::hand_over, 500ms).hears({.priority = 50}, 1s);
    ordered(node, Command::take_over, 2s);
    EXPECT_EQ(node.state(), State::active);
    EXPECT_EQ(node.view().steering, Steering::raised);
    ordered(node, Command::hand_over, 3s);
    EXPECT_EQ(node.view().steering, Steering::yielding);
    EXPECT_EQ(node.view().effective_priority, Priority::from(100));
}

TEST(TakeOver, TakesAWholeSyncGroup) {
    Node node{grouped(v2(100))};
    node.starts().hears({.priority = 150}, 1s, router_0).hears({.priority = 150}, 1s, router_1);
    node.happens(OperatorCommand{router_1, Command::take_over}, 2s);
    for (const auto router : {router_0, router_1}) {
        EXPECT_EQ(node.state(router), State::active);
        EXPECT_EQ(node.view(router).effective_priority, Priority::from(254));
    }
    node.hears({.priority = 255}, 3s, router_1);
    for (const auto router : {router_0, router_1}) {
        EXPECT_EQ(node.state(router), State::backup);
        EXPECT_EQ(node.view(router).effective_priority, Priority::from(100));
        EXPECT_EQ(node.view(router).steering, Steering::none);
    }
}

TEST(Drain, OverhearsWhoIsActiveInstead) {
    Node node = backup_below(150);
    ordered(node, Command::drain, 2s);
    EXPECT_EQ(node.state(), State::fault);
    EXPECT_EQ(node.view().active_address, ip("10.0.0.2"));
    EXPECT_EQ(node.view().last_heard, at(1s));
    node.hears({.priority = 120}, 4s);
    EXPECT_EQ(node.view().active_priority, Priority::from(120));
    EXPECT_EQ(node.view().last_heard, at(4s));
    node.hears({.priority = 0}, 5s);
    EXPECT_EQ(node.view().active_address, std::nullopt);
    EXPECT_EQ(node.state(), State::fault);
}

TEST(Drain, EndsEveryOtherOrder) {
    Node node = backup_below(150);
    ordered(node, Command::take_over, 2s);
    ordered(node, Command::drain, 3s);
    EXPECT_EQ(node.farewells(), 1);
    EXPECT_EQ(node.view().steering, Steering::drained);
    EXPECT_EQ(node.view().effective_priority, Priority::from(100));
    ordered(node, Command::resume, 4s).lives_until(60s);
    EXPECT_EQ(node.state(), State::active);
}

TEST(Orders, OutliveTheProcess) {
    Node away = active_of(v2(100));
    ordered(away, Command::hand_over, 500ms).hears({.priority = 50}, 1s);
    Node after{alone(v2(100))};
    ASSERT_TRUE(after.engine().adopt(router_0, away.engine().record(router_0), at(1s)));
    after.starts(1100ms);
    EXPECT_EQ(after.view().steering, Steering::yielding);
    EXPECT_EQ(after.view().steered, at(500ms));
    for (Duration when = 2s; when < 20s; when += 1s)
        after.hears({.priority = 50}, when).lives_until(when + 500ms);
    EXPECT_EQ(after.state(), State::backup);

    Node raised = backup_below(150);
    ordered(raised, Command::take_over, 2s);
    Node next{alone(v2(100))};
    ASSERT_TRUE(next.engine().adopt(router_0, raised.engine().record(router_0), at(2s)));
    next.starts(2100ms);
    EXPECT_EQ(next.state(), State::active);
    EXPECT_EQ(next.view().steering, Steering::raised);
    EXPECT_EQ(next.view().effective_priority, Priority::from(254));
    EXPECT_TRUE(next.asked<engine::StateChanged>().empty());
}

// A reload put it into a group with another: the two are one unit now.
TEST(Orders, OfOneMemberHoldForTheGroupThatItJoined) {
    Node before = active_of(v2(100));
    ordered(before, Command::drain, 1s);
    Node after{grouped(v2(100))};
    ASSERT_TRUE(after.engine().adopt(router_0, before.engine().record(router_0), at(1s)));
    after.starts(1100ms);
    for (const auto router : {router_0, router_1}) {
        EXPECT_EQ(after.view(router).steering, Steering::drained);
        EXPECT_EQ(after.state(router), State::fault);
    }
    ordered(after, Command::resume, 2s);
    EXPECT_EQ(after.state(router_1), State::backup);
}

TEST(Orders, ThatMakeNoSenseAreNotAdopted) {
    Node before = backup_below(150);
    engine::Record record = before.engine().record(router_0);
    record.steering = static_cast<std::uint8_t>(Steering::raised);  // and yet Backup
    record.effective_priority = 254;
    Node after{alone(v2(100))};
    ASSERT_TRUE(after.engine().adopt(router_0, record, at(1s)));
    after.starts(1100ms);
    EXPECT_EQ(after.view().steering, Steering::none);
    EXPECT_EQ(after.view().effective_priority, Priority::from(100));
    record.steering = 77;
    Node other{alone(v2(100))};
    ASSERT_TRUE(other.engine().adopt(router_0, record, at(1s)));
    other.starts(1100ms);
    EXPECT_EQ(other.view().steering, Steering::none);
}

}  // namespace
}  // namespace holdfast::test
