// Guarded units on random networks with random misfortune, over many seeds: what must never break.
//   HOLDFAST_SIM_SEED=N      plays one seed and prints its trace
//   HOLDFAST_SIM_SEEDS=N     plays so many seeds (default 3000, without optimisation 400)
//   HOLDFAST_SIM_FIRST=N     begins with that seed (default 1)
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "sim/faults.h"
#include "simulation/guarded.h"
#include "support/evidence.h"

namespace holdfast::sim {
namespace {

using engine::State;
using testing::IsEmpty;

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

Guarded::Options any_options(Random& random) {
    constexpr std::array policies{GuardPolicy::hold, GuardPolicy::hold, GuardPolicy::fence,
                                  GuardPolicy::alert, GuardPolicy::takeover};
    constexpr std::array intervals{Duration{100ms}, Duration{1s}, Duration{1s}};
    Guarded::Options options{.policy = policies[random.below(policies.size())],
                             .hosts = random.happens(0.7) ? 2 : 3,
                             .heartbeats = random.between(0, 2),
                             .references = random.between(0, 2),
                             .probes = random.happens(0.8),
                             .preempt = random.happens(0.5),
                             .higher_mac_first = random.happens(0.5),
                             .ipv6 = random.happens(0.3),
                             .equal_priorities = random.happens(0.2),
                             .interval = intervals[random.below(intervals.size())],
                             .quiet = random.between(Duration{1s}, Duration{60s}),
                             .fence_timeout = random.between(Duration{1s}, Duration{10s})};
    options.withdraws_when_isolated = random.happens(0.5);
    options.failure_promotes = random.happens(0.3);
    return options;
}

// From the start until somebody is Active: fence waits its turn before it calls the agent.
Duration beginning(const Guarded::Options& options) {
    return 20 * options.interval + (options.policy == GuardPolicy::fence ? 31s : 0s);
}

#ifdef NDEBUG
constexpr std::uint64_t usual_seeds = 3000;
#else
constexpr std::uint64_t usual_seeds = 400;
#endif

struct Outcome {
    std::vector<std::string> violations;
    std::vector<std::string> trace;
};

std::vector<std::string> joined(std::vector<std::string> all, const std::vector<std::string>& more) {
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

// Without a heartbeat two that have just started know nothing of each other and may both be shot.
bool shot_each_other(const Guarded& net) {
    return net.options.policy == GuardPolicy::fence && net.options.heartbeats == 0 &&
           std::none_of(net.hosts.begin(), net.hosts.end(),
                        [&](NodeId host) { return net.world.alive(host); });
}

// Afterwards all is whole again and somebody is Active, alone. Where no agent works and on_failure says hold,
// it may be nobody: two that have forgotten each other both wait for theirs.
void expect_peace(Guarded& net, bool fences, Outcome& outcome) {
    const bool may_all_wait =
        net.options.policy == GuardPolicy::fence && !net.options.failure_promotes && !fences;
    if ((may_all_wait || shot_each_other(net)) && net.meter.holders().empty()) return;
    if (net.meter.holders().size() != 1)
        outcome.violations.push_back(std::to_string(net.meter.holders().size()) +
                                     " hosts hold the address after a quiet time");
    // Nobody was Active beside it, or the neighbours have learned better.
    for (const NodeId holder : net.meter.holders())
        if (net.options.probes && !net.caches.is_known(holder))
            outcome.violations.push_back(net.world.name(holder) +
                                         " holds the address, and another announced it last");
}

Outcome play(std::uint64_t seed) {
    Random random{seed};
    const Guarded::Options options = any_options(random);
    Guarded net{random.next(), options};
    // One that takes longer than it may shoots a host that has long come back, again and again.
    const Duration slowest = std::min<Duration>(5s, options.fence_timeout / 2);
    constexpr std::array devices{FenceDevice::works, FenceDevice::fails, FenceDevice::hangs,
                                 FenceDevice::lies};
    net.world.run_for(beginning(options));
    bool fences = false;  // somebody's agent says that it did
    for (std::size_t host = 0; host < net.hosts.size(); ++host) {
        const FenceDevice device = devices[random.below(devices.size())];
        fences = fences || device == FenceDevice::works || device == FenceDevice::lies;
        net.world.set_fence(net.hosts[host], net.hosts[(host + 1) % net.hosts.size()], device,
                            random.between(Duration{0}, slowest));
    }
    FaultLimits limits{.span = 60 * options.interval, .longest = 20 * options.interval, .reloads = false};
    limits.blindness = true;
    limits.worsens_networks = random.happens(0.3);
    schedule_faults(net.world, random, limits);
    net.world.run_for(limits.span + 14 * limits.longest);
    for (const NodeId host : net.hosts)
        net.world.start(host);  // whom an agent has shot
    net.world.run_for(net.rules.settling_time() + 100 * options.interval + 90s);
    Outcome outcome{.violations = joined(net.rules.violations(), net.guard_rules.violations()), .trace = {}};
    expect_peace(net, fences, outcome);
    outcome.trace = net.world.trace();
    return outcome;
}

TEST(GuardedUnits, BreakNoRuleWhateverHappens) {
    if (const std::uint64_t seed = number_from("HOLDFAST_SIM_SEED", 0)) {
        const Outcome outcome = play(seed);
        std::printf("%s\n", World::legend().c_str());
        for (const std::string& line : outcome.trace)
            std::printf("%s\n", line.c_str());
        EXPECT_THAT(outcome.violations, IsEmpty());
        return;
    }
    // So many whatever the machine is: what a run finds, the next one finds, too.
    const std::uint64_t first = number_from("HOLDFAST_SIM_FIRST", 1);
    const std::uint64_t end = first + number_from("HOLDFAST_SIM_SEEDS", usual_seeds);
    std::uint64_t seed = first;
    for (; seed < end; ++seed) {
        const Outcome outcome = play(seed);
        ASSERT_THAT(outcome.violations, IsEmpty()) << "repeat with: HOLDFAST_SIM_SEED=" << seed
                                                   << " sim_test --gtest_filter=GuardedUnits.BreakNoRule*";
    }
    test::note("simulated guarded networks (seeds)", std::to_string(seed - first));
}

std::vector<std::string> transitions(const Guarded& net) {
    std::vector<std::string> lines;
    for (const std::string& line : net.world.trace())
        if (const std::size_t arrow = line.find(" -> "); arrow != std::string::npos)
            lines.push_back(line.substr(0, line.find("  ", arrow)));
    std::sort(lines.begin(), lines.end());  // those of one instant may come in another order
    return lines;
}

void expect_same(const std::vector<std::string>& guarded, const std::vector<std::string>& plain,
                 std::uint64_t seed, GuardPolicy policy) {
    const auto [one, other] = std::mismatch(guarded.begin(), guarded.end(), plain.begin(), plain.end());
    EXPECT_TRUE(one == guarded.end() && other == plain.end())
        << "seed " << seed << ", " << name_of(policy) << "\n"
        << (other == plain.end() ? "nothing" : *other) << "\n  became\n"
        << (one == guarded.end() ? "nothing" : *one);
}

// Rule 3: where hosts die and nothing else happens, a guard changes nothing.
TEST(GuardedUnits, TakeOverFromDeadHostsAsEarlyAsPlainVrrp) {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        const auto deaths = [seed](GuardPolicy policy) {
            Random random{seed};
            Guarded::Options options = any_options(random);
            options.policy = policy;
            options.last_word = true;
            Guarded net{seed, options};
            for (int death = 0; death < 6; ++death) {
                const NodeId host = net.hosts[random.below(net.hosts.size())];
                const bool in_order = random.happens(0.3);
                net.world.run_for(random.between(30 * options.interval, 60 * options.interval));
                if (in_order)
                    net.world.stop(host);
                else
                    net.world.crash(host);
                net.world.run_for(random.between(Duration{0}, 20 * options.interval));
                net.world.start(host);
            }
            return transitions(net);
        };
        const auto plain = deaths(GuardPolicy::off);
        for (const GuardPolicy policy : {GuardPolicy::alert, GuardPolicy::hold, GuardPolicy::takeover})
            expect_same(deaths(policy), plain, seed, policy);
        if (HasFailure()) return;
    }
}

// Rule 4: no single thing that is gone takes a healthy service down, or moves it.
TEST(GuardedUnits, LoseNothingWhenOneThingIsGone) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        Random random{seed};
        Guarded::Options options = any_options(random);
        options.quorum = 1;
        options.references = 1;
        Guarded net{seed, options};
        net.world.run_for(beginning(options) + 10 * options.interval);
        ASSERT_EQ(net.meter.holders().size(), 1u);
        const auto holder = net.meter.holders();
        net.meter.reset();
        switch (random.below(3)) {
            case 0:
                net.world.set_reference(net.references[0], false);
                break;
            case 1:
                for (const NodeId host : net.hosts)
                    net.world.set_fence(host, host, FenceDevice::hangs, 0s);
                break;
            default:
                if (!net.heartbeats.empty()) net.world.isolate(net.heartbeats[0], net.hosts[0]);
                break;
        }
        net.world.run_for(300 * options.interval);
        ASSERT_EQ(net.meter.holders(), holder) << "seed " << seed;
        ASSERT_EQ(net.meter.held_by_none() + net.meter.held_by_two(), 0s) << "seed " << seed;
    }
}

// Rule 5: one forged frame, whatever it is and whenever it comes, moves nothing.
TEST(GuardedUnits, AreNotMovedByOneForgedFrame) {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        Random random{seed};
        Guarded::Options options = any_options(random);
        if (options.policy == GuardPolicy::fence) options.policy = GuardPolicy::hold;
        Guarded net{seed, options};
        net.world.run_for(random.between(20 * options.interval, 30 * options.interval));
        const auto before = transitions(net);
        const NodeId victim = net.hosts[random.below(net.hosts.size())];
        std::array<std::uint8_t, engine::heartbeat_size> bytes{};
        engine::encode_heartbeat(
            {.unit = engine::unit_key(net.world.settings(victim).guards[0], net.world.settings(victim)),
             .host = random.happens(0.5) ? 1u + random.below(3) : 99u,
             .incarnation = random.happens(0.5) ? 1u : 77u,
             .sequence = 1'000'000,
             .state = static_cast<State>(random.below(4)),
             .priority = *Priority::from(random.between(1, 255)),
             .interval = options.interval,
             .address = ip("10.0.1.77"),
             .references = static_cast<engine::References>(random.below(3)),
             .farewell = random.happens(0.3)},
            bytes);
        if (random.happens(0.5) && !net.heartbeats.empty())
            net.world.inject(victim, engine::HeartbeatHeard{engine::PathId{0}, bytes});
        else
            net.world.inject(
                victim, engine::AddressClaimed{engine::RouterId{0}, net.vip(), MacAddress{{2, 0, 0, 0, 9, 9}},
                                               random.happens(0.5)});
        net.world.run_for(60 * options.interval);
        ASSERT_EQ(transitions(net), before) << "seed " << seed;
    }
}

}  // namespace
}  // namespace holdfast::sim
