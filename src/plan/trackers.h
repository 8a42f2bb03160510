// What is tracked beside interfaces: whatever somebody refers to gets a number, and each reference its
// weight.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/config.h"
#include "plan/plan.h"

namespace holdfast::plan {

class Trackers {
public:
    explicit Trackers(const config::Config& config);

    // With an owner nothing with a weight counts: its priority is never adjusted.
    std::vector<engine::TrackedHealth> tracked(const std::vector<config::TrackerReference>& references,
                                               bool with_owner);
    // The same of blocks that have no name; equal ones are one tracker. own_link: of hosts without interface.
    std::vector<engine::TrackedHealth> tracked(const std::vector<config::TrackedReachability>& blocks,
                                               const std::string& own_link, bool with_owner);
    // References of a guard: no router's priority depends on them.
    struct GuardReferences {
        engine::TrackerId tracker{};
        bool redundant = false;  // the quorum stands when one of them is gone
        Duration interval{};
    };
    GuardReferences of_guard(const config::TrackedReachability& block, const std::string& own_link,
                             Duration advert_interval);
    // Those that somebody tracks, by number.
    const std::vector<TrackerPlan>& plans() const { return plans_; }
    // The same, as the engine knows them.
    std::vector<engine::TrackerSettings> settings() const;

private:
    struct Defined {
        TrackerPlan plan;
        int weight = 0;
        bool reverse = false;
        std::optional<engine::TrackerId> number{};  // once it is tracked
    };
    Defined* find(const config::TrackerReference& reference);
    engine::TrackerId number_of(Defined& tracker);
    engine::TrackerId number_of(const TrackerPlan& plan);
    void add(config::TrackerKind kind, const std::string& name, Defined tracker);

    static constexpr std::size_t kinds = names_of(config::TrackerKind{}).size();
    std::array<std::unordered_map<std::string, Defined>, kinds> defined_;
    std::vector<TrackerPlan> plans_;
};

// Of two plans: whether a verdict of one says something of the other. How often a script is run, and how its
// results are counted, may differ.
bool tracks_the_same(const TrackerPlan& was, const TrackerPlan& is);

}  // namespace holdfast::plan
