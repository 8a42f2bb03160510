// The rules that must never break, checked after every event of a simulated world.
//   1. quiet time ends in exactly one Active per virtual router and connected network
//   2. a router holds its addresses exactly while it is Active
//   3. the members of a sync group agree after every step
//   4. a nopreempt router never takes over from an Active that it hears
//   5. an Active that runs is never silent for longer than its interval and a millisecond
//   6. every transition changes the state and has a cause
//   7. who adopts goes on in the state that was left, or doubts it; that the outcome of elections is the same
//   with
//      and without adoptions is for a run to compare
//   8. an Active that stood still for longer than its peers wait withdraws before it advertises
//  11. who is drained never becomes Active (9 and 10 are those of guarded units, guard_rules.h)
//  12. an operator's order stands only while it says something: drained out of service, yielding as no
//  Active,
//      raised as Active
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "sim/world.h"

namespace holdfast::sim {

class Invariants : public Observer {
public:
    explicit Invariants(World& world);

    // Longest time from the last disturbance to one Active each (rule 1), for the settings in this world.
    Duration settling_time() const;
    // Rule 1, to be asked after a quiet time of at least settling_time().
    void check_settled();

    const std::vector<std::string>& violations() const { return violations_; }

    void transition(NodeId node, const engine::StateChanged& change) override;
    void advert_sent(NodeId node, engine::RouterId router, bool farewell) override;
    void advert_delivered(NodeId to, NodeId from, engine::RouterId router, bool farewell) override;
    void stepped(NodeId node) override;
    void adopted(NodeId node, const std::vector<engine::State>& before) override;
    void resumed(NodeId node) override;
    void disturbed() override;

private:
    using RouterKey = std::tuple<NodeId, engine::RouterId>;
    void violated(int rule, NodeId node, const std::string& what);
    void check_silence(NodeId node, engine::RouterId router);
    // The router of `node` that is the same virtual router as `router` of `other`, on the same network.
    std::optional<engine::RouterId> counterpart(NodeId node, NodeId other, engine::RouterId router) const;

    World& world_;
    std::map<RouterKey, Instant> last_sent_;    // since the last disturbance
    std::map<RouterKey, Instant> last_advert_;  // ever
    std::map<RouterKey, bool> doubtful_;        // has to withdraw before it says anything
    struct Heard {
        Instant at;
        Duration interval;
        bool farewell = false;
        std::uint8_t priority = 0;
    };
    std::map<RouterKey, Heard> last_heard_;  // by any other router of the same virtual router
    std::vector<std::string> violations_;
};

}  // namespace holdfast::sim
