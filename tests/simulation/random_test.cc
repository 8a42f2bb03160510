// Many seeds: a random network of random routers, random faults, then a quiet time, and the invariants all
// along. A failure prints the command that repeats it.
//   HOLDFAST_SIM_SEED=N      plays one seed and prints its trace
//   HOLDFAST_SIM_SECONDS=N   plays seeds for so long (default 10)
//   HOLDFAST_SIM_FIRST=N     begins with that seed (default 1)
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "sim/faults.h"
#include "simulation/networks.h"
#include "support/evidence.h"

namespace holdfast::sim {
namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

Networks::Options any_options(Random& random) {
    constexpr std::array intervals{Duration{100ms}, Duration{1s}, Duration{1s}, Duration{3s}};
    Networks::Options options{.hosts = random.between(2, 5),
                              .networks = random.between(1, 3),
                              .preempt = random.happens(0.5),
                              .grouped = random.happens(0.5),
                              .version = random.happens(0.5) ? Version::v3 : Version::v2,
                              .interval = intervals[random.below(intervals.size())],
                              .equal_priorities = random.happens(0.2)};
    if (options.version == Version::v2) options.interval = std::max<Duration>(options.interval, 1s);
    options.ipv6 = options.version == Version::v3 && random.happens(0.3);
    options.unicast = random.happens(0.2);
    options.owner = !options.equal_priorities && !options.grouped && random.happens(0.2);
    if (options.preempt && random.happens(0.3))
        options.preempt_delay = random.between(Duration{1s}, Duration{8s});
    return options;
}

struct Outcome {
    std::vector<std::string> violations;
    std::vector<std::string> trace;
    Duration simulated{0};
    std::size_t faults = 0;
};

struct Manner {
    bool pauses = true;
    bool jitter = false;     // no two things happen at the same instant
    bool adoptions = false;  // now and then a daemon is killed and adopted within the same instant
};

Outcome play(std::uint64_t seed, const Manner& manner = {}) {
    Random random{seed};
    Networks::Options options = any_options(random);
    if (manner.jitter) options.quality.jitter = 20us;
    Networks net{random.next(), options};
    const Duration calm = net.rules.settling_time();
    net.world.run_for(calm);
    Outcome outcome;
    const FaultLimits limits{
        .span = 40 * options.interval, .longest = 12 * options.interval, .pauses = manner.pauses};
    outcome.faults = schedule_faults(net.world, random, limits).size();
    const Instant end = net.world.now() + limits.span + limits.longest + 13 * limits.longest;
    if (manner.adoptions)
        for (int count = 0; count < 40; ++count) {
            const NodeId node = net.hosts[random.below(net.hosts.size())];
            net.world.at(net.world.now() + random.between(Duration{0}, limits.span), [&net, node] {
                if (!net.world.alive(node)) return;
                net.world.kill_daemon(node);
                net.world.adopt_after_kill(node);
            });
        }
    net.world.run_until(end);
    net.world.run_for(calm);
    net.rules.check_settled();
    outcome.violations = net.rules.violations();
    outcome.trace = net.world.trace();
    outcome.simulated = net.world.now().time_since_epoch();
    return outcome;
}

// Transitions alone, without their causes: of two adverts that come at the same instant either may be the one
// that is named. Those of one instant are sorted.
std::vector<std::string> transitions(const Outcome& outcome) {
    std::vector<std::string> lines;
    for (const std::string& line : outcome.trace)
        if (const std::size_t arrow = line.find(" -> "); arrow != std::string::npos)
            lines.push_back(line.substr(0, line.find("  ", arrow)));
    std::sort(lines.begin(), lines.end());
    return lines;
}

std::string repeat_with(std::uint64_t seed) {
    return "repeat with: HOLDFAST_SIM_SEED=" + std::to_string(seed) +
           " sim_test --gtest_filter=RandomFaults.*";
}

TEST(RandomFaults, BreakNoRule) {
    if (const std::uint64_t seed = number_from("HOLDFAST_SIM_SEED", 0)) {
        const Outcome outcome = play(seed);
        std::printf("%s\n", World::legend().c_str());
        for (const std::string& line : outcome.trace)
            std::printf("%s\n", line.c_str());
        EXPECT_THAT(outcome.violations, testing::IsEmpty());
        return;
    }
    const auto end =
        std::chrono::steady_clock::now() + std::chrono::seconds{number_from("HOLDFAST_SIM_SECONDS", 10)};
    const std::uint64_t first = number_from("HOLDFAST_SIM_FIRST", 1);
    std::uint64_t seed = first;
    Duration simulated{0};
    std::size_t faults = 0;
    for (; std::chrono::steady_clock::now() < end; ++seed) {
        const Outcome outcome = play(seed);
        simulated += outcome.simulated;
        faults += outcome.faults;
        ASSERT_THAT(outcome.violations, testing::IsEmpty()) << repeat_with(seed);
    }
    const double hours = std::chrono::duration<double, std::ratio<3600>>(simulated).count();
    char text[32];
    std::snprintf(text, sizeof text, "%.0f", hours);
    test::note("simulated time", text, "hours");
    test::note("simulated faults", std::to_string(faults));
    test::note("simulated networks (seeds)", std::to_string(seed - first));
}

// The same run with forty adoptions in it: every election ends at the same time and in the same way. (A slow
// node is left out: it draws lots for its lateness.)
TEST(RandomFaults, GoTheSameWayWhoeverIsAdopted) {
    const std::uint64_t only = number_from("HOLDFAST_SIM_SEED", 0);
    constexpr std::uint64_t runs = 2000;
    for (std::uint64_t seed = only ? only : 1; seed <= (only ? only : runs); ++seed) {
        const auto without = transitions(play(seed, {.pauses = false, .jitter = true}));
        const auto with = transitions(play(seed, {.pauses = false, .jitter = true, .adoptions = true}));
        const auto [one, other] = std::mismatch(without.begin(), without.end(), with.begin(), with.end());
        if (only)
            for (const bool adoptions : {false, true})
                for (const std::string& line :
                     play(seed, {.pauses = false, .jitter = true, .adoptions = adoptions}).trace)
                    std::printf("%s %s\n", adoptions ? "with" : "without", line.c_str());
        ASSERT_TRUE(one == without.end() && other == with.end())
            << (one == without.end() ? "nothing" : *one) << "\n  became\n"
            << (other == with.end() ? "nothing" : *other) << "\n"
            << repeat_with(seed);
    }
    test::note("simulated runs that adoptions did not change", std::to_string(runs),
               "of " + std::to_string(runs));
}

}  // namespace
}  // namespace holdfast::sim
