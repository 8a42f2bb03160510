#include "vrrp/departed.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace holdfast::vrrp {

namespace {

using AddressKey = std::tuple<std::string, Prefix>;

std::set<AddressKey> addresses_of(const plan::Plan& plan) {
    std::set<AddressKey> keys;
    const auto take = [&](const std::vector<plan::VirtualAddress>& addresses) {
        for (const plan::VirtualAddress& address : addresses)
            keys.emplace(plan.links[index(address.link)].name, address.prefix);
    };
    for (const plan::RouterPlan& router : plan.routers)
        take(router.addresses);
    take(plan.statics.addresses);
    return keys;
}

// How an entry is watched makes no difference to the kernel.
template <class Entry>
Entry as_in_kernel(Entry entry) {
    entry.no_track = false;
    entry.track_group.clear();
    return entry;
}

std::vector<config::Route> routes_of(const plan::Plan& plan) {
    std::vector<config::Route> routes;
    const auto take = [&](const std::vector<config::Route>& some) {
        for (const config::Route& route : some)
            if (!route.protocol && is_supported(route)) routes.push_back(as_in_kernel(route));
    };
    for (const plan::RouterPlan& router : plan.routers)
        take(router.routes);
    take(plan.statics.routes);
    return routes;
}

std::vector<config::Rule> rules_of(const plan::Plan& plan) {
    std::vector<config::Rule> rules;
    const RulePriorities priorities = automatic_priorities(plan);
    const auto take = [&](const std::vector<config::Rule>& some) {
        for (const config::Rule& rule : some) {
            if (rule.protocol) continue;
            rules.push_back(as_in_kernel(rule));
            if (!rule.preference) rules.back().preference = priorities.at(&rule);
        }
    };
    for (const plan::RouterPlan& router : plan.routers)
        take(router.rules);
    take(plan.statics.rules);
    return rules;
}

template <class Entry>
bool stands_in(const std::vector<Entry>& entries, const Entry& entry) {
    return std::find(entries.begin(), entries.end(), entry) != entries.end();
}

}  // namespace

Departed departed(const plan::Plan& before, const std::vector<bool>& was_active, const plan::Plan& now,
                  const net::LinkTable& links) {
    Departed gone;
    const auto kept = addresses_of(now);
    const bool marks = kernel_marks_addresses(links);
    const auto take = [&](const std::vector<plan::VirtualAddress>& addresses, bool held) {
        for (const plan::VirtualAddress& address : addresses) {
            const std::string& link = before.links[index(address.link)].name;
            if (kept.contains({link, address.prefix})) continue;
            const auto kernel = to_kernel(address, link, links);
            const net::PresentAddress* present =
                kernel ? links.find_address(kernel->ifindex, kernel->address, kernel->prefix_length)
                       : nullptr;
            if (present != nullptr && (present->marked_as_own() || (held && !marks)))
                gone.addresses.push_back(*kernel);
        }
    };
    for (std::size_t router = 0; router < before.routers.size(); ++router)
        take(before.routers[router].addresses, was_active[router]);
    take(before.statics.addresses, false);

    const auto kept_routes = routes_of(now);
    for (const config::Route& route : routes_of(before)) {
        const auto kernel = stands_in(kept_routes, route) ? std::nullopt : to_kernel(route, links);
        if (kernel) gone.routes.push_back({.operation = net::Operation::remove, .route = *kernel});
    }
    const auto kept_rules = rules_of(now);
    for (const config::Rule& rule : rules_of(before))
        if (!stands_in(kept_rules, rule))
            gone.rules.push_back({.operation = net::Operation::remove, .rule = to_kernel(rule, 0)});
    return gone;
}

}  // namespace holdfast::vrrp
