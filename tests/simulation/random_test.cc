// Many seeds: random faults, then a quiet time, then the invariants. A failure prints the command that
// repeats it.
//   HOLDFAST_SIM_SEED=N    plays one seed and prints its trace
//   HOLDFAST_SIM_SEEDS=N   plays the seeds 1..N (default 300)
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "sim/faults.h"
#include "simulation/networks.h"

namespace holdfast::sim {
namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

struct Outcome {
    std::vector<std::string> violations;
    std::vector<std::string> trace;
    Duration simulated{0};
    std::size_t faults = 0;
};

Outcome play(std::uint64_t seed) {
    Random random{seed};
    const TwoNetworks::Options options{.hosts = random.between(2, 4),
                                       .preempt = random.happens(0.5),
                                       .grouped = random.happens(0.5),
                                       .version = random.happens(0.5) ? Version::v3 : Version::v2,
                                       .interval = 1s,
                                       .equal_priorities = random.happens(0.2)};
    TwoNetworks net{random.next(), options};
    net.world.run_for(10s);
    Outcome outcome;
    outcome.faults = schedule_faults(net.world, random, {}).size();
    net.world.run_for(80s);
    net.world.run_for(net.rules.settling_time());
    net.rules.check_settled();
    outcome.violations = net.rules.violations();
    outcome.trace = net.world.trace();
    outcome.simulated = net.world.now().time_since_epoch();
    return outcome;
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
    const std::uint64_t seeds = number_from("HOLDFAST_SIM_SEEDS", 300);
    Duration simulated{0};
    std::size_t faults = 0;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        const Outcome outcome = play(seed);
        simulated += outcome.simulated;
        faults += outcome.faults;
        ASSERT_THAT(outcome.violations, testing::IsEmpty())
            << "repeat with: HOLDFAST_SIM_SEED=" << seed
            << " sim_test --gtest_filter=RandomFaults.BreakNoRule";
    }
    std::printf("simulated %.1f hours, %zu faults, %llu seeds\n",
                std::chrono::duration<double, std::ratio<3600>>(simulated).count(), faults,
                static_cast<unsigned long long>(seeds));
}

}  // namespace
}  // namespace holdfast::sim
