// What a reload changes: the old plan and the new one, compared by virtual router. A value that can be tested
// and printed.
#pragma once

#include <string>
#include <vector>

#include "plan/plan.h"

namespace holdfast::plan {

struct ChangedInstance {
    std::string name;               // in the new configuration
    std::vector<std::string> what;  // "priority 100 -> 90", "address 192.0.2.1/24 added"
};

struct Changes {
    std::vector<std::string> added;    // instances that only the new plan has
    std::vector<std::string> removed;  // and only the old one
    std::vector<ChangedInstance> changed;
    std::vector<std::string> other;  // "group VG1 added", "static addresses, routes or rules"

    bool empty() const { return added.empty() && removed.empty() && changed.empty() && other.empty(); }
};

// Instances are the same when a new process takes over their state: same interface, family,
// virtual_router_id and, for unicast, source. Their names may differ.
Changes diff(const Plan& before, const Plan& now);

// One clause for a log line; the tail of a long list is only counted.
std::string text(const Changes& changes);

}  // namespace holdfast::plan
