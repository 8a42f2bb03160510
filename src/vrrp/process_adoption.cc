// How a process goes on where the one before stopped: records, and what only the old configuration
// had.
#include <algorithm>

#include "vrrp/departed.h"
#include "vrrp/predecessor.h"
#include "vrrp/process.h"

namespace holdfast::vrrp {

// Takes over what the process before left in its page. Which routers go on as Active, by position: what they
// hold stays.
std::vector<bool> Process::adopt() {
    std::vector<bool> active(plan_.routers.size());
    const Predecessor before = read_predecessor(start_.adopted_page_fd);
    const std::vector<engine::Record>& records = before.records;
    std::vector<engine::Record> unclaimed = records;
    for (std::size_t at = 0; at < active.size() && !unclaimed.empty(); ++at) {
        const auto key = engine::record_key(plan_.engine.routers[at], plan_.engine);
        const auto found = std::find_if(unclaimed.begin(), unclaimed.end(),
                                        [&](const auto& record) { return record.key == key; });
        if (found == unclaimed.end() ||
            !engine_.adopt(engine::RouterId{static_cast<std::uint32_t>(at)}, *found, before.listened_until))
            continue;
        active[at] = is_active(*found);
        unclaimed.erase(found);
    }
    adopt_verdicts(before);
    for (std::uint32_t guard = 0; guard < plan_.guards.size(); ++guard)
        reports_->assume(engine::GuardId{guard}, engine_.incident(engine::GuardId{guard}));
    resign_departed(records, unclaimed);
    if (records.size() > unclaimed.size())
        os::log(os::Level::notice, std::to_string(records.size() - unclaimed.size()) +
                                       " instances go on where the process before stopped, " +
                                       std::to_string(std::count(active.begin(), active.end(), true)) +
                                       " of them as MASTER");
    return active;
}

// Virtual routers that only the old configuration has say farewell and are told of; and what the old
// configuration held and the new one does not goes. unclaimed: records that no router of ours took.
void Process::resign_departed(const std::vector<engine::Record>& records,
                              const std::vector<engine::Record>& unclaimed) {
    if (!previous_) return;
    std::vector<bool> was_active;
    for (std::size_t at = 0; at < previous_->engine.routers.size(); ++at) {
        const engine::RouterSettings& router = previous_->engine.routers[at];
        const auto key = engine::record_key(router, previous_->engine);
        const auto is_its = [&](const engine::Record& record) {
            return record.key == key && is_active(record);
        };
        was_active.push_back(std::any_of(records.begin(), records.end(), is_its));
        const auto left = std::find_if(unclaimed.begin(), unclaimed.end(),
                                       [&](const engine::Record& record) { return record.key == key; });
        if (left == unclaimed.end()) continue;
        if (is_active(*left))
            send_farewell(router, router.link ? previous_->links[index(*router.link)].name : "", links_);
        tell_departed(*previous_, at, *left);
    }
    holdings_->remove_departed(departed(*previous_, was_active, plan_, links_));
}

void Process::tell_departed(const plan::Plan& before, std::size_t at, const engine::Record& record) {
    const engine::RouterSettings& router = before.engine.routers[at];
    const Departure departure{.name = router.name,
                              .was = state_of(record),
                              .priority = record.effective_priority,
                              .as_deleted = before.routers[at].notify.reports_deletion};
    reports_->tell(departure);
    if (!publisher_) return;
    publisher_->tell_departed(
        {.name = router.name,
         .vrid = router.vrid.wire(),
         .family = router.family,
         .link = router.link ? before.links[index(*router.link)].name : "",
         .group = router.group_id ? before.engine.groups[index(*router.group_id)].name : "",
         .begins_active = router.starts_active,
         .word = !departure.is_told()   ? status::LastWord::none
                 : departure.as_deleted ? status::LastWord::deleted
                                        : status::LastWord::fault,
         .transitions = {}},
        departure.was, now_);
}

}  // namespace holdfast::vrrp
