// The half of Holdings that listens: what the kernel says about addresses, routes and rules, and what follows
// when something that was in place is gone.
#include <algorithm>

#include "vrrp/holdings.h"
#include "vrrp/translate.h"

namespace holdfast::vrrp {

namespace {

using net::Operation;
using os::Level;
using namespace std::chrono_literals;

// An address that somebody removes again and again is put back at once this often, then once a second.
constexpr Duration lost_window = 10s;
constexpr int lost_at_once = 5;
constexpr Duration retry_after_loss = 1s;

}  // namespace

void Holdings::lose(std::size_t owner, const std::string& what, Instant now,
                    std::vector<engine::RouterId>& lost) {
    Owner& mine = owners_[owner];
    if (now - mine.lost_window > lost_window) {
        mine.lost_window = now;
        mine.lost_count = 0;
    }
    ++mine.lost_count;
    if (const auto held_back = limit_.allow("lost " + std::to_string(owner), now))
        os::log(Level::warning,
                name_of(owner) + ": " + what + " was removed by somebody else; it is put back" +
                    os::and_more(*held_back) + ". Keep other network managers away from it",
                {{"INSTANCE", name_of(owner)}});
    if (mine.lost_count > lost_at_once) return later(owner, now + retry_after_loss);
    if (owner == statics())
        enqueue(owner);
    else if (std::find(lost.begin(), lost.end(), engine::RouterId{static_cast<std::uint32_t>(owner)}) ==
             lost.end())
        lost.push_back(engine::RouterId{static_cast<std::uint32_t>(owner)});
}

void Holdings::learn(const net::AddressUpdate& update) {
    if (update.kind != net::AddressUpdate::Kind::removed) return;
    const auto [begin, end] = places_.equal_range(update.address.address);
    for (auto at = begin; at != end; ++at) {
        const auto [owner, address] = at->second;
        Standing& standing = owners_[owner].addresses[address];
        const plan::VirtualAddress& planned = addresses_of(owner)[address];
        if (planned.prefix.length != update.address.prefix_length) continue;
        if (links_.name_of(update.address.ifindex) != link_name(planned)) continue;
        if (std::uint8_t& removals = owners_[owner].removals[address]; removals > 0) {
            --removals;
            continue;
        }
        if (!is_there(standing)) continue;
        standing = Standing::absent;
        losses_.push_back({Loss::Kind::address, at->second});
    }
}

bool Holdings::watches_routes() const {
    return std::any_of(owners_.begin(), owners_.end(),
                       [](const Owner& owner) { return !owner.routes.empty(); });
}

bool Holdings::watches_rules() const {
    return std::any_of(owners_.begin(), owners_.end(),
                       [](const Owner& owner) { return !owner.rules.empty(); });
}

void Holdings::learn(const net::NetlinkMessage& message) {
    if (const auto route = net::route_in(message); route && route->happened == Operation::remove)
        return learn_route(*route);
    if (const auto rule = net::rule_in(message); rule && rule->happened == Operation::remove)
        learn_rule(*rule);
}

void Holdings::learn_route(const net::RouteNews& news) {
    for (std::size_t owner = 0; owner < owners_.size(); ++owner) {
        for (std::size_t at = 0; at < owners_[owner].routes.size(); ++at) {
            const config::Route& route = routes_of(owner)[at];
            if (!owners_[owner].wanted || owners_[owner].routes[at] != Standing::own ||
                route.destination.length != news.route.destination.length)
                continue;
            const auto wanted = to_kernel(route, links_);
            if (!wanted || !net::same_route(*wanted, news.route)) continue;
            owners_[owner].routes[at] = Standing::uncertain;
            losses_.push_back({Loss::Kind::route, {owner, at}});
        }
    }
}

void Holdings::learn_rule(const net::RuleNews& news) {
    for (std::size_t owner = 0; owner < owners_.size(); ++owner) {
        for (std::size_t at = 0; at < owners_[owner].rules.size(); ++at) {
            if (!owners_[owner].wanted || owners_[owner].rules[at] != Standing::own) continue;
            const net::Rule wanted = to_kernel(rules_of(owner)[at], automatic_rule_priority(owner, at));
            if (!net::same_rule(wanted, news.rule)) continue;
            owners_[owner].rules[at] = Standing::uncertain;
            losses_.push_back({Loss::Kind::rule, {owner, at}});
        }
    }
}

// It may have been put back, or given up, since it was noted.
bool Holdings::still_lost(const Loss& loss) const {
    const auto [owner, at] = loss.place;
    if (!owners_[owner].wanted) return false;
    switch (loss.kind) {
        case Loss::Kind::address:
            return addresses_of(owner)[at].tracked && !is_there(owners_[owner].addresses[at]);
        case Loss::Kind::route:
            return !routes_of(owner)[at].no_track && !is_there(owners_[owner].routes[at]);
        case Loss::Kind::rule:
            return !rules_of(owner)[at].no_track && !is_there(owners_[owner].rules[at]);
    }
    return false;
}

// The kernel itself takes IPv6 addresses and routes away from a link that goes down.
bool Holdings::link_runs(const Loss& loss) const {
    if (loss.kind == Loss::Kind::rule) return true;
    const std::string& name = loss.kind == Loss::Kind::address
                                  ? link_name(addresses_of(loss.place.owner)[loss.place.address])
                                  : routes_of(loss.place.owner)[loss.place.address].dev;
    if (name.empty()) return true;
    const net::Link* link = links_.find(name);
    return link != nullptr && link->up();
}

std::string Holdings::text_of(const Loss& loss) const {
    const auto [owner, at] = loss.place;
    switch (loss.kind) {
        case Loss::Kind::address: {
            const plan::VirtualAddress& address = addresses_of(owner)[at];
            return "address " + address.prefix.text() + " on " + link_name(address);
        }
        case Loss::Kind::route: {
            const auto route = to_kernel(routes_of(owner)[at], links_);
            return "route " + (route ? net::text(*route, links_) : routes_of(owner)[at].destination.text());
        }
        case Loss::Kind::rule:
            return "rule " + net::text(to_kernel(rules_of(owner)[at], automatic_rule_priority(owner, at)));
    }
    return "?";
}

void Holdings::account_losses(Instant now, std::vector<engine::RouterId>& lost) {
    for (const Loss& loss : losses_) {
        if (!still_lost(loss)) continue;
        if (link_runs(loss))
            lose(loss.place.owner, text_of(loss), now, lost);
        else
            later(loss.place.owner, now + retry_after_loss);
    }
    losses_.clear();
}

void Holdings::forget_link(std::size_t owner, const std::string& name) {
    Owner& mine = owners_[owner];
    for (std::size_t at = 0; at < mine.addresses.size(); ++at) {
        if (link_name(addresses_of(owner)[at]) != name) continue;
        mine.addresses[at] = Standing::absent;
        mine.removals[at] = 0;
    }
}

void Holdings::learn(const net::LinkUpdate& update) {
    using Kind = net::LinkUpdate::Kind;
    // The kernel drops the IPv4 routes of a link that goes down without a word.
    if (update.kind == Kind::changed && !update.link.up()) return;
    for (std::size_t owner = 0; owner < owners_.size(); ++owner) {
        Owner& mine = owners_[owner];
        if (update.kind == Kind::removed) forget_link(owner, update.link.name);
        if (update.kind == Kind::renamed) forget_link(owner, update.old_name);
        const bool has_others = !mine.routes.empty() || !mine.rules.empty();
        if (!mine.wanted || (update.kind == Kind::changed && !has_others)) continue;
        for (Standing& standing : mine.routes)
            if (standing == Standing::own) standing = Standing::uncertain;
        enqueue(owner);
    }
}

void Holdings::compare() {
    for (std::size_t owner = 0; owner < owners_.size(); ++owner) {
        std::fill(owners_[owner].removals.begin(), owners_[owner].removals.end(), std::uint8_t{0});
        for (std::size_t at = 0; at < owners_[owner].addresses.size(); ++at) {
            Standing& standing = owners_[owner].addresses[at];
            if (!is_there(standing)) continue;
            const plan::VirtualAddress& planned = addresses_of(owner)[at];
            const auto kernel = to_kernel(planned, link_name(planned), links_);
            if (kernel &&
                links_.find_address(kernel->ifindex, kernel->address, kernel->prefix_length) != nullptr)
                continue;
            standing = Standing::absent;
            losses_.push_back({Loss::Kind::address, {owner, at}});
        }
        // Their tables are not kept here: what should be there is added again, and exists or does not.
        for (Standing& standing : owners_[owner].routes)
            if (standing == Standing::own) standing = Standing::uncertain;
        for (Standing& standing : owners_[owner].rules)
            if (standing == Standing::own) standing = Standing::uncertain;
        if (owners_[owner].wanted && (!owners_[owner].routes.empty() || !owners_[owner].rules.empty()))
            enqueue(owner);
    }
}

}  // namespace holdfast::vrrp
