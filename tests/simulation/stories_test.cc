// Scenes a user would tell, played by real engines on a simulated network.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "simulation/networks.h"

namespace holdfast::sim {
namespace {

using engine::State;
using testing::IsEmpty;

constexpr engine::LinkId eth0{0};
constexpr engine::LinkId eth1{1};

class TwoHosts : public testing::Test {
protected:
    void TearDown() override {
        EXPECT_THAT(net.rules.violations(), IsEmpty());
        if (HasFailure())
            for (const std::string& line : net.world.trace())
                std::printf("%s\n", line.c_str());
    }

    Networks net{1};
    World& world = net.world;
    NodeId a = net.hosts[0];
    NodeId b = net.hosts[1];
};

TEST_F(TwoHosts, StartTogether_TheHigherPriorityBecomesActiveWithBothAddresses) {
    world.run_until(at(5s));
    EXPECT_EQ(net.state(a, 0), State::active);
    EXPECT_EQ(net.state(a, 1), State::active);
    EXPECT_EQ(net.state(b, 0), State::backup);
    EXPECT_EQ(net.state(b, 1), State::backup);
}

TEST_F(TwoHosts, SecondLinkOfTheActiveFails_BothAddressesMove) {
    world.run_until(at(10s));
    world.set_link(a, eth1, false);
    world.run_for(1s);  // farewells: no waiting for the down interval
    EXPECT_EQ(net.state(a, 0), State::fault);
    EXPECT_EQ(net.state(a, 1), State::fault);
    world.run_for(4s);
    EXPECT_EQ(net.state(b, 0), State::active);
    EXPECT_EQ(net.state(b, 1), State::active);
}

TEST_F(TwoHosts, RepairedLink_MovesNothingBackWithNopreempt) {
    world.run_until(at(10s));
    world.set_link(a, eth1, false);
    world.run_for(10s);
    world.set_link(a, eth1, true);
    world.run_for(30s);
    EXPECT_EQ(net.state(a, 0), State::backup);
    EXPECT_EQ(net.state(b, 0), State::active);
    EXPECT_EQ(net.state(b, 1), State::active);
}

TEST_F(TwoHosts, ActiveHostDies_TheOtherTakesOverWithinTheDownInterval) {
    world.run_until(at(10s));
    world.crash(a);
    world.run_for(3s + 649ms);  // three intervals and the skew of priority 90: (256 - 90) / 256 s
    EXPECT_EQ(net.state(b, 0), State::active);
    EXPECT_EQ(net.state(b, 1), State::active);
}

TEST_F(TwoHosts, ActiveStopsInGoodOrder_TheOtherTakesOverAfterTheSkew) {
    world.run_until(at(10s));
    world.stop(a);
    EXPECT_FALSE(world.holds_addresses(a, engine::RouterId{0}));
    world.run_for(649ms + 1ms);
    EXPECT_EQ(net.state(b, 0), State::active);
    EXPECT_EQ(net.state(b, 1), State::active);
}

TEST_F(TwoHosts, DaemonIsAdopted_TheOtherNeverNotices) {
    world.run_until(at(10s + 700ms));
    world.kill_daemon(a);
    world.run_for(50ms);
    world.adopt_after_kill(a);
    const std::size_t so_far = world.trace().size();
    world.run_for(20s);
    EXPECT_EQ(world.trace().size(), so_far);
    EXPECT_EQ(net.state(a, 0), State::active);
}

TEST_F(TwoHosts, BackupLosesItsLink_NothingMoves) {
    world.run_until(at(10s));
    world.remove_link(b, eth0);
    world.run_for(10s);
    world.set_link(b, eth0, true);
    world.run_for(10s);
    EXPECT_EQ(net.state(a, 0), State::active);
    EXPECT_EQ(net.state(b, 0), State::backup);
}

TEST(ThreeHostsOfEqualPriority, TheHighestAddressWins) {  // RFC 9568 section 6.4.3
    Networks net{3, {.hosts = 3, .preempt = true, .grouped = false, .equal_priorities = true}};
    net.world.run_until(at(20s));
    EXPECT_EQ(net.state(net.hosts[2]), State::active);
    EXPECT_EQ(net.state(net.hosts[0]), State::backup);
    EXPECT_EQ(net.state(net.hosts[1]), State::backup);
    net.rules.check_settled();
    EXPECT_THAT(net.rules.violations(), IsEmpty());
}

TEST(TheSameSeed, GivesTheSameTraceByteForByte) {
    auto play = [] {
        Networks net{77};
        net.world.set_quality(net.networks[0], {.loss = 0.4, .jitter = 30ms});
        net.world.run_until(at(120s));
        return net.world.trace();
    };
    EXPECT_EQ(play(), play());
}

}  // namespace
}  // namespace holdfast::sim
