// The rules of guarded units that must never break, checked after every event, and what a run is measured by.
// Their numbers go on from those of invariants.h.
//   9. a guarded unit that is Active has a row of the guard's table that says so
//  10. two guarded units with policy hold or fence never hold one address for longer than the detection bound
//      while both run and a heartbeat passes both ways, or each can ask the other
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "sim/world.h"

namespace holdfast::sim {

class GuardRules : public Observer {
public:
    explicit GuardRules(World& world);

    const std::vector<std::string>& violations() const { return violations_; }

    void stepped(NodeId node) override;
    void disturbed() override { since_.clear(); }

private:
    void check_row(NodeId node, engine::GuardId guard);
    void check_pair(NodeId node, engine::GuardId guard, NodeId other);
    bool path_lives(NodeId node, const engine::GuardSettings& guard, NodeId other) const;
    void violated(int rule, NodeId node, const std::string& what);

    World& world_;
    std::map<std::tuple<NodeId, engine::GuardId, NodeId>, Instant> since_;  // both hold, and a path lives
    std::vector<std::string> violations_;
};

// For how long an address was held by two hosts, and by none.
class HoldingMeter : public Observer {
public:
    HoldingMeter(World& world, IpAddress address);

    // Begins to measure anew.
    void reset();
    Duration held_by_two() const;
    Duration held_by_none() const;
    std::vector<NodeId> holders() const;

    void holding_changed(NodeId, engine::RouterId) override;

private:
    World& world_;
    const IpAddress address_;
    std::size_t count_ = 0;
    Instant since_{};
    Duration two_{0};
    Duration none_{0};
};

// Where the neighbours of each node send what is meant for the address: to whoever announced it last, as far
// as the node could notice.
class CacheMeter : public Observer {
public:
    CacheMeter(World& world, NetworkId network);

    // The node's own announcement was the last, or it could not know of the other's.
    bool is_known(NodeId node) const;
    Instant last(NodeId node) const;  // announcement of its own

    void announced(NodeId, engine::RouterId) override;

private:
    World& world_;
    const NetworkId network_;
    std::map<NodeId, Instant> own_;
    std::map<NodeId, Instant> foreign_;
};

}  // namespace holdfast::sim
