// Operators order failovers: exactly one host is Active before, meanwhile and after, and no guard takes it
// for split brain.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "simulation/guarded.h"

namespace holdfast::sim {
namespace {

using engine::Command;
using engine::State;
using engine::Steering;
using testing::IsEmpty;

constexpr engine::RouterId router_0{0};

class SteeredPair : public testing::Test {
protected:
    void TearDown() override {
        net.rules.check_settled();
        EXPECT_THAT(net.rules.violations(), IsEmpty());
        if (HasFailure())
            for (const std::string& line : net.world.trace())
                std::printf("%s\n", line.c_str());
    }
    Steering steering(NodeId host) const { return net.world.router(host, router_0).steering; }

    Networks net{1, {.preempt = true}};
    World& world = net.world;
    NodeId a = net.hosts[0];
    NodeId b = net.hosts[1];
};

TEST_F(SteeredPair, HandedOverItStaysAwayUntilItIsResumed) {
    world.run_until(at(10s));
    ASSERT_EQ(net.state(a), State::active);
    world.command(a, router_0, Command::hand_over);
    world.run_for(1s);
    EXPECT_EQ(net.state(b, 0), State::active);
    EXPECT_EQ(net.state(b, 1), State::active);
    world.run_for(60s);
    EXPECT_EQ(net.state(a), State::backup);
    world.command(a, router_0, Command::resume);
    world.run_for(10s);
    EXPECT_EQ(net.state(a), State::active);
}

TEST_F(SteeredPair, TakenOverItStaysHereUntilItIsResumed) {
    world.run_until(at(10s));
    world.command(b, router_0, Command::take_over);
    EXPECT_EQ(net.state(b), State::active);
    world.run_for(100ms);
    EXPECT_EQ(net.state(a, 0), State::backup);
    EXPECT_EQ(net.state(a, 1), State::backup);
    world.run_for(60s);
    EXPECT_EQ(net.state(a), State::backup);
    world.command(b, router_0, Command::resume);
    world.run_for(10s);
    EXPECT_EQ(net.state(a), State::active);
    EXPECT_EQ(net.state(b), State::backup);
}

TEST_F(SteeredPair, WhoHasHandedOverTakesOverFromTheDead) {
    world.run_until(at(10s));
    world.command(a, router_0, Command::hand_over);
    world.run_for(10s);
    world.crash(b);
    world.run_for(5s);
    EXPECT_EQ(net.state(a), State::active);
    EXPECT_EQ(steering(a), Steering::none);
    world.start(b);
    world.run_for(10s);
    EXPECT_EQ(net.state(a), State::active);
}

TEST_F(SteeredPair, OrdersOutliveKilledDaemonsAndReloads) {
    world.run_until(at(10s));
    world.command(b, router_0, Command::take_over);
    world.run_for(1s);
    world.kill_daemon(b);
    world.adopt_after_kill(b);
    world.run_for(30s);
    EXPECT_EQ(net.state(b), State::active);
    world.reload(b, world.settings(b));
    world.run_for(30s);
    EXPECT_EQ(net.state(b), State::active);
    EXPECT_EQ(steering(b), Steering::raised);
    world.command(b, router_0, Command::hand_over);
    world.kill_daemon(b);
    world.adopt_after_kill(b);
    world.run_for(10s);
    EXPECT_EQ(net.state(a), State::active);
    EXPECT_EQ(steering(b), Steering::yielding);
}

TEST_F(SteeredPair, ADrainedHostStaysAwayWhoeverDies) {
    world.run_until(at(10s));
    world.command(a, router_0, Command::drain);
    world.run_for(1s);
    EXPECT_EQ(net.state(b), State::active);
    world.crash(b);
    world.run_for(60s);
    EXPECT_EQ(net.state(a), State::fault);
    world.kill_daemon(a);
    world.adopt_after_kill(a);
    world.run_for(60s);
    EXPECT_EQ(net.state(a), State::fault);
    world.command(a, router_0, Command::resume);
    world.run_for(10s);
    EXPECT_EQ(net.state(a), State::active);
}

TEST_F(SteeredPair, TwoThatWereRaisedApartAgreeWhenTheyMeet) {
    world.run_until(at(10s));
    world.command(b, router_0, Command::take_over);
    for (const NetworkId network : net.networks) {
        world.cut(network, a, b);
        world.cut(network, b, a);
    }
    world.run_for(10s);
    EXPECT_EQ(net.state(a), State::active);
    EXPECT_EQ(net.state(b), State::active);
    for (const NetworkId network : net.networks)
        world.heal(network);
    world.run_for(10s);
    EXPECT_EQ(net.state(a), State::backup);
    EXPECT_EQ(net.state(b), State::active);
}

// One order after the other, by every policy: there is no incident, and never do two hold the address for
// longer than an advert takes.
TEST(SteeredGuardedUnits, HaveNoIncidentWhateverIsOrdered) {
    for (const GuardPolicy policy :
         {GuardPolicy::alert, GuardPolicy::hold, GuardPolicy::fence, GuardPolicy::takeover})
        for (const int heartbeats : {0, 1}) {
            Guarded net{1, {.policy = policy, .heartbeats = heartbeats, .references = 1}};
            net.world.run_until(at(60s));
            ASSERT_EQ(net.state(0), State::active);
            for (const NodeId host : net.hosts)
                if (net.world.incident(host, the_guard).is_open())
                    net.world.inject(host, engine::ChoiceMade{the_guard, engine::Choice::close});
            const auto lines = net.world.trace().size();
            net.meter.reset();
            const auto order = [&](std::size_t host, Command command, std::size_t active) {
                net.world.command(net.hosts[host], router_0, command);
                net.world.run_for(20s);
                EXPECT_EQ(net.state(active), State::active);
                EXPECT_EQ(net.state(1 - active),
                          net.world.router(net.hosts[1 - active], router_0).steering == Steering::drained
                              ? State::fault
                              : State::backup);
            };
            order(0, Command::hand_over, 1);
            order(0, Command::resume, 0);
            order(1, Command::take_over, 1);
            order(1, Command::resume, 0);
            order(1, Command::take_over, 1);
            order(0, Command::take_over, 1);  // refused: it would not give way
            order(1, Command::hand_over, 0);
            order(1, Command::resume, 0);
            order(0, Command::drain, 1);
            order(0, Command::resume, 0);
            EXPECT_LE(net.meter.held_by_two(), 10ms);
            EXPECT_THAT(net.guard_rules.violations(), IsEmpty());
            const auto& trace = net.world.trace();
            EXPECT_TRUE(std::none_of(
                trace.begin() + static_cast<std::ptrdiff_t>(lines), trace.end(),
                [](const std::string& line) { return line.find("incident") != std::string::npos; }))
                << name_of(policy);
            if (testing::Test::HasFailure()) {
                for (const std::string& line : trace)
                    std::printf("%s\n", line.c_str());
                return;
            }
        }
}

// The guard's word counts: who is held back by it is not raised past it.
TEST(SteeredGuardedUnits, AreNotRaisedPastTheirGuard) {
    Guarded net{1, {.policy = GuardPolicy::hold}};
    net.world.run_until(at(20s));
    net.lose_adverts_from(0);
    net.world.run_for(20s);
    ASSERT_EQ(net.state(1), State::backup);
    net.world.command(net.hosts[1], router_0, Command::take_over);
    EXPECT_EQ(net.state(1), State::backup);
    EXPECT_EQ(net.world.router(net.hosts[1], router_0).steering, Steering::none);
}

}  // namespace
}  // namespace holdfast::sim
