#include "vrrp/holdings.h"

#include <algorithm>
#include <cerrno>

#include "os/event_loop.h"
#include "vrrp/translate.h"

namespace holdfast::vrrp {

namespace {

using net::Operation;
using net::Outcome;
using os::Level;
using namespace std::chrono_literals;

// The kernel walks an interface's address list for each insertion: with 10,000 addresses one takes a quarter
// of a millisecond. A batch is as large as fits into this time, so that adverts are served in between.
constexpr Duration batch_time = 1500us;
constexpr std::size_t smallest_batch = 4;
constexpr std::size_t largest_batch = 256;

constexpr Duration retry_after_refusal = 5s;
// An address that somebody removes again and again is put back at once this often, then once a second.
constexpr Duration lost_window = 10s;
constexpr int lost_at_once = 5;
constexpr Duration retry_after_loss = 1s;

std::string remedy_for(int error_number) {
    switch (error_number) {
        case EPERM:
            return ". Grant CAP_NET_ADMIN";
        case ENOBUFS:
        case ENOMEM:
            return ". The kernel is out of memory for it; it is tried again";
        case ENETUNREACH:
            return ". The gateway is not reachable from this host's addresses; it is tried again";
        case ENETDOWN:
        case ENODEV:
            return ". The interface is down or gone; it is tried again";
        case ENOSPC:
            return ". A kernel table is full (see net.ipv6.route.max_size); it is tried again";
        default:
            return ". It is tried again";
    }
}

}  // namespace

Holdings::Holdings(const plan::Plan& plan, const net::LinkTable& links, net::CommandSocket& socket,
                   Options options)
    : plan_{plan}, links_{links}, socket_{socket}, options_{options}, owners_(plan.routers.size() + 1) {
    // Rules without a preference count down from here, one counter for each family, as keepalived's do.
    std::uint32_t next_priority[2]{16384, 16384};
    for (std::size_t owner = 0; owner < owners_.size(); ++owner) {
        owners_[owner].addresses.resize(addresses_of(owner).size(), Standing::absent);
        owners_[owner].removals.resize(addresses_of(owner).size(), 0);
        owners_[owner].routes.resize(routes_of(owner).size(), Standing::absent);
        owners_[owner].rules.resize(rules_of(owner).size(), Standing::absent);
        for (std::size_t address = 0; address < addresses_of(owner).size(); ++address)
            places_.emplace(addresses_of(owner)[address].prefix.address, Place{owner, address});
        for (const config::Rule& rule : rules_of(owner))
            if (!rule.preference)
                rule_priorities_[&rule] = next_priority[rule.family == Family::ipv6 ? 1 : 0]--;
    }
}

const std::vector<plan::VirtualAddress>& Holdings::addresses_of(std::size_t owner) const {
    return owner == statics() ? plan_.statics.addresses : plan_.routers[owner].addresses;
}

const std::vector<config::Route>& Holdings::routes_of(std::size_t owner) const {
    return owner == statics() ? plan_.statics.routes : plan_.routers[owner].routes;
}

const std::vector<config::Rule>& Holdings::rules_of(std::size_t owner) const {
    return owner == statics() ? plan_.statics.rules : plan_.routers[owner].rules;
}

std::string Holdings::name_of(std::size_t owner) const {
    return owner == statics() ? "static" : plan_.engine.routers[owner].name;
}

const std::string& Holdings::link_name(const plan::VirtualAddress& address) const {
    return plan_.links[index(address.link)].name;
}

void Holdings::settle(const std::vector<bool>& adopted) {
    std::vector<net::AddressRequest> stale;
    for (std::size_t owner = 0; owner < owners_.size(); ++owner) {
        const bool keeps = owner == statics() || adopted[owner];
        for (std::size_t at = 0; at < addresses_of(owner).size(); ++at) {
            const auto address =
                to_kernel(addresses_of(owner)[at], link_name(addresses_of(owner)[at]), links_);
            const net::PresentAddress* present =
                address ? links_.find_address(address->ifindex, address->address, address->prefix_length)
                        : nullptr;
            if (present == nullptr) continue;
            if (keeps && (adopted.size() > owner && adopted[owner]))
                owners_[owner].addresses[at] = Standing::own;
            else if (keeps)
                owners_[owner].addresses[at] = present->marked_as_own() ? Standing::own : Standing::foreign;
            else if (present->marked_as_own() || options_.release_foreign)
                stale.push_back({.operation = Operation::remove, .address = *address});
        }
    }
    if (stale.empty()) return;
    os::log(Level::notice,
            std::to_string(stale.size()) + " virtual address" + (stale.size() == 1 ? "" : "es") +
                " left behind by a dead process removed, first " + stale.front().address.text());
    if (const auto outcomes = net::carry_out(socket_, stale); !outcomes)
        os::log(Level::error, "cannot remove addresses left behind: " + outcomes.error().text());
}

void Holdings::remove_departed(const std::vector<net::InterfaceAddress>& addresses) {
    std::vector<net::AddressRequest> requests;
    for (const net::InterfaceAddress& address : addresses)
        requests.push_back({.operation = Operation::remove, .address = address});
    if (requests.empty()) return;
    if (const auto outcomes = net::carry_out(socket_, requests); !outcomes)
        os::log(Level::error, "cannot remove addresses of the old configuration: " + outcomes.error().text());
}

void Holdings::want(engine::RouterId router, bool held) {
    owners_[index(router)].wanted = held;
    enqueue(index(router));
}

void Holdings::want_statics(bool held) {
    owners_[statics()].wanted = held;
    enqueue(statics());
}

void Holdings::enqueue(std::size_t owner) {
    Owner& mine = owners_[owner];
    mine.cursor = 0;
    mine.others_done = false;
    if (mine.queued) return;
    mine.queued = true;
    queue_.push_back(owner);
}

// Adds what is missing of an owner's addresses, or all that are to go, to the batch.
void Holdings::collect(std::size_t owner) {
    Owner& mine = owners_[owner];
    const auto& addresses = addresses_of(owner);
    for (; mine.cursor < addresses.size() && requests_.size() < batch_size_; ++mine.cursor) {
        Standing& standing = mine.addresses[mine.cursor];
        const bool present = standing == Standing::own || standing == Standing::foreign;
        const bool removable =
            standing == Standing::own || (standing == Standing::foreign && options_.release_foreign);
        if (mine.wanted ? present : !removable) {
            if (!mine.wanted) standing = Standing::absent;
            continue;
        }
        const auto address = to_kernel(addresses[mine.cursor], link_name(addresses[mine.cursor]), links_);
        if (!address) {  // the interface is gone, and its addresses with it
            standing = Standing::absent;
            continue;
        }
        requests_.push_back(
            {.operation = mine.wanted ? Operation::add : Operation::remove, .address = *address});
        requested_.push_back({owner, mine.cursor});
    }
}

void Holdings::work(std::vector<Landed>& landed) {
    requests_.clear();
    requested_.clear();
    while (!queue_.empty() && requests_.size() < batch_size_) {
        const std::size_t owner = queue_.front();
        Owner& mine = owners_[owner];
        const bool has_others = !mine.routes.empty() || !mine.rules.empty();
        const bool addresses_left = mine.cursor < mine.addresses.size();
        // Routes and rules stand on the addresses: added after them, removed before them.
        if (has_others && !mine.others_done && (mine.wanted ? !addresses_left : true)) {
            if (!requests_.empty()) break;
            carry_out_others(owner);
            mine.others_done = true;
            if (mine.wanted || !addresses_left) {
                mine.queued = false;
                queue_.pop_front();
            }
            return;
        }
        collect(owner);
        if (mine.cursor < mine.addresses.size()) break;  // the batch is full
        if (has_others && !mine.others_done) break;
        mine.queued = false;
        queue_.pop_front();
    }
    if (!requests_.empty()) execute_addresses(landed);
}

void Holdings::execute_addresses(std::vector<Landed>& landed) {
    const Instant begin = os::EventLoop::now();
    const auto outcomes = net::carry_out(socket_, requests_);
    if (!outcomes) {
        os::log(Level::error, "cannot change addresses: " + outcomes.error().text());
        for (const Place& place : requested_)
            later(place.owner, begin + retry_after_refusal);
        return;
    }
    for (std::size_t at = 0; at < requests_.size(); ++at) {
        const Place& place = requested_[at];
        if (requests_[at].operation == Operation::add) {
            judge_added(place, requests_[at].address, (*outcomes)[at], landed);
            continue;
        }
        owners_[place.owner].addresses[place.address] = Standing::absent;
        if ((*outcomes)[at].kind == Outcome::Kind::done) ++owners_[place.owner].removals[place.address];
        if (!(*outcomes)[at].reached())
            os::log(Level::error, name_of(place.owner) + ": cannot remove address " +
                                      requests_[at].address.text() + " from " +
                                      links_.name_of(requests_[at].address.ifindex) + ": " +
                                      (*outcomes)[at].text());
    }
    const Duration taken = std::max(os::EventLoop::now() - begin, Duration{1});
    const auto fitting = static_cast<std::size_t>(
        batch_time.count() * static_cast<std::int64_t>(requests_.size()) / taken.count());
    batch_size_ = std::clamp(std::min(fitting, batch_size_ * 2), smallest_batch,
                             std::min(largest_batch, socket_.max_batch()));
}

void Holdings::judge_added(const Place& place, const net::InterfaceAddress& address, const Outcome& outcome,
                           std::vector<Landed>& landed) {
    Standing& standing = owners_[place.owner].addresses[place.address];
    const std::string what = address.text() + " on " + links_.name_of(address.ifindex);
    switch (outcome.kind) {
        case Outcome::Kind::done:
            standing = Standing::own;
            break;
        case Outcome::Kind::existed: {
            const net::PresentAddress* present =
                links_.find_address(address.ifindex, address.address, address.prefix_length);
            standing = present != nullptr && present->marked_as_own() ? Standing::own : Standing::foreign;
            if (standing == Standing::foreign)
                os::log(Level::warning,
                        name_of(place.owner) + ": address " + what +
                            " was there already and is not ours: it is used, and will not be removed");
            break;
        }
        default:
            standing = Standing::refused;
            os::log(Level::error,
                    name_of(place.owner) + ": " + links_.name_of(address.ifindex) + " refused address " +
                        address.text() + ": " + outcome.text() + remedy_for(outcome.error_number),
                    {{"INSTANCE", name_of(place.owner)}});
            later(place.owner, os::EventLoop::now() + retry_after_refusal);
            return;
    }
    if (place.owner != statics())
        landed.push_back({engine::RouterId{static_cast<std::uint32_t>(place.owner)}, place.address});
}

void Holdings::carry_out_others(std::size_t owner) {
    if (owners_[owner].wanted) {
        carry_out_routes(owner);
        carry_out_rules(owner);
    } else {
        carry_out_rules(owner);
        carry_out_routes(owner);
    }
}

void Holdings::carry_out_routes(std::size_t owner) {
    Owner& mine = owners_[owner];
    std::vector<net::RouteRequest> requests;
    std::vector<std::size_t> which;
    for (std::size_t at = 0; at < mine.routes.size(); ++at) {
        const bool present = mine.routes[at] == Standing::own || mine.routes[at] == Standing::foreign;
        if (mine.wanted ? present : mine.routes[at] != Standing::own) continue;
        const config::Route& route = routes_of(owner)[at];
        const auto kernel = to_kernel(route, links_);
        if (!kernel) {
            mine.routes[at] = Standing::absent;
            continue;
        }
        requests.push_back({.operation = mine.wanted ? Operation::add : Operation::remove,
                            .route = *kernel,
                            .placement = placement_of(route)});
        which.push_back(at);
    }
    const auto outcomes = net::carry_out(socket_, requests);
    for (std::size_t at = 0; at < requests.size(); ++at) {
        const Outcome failed{.kind = Outcome::Kind::refused, .error_number = EIO, .detail = {}};
        const Outcome& outcome = outcomes ? (*outcomes)[at] : failed;
        Standing& standing = mine.routes[which[at]];
        standing = !mine.wanted || !outcome.reached()       ? Standing::absent
                   : outcome.kind == Outcome::Kind::existed ? Standing::foreign
                                                            : Standing::own;
        if (outcome.reached()) continue;
        os::log(Level::error,
                name_of(owner) + ": the kernel refused to " + (mine.wanted ? "add" : "remove") + " route " +
                    net::text(requests[at].route, links_) + ": " + outcome.text() +
                    (mine.wanted ? remedy_for(outcome.error_number) : ""),
                {{"INSTANCE", name_of(owner)}});
        if (mine.wanted) later(owner, os::EventLoop::now() + retry_after_refusal);
    }
}

std::uint32_t Holdings::automatic_rule_priority(std::size_t owner, std::size_t rule) const {
    const auto found = rule_priorities_.find(&rules_of(owner)[rule]);
    return found == rule_priorities_.end() ? 0 : found->second;
}

void Holdings::carry_out_rules(std::size_t owner) {
    Owner& mine = owners_[owner];
    std::vector<net::RuleRequest> requests;
    std::vector<std::size_t> which;
    for (std::size_t at = 0; at < mine.rules.size(); ++at) {
        const bool present = mine.rules[at] == Standing::own || mine.rules[at] == Standing::foreign;
        if (mine.wanted ? present : mine.rules[at] != Standing::own) continue;
        requests.push_back({.operation = mine.wanted ? Operation::add : Operation::remove,
                            .rule = to_kernel(rules_of(owner)[at], automatic_rule_priority(owner, at))});
        which.push_back(at);
    }
    const auto outcomes = net::carry_out(socket_, requests);
    for (std::size_t at = 0; at < requests.size(); ++at) {
        const Outcome failed{.kind = Outcome::Kind::refused, .error_number = EIO, .detail = {}};
        const Outcome& outcome = outcomes ? (*outcomes)[at] : failed;
        mine.rules[which[at]] = !mine.wanted || !outcome.reached()       ? Standing::absent
                                : outcome.kind == Outcome::Kind::existed ? Standing::foreign
                                                                         : Standing::own;
        if (outcome.reached()) continue;
        os::log(Level::error,
                name_of(owner) + ": the kernel refused to " + (mine.wanted ? "add" : "remove") + " rule " +
                    net::text(requests[at].rule) + ": " + outcome.text() +
                    (mine.wanted ? remedy_for(outcome.error_number) : ""),
                {{"INSTANCE", name_of(owner)}});
        if (mine.wanted) later(owner, os::EventLoop::now() + retry_after_refusal);
    }
}

void Holdings::later(std::size_t owner, Instant when) {
    if (owners_[owner].retrying) return;
    owners_[owner].retrying = true;
    retries_.emplace(when, owner);
}

void Holdings::retry(Instant now, std::vector<engine::RouterId>& lost) {
    while (!retries_.empty() && retries_.begin()->first <= now) {
        const std::size_t owner = retries_.begin()->second;
        retries_.erase(retries_.begin());
        owners_[owner].retrying = false;
        if (!owners_[owner].wanted) continue;
        if (owner == statics())
            enqueue(owner);
        else
            lost.push_back(engine::RouterId{static_cast<std::uint32_t>(owner)});
    }
}

void Holdings::lose(std::size_t owner, const std::string& what, Instant now,
                    std::vector<engine::RouterId>& lost) {
    Owner& mine = owners_[owner];
    if (now - mine.lost_window > lost_window) {
        mine.lost_window = now;
        mine.lost_count = 0;
    }
    ++mine.lost_count;
    if (const auto held_back = limit_.allow("lost " + std::to_string(owner), now))
        os::log(
            Level::warning,
            name_of(owner) + ": " + what + " was removed by somebody else; it is put back" +
                (*held_back > 0 ? " (" + std::to_string(*held_back) + " more since the last message)" : "") +
                ". Keep other network managers away from it",
            {{"INSTANCE", name_of(owner)}});
    if (mine.lost_count > lost_at_once) return later(owner, now + retry_after_loss);
    if (owner == statics())
        enqueue(owner);
    else if (std::find(lost.begin(), lost.end(), engine::RouterId{static_cast<std::uint32_t>(owner)}) ==
             lost.end())
        lost.push_back(engine::RouterId{static_cast<std::uint32_t>(owner)});
}

void Holdings::learn(const net::AddressUpdate& update, Instant now, std::vector<engine::RouterId>& lost) {
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
        if (standing == Standing::absent || standing == Standing::refused) continue;
        standing = Standing::absent;
        if (owners_[owner].wanted && planned.tracked)
            lose(owner, "address " + planned.prefix.text() + " on " + link_name(planned), now, lost);
    }
}

bool Holdings::watches_routes() const {
    return std::any_of(owners_.begin(), owners_.end(),
                       [](const Owner& owner) { return !owner.routes.empty(); });
}

void Holdings::learn_route(const net::NetlinkMessage& message, Instant now,
                           std::vector<engine::RouterId>& lost) {
    const auto news = net::route_in(message);
    if (!news || news->happened != Operation::remove) return;
    for (std::size_t owner = 0; owner < owners_.size(); ++owner) {
        for (std::size_t at = 0; at < owners_[owner].routes.size(); ++at) {
            const config::Route& route = routes_of(owner)[at];
            if (!owners_[owner].wanted || owners_[owner].routes[at] != Standing::own || route.no_track)
                continue;
            const auto wanted = to_kernel(route, links_);
            if (!wanted || !net::same_route(*wanted, news->route)) continue;
            owners_[owner].routes[at] = Standing::absent;
            lose(owner, "route " + net::text(*wanted, links_), now, lost);
        }
    }
}

void Holdings::links_changed() {
    for (std::size_t owner = 0; owner < owners_.size(); ++owner) {
        Owner& mine = owners_[owner];
        for (std::size_t at = 0; at < mine.addresses.size(); ++at)
            if (links_.find(link_name(addresses_of(owner)[at])) == nullptr)
                mine.addresses[at] = Standing::absent;
        if (mine.wanted) enqueue(owner);
    }
}

void Holdings::compare(Instant now, std::vector<engine::RouterId>& lost) {
    for (std::size_t owner = 0; owner < owners_.size(); ++owner) {
        std::fill(owners_[owner].removals.begin(), owners_[owner].removals.end(), std::uint8_t{0});
        for (std::size_t at = 0; at < owners_[owner].addresses.size(); ++at) {
            Standing& standing = owners_[owner].addresses[at];
            if (standing != Standing::own && standing != Standing::foreign) continue;
            const plan::VirtualAddress& planned = addresses_of(owner)[at];
            const auto kernel = to_kernel(planned, link_name(planned), links_);
            if (kernel &&
                links_.find_address(kernel->ifindex, kernel->address, kernel->prefix_length) != nullptr)
                continue;
            standing = Standing::absent;
            if (owners_[owner].wanted && planned.tracked)
                lose(owner, "address " + planned.prefix.text() + " on " + link_name(planned), now, lost);
        }
    }
}

void Holdings::finish(Duration at_most) {
    const Instant end = os::EventLoop::now() + at_most;
    batch_size_ = largest_batch;
    std::vector<Landed> landed;
    while (busy() && os::EventLoop::now() < end) {
        work(landed);
        landed.clear();
        batch_size_ = std::min(largest_batch, socket_.max_batch());
    }
}

bool Holdings::in_place(engine::RouterId router, std::size_t address) const {
    const Standing standing = owners_[index(router)].addresses[address];
    return standing == Standing::own || standing == Standing::foreign;
}

}  // namespace holdfast::vrrp
