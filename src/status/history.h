// The transitions of all instances and groups in the order of time, of the run of the daemon that goes on and
// of those before: what was taken over from one run to the next is told once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "status/recording.h"
#include "status/snapshot.h"

namespace holdfast::status {

struct Run {
    RoutersSnapshot routers;
    std::string boot;
    std::optional<RunEnd> end;  // nothing: it goes on
    std::int64_t ended_ms = 0;
};

struct HistoryEvent {
    std::size_t run = 0;  // position
    std::int64_t wall_ms = 0;
    std::string_view unit;
    bool is_group = false;
    const Transition* transition = nullptr;
};

// Transitions of a router or a group that a run of the daemon remembers.
inline constexpr std::size_t most_transitions = 16;

class History {
public:
    // runs: the oldest first. names: of instances and groups (whose members are meant, too); none: all.
    // since_ms: what happened before is left out.
    History(std::vector<Run> runs, const std::vector<std::string>& names,
            std::optional<std::int64_t> since_ms);
    History(const History&) = delete;
    History& operator=(const History&) = delete;

    const std::vector<Run>& runs() const { return runs_; }
    const std::vector<HistoryEvent>& events() const { return events_; }
    // Anywhere in the runs.
    bool knows(const std::string& name) const;
    // Of whom there were more transitions in the time that is asked for than are remembered, as far as can be
    // told: those of which the most is there.
    const std::vector<std::string>& cut_short() const { return cut_short_; }

private:
    std::vector<Run> runs_;
    std::vector<std::string> cut_short_;
    std::vector<HistoryEvent> events_;
};

std::string to_json(const History& history, std::int64_t now_ms);
// One of its events, on a line.
std::string to_json(const History& history, const HistoryEvent& event, std::int64_t now_ms);

}  // namespace holdfast::status
