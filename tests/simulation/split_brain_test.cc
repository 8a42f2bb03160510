// What people call split brain, in their words: each story with a guard and, beside it, with plain VRRP.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "simulation/guarded.h"
#include "support/evidence.h"

namespace holdfast::sim {
namespace {

using engine::IncidentKind;
using engine::State;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::size_t A = 0;
constexpr std::size_t B = 1;

using Script = std::function<void(Guarded&)>;

void print(const Guarded& net) {
    for (const std::string& line : net.world.trace())
        std::printf("%s\n", line.c_str());
}

class SplitBrain : public testing::Test {
protected:
    // A is Active for a while; then the script; what is measured begins with it.
    Guarded& play(const Guarded::Options& options, const Script& script) {
        nets.push_back(std::make_unique<Guarded>(1, options));
        Guarded& net = *nets.back();
        net.world.run_until(at(options.policy == GuardPolicy::fence ? 60s : 20s));  // it waits its turn
        net.meter.reset();
        script(net);
        EXPECT_THAT(net.guard_rules.violations(), IsEmpty());
        return net;
    }
    void TearDown() override {
        if (!HasFailure()) return;
        for (const auto& net : nets) {
            std::printf("--- policy %s\n", std::string{name_of(net->options.policy)}.c_str());
            print(*net);
        }
    }

    static Guarded::Options plain(Guarded::Options options) {
        options.policy = GuardPolicy::off;
        return options;
    }

    std::vector<std::unique_ptr<Guarded>> nets;
};

// --- Firewalls

TEST_F(SplitBrain, FirewallDropsAdvertsOnInput_HoldKeepsOneActiveAndNamesTheCause) {
    const Script script = [](Guarded& pair) {
        pair.world.set_firewall(pair.hosts[B], true, false);
        pair.world.run_for(60s);
    };
    EXPECT_GT(play(plain({}), script).meter.held_by_two(), 55s);
    Guarded& net = play({}, script);
    EXPECT_EQ(net.meter.held_by_two(), 0s);
    EXPECT_EQ(net.meter.held_by_none(), 0s);
    EXPECT_EQ(net.state(A), State::active);
    EXPECT_EQ(net.incident(B).kind(), IncidentKind::suspected);
    EXPECT_THAT(net.last_words(B), HasSubstr("stays BACKUP: adverts of 10.0.1.1 reach the interface"));
    EXPECT_THAT(net.last_words(B), HasSubstr("drops protocol 112 (guard hold)"));
    net.world.set_firewall(net.hosts[B], false, false);
    net.world.run_for(20s);
    EXPECT_FALSE(net.incident(B).is_open());
    EXPECT_EQ(net.state(B), State::backup);
}

TEST_F(SplitBrain, FirewallDropsAdvertsOnOutput_HoldKeepsOneActive) {
    const Script script = [](Guarded& pair) {
        pair.lose_adverts_from(A);
        pair.world.run_for(60s);
    };
    EXPECT_GT(play(plain({}), script).meter.held_by_two(), 55s);
    Guarded& net = play({}, script);
    EXPECT_EQ(net.meter.held_by_two(), 0s);
    EXPECT_EQ(net.meter.held_by_none(), 0s);
    EXPECT_THAT(net.last_words(B),
                HasSubstr("stays BACKUP: nobody advertises, but 02:00:00:00:00:64 still answers for "
                          "192.0.2.100 (guard hold)"));
}

TEST_F(SplitBrain, FirewallDropsAdvertsBothWays_HoldKeepsOneActive) {
    const Script script = [](Guarded& pair) {
        pair.world.set_firewall(pair.hosts[A], true, true);
        pair.world.set_firewall(pair.hosts[B], true, true);
        pair.world.run_for(60s);
    };
    EXPECT_GT(play(plain({}), script).meter.held_by_two(), 55s);
    Guarded& net = play({}, script);
    EXPECT_EQ(net.meter.held_by_two(), 0s);
    EXPECT_EQ(net.meter.held_by_none(), 0s);
}

TEST_F(SplitBrain, FirewallAndThenTheActiveDies_HoldTakesOverOnceNobodyAnswers) {
    const Script script = [](Guarded& pair) {
        pair.lose_adverts_from(A);
        pair.world.run_for(30s);
        pair.world.crash(pair.hosts[A]);
        pair.world.run_for(10s);
    };
    Guarded& net = play({}, script);
    EXPECT_EQ(net.meter.held_by_two(), 0s);
    EXPECT_LE(net.meter.held_by_none(), 4s);  // three asks, an interval apart
    EXPECT_EQ(net.state(B), State::active);
}

TEST_F(SplitBrain, SwitchFiltersMulticast_HoldKeepsOneActive) {
    const Script script = [](Guarded& pair) {
        pair.world.filter_multicast(pair.service, true);
        pair.world.run_for(60s);
    };
    EXPECT_GT(play(plain({}), script).meter.held_by_two(), 55s);
    Guarded& net = play({}, script);
    EXPECT_EQ(net.meter.held_by_two(), 0s);
    EXPECT_EQ(net.meter.held_by_none(), 0s);
}

// --- Networks

TEST_F(SplitBrain, SwitchFiltersMulticastWhenBothAreActive_AdvertsToTheOthersMacLetTheRuleOfTheRfcWork) {
    for (const GuardPolicy policy : {GuardPolicy::alert, GuardPolicy::hold}) {
        Guarded& net = play({.policy = policy}, [](Guarded& pair) {
            pair.world.filter_multicast(pair.service, true);
            pair.world.isolate(pair.service, pair.hosts[A]);
            pair.world.run_for(30s);
            pair.world.heal(pair.service);
            pair.meter.reset();
            pair.world.run_for(30s);
        });
        if (policy == GuardPolicy::hold) {
            EXPECT_LE(net.meter.held_by_two(), 5s);
        }
        EXPECT_EQ(net.state(A), State::active) << name_of(policy);
        EXPECT_EQ(net.incident(A).kind(), IncidentKind::both_active);
    }
}

TEST_F(SplitBrain, ServiceNetworkDiesAndHeals_TheSurvivorAnnouncesItselfAgain) {
    Guarded& net = play({}, [](Guarded& pair) {
        pair.world.isolate(pair.service, pair.hosts[A]);
        pair.world.run_for(30s);
        EXPECT_EQ(pair.state(B), State::active);
        pair.world.heal(pair.service);
        pair.meter.reset();
        pair.world.run_for(20s);
    });
    EXPECT_LE(net.meter.held_by_two(), 1001ms);  // the first advert that passes
    EXPECT_EQ(net.state(A), State::active);
}

// Whoever of the two is heard first.
TEST_F(SplitBrain, ServiceNetworkHeals_TheNeighboursLearnTheSurvivorsAddressAtOnce) {
    for (const Duration phase : {0ms, 150ms, 300ms, 450ms, 600ms, 750ms, 900ms}) {
        Instant healed{};
        Guarded& net = play({.probes = false}, [&](Guarded& pair) {
            pair.world.isolate(pair.service, pair.hosts[A]);
            pair.world.run_for(30s + phase);
            EXPECT_EQ(pair.state(B), State::active);
            pair.world.heal(pair.service);
            healed = pair.world.now();
            pair.world.run_for(1500ms);
        });
        EXPECT_EQ(net.state(A), State::active);
        EXPECT_EQ(net.state(B), State::backup);
        EXPECT_GT(net.caches.last(net.hosts[A]), healed) << phase.count();
    }
}

// The weaker one hears the stronger, but not the reverse: what it says last is lost, too.
TEST_F(SplitBrain, RivalYieldsByHeartbeat_TheSurvivorAnnouncesItselfAgain) {
    Guarded& net = play({.heartbeats = 1, .probes = false}, [](Guarded& pair) {
        pair.world.isolate(pair.service, pair.hosts[A]);
        pair.world.isolate(pair.heartbeats[0], pair.hosts[A]);
        pair.world.run_for(30s);
        EXPECT_EQ(pair.state(B), State::active);
        pair.world.set_firewall(pair.hosts[A], true, true);
        pair.world.heal(pair.service);
        pair.world.heal(pair.heartbeats[0]);
        pair.world.run_for(5s);
    });
    EXPECT_EQ(net.meter.holders(), std::vector{net.hosts[A]});
    EXPECT_GT(net.caches.last(net.hosts[A]), at(50s));
}

TEST_F(SplitBrain, OneForgedAnnouncement_IsAnsweredByOurOwn) {
    Guarded& net = play({}, [](Guarded& pair) {
        pair.world.inject(pair.hosts[A], engine::AddressClaimed{engine::RouterId{0}, pair.vip(),
                                                                MacAddress{{2, 0, 0, 0, 0, 1}}, false});
        pair.world.run_for(5s);
    });
    EXPECT_GT(net.caches.last(net.hosts[A]), at(20s));
    EXPECT_LT(net.caches.last(net.hosts[A]), at(23s));
    EXPECT_EQ(net.state(A), State::active);
}

TEST_F(SplitBrain, HeartbeatNetworkIsCutWhileTheServiceLives_NothingHappens) {
    Guarded& net = play({.heartbeats = 1}, [](Guarded& pair) {
        pair.world.isolate(pair.heartbeats[0], pair.hosts[A]);
        pair.world.run_for(60s);
    });
    EXPECT_EQ(net.meter.held_by_two() + net.meter.held_by_none(), 0s);
    EXPECT_EQ(net.state(A), State::active);
}

TEST_F(SplitBrain, AdvertsAndAsksAreLostButAHeartbeatPasses_HoldKeepsOneActive) {
    const Script script = [](Guarded& pair) {
        pair.world.isolate(pair.service, pair.hosts[A]);
        pair.world.run_for(60s);
    };
    EXPECT_GT(play(plain({}), script).meter.held_by_two(), 55s);
    Guarded& net = play({.heartbeats = 1}, script);
    EXPECT_EQ(net.meter.held_by_two(), 0s);
    EXPECT_THAT(net.last_words(B),
                HasSubstr("but 10.0.1.1 is MASTER by heartbeat interface eth1 (guard hold)"));
}

TEST_F(SplitBrain, ServiceAndHeartbeatAreCut_NothingIsLeftThatCouldTell) {
    Guarded& net = play({.heartbeats = 1}, [](Guarded& pair) {
        pair.world.isolate(pair.service, pair.hosts[A]);
        pair.world.isolate(pair.heartbeats[0], pair.hosts[A]);
        pair.world.run_for(60s);
    });
    EXPECT_GT(net.meter.held_by_two(), 55s);
}

TEST_F(SplitBrain, ServiceAndHeartbeatAreCutForOneHost_ItsReferencesTellItToWithdraw) {
    Guarded& net = play({.heartbeats = 1, .references = 1}, [](Guarded& pair) {
        pair.world.isolate(pair.service, pair.hosts[A]);
        pair.world.isolate(pair.heartbeats[0], pair.hosts[A]);
        pair.world.run_for(60s);
    });
    EXPECT_EQ(net.meter.held_by_two(), 0s);
    EXPECT_LE(net.meter.held_by_none(), 1500ms);
    EXPECT_EQ(net.state(B), State::active);
    EXPECT_EQ(net.state(A), State::backup);
    EXPECT_EQ(net.incident(A).kind(), IncidentKind::isolation);
    net.world.heal(net.service);
    net.world.heal(net.heartbeats[0]);
    net.world.run_for(30s);
    EXPECT_EQ(net.state(B), State::active);  // the quiet time
    net.world.run_for(60s);
    EXPECT_EQ(net.state(A), State::active);
    EXPECT_LE(net.meter.held_by_two(), 1ms);
}

TEST_F(SplitBrain, ServiceNetworkOfTheActiveDiesWhileTheHeartbeatLives_ItHandsOver) {
    Guarded& net = play({.heartbeats = 1, .references = 1}, [](Guarded& pair) {
        pair.world.isolate(pair.service, pair.hosts[A]);
        pair.world.run_for(60s);
    });
    EXPECT_EQ(net.meter.held_by_two(), 0s);
    EXPECT_EQ(net.state(B), State::active);
    EXPECT_TRUE(net.said("hands over: references do not answer here, but not at 10.0.1.2 (guard hold)"));
}

// --- Hosts and daemons

TEST_F(SplitBrain, HostDies_TheGuardedTakeOverIsNotLater) {
    const Script script = [](Guarded& pair) {
        pair.world.crash(pair.hosts[A]);
        pair.world.run_for(10s);
    };
    const Duration outage = play(plain({}), script).meter.held_by_none();
    for (const GuardPolicy policy : {GuardPolicy::alert, GuardPolicy::hold, GuardPolicy::takeover})
        for (const int heartbeats : {0, 1})
            EXPECT_EQ(play({.policy = policy, .heartbeats = heartbeats, .references = 1}, script)
                          .meter.held_by_none(),
                      outage);
}

// What the tap saw before the link went is no sign of life after it came.
TEST_F(SplitBrain, BackupsLinkFlapsAndTheActiveDies_TheGuardedTakeOverIsNotLater) {
    const Script script = [](Guarded& pair) {
        pair.world.run_for(361ms);  // right behind an advert
        pair.world.set_link(pair.hosts[B], engine::LinkId{0}, false);
        pair.world.set_link(pair.hosts[B], engine::LinkId{0}, true);
        pair.world.stop(pair.hosts[A]);
        pair.world.run_for(10s);
    };
    const Duration outage = play(plain({}), script).meter.held_by_none();
    EXPECT_LT(outage, 1s);
    EXPECT_EQ(play({}, script).meter.held_by_none(), outage);
}

TEST_F(SplitBrain, HostStops_TheGuardedTakeOverIsNotLater) {
    const Script script = [](Guarded& pair) {
        pair.world.stop(pair.hosts[A]);
        pair.world.run_for(10s);
    };
    const Duration outage = play(plain({}), script).meter.held_by_none();
    EXPECT_EQ(play({.heartbeats = 1}, script).meter.held_by_none(), outage);
}

TEST_F(SplitBrain, ActiveHostStopsBehindItsOwnFirewall_TheFarewellPassesByHeartbeat) {
    Guarded& net = play({.heartbeats = 1}, [](Guarded& pair) {
        pair.lose_adverts_from(A);
        pair.world.run_for(20s);
        pair.world.stop(pair.hosts[A]);
        pair.world.run_for(2s);
    });
    EXPECT_LE(net.meter.held_by_none(), 660ms);  // the skew of priority 90
    EXPECT_EQ(net.state(B), State::active);
}

TEST_F(SplitBrain, DaemonIsKilledAndItsAddressesStay_HoldLeavesTheHostThatAnswers) {
    const Script script = [](Guarded& pair) {
        pair.world.kill_daemon(pair.hosts[A]);
        pair.world.run_for(60s);
    };
    EXPECT_GT(play(plain({}), script).meter.held_by_two(), 55s);
    Guarded& net = play({}, script);
    EXPECT_EQ(net.meter.held_by_two(), 0s);
    EXPECT_EQ(net.state(B), State::backup);
    net.world.crash(net.hosts[A]);
    net.world.run_for(5s);
    EXPECT_EQ(net.state(B), State::active);
}

TEST_F(SplitBrain, HostIsPausedFor30Seconds_TheResumedHostWithdraws) {
    const Script script = [](Guarded& pair) {
        pair.world.suspend(pair.hosts[A]);
        pair.world.run_for(30s);
        pair.world.resume(pair.hosts[A]);
        pair.meter.reset();
        pair.world.run_for(20s);
    };
    Guarded& net = play({}, script);
    EXPECT_LE(net.meter.held_by_two(), 1ms);  // when it preempts, later
    EXPECT_TRUE(net.said("withdraws and listens: this host stood still for 29.39 s"));
}

TEST_F(SplitBrain, DaemonsArePausedFor30Seconds_HoldKeepsTheAddressWhereTheKernelAnswers) {
    const Script script = [](Guarded& pair) {
        pair.world.pause(pair.hosts[A]);
        pair.world.run_for(30s);
        pair.world.resume(pair.hosts[A]);
        pair.world.run_for(30s);
    };
    EXPECT_GT(play(plain({}), script).meter.held_by_two(), 25s);
    Guarded& net = play({}, script);
    EXPECT_LE(net.meter.held_by_two(), 1ms);  // when A preempts B in the end
    EXPECT_LE(net.meter.held_by_none(), 4s);
}

// --- References

TEST_F(SplitBrain, ReferenceIsGone_NothingHappens) {
    for (const int heartbeats : {0, 1, 2}) {
        Guarded& net = play({.heartbeats = heartbeats, .references = 1}, [](Guarded& pair) {
            pair.world.set_reference(pair.references[0], false);
            pair.world.run_for(600s);
        });
        EXPECT_EQ(net.meter.held_by_two() + net.meter.held_by_none(), 0s);
        EXPECT_EQ(net.state(A), State::active);
    }
}

TEST_F(SplitBrain, ReferenceIsGoneForLongAndThenTheActiveHost_TheOtherTakesOverInTime) {
    for (const int heartbeats : {0, 1}) {
        Guarded& net = play({.heartbeats = heartbeats, .references = 1}, [](Guarded& pair) {
            pair.world.set_reference(pair.references[0], false);
            pair.world.run_for(60s);
            pair.world.crash(pair.hosts[A]);
            pair.world.run_for(10s);
        });
        EXPECT_LE(net.meter.held_by_none(), 3s + 649ms);
        EXPECT_EQ(net.state(B), State::active);
    }
}

TEST_F(SplitBrain, ReferenceIsGoneLongAfterThePeer_NothingHappens) {
    Guarded& net = play({.heartbeats = 1, .references = 1}, [](Guarded& pair) {
        pair.world.crash(pair.hosts[B]);
        pair.world.run_for(120s);
        pair.world.set_reference(pair.references[0], false);
        pair.world.run_for(60s);
    });
    EXPECT_EQ(net.meter.held_by_none(), 0s);
    EXPECT_EQ(net.state(A), State::active);
}

TEST_F(SplitBrain, IsolatedBackup_StaysUntilTheReferencesReturn) {
    Guarded& net = play({.references = 1}, [](Guarded& pair) {
        pair.world.isolate(pair.service, pair.hosts[B]);
        pair.world.run_for(60s);
    });
    EXPECT_EQ(net.meter.held_by_two(), 0s);
    EXPECT_THAT(net.last_words(B), HasSubstr("this host may be the one that is cut off (guard hold)"));
    net.world.crash(net.hosts[A]);
    net.world.heal(net.service);
    net.world.run_for(3s);
    EXPECT_EQ(net.state(B), State::active);
}

// --- Fencing

TEST_F(SplitBrain, FenceWorks_TheOtherIsOffBeforeTheAddressMoves) {
    Guarded& net = play({.policy = GuardPolicy::fence}, [](Guarded& pair) {
        pair.world.set_fence(pair.hosts[B], pair.hosts[A], FenceDevice::works, 5s);
        pair.lose_adverts_from(A);
        pair.world.run_for(30s);
    });
    EXPECT_EQ(net.meter.held_by_two(), 0s);
    EXPECT_EQ(net.state(B), State::active);
    EXPECT_TRUE(net.said("the other was fenced (guard fence)"));
    EXPECT_EQ(net.incident(B).kind(), IncidentKind::fencing);
}

TEST_F(SplitBrain, FenceAfterAHostDied_CostsTheAgentsTimeOnly) {
    const Script script = [](Guarded& pair) {
        pair.world.set_fence(pair.hosts[B], pair.hosts[A], FenceDevice::works, 5s);
        pair.world.crash(pair.hosts[A]);
        pair.world.run_for(30s);
    };
    const Duration outage = play(plain({}), script).meter.held_by_none();
    EXPECT_EQ(play({.policy = GuardPolicy::fence}, script).meter.held_by_none(), outage + 5s);
}

TEST_F(SplitBrain, FenceAgentHangs_OnFailureHoldStaysBackup) {
    Guarded& net = play({.policy = GuardPolicy::fence}, [](Guarded& pair) {
        pair.world.set_fence(pair.hosts[B], pair.hosts[A], FenceDevice::hangs, 5s);
        pair.lose_adverts_from(A);
        pair.world.run_for(60s);
    });
    EXPECT_EQ(net.meter.held_by_two(), 0s);
    EXPECT_THAT(net.last_words(B), HasSubstr("the fencing agent failed"));
}

TEST_F(SplitBrain, FenceAgentFails_OnFailureTakeoverPromotesAndSaysSo) {
    Guarded& net = play({.policy = GuardPolicy::fence, .failure_promotes = true}, [](Guarded& pair) {
        pair.world.set_fence(pair.hosts[B], pair.hosts[A], FenceDevice::fails, 5s);
        pair.world.kill_daemon(pair.hosts[A]);
        pair.world.run_for(12s);
    });
    EXPECT_EQ(net.state(B), State::active);
    EXPECT_TRUE(net.said("becomes MASTER: the fencing agent failed"));
}

TEST_F(SplitBrain, FenceDeviceLies_TheTwoAreFoundWithinTheBound) {
    const Guarded::Options options{.policy = GuardPolicy::fence};
    Guarded& net = play(options, [](Guarded& pair) {
        pair.world.set_fence(pair.hosts[B], pair.hosts[A], FenceDevice::lies, 5s);
        pair.lose_adverts_from(A);
        pair.world.run_for(60s);
    });
    const auto bound = engine::detection_bound(net.world.settings(net.hosts[A]).guards[0], options.interval);
    EXPECT_GT(net.meter.held_by_two(), 0s);
    EXPECT_LE(net.meter.held_by_two(), *bound);
    EXPECT_EQ(net.meter.holders().size(), 1u);
}

TEST_F(SplitBrain, TwoHostsStartCutApart_TheyDoNotShootEachOther) {
    for (const bool ipv6 : {false, true}) {
        const Guarded::Options options{
            .policy = GuardPolicy::fence, .ipv6 = ipv6, .equal_priorities = true, .cut_apart = true};
        Guarded& net = play(options, [](Guarded& pair) { pair.world.run_for(60s); });
        EXPECT_EQ(net.meter.holders().size(), 1u);
        EXPECT_EQ(net.meter.held_by_two(), 0s);
    }
}

// Both have said by heartbeat that they stand by, and then know nothing more.
TEST_F(SplitBrain, TwoBackupsOfEqualPriorityAreCutApart_TheHigherAddressFencesFirst) {
    const Guarded::Options options{
        .policy = GuardPolicy::fence, .heartbeats = 1, .equal_priorities = true, .fence_delay = 1s};
    Guarded& net = play(options, [](Guarded& pair) {
        pair.world.isolate(pair.service, pair.hosts[A]);
        for (const std::size_t host : {A, B}) {
            pair.world.set_link(pair.hosts[host], engine::LinkId{0}, false);
            pair.world.set_fence(pair.hosts[host], pair.hosts[host == A ? B : A], FenceDevice::works, 1500ms);
        }
        pair.world.run_for(10ms);
        for (const std::size_t host : {A, B})
            pair.world.set_link(pair.hosts[host], engine::LinkId{0}, true);
        pair.world.run_for(1s);
        pair.world.isolate(pair.heartbeats[0], pair.hosts[A]);
        pair.world.run_for(60s);
    });
    EXPECT_EQ(net.meter.holders(), std::vector{net.hosts[B]});
}

TEST_F(SplitBrain, IsolatedHost_NeverFences) {
    Guarded& net = play({.policy = GuardPolicy::fence, .references = 1}, [](Guarded& pair) {
        pair.world.set_fence(pair.hosts[B], pair.hosts[A], FenceDevice::works, 5s);
        pair.world.isolate(pair.service, pair.hosts[B]);
        pair.world.run_for(60s);
    });
    EXPECT_EQ(net.state(A), State::active);
    EXPECT_EQ(net.meter.held_by_two() + net.meter.held_by_none(), 0s);
}

// --- Both active

TEST_F(SplitBrain, BothActiveAndNoAdvertPasses_TheLowerMacWithdraws) {
    for (const bool higher_mac_first : {false, true}) {
        const Guarded::Options options{.higher_mac_first = higher_mac_first};
        Guarded& net = play(options, [](Guarded& pair) {
            pair.world.isolate(pair.service, pair.hosts[A]);
            pair.world.run_for(30s);
            pair.world.set_firewall(pair.hosts[A], true, true);
            pair.world.set_firewall(pair.hosts[B], true, true);
            pair.world.heal(pair.service);
            pair.meter.reset();
            pair.world.run_for(60s);
        });
        const auto bound =
            engine::detection_bound(net.world.settings(net.hosts[A]).guards[0], options.interval);
        EXPECT_GT(net.meter.held_by_two(), 0s);
        EXPECT_LE(net.meter.held_by_two(), *bound);
        EXPECT_EQ(net.meter.held_by_none(), 0s);
        EXPECT_EQ(net.meter.holders(), std::vector{net.hosts[higher_mac_first ? A : B]});
        EXPECT_TRUE(net.said("withdraws: 02:00:00:00:00:"));
    }
}

// A third whose daemon is gone answers both of them, and must not hide the one from the other.
TEST_F(SplitBrain, TwoOfThreeAreActiveAndTheThirdStillAnswers_OneOfTheTwoGoesOn) {
    const Guarded::Options options{.policy = GuardPolicy::fence, .hosts = 3};
    Guarded& net = play(options, [](Guarded& three) {
        for (const NodeId host : three.hosts)
            three.world.set_fence(host, host, FenceDevice::lies, 100ms);
        three.world.filter_multicast(three.service, true);
        three.world.kill_daemon(three.hosts[A]);
        three.world.run_for(14s);
    });
    EXPECT_TRUE(net.said("C  VI_1  Backup -> Active"));
    EXPECT_NE(net.state(B), net.state(2));
}

TEST_F(SplitBrain, BothActiveAndOneIsPlainVrrp_TheGuardedOneWithdrawsInTheEnd) {
    Guarded net{1, {.higher_mac_first = true}};
    auto plain_settings = net.settings_of(1);
    plain_settings.guards[0].policy = GuardPolicy::off;
    net.world.reload(net.hosts[B], plain_settings);
    net.world.run_until(at(20s));
    net.world.isolate(net.service, net.hosts[A]);
    net.world.run_for(30s);
    net.world.set_firewall(net.hosts[B], true, true);
    net.world.heal(net.service);
    net.meter.reset();
    net.world.run_for(60s);
    EXPECT_LE(net.meter.held_by_two(), 15s);
    EXPECT_EQ(net.meter.holders(), std::vector{net.hosts[B]});
}

TEST_F(SplitBrain, StrongerActiveIsNotHeard_ExactlyOneGoesOn) {
    for (const bool higher_mac_first : {false, true})
        for (const int heartbeats : {0, 1}) {
            Guarded& net =
                play({.heartbeats = heartbeats, .higher_mac_first = higher_mac_first}, [](Guarded& pair) {
                    pair.world.crash(pair.hosts[A]);
                    pair.world.run_for(20s);
                    pair.lose_adverts_from(A);
                    pair.world.start(pair.hosts[A]);  // hears B, preempts it, and is not heard itself
                    pair.meter.reset();
                    pair.world.run_for(40s);
                });
            EXPECT_LE(net.meter.held_by_two(), 8s);
            EXPECT_EQ(net.meter.holders().size(), 1u);
        }
}

// Nothing but the heartbeat tells the weaker one: not the adverts, and no ask is sent.
TEST_F(SplitBrain, StrongerActiveIsHeardByHeartbeatOnly_TheWeakerYieldsUnderEveryPolicy) {
    for (const GuardPolicy policy : {GuardPolicy::alert, GuardPolicy::hold, GuardPolicy::takeover}) {
        Guarded& net = play({.policy = policy, .heartbeats = 1, .probes = false}, [](Guarded& pair) {
            pair.world.kill_daemon(pair.hosts[A]);
            pair.world.run_for(20s);
            pair.lose_adverts_from(A);
            pair.world.start(pair.hosts[A]);  // a new daemon, soon after the one before
            pair.meter.reset();
            pair.world.run_for(40s);
        });
        EXPECT_LE(net.meter.held_by_two(), 2500ms) << name_of(policy);
        EXPECT_EQ(net.meter.holders(), std::vector{net.hosts[A]}) << name_of(policy);
    }
}

TEST_F(SplitBrain, AlertNoticesAndSaysSoAndDoesNoMore) {
    const Script script = [](Guarded& pair) {
        pair.lose_adverts_from(A);
        pair.world.run_for(60s);
    };
    const Duration both = play(plain({}), script).meter.held_by_two();
    Guarded& net = play({.policy = GuardPolicy::alert}, script);
    EXPECT_EQ(net.meter.held_by_two(), both);
    EXPECT_EQ(net.incident(A).kind(), IncidentKind::both_active);
    EXPECT_EQ(net.incident(B).kind(), IncidentKind::both_active);
}

// --- Forgers

TEST_F(SplitBrain, ForgedFrames_ChangeNothing) {
    const MacAddress stranger{{2, 0, 0, 0, 0, 1}};
    Guarded& net = play({}, [&](Guarded& pair) {
        for (int time = 0; time < 60; ++time) {
            for (const std::size_t host : {A, B})
                pair.world.inject(pair.hosts[host], engine::AddressClaimed{engine::RouterId{0}, pair.vip(),
                                                                           stranger, time == 30});
            pair.world.run_for(1s);
        }
    });
    EXPECT_EQ(net.meter.held_by_two() + net.meter.held_by_none(), 0s);
    EXPECT_EQ(net.state(A), State::active);
}

TEST_F(SplitBrain, OneForgedAnswerToTheLastAsk_DelaysATakeOverByAThirdOfTheDownIntervalAtMost) {
    const MacAddress stranger{{2, 0, 0, 0, 0, 1}};
    const Script death = [](Guarded& pair) {
        pair.world.crash(pair.hosts[A]);
        pair.world.run_for(20s);
    };
    const Duration outage = play(plain({}), death).meter.held_by_none();
    for (const Duration when : {2500ms, 3100ms, 3600ms}) {
        Guarded& net = play({}, [&](Guarded& pair) {
            pair.world.crash(pair.hosts[A]);
            pair.world.run_for(when);
            pair.world.inject(pair.hosts[B],
                              engine::AddressClaimed{engine::RouterId{0}, pair.vip(), stranger, true});
            pair.world.run_for(20s);
        });
        EXPECT_LE(net.meter.held_by_none(), outage + 1300ms) << when.count();
    }
}

// What an attacker who answers everything can do: hold keeps the address where it is, and nowhere else.
TEST_F(SplitBrain, ForgerAnswersEveryAsk_TheActiveSaysSoAndHoldGivesWayInTheEnd) {
    const MacAddress lower{{2, 0, 0, 0, 0, 1}};
    for (const GuardPolicy policy : {GuardPolicy::alert, GuardPolicy::hold}) {
        Guarded& net = play({.policy = policy}, [&](Guarded& pair) {
            pair.world.set_forger(pair.service, lower);
            pair.world.run_for(8s);
        });
        EXPECT_EQ(net.state(A), State::active);
        EXPECT_EQ(net.incident(A).kind(), IncidentKind::both_active);
        EXPECT_TRUE(net.said("02:00:00:00:00:01 answers for 192.0.2.100, too"));
    }
}

// --- Adoption

TEST_F(SplitBrain, DaemonThatHoldsBackIsAdopted_TheSuccessorHoldsBack) {
    Guarded& net = play({.heartbeats = 1}, [](Guarded& pair) {
        pair.lose_adverts_from(A);
        for (int time = 0; time < 50; ++time) {
            pair.world.run_for(777ms);
            pair.world.kill_daemon(pair.hosts[B]);
            pair.world.adopt_after_kill(pair.hosts[B]);
        }
    });
    EXPECT_EQ(net.meter.held_by_two(), 0s);
}

TEST_F(SplitBrain, IncidentKeepsItsIdThroughAdoption) {
    Guarded& net = play({}, [](Guarded& pair) {
        pair.lose_adverts_from(A);
        pair.world.run_for(20s);
    });
    const engine::IncidentId id = net.incident(B).id();
    net.world.kill_daemon(net.hosts[B]);
    net.world.adopt_after_kill(net.hosts[B]);
    net.world.run_for(10s);
    EXPECT_EQ(net.incident(B).id(), id);
    EXPECT_TRUE(net.incident(B).is_open());
}

}  // namespace
}  // namespace holdfast::sim
