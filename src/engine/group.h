// Sync groups: one decision for many routers. A router without a group is a unit of its own and follows the
// same rules, so that they are written once.
//
//   Active  a member whose down timer ends becomes Active when all others want it, too, or the group is
//   Active
//           already; then all do. Otherwise the wish is remembered and its timer runs again.
//   Backup  a member that gives way takes all along, without farewells.
//   Fault   one member in fault puts all there, with farewells by those that were Active. The unit comes
//   back, as
//           Backup, when no member has a fault.
//   Start   members that disagree about beginning as Active all begin as Backup; so does a unit whose guard
//           must not be surprised.
#pragma once

#include <optional>
#include <vector>

#include "base/time.h"
#include "engine/outbox.h"
#include "engine/router.h"
#include "engine/settings.h"
#include "engine/state.h"

namespace holdfast::engine {

class Groups {
public:
    // Both must outlive this; routers is not resized any more.
    Groups(const Settings& settings, std::vector<Router>& routers);

    // The members of the router's group, or the router alone.
    const std::vector<RouterId>& unit_of(const Router& router) const { return units_[router.unit].members; }
    // The same for a router without a group.
    bool is_active(const Router& router) const { return units_[router.unit].state == State::active; }
    State state(GroupId id) const { return units_[index(id)].state; }
    // Sets the router's own fault; settle() acts on it.
    void set_fault(Router& router, const std::optional<Cause>& fault);

    // For the unit of a router: begins it, or goes on with what its members adopted.
    void start(const Router& member, Instant now, Outbox& out);
    // Brings the unit into fault or out of it, as its members' faults ask for. Tells whether that changed
    // anything.
    bool settle(const Router& member, Instant now, Outbox& out);
    // Do all others want to be Active, too, or are they already?
    bool agrees(const Router& leader) const;
    // The leader's down timer ended; active is what it would be. Tells whether the unit agreed.
    bool ask_for_active(Router& leader, const RouterState& active, const Cause& cause, Instant now,
                        Outbox& out);
    void give_way(Router& leader, const RouterState& backup, const Cause& cause, Instant now, Outbox& out);
    // By an operator's order, whatever the members wish.
    void take_over(Router& leader, const Cause& cause, Instant now, Outbox& out);
    // Active members say farewell and listen as Backup.
    void withdraw(Router& leader, const Cause& cause, Instant now, Outbox& out);
    void stop(const Router& member, Instant now, Outbox& out);

private:
    struct Unit {
        std::vector<RouterId> members;
        std::optional<GroupId> group;
        State state = State::initialize;
        bool listens_first = false;       // an address owner, too: its guard must not be surprised
        std::size_t faults = 0;           // members that have one
        std::optional<Cause> last_fault;  // that went away
        RouterId last_faulty{};
    };

    Router& at(RouterId id) { return routers_[index(id)]; }
    Opening opening_of(const Unit& unit) const;
    const Router* adopted_leader(const Unit& unit) const;
    void fail(Unit& unit, Instant now, Outbox& out);
    bool recover(Unit& unit, Instant now, Outbox& out);
    void promote(Router& leader, const RouterState& active, const Cause& cause, Instant now, Outbox& out);
    void enter(Unit& unit, State state, const Cause& cause, std::optional<RouterId> member, Outbox& out);

    std::vector<Router>& routers_;
    std::vector<Unit> units_;  // the groups by their numbers, then the routers that are alone
};

}  // namespace holdfast::engine
