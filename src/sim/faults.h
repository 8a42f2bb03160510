// Random misfortune: a seeded schedule of faults against a world, every one of which ends before the schedule
// does, so that a quiet time can follow and the invariants be asked.
#pragma once

#include <string>
#include <vector>

#include "sim/random.h"
#include "sim/world.h"

namespace holdfast::sim {

struct FaultLimits {
    int count = 12;                               // faults in one schedule
    Duration span = std::chrono::seconds{60};     // they begin within this time
    Duration longest = std::chrono::seconds{12};  // and last at most so long
    bool worsens_networks = true;                 // loss, delay, duplication, jitter
    bool cuts = true;                             // one-way and two-way partitions
    bool kills = true;       // crash, orderly stop, killed daemon with and without adoption
    bool links = true;       // link down, interface removed
    bool pauses = true;      // stopped, suspended or slow
    bool orders = true;      // drain, failover and resume
    bool reloads = true;     // with other settings
    bool blindness = false;  // firewalls, multicast filters, isolated hosts, references that are gone
};

// Puts a schedule into the world's future. The world must be started. Returns one line per fault, for the
// report.
std::vector<std::string> schedule_faults(World& world, Random& random, const FaultLimits& limits);

}  // namespace holdfast::sim
