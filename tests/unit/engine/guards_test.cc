// Guards within the engine: what reaches them, and what their decisions do to routers.
#include "engine/guards.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/node.h"

namespace holdfast::test {
namespace {

using engine::Choice;
using engine::GuardPolicy;
using engine::IncidentKind;
using engine::Situation;
using engine::State;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr engine::GuardId the_guard{0};
constexpr engine::PathId path_0{0};
const MacAddress theirs{{2, 0, 0, 0, 0, 9}};

engine::Settings guarded(engine::Settings settings, GuardPolicy policy = GuardPolicy::hold) {
    settings.guards = {{.leader = router_0, .policy = policy, .heartbeats = {path_0}}};
    settings.paths = {"interface eno3"};
    settings.host = 1;
    return settings;
}

engine::AddressClaimed answer() {
    return {.router = router_0, .address = ip("10.0.0.100"), .mac = theirs, .solicited = true};
}

struct Beat {
    State state = State::active;
    int priority = 200;
    std::uint64_t sequence = 1;
    bool farewell = false;
};

Node& beats(Node& node, const Beat& beat, Duration when) {
    const engine::Settings& settings = node.engine().settings();
    std::array<std::uint8_t, engine::heartbeat_size> bytes{};
    engine::encode_heartbeat({.unit = engine::unit_key(settings.guards[0], settings),
                              .host = 2,
                              .incarnation = 1,
                              .sequence = beat.sequence,
                              .state = beat.state,
                              .priority = *Priority::from(beat.priority),
                              .interval = 1s,
                              .address = ip("10.0.0.2"),
                              .farewell = beat.farewell},
                             bytes);
    return node.happens(engine::HeartbeatHeard{path_0, bytes}, when);
}

// Lives until then, and answers every ask on the way.
void lives_answered(Node& node, Duration when) {
    while (node.engine().next_deadline() <= at(when)) {
        const Duration next = std::max(node.engine().next_deadline(), node.present()) - at(0s);
        node.happens(engine::TimePassed{}, next);
        if (!node.asked<engine::AskAddresses>().empty()) node.happens(answer(), next);
    }
}

// Backup that heard an Active until 0 s.
Node follower(const engine::Settings& settings) {
    Node node{settings};
    node.starts(-3s);
    for (const Duration when : {-2s, -1s, 0s})
        for (std::uint32_t router = 0; router < settings.routers.size(); ++router)
            node.hears({.priority = 200}, when, engine::RouterId{router});
    return node;
}

TEST(Guards, UnitThatIsAnsweredForStaysBackupUntilThreeAsksAreSilent) {
    Node node = follower(guarded(alone(v2(100))));
    lives_answered(node, 20s);
    EXPECT_EQ(node.state(), State::backup);
    EXPECT_EQ(node.view().wanted, State::active);
    EXPECT_EQ(node.engine().guard(the_guard).situation, Situation::answered);
    EXPECT_TRUE(node.engine().guard(the_guard).holds_back);
    node.lives_until(24s);
    EXPECT_EQ(node.state(), State::active);
}

TEST(Guards, AsksLeaveInTheLastThirdOfTheSilence) {
    Node node = follower(guarded(alone(v2(100))));
    node.lives_until(2400ms);
    EXPECT_THAT(node.asked<engine::AskAddresses>(), IsEmpty());
    node.lives_until(2407ms);
    EXPECT_EQ(node.asked<engine::AskAddresses>().size(), 1u);
    node.lives_until(3608ms);
    EXPECT_EQ(node.asked<engine::AskAddresses>().size(), 1u);
    node.lives_until(3s + 609'375us);
    EXPECT_EQ(node.state(), State::active);
}

TEST(Guards, PolicyOffIsPlainVrrp) {
    Node plain = follower(alone(v2(100)));
    Node off = follower(guarded(alone(v2(100)), GuardPolicy::off));
    for (Node* node : {&plain, &off}) {
        node->happens(answer(), 3s);
        if (node == &off) beats(off, {}, 3s);
        node->lives_until(10s);
    }
    EXPECT_EQ(off.effects().size(), plain.effects().size());
    EXPECT_EQ(off.view().since, plain.view().since);
    EXPECT_EQ(off.engine().next_deadline(), plain.engine().next_deadline());
}

TEST(Guards, OneDecisionForASyncGroup) {
    Node node = follower(guarded(grouped(v2(100))));
    lives_answered(node, 20s);
    EXPECT_EQ(node.state(router_0), State::backup);
    EXPECT_EQ(node.state(router_1), State::backup);
    node.lives_until(26s);
    EXPECT_EQ(node.state(router_0), State::active);
    EXPECT_EQ(node.state(router_1), State::active);
}

TEST(Guards, RefusedAdvertsOfAPeerHoldAndAreAMismatch) {
    auto own = v2(100);
    own.password = engine::Password{'1'};
    Node node{guarded(alone(own))};
    node.starts(0s);
    auto other = own;
    other.password = engine::Password{'2'};
    for (Duration when = 1s; when < 20s; when += 1s) {
        node.lives_until(when);
        const Datagram datagram = datagram_for(other, {.priority = 200});
        node.happens(datagram.received(), when);
    }
    EXPECT_EQ(node.state(), State::backup);
    EXPECT_EQ(node.engine().guard(the_guard).situation, Situation::heard_elsewhere);
    const auto entries = node.engine().incident(the_guard).entries();
    ASSERT_FALSE(entries.empty());
    EXPECT_THAT(describe(entries.back(), node.engine().settings()),
                HasSubstr("each was refused: the two configurations differ (guard hold)"));
    node.lives_until(30s);
    EXPECT_EQ(node.state(), State::active);
}

// By the socket and by the tap, which see the same frame.
TEST(Guards, OneRefusedAdvertHoldsNothingBackAndIsNoIncident) {
    auto own = v2(100);
    own.password = engine::Password{'1'};
    auto other = own;
    other.password = engine::Password{'2'};
    Node node = follower(guarded(alone(own)));
    node.lives_until(3s);
    const Datagram datagram = datagram_for(other, {.priority = 200});
    node.happens(engine::TapHeard{datagram.received()}, 3s).happens(datagram.received(), 3s);
    node.lives_until(4s);
    EXPECT_EQ(node.state(), State::active);
    EXPECT_EQ(node.view().since, at(3s + 609'375us));
    EXPECT_FALSE(node.engine().incident(the_guard).is_open());
}

TEST(Guards, AdvertsOnTheWrongLinkAreAMismatch) {
    Node node = follower(guarded(alone(v2(100))));
    for (Duration when = 1s; when < 8s; when += 1s) {
        node.lives_until(when);
        Datagram datagram = datagram_for(v2(100), {.priority = 200, .source = "10.0.0.7"});
        datagram.meta.link = link_1;
        node.happens(datagram.received(), when);
    }
    EXPECT_EQ(node.engine().incident(the_guard).kind(), IncidentKind::mismatch);
    const auto entries = node.engine().incident(the_guard).entries();
    ASSERT_FALSE(entries.empty());
    EXPECT_THAT(describe(entries.front(), node.engine().settings()),
                HasSubstr("adverts of 10.0.0.7 for these addresses come in by eno2, not by eno1"));
}

TEST(Guards, EqualPriorityIsNoIncident) {
    Node node = follower(guarded(alone(v2(100))));
    for (Duration when = 1s; when < 10s; when += 1s)
        node.hears({.priority = 100}, when);
    EXPECT_FALSE(node.engine().incident(the_guard).is_open());
}

TEST(Guards, AStrangerThatSharesTheVridHoldsNothingBack) {
    auto own = v2(100);
    own.password = engine::Password{'1'};
    auto stranger = own;
    stranger.password = engine::Password{'2'};
    Node node{guarded(alone(own))};
    node.starts(0s);
    for (Duration when = 1s; when < 30s; when += 1s) {
        node.lives_until(when);
        if (when < 15s) node.hears({.priority = 200}, when);
        node.happens(datagram_for(stranger, {.priority = 200, .source = "10.0.0.77"}).received(), when);
    }
    EXPECT_EQ(node.state(), State::active);
    EXPECT_EQ(node.view().since, at(14s + 3s + 609'375us));
}

TEST(Guards, HeartbeatOfAStrongerActiveIsObeyedOnceItIsRepeated) {
    Node node{guarded(alone(v2(100)))};
    node.starts(-4s).lives_until(5s);
    ASSERT_EQ(node.state(), State::active);
    beats(node, {.sequence = 1}, 5s);
    EXPECT_EQ(node.state(), State::active);
    beats(node, {.sequence = 1}, 6s);  // the same again
    EXPECT_EQ(node.state(), State::active);
    beats(node, {.sequence = 2}, 6s);
    EXPECT_EQ(node.state(), State::backup);
    EXPECT_EQ(node.why(), "higher priority 200 heard from 10.0.0.2 (ours 100)");
}

TEST(Guards, HeartbeatsGoOutEachIntervalAndWhenTheStateChanges) {
    Node node{guarded(alone(v2(100)))};
    node.starts(0s);
    EXPECT_EQ(node.asked<engine::SendHeartbeat>().size(), 1u);
    node.lives_until(3s + 609'375us);
    EXPECT_EQ(node.asked<engine::SendHeartbeat>().size(), 4u);  // three, and one as Active
    node.lives_until(13s + 600ms);
    EXPECT_EQ(node.asked<engine::SendHeartbeat>().size(), 9u);
    std::array<std::uint8_t, engine::heartbeat_size> bytes{};
    node.engine().encode_heartbeat(the_guard, false, bytes);
    const auto heartbeat = engine::decode_heartbeat(bytes);
    ASSERT_TRUE(heartbeat);
    EXPECT_EQ(heartbeat->state, State::active);
    EXPECT_EQ(heartbeat->address, ip("10.0.0.1"));
    node.happens(engine::Stopped{}, 14s);
    ASSERT_EQ(node.asked<engine::SendHeartbeat>().size(), 1u);
    EXPECT_TRUE(node.asked<engine::SendHeartbeat>()[0].farewell);
}

TEST(Guards, AddressOwnerListensFirstUnderHold) {
    Node node{guarded(alone(v3(255)))};
    node.starts(0s);
    EXPECT_EQ(node.state(), State::backup);
    node.lives_until(1s + 5ms);
    EXPECT_EQ(node.state(), State::active);
    Node alerted{guarded(alone(v3(255)), GuardPolicy::alert)};
    alerted.starts(0s);
    EXPECT_EQ(alerted.state(), State::active);
    EXPECT_EQ(alerted.engine().guard(the_guard).situation, Situation::undisputed);
}

TEST(Guards, OperatorTakesOverInSpiteOfTheGuard) {
    Node node = follower(guarded(alone(v2(100))));
    node.happens(engine::ChoiceMade{the_guard, Choice::take_over}, 1s);  // there is no incident yet
    lives_answered(node, 20s);
    ASSERT_EQ(node.state(), State::backup);
    node.happens(engine::ChoiceMade{the_guard, Choice::withdraw}, 20s);  // it is not Active
    EXPECT_EQ(node.state(), State::backup);
    node.happens(engine::ChoiceMade{the_guard, Choice::take_over}, 20s);
    EXPECT_EQ(node.state(), State::active);
    EXPECT_EQ(node.why(), "an operator chose so (guard hold)");
    node.happens(engine::ChoiceMade{the_guard, Choice::withdraw}, 21s);
    EXPECT_EQ(node.state(), State::backup);
    EXPECT_EQ(node.farewells(), 1);
    node.happens(engine::ChoiceMade{the_guard, Choice::close}, 21s);
    EXPECT_FALSE(node.engine().incident(the_guard).is_open());
}

TEST(Guards, FenceIsCalledOnceAndItsEndDecides) {
    auto settings = guarded(alone(v2(100)), GuardPolicy::fence);
    settings.guards[0].fence = {.delay = 2s, .timeout = 10s, .retry_after = 30s};
    Node node = follower(settings);
    node.lives_until(5s);
    EXPECT_THAT(node.asked<engine::Fence>(), IsEmpty());
    node.lives_until(6s);
    EXPECT_EQ(node.asked<engine::Fence>().size(), 1u);
    node.lives_until(14s);
    EXPECT_THAT(node.asked<engine::Fence>(), IsEmpty());
    node.happens(engine::FenceReported{the_guard, false}, 15s);
    EXPECT_EQ(node.engine().guard(the_guard).situation, Situation::fence_failed);
    node.lives_until(44s);
    EXPECT_THAT(node.asked<engine::Fence>(), IsEmpty());
    node.lives_until(50s);
    EXPECT_EQ(node.asked<engine::Fence>().size(), 1u);  // again, after retry_after and the delay
    node.happens(engine::FenceReported{the_guard, true}, 51s);
    EXPECT_EQ(node.state(), State::active);
    EXPECT_EQ(node.why(), "the other was fenced (guard fence)");
}

TEST(Guards, WhatOutlivesTheProcess) {
    Node before = follower(guarded(alone(v2(100))));
    lives_answered(before, 20s);
    const engine::IncidentId id = before.engine().incident(the_guard).id();
    Node after{guarded(alone(v2(100)))};
    ASSERT_TRUE(after.engine().adopt(router_0, before.engine().record(router_0), at(20s)));
    after.starts(20s);
    EXPECT_EQ(after.engine().incident(the_guard).id(), id);
    EXPECT_TRUE(after.engine().guard(the_guard).holds_back);
    after.lives_until(20s + 500ms);
    EXPECT_TRUE(after.engine().guard(the_guard).holds_back) << "before it decides anew, too";
    lives_answered(after, 30s);
    EXPECT_EQ(after.state(), State::backup);
    const std::uint64_t sequence = before.engine().record(router_0).guard.sequence;
    EXPECT_GT(after.engine().record(router_0).guard.sequence, sequence);
}

// A takeover that was reloaded as hold: the row says something else now, but it is what made the unit Active.
TEST(Guards, WhatWasDecidedStandsWhateverThePolicyIsNow) {
    Node before = follower(guarded(alone(v2(100))));
    lives_answered(before, 20s);
    engine::Record record = before.engine().record(router_0);
    record.guard.verdict = static_cast<std::uint8_t>(engine::Verdict::promote);
    Node after{guarded(alone(v2(100)))};
    ASSERT_TRUE(after.engine().adopt(router_0, record, at(20s)));
    EXPECT_EQ(after.engine().guard(the_guard).situation, before.engine().guard(the_guard).situation);
    EXPECT_EQ(after.engine().guard(the_guard).verdict, engine::Verdict::promote);
}

TEST(Guards, RecordOfAnotherVersionIsForgotten) {
    Node before = follower(guarded(alone(v2(100))));
    lives_answered(before, 20s);
    engine::Record record = before.engine().record(router_0);
    record.guard.version = 99;
    Node after{guarded(alone(v2(100)))};
    ASSERT_TRUE(after.engine().adopt(router_0, record, at(20s)));
    after.starts(20s);
    EXPECT_FALSE(after.engine().incident(the_guard).is_open());
}

TEST(Guards, SilentPathIsReportedWhileAnotherIsHeard) {
    auto settings = guarded(alone(v2(100)));
    settings.paths.emplace_back("interface eno4");
    settings.guards[0].heartbeats.push_back(engine::PathId{1});
    Node node{settings};
    node.starts(0s);
    std::vector<engine::PathChanged> told;
    for (std::uint64_t second = 1; second < 12; ++second) {
        const Duration when = std::chrono::seconds{second};
        node.lives_until(when);
        for (const auto& change : node.asked<engine::PathChanged>())
            told.push_back(change);
        beats(node, {.state = State::backup, .priority = 50, .sequence = second}, when);
    }
    ASSERT_FALSE(told.empty());
    EXPECT_EQ(told.back().path, engine::PathId{1});
    EXPECT_FALSE(told.back().heard);
}

}  // namespace
}  // namespace holdfast::test
