// Which instances of several nodes are one virtual router, and how findings about them are written. Private
// to the comparison.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "plan/compare.h"

namespace holdfast::plan {

struct Member {
    std::size_t node = 0;
    std::size_t router = 0;
};

using VirtualRouter = std::vector<Member>;  // of different nodes, in their order

// What rules ask, and where they write.
class Comparison {
public:
    Comparison(std::span<const NodePlan> nodes, std::vector<Disagreement>& found)
        : nodes_{nodes}, found_{found} {}

    std::span<const NodePlan> nodes() const { return nodes_; }
    const config::Instance& instance(const Member& member) const {
        return nodes_[member.node].config->instances[member.router];
    }
    const engine::RouterSettings& router(const Member& member) const {
        return nodes_[member.node].plan.engine.routers[member.router];
    }
    const config::GlobalDefs& global(const Member& member) const {
        return nodes_[member.node].config->global;
    }
    const std::string& file(const Member& member) const { return nodes_[member.node].name; }

    // Where a setting was written: in the instance, globally, or nowhere.
    template <class T>
    config::Place place(const Member& member, const config::Setting<T>& own) const {
        return own.place.line > 0 ? config::Place{own.place} : config::Place{instance(member).place};
    }
    template <class T, class U>
    config::Place place(const Member& member, const config::Setting<T>& own,
                        const config::Setting<U>& inherited) const {
        if (own.place.line > 0) return own.place;
        return place(member, inherited);
    }

    void say(config::Finding number, config::Class rank, Spot here, Spot there, std::string message,
             std::string expected) {
        found_.push_back({.number = number,
                          .rank = rank,
                          .here = here,
                          .there = there,
                          .message = std::move(message),
                          .expected = std::move(expected)});
    }
    void say(config::Finding number, config::Class rank, const Member& here, config::Place place,
             const Member& there, config::Place other_place, const std::string& message,
             std::string expected) {
        say(number, rank, {here.node, place}, {there.node, other_place},
            "instance " + instance(here).name + ": " + message, std::move(expected));
    }

private:
    std::span<const NodePlan> nodes_;
    std::vector<Disagreement>& found_;
};

// Instances are one virtual router when they share an address, or have the same number and the same name.
std::vector<VirtualRouter> match(const Comparison& comparison);

}  // namespace holdfast::plan
