// Files of several nodes against each other, before they are rolled out: what would make two routers Active,
// or a takeover incomplete, although each file is right by itself. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "config/config.h"
#include "config/diagnostic.h"
#include "config/values.h"
#include "plan/plan.h"

namespace holdfast::plan {

// What one node would run. The configuration must outlive it.
struct NodePlan {
    NodePlan(std::string node, const config::Config& read)
        : name{std::move(node)}, config{&read}, plan{make_plan(read, {})} {}

    std::string name;  // as findings name it: its file
    const config::Config* config;
    Plan plan;  // routers stand in the order of config->instances
};

// A place in the files of one of the nodes.
struct Spot {
    std::size_t node = 0;  // index into what was compared
    config::Place place;
};

struct Disagreement {
    config::Finding number{};
    config::Class rank = config::Class::general_error;  // notice: it may be meant so
    Spot here;
    Spot there;  // the same place as `here` when only one file is concerned
    std::string message;
    std::string expected;  // what would be right; may be empty
};

// In the order of the virtual routers in the first file that has them. Never holds a password. Takes n log n
// of the number of instances and addresses.
std::vector<Disagreement> compare(std::span<const NodePlan> nodes);

}  // namespace holdfast::plan
