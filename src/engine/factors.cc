#include "engine/factors.h"

#include "engine/router.h"
#include "engine/tracking.h"

namespace holdfast::engine {

std::size_t factors_of(const Router& router, const LinkTable& links, const Verdicts& verdicts,
                       std::span<Factor> out) {
    const bool is_owner = router.settings->priority.is_owner();
    std::size_t count = 0;
    const auto add = [&](const Factor& factor) {
        if (!factor.forbids && factor.amount == 0) return;
        if (count < out.size()) out[count] = factor;
        ++count;
    };
    const auto add_link = [&](LinkId link, bool forbids, int amount) {
        const Health health = links.running(link) ? Health::good : Health::bad;
        add({.is_link = true,
             .number = static_cast<std::uint32_t>(link),
             .health = health,
             .forbids = forbids,
             .amount = amount});
    };
    if (const auto own = router.settings->link)
        add_link(*own, !links.present(*own) || (router.settings->tracks_own_link && !links.running(*own)), 0);
    for (const TrackedLink& tracked : router.tracked_links)
        add_link(tracked.link, is_fault(tracked, links), is_owner ? 0 : adjustment(tracked, links));
    for (const TrackedHealth& tracked : router.tracked_health)
        add({.number = static_cast<std::uint32_t>(tracked.tracker),
             .health = verdicts.of(tracked.tracker),
             .forbids = is_fault(tracked, verdicts),
             .amount = is_owner ? 0 : adjustment(tracked, verdicts)});
    return count;
}

}  // namespace holdfast::engine
