#include "plan/health.h"

#include <algorithm>

#include "plan/scripts.h"

namespace holdfast::plan {

HealthNames::HealthNames(const config::Config& config) {
    for (const config::HealthScript& script : config.scripts)
        by_name_.emplace(script.name, Known{.script = &script, .number = std::nullopt});
}

std::vector<engine::TrackedHealth> HealthNames::tracked(const std::vector<config::TrackedScript>& scripts,
                                                        bool with_owner) {
    std::vector<engine::TrackedHealth> all;
    for (const config::TrackedScript& reference : scripts) {
        const auto known = by_name_.find(reference.name);
        if (known == by_name_.end()) continue;
        const config::HealthScript& script = *known->second.script;
        const int weight = reference.weight.value_or(script.weight.value_or(0));
        if (weight != 0 && with_owner) continue;
        const engine::TrackerId number = number_of(known->second);
        const bool repeated = std::any_of(all.begin(), all.end(), [&](const engine::TrackedHealth& earlier) {
            return earlier.tracker == number;
        });
        if (!repeated)
            all.push_back({.tracker = number,
                           .weight = weight,
                           .reverse = reference.reverse.value_or(script.reverse.value_or(false))});
    }
    return all;
}

engine::TrackerId HealthNames::number_of(Known& known) {
    if (known.number) return *known.number;
    known.number = engine::TrackerId{static_cast<std::uint32_t>(plans_.size())};
    const config::HealthScript& script = *known.script;
    HealthPlan plan{.name = script.name};
    if (script.command) plan.command = plan_command(*script.command);
    plan.interval = script.interval.value_or(plan.interval);
    plan.timeout = script.timeout.value_or(plan.interval);
    plan.rise = script.rise.value_or(1);
    plan.fall = script.fall.value_or(1);
    plan.begins_bad = script.init_fail.value_or(false);
    plans_.push_back(std::move(plan));
    return *known.number;
}

}  // namespace holdfast::plan
