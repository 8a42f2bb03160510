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
constexpr Duration retry_after_surprise = 1s;

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
    : plan_{plan},
      links_{links},
      socket_{socket},
      options_{options},
      owners_(plan.routers.size() + 1),
      rule_priorities_{automatic_priorities(plan)} {
    for (std::size_t owner = 0; owner < owners_.size(); ++owner) {
        owners_[owner].addresses.resize(addresses_of(owner).size(), Standing::absent);
        owners_[owner].removals.resize(addresses_of(owner).size(), 0);
        owners_[owner].routes.resize(routes_of(owner).size(), Standing::absent);
        owners_[owner].rules.resize(rules_of(owner).size(), Standing::absent);
        for (std::size_t address = 0; address < addresses_of(owner).size(); ++address)
            places_.emplace(addresses_of(owner)[address].prefix.address, Place{owner, address});
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
    const bool kernel_marks = kernel_marks_addresses(links_);
    std::size_t left_behind = 0;
    for (std::size_t owner = 0; owner < owners_.size(); ++owner) {
        Owner& mine = owners_[owner];
        const bool goes_on = owner == statics() || adopted[owner];
        // Routes and rules are not looked for: what is ours carries our number, and is found when it is
        // removed or added.
        for (std::size_t at = 0; at < mine.routes.size(); ++at) {
            if (!is_supported(routes_of(owner)[at]))
                os::log(Level::error,
                        name_of(owner) + ": the route to " + routes_of(owner)[at].destination.text() +
                            " is left out: encap and vrf are not supported",
                        {{"INSTANCE", name_of(owner)}});
            if (!routes_of(owner)[at].protocol) mine.routes[at] = Standing::uncertain;
        }
        for (std::size_t at = 0; at < mine.rules.size(); ++at)
            if (!rules_of(owner)[at].protocol) mine.rules[at] = Standing::uncertain;
        bool stale = !mine.routes.empty() || !mine.rules.empty();
        for (std::size_t at = 0; at < mine.addresses.size(); ++at) {
            if (!settle_address(owner, at, goes_on, kernel_marks) || goes_on) continue;
            ++left_behind;
            stale = true;
        }
        if (stale && !goes_on) enqueue(owner);
    }
    if (left_behind > 0)
        os::log(Level::notice, std::to_string(left_behind) + " virtual address" +
                                   (left_behind == 1 ? "" : "es") + " left behind by a dead process removed");
}

// True: it is there, and ours to remove.
bool Holdings::settle_address(std::size_t owner, std::size_t at, bool goes_on, bool kernel_marks) {
    const plan::VirtualAddress& planned = addresses_of(owner)[at];
    const auto address = to_kernel(planned, link_name(planned), links_);
    const net::PresentAddress* present =
        address ? links_.find_address(address->ifindex, address->address, address->prefix_length) : nullptr;
    if (present == nullptr) return false;
    const bool ours = present->marked_as_own() || (goes_on && !kernel_marks && owner != statics());
    Standing& standing = owners_[owner].addresses[at];
    if (ours)
        standing = Standing::own;
    else if (goes_on || options_.release_foreign)
        standing = Standing::foreign;
    return ours || options_.release_foreign;
}

void Holdings::remove_departed(Departed departed) {
    departed_ = std::move(departed);
}

// Routes and rules first, they may stand on the addresses.
void Holdings::remove_some_departed() {
    if (!departed_.routes.empty() || !departed_.rules.empty()) {
        const auto rules = net::carry_out(socket_, departed_.rules);
        const auto routes = net::carry_out(socket_, departed_.routes);
        if (!rules || !routes)
            os::log(Level::error, "cannot remove routes and rules of the old configuration: " +
                                      (rules ? routes.error() : rules.error()).text());
        departed_.routes.clear();
        departed_.rules.clear();
        return;
    }
    const Instant begin = os::EventLoop::now();
    requests_.clear();
    for (; requests_.size() < batch_size_ && !departed_.addresses.empty(); departed_.addresses.pop_back())
        requests_.push_back({.operation = Operation::remove, .address = departed_.addresses.back()});
    const auto outcomes = net::carry_out(socket_, requests_);
    if (!outcomes)
        os::log(Level::error, "cannot remove addresses of the old configuration: " + outcomes.error().text());
    adapt_batch(requests_.size(), os::EventLoop::now() - begin);
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
        const bool present = is_there(standing);
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
    if (!requests_.empty()) return execute_addresses(landed);
    if (queue_.empty() && departing()) remove_some_departed();
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
            report_refusal(place.owner, "address",
                           "cannot remove address " + requests_[at].address.text() + " from " +
                               links_.name_of(requests_[at].address.ifindex),
                           (*outcomes)[at]);
    }
    adapt_batch(requests_.size(), os::EventLoop::now() - begin);
}

void Holdings::adapt_batch(std::size_t requests, Duration taken) {
    const auto fitting = static_cast<std::size_t>(batch_time.count() * static_cast<std::int64_t>(requests) /
                                                  std::max(taken, Duration{1}).count());
    batch_size_ = std::clamp(std::min(fitting, batch_size_ * 2), smallest_batch,
                             std::min(largest_batch, socket_.max_batch()));
}

void Holdings::report_refusal(std::size_t owner, std::string_view kind, const std::string& doing,
                              const net::Outcome& outcome) {
    const std::string key =
        std::string{kind} + " " + std::to_string(owner) + " " + std::to_string(outcome.error_number);
    const auto held_back = limit_.allow(key, os::EventLoop::now());
    if (!held_back) return;
    os::log(Level::error,
            name_of(owner) + ": " + doing + ": " + outcome.text() +
                (owners_[owner].wanted ? remedy_for(outcome.error_number) : "") + os::and_more(*held_back),
            {{"INSTANCE", name_of(owner)}});
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
            // IPv6 has an address once, whatever its prefix length.
            const bool with_other_length =
                present == nullptr && links_.has_address(address.ifindex, address.address);
            if (present == nullptr && !with_other_length) {  // so new that we have not heard of it yet
                standing = Standing::absent;
                return later(place.owner, os::EventLoop::now() + retry_after_surprise);
            }
            standing = !with_other_length && present->marked_as_own() ? Standing::own : Standing::foreign;
            if (standing == Standing::foreign)
                os::log(Level::warning,
                        name_of(place.owner) + ": address " + what +
                            " was there already and is not ours: it is used, and will not be removed");
            break;
        }
        default:
            standing = Standing::refused;
            report_refusal(place.owner, "address",
                           links_.name_of(address.ifindex) + " refused address " + address.text(), outcome);
            return later(place.owner, os::EventLoop::now() + retry_after_refusal);
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

// What was uncertain and exists is ours: it carries our number.
Holdings::Standing Holdings::standing_after(Standing before, bool wanted, const Outcome& outcome) {
    if (!wanted || !outcome.reached()) return Standing::absent;
    if (outcome.kind != Outcome::Kind::existed || before == Standing::uncertain) return Standing::own;
    return Standing::foreign;
}

void Holdings::carry_out_routes(std::size_t owner) {
    Owner& mine = owners_[owner];
    std::vector<net::RouteRequest> requests;
    std::vector<std::size_t> which;
    for (std::size_t at = 0; at < mine.routes.size(); ++at) {
        const Standing is = mine.routes[at];
        if (mine.wanted ? is_there(is) : is != Standing::own && is != Standing::uncertain) continue;
        const config::Route& route = routes_of(owner)[at];
        if (!is_supported(route)) continue;
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
        mine.routes[which[at]] = standing_after(mine.routes[which[at]], mine.wanted, outcome);
        if (outcome.reached()) continue;
        report_refusal(owner, "route",
                       std::string{"the kernel refused to "} + (mine.wanted ? "add" : "remove") + " route " +
                           net::text(requests[at].route, links_),
                       outcome);
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
        const Standing is = mine.rules[at];
        if (mine.wanted ? is_there(is) : is != Standing::own && is != Standing::uncertain) continue;
        requests.push_back({.operation = mine.wanted ? Operation::add : Operation::remove,
                            .rule = to_kernel(rules_of(owner)[at], automatic_rule_priority(owner, at))});
        which.push_back(at);
    }
    const auto outcomes = net::carry_out(socket_, requests);
    for (std::size_t at = 0; at < requests.size(); ++at) {
        const Outcome failed{.kind = Outcome::Kind::refused, .error_number = EIO, .detail = {}};
        const Outcome& outcome = outcomes ? (*outcomes)[at] : failed;
        mine.rules[which[at]] = standing_after(mine.rules[which[at]], mine.wanted, outcome);
        if (outcome.reached()) continue;
        report_refusal(owner, "rule",
                       std::string{"the kernel refused to "} + (mine.wanted ? "add" : "remove") + " rule " +
                           net::text(requests[at].rule),
                       outcome);
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
    return is_there(owners_[index(router)].addresses[address]);
}

void Holdings::describe(std::size_t owner, status::Held& held) const {
    const auto mark = [](const std::vector<Standing>& standings, std::vector<bool>& marks) {
        const std::size_t count = std::min(standings.size(), status::most_marks);
        marks.resize(count);
        for (std::size_t at = 0; at < count; ++at)
            marks[at] = is_there(standings[at]);
    };
    mark(owners_[owner].addresses, held.addresses);
    mark(owners_[owner].routes, held.routes);
    mark(owners_[owner].rules, held.rules);
}

}  // namespace holdfast::vrrp
