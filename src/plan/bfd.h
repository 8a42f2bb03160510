// What is configured of BFD sessions for VRRP: which there are, and who tracks them with what weight. No
// session runs, so nothing of this moves a priority; the MIB shows it.
#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "plan/plan.h"

namespace holdfast::plan {

struct TrackedBfd {
    std::string name;
    int weight = 0;
    bool reverse = false;
    bool operator==(const TrackedBfd&) const = default;
};

struct BfdPlan {
    std::vector<TrackedBfd> sessions;                 // each with the weight of its definition
    std::vector<std::vector<TrackedBfd>> of_routers;  // by RouterId; a session counts once
    std::vector<std::vector<TrackedBfd>> of_groups;   // by GroupId
};

// plan: that of config.
BfdPlan plan_bfd(const config::Config& config, const Plan& plan);

}  // namespace holdfast::plan
