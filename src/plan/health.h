// Health scripts: those that are tracked get a number, and each reference its weight.
#pragma once

#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/config.h"
#include "plan/plan.h"

namespace holdfast::plan {

class HealthNames {
public:
    explicit HealthNames(const config::Config& config);

    // With an owner nothing with a weight counts: its priority is never adjusted.
    std::vector<engine::TrackedHealth> tracked(const std::vector<config::TrackedScript>& scripts,
                                               bool with_owner);
    // Those that somebody tracks, by number.
    const std::vector<HealthPlan>& plans() const { return plans_; }

private:
    struct Known {
        const config::HealthScript* script;
        std::optional<engine::TrackerId> number;  // once it is tracked
    };
    engine::TrackerId number_of(Known& known);

    std::unordered_map<std::string_view, Known> by_name_;  // names of the configuration
    std::vector<HealthPlan> plans_;
};

}  // namespace holdfast::plan
