// KEEPALIVED-MIB, vrrp: BFD sessions and who tracks them. None runs, so none is up.
#include "plan/bfd.h"
#include "snmp/mibs.h"

namespace holdfast::snmp {

namespace {

constexpr std::uint32_t of_instances = 17;
constexpr std::uint32_t session_table = 18;
constexpr std::uint32_t of_groups = 19;

void add_tracked(std::uint32_t table, std::uint32_t owner, const std::vector<plan::TrackedBfd>& tracked,
                 Rows& rows) {
    for (std::uint32_t at = 0; at < tracked.size(); ++at) {
        const Oid index{owner, at + 1};
        rows.add({table, 1, 2}, index, text(tracked[at].name));
        rows.add({table, 1, 3}, index, integer(tracked[at].weight));
        rows.add({table, 1, 4}, index, truth(tracked[at].reverse));
    }
}

}  // namespace

void add_bfd(const Facts& facts, Rows& rows) {
    if (facts.config().bfd_instances.empty()) return;
    const plan::BfdPlan bfd = plan::plan_bfd(facts.config(), facts.plan());
    for (std::uint32_t at = 0; at < bfd.of_routers.size(); ++at)
        add_tracked(of_instances, at + 1, bfd.of_routers[at], rows);
    for (std::uint32_t at = 0; at < bfd.sessions.size(); ++at) {
        const Oid index{at + 1};
        rows.add({session_table, 1, 2}, index, text(bfd.sessions[at].name));
        rows.add({session_table, 1, 3}, index, integer(0));
        rows.add({session_table, 1, 4}, index, integer(bfd.sessions[at].weight));
        rows.add({session_table, 1, 5}, index, truth(bfd.sessions[at].reverse));
    }
    for (std::uint32_t at = 0; at < bfd.of_groups.size(); ++at)
        add_tracked(of_groups, at + 1, bfd.of_groups[at], rows);
}

}  // namespace holdfast::snmp
