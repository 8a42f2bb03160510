#include "vrrp/inputs.h"

#include <algorithm>

namespace holdfast::vrrp {

namespace {

bool same(const engine::LinkChanged& a, const engine::LinkChanged& b) {
    return a.present == b.present && a.running == b.running && a.ipv4 == b.ipv4 && a.ipv6 == b.ipv6 &&
           a.mac == b.mac;
}

}  // namespace

Inputs::Inputs(const plan::Plan& plan, const net::LinkTable& links)
    : plan_{plan}, links_{links}, told_(plan.links.size()), was_up_(plan.links.size()) {
    for (std::uint32_t link = 0; link < plan.links.size(); ++link)
        told_[link].link = engine::LinkId{link};
    for (const plan::RouterPlan& router : plan.routers)
        for (const plan::VirtualAddress& address : router.addresses)
            virtual_addresses_.insert(address.prefix.address);
    for (std::uint32_t at = 0; at < plan.engine.routers.size(); ++at)
        if (plan.engine.routers[at].track_source) sources_told_[engine::RouterId{at}] = true;
}

engine::LinkChanged Inputs::as_is(engine::LinkId id) const {
    engine::LinkChanged now{
        .link = id, .present = false, .running = false, .ipv4 = std::nullopt, .ipv6 = std::nullopt};
    const net::Link* link = links_.find(plan_.links[index(id)].name);
    if (link == nullptr) return now;
    now.present = true;
    now.running = link->running();
    now.mac = link->mac;
    // Adverts do not leave from a virtual address, which may be on the other host as well; unless it is the
    // only one there is and was there without us: that of an address owner.
    std::optional<IpAddress> owned_v4;
    std::optional<IpAddress> owned_v6;
    for (const net::PresentAddress& address : links_.addresses_of(link->index)) {
        const bool is_own_work = is_virtual(address.address) && address.marked_as_own();
        if (is_own_work || address.tentative()) continue;
        auto& ipv4 = is_virtual(address.address) ? owned_v4 : now.ipv4;
        auto& ipv6 = is_virtual(address.address) ? owned_v6 : now.ipv6;
        if (!ipv4 && address.address.is_v4() && !address.secondary() && address.scope == 0)
            ipv4 = address.address;
        if (!ipv6 && address.address.is_v6() && address.address.is_link_local()) ipv6 = address.address;
    }
    if (!now.ipv4) now.ipv4 = owned_v4;
    if (!now.ipv6) now.ipv6 = owned_v6;
    return now;
}

bool Inputs::has_source(engine::RouterId router) const {
    const auto& source = plan_.engine.routers[index(router)].source;
    return source && links_.has_address(*source);
}

std::vector<engine::Event> Inputs::first_look() {
    std::vector<engine::Event> events;
    for (const net::Link* link : links_.all())
        for (std::uint32_t at = 0; at < plan_.links.size(); ++at)
            if (plan_.links[at].name == link->name) by_index_[link->index] = engine::LinkId{at};
    for (std::uint32_t at = 0; at < plan_.links.size(); ++at) {
        told_[at] = as_is(engine::LinkId{at});
        was_up_[at] = told_[at].running;
        if (told_[at].present) events.emplace_back(told_[at]);
    }
    for (auto& [router, present] : sources_told_) {
        present = has_source(router);
        events.emplace_back(engine::SourceChanged{router, present});
    }
    return events;
}

void Inputs::look_again(Instant now, std::vector<engine::Event>& events) {
    by_index_.clear();
    for (std::uint32_t at = 0; at < plan_.links.size(); ++at) {
        const engine::LinkId id{at};
        engine::LinkChanged current = as_is(id);
        if (const net::Link* link = links_.find(plan_.links[at].name)) by_index_[link->index] = id;
        if (current.present && told_[at].present && current.running != told_[at].running) {
            const Duration delay = current.running ? plan_.links[at].up_delay : plan_.links[at].down_delay;
            const bool delays = delay > Duration{0} && was_up_[at];
            const auto due = delays ? delayed_.try_emplace(id, now + delay).first->second : now;
            if (due > now)
                current.running = told_[at].running;
            else
                delayed_.erase(id);
        } else {
            delayed_.erase(id);
        }
        was_up_[at] = was_up_[at] || current.running;
        if (same(current, told_[at])) continue;
        told_[at] = current;
        events.emplace_back(current);
    }
    for (auto& [router, told] : sources_told_) {
        const bool present = has_source(router);
        if (present == told) continue;
        told = present;
        events.emplace_back(engine::SourceChanged{router, present});
    }
}

bool Inputs::concerns(const net::Update& update) const {
    const auto* news = std::get_if<net::AddressUpdate>(&update);
    if (news == nullptr) return true;
    const net::PresentAddress& address = news->address;
    return !is_virtual(address.address) || !address.marked_as_own() || is_tracked_source(address.address);
}

bool Inputs::is_tracked_source(const IpAddress& address) const {
    return std::any_of(sources_told_.begin(), sources_told_.end(), [&](const auto& told) {
        return plan_.engine.routers[index(told.first)].source == address;
    });
}

Instant Inputs::next_due() const {
    Instant next = never;
    for (const auto& [link, due] : delayed_)
        next = std::min(next, due);
    return next;
}

std::optional<engine::LinkId> Inputs::link_at(int ifindex) const {
    const auto found = by_index_.find(ifindex);
    if (found == by_index_.end()) return std::nullopt;
    return found->second;
}

}  // namespace holdfast::vrrp
