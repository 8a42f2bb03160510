#include "sim/guard_rules.h"

#include <algorithm>

namespace holdfast::sim {
namespace {

using engine::GuardId;
using engine::GuardPolicy;
using engine::RouterId;
using engine::State;
using engine::Verdict;

bool refuses(const engine::GuardSettings& guard) {
    return guard.policy == GuardPolicy::hold || guard.policy == GuardPolicy::fence;
}

bool holds(const World& world, NodeId node, const IpAddress& address) {
    const auto& routers = world.settings(node).routers;
    for (std::uint32_t at = 0; at < routers.size(); ++at) {
        const auto& addresses = routers[at].addresses;
        if (world.holds_addresses(node, RouterId{at}) &&
            std::find(addresses.begin(), addresses.end(), address) != addresses.end())
            return true;
    }
    return false;
}

}  // namespace

GuardRules::GuardRules(World& world) : world_{world} {
    world.observe(*this);
}

void GuardRules::stepped(NodeId node) {
    const auto& guards = world_.settings(node).guards;
    for (std::uint32_t at = 0; at < guards.size(); ++at) {
        if (guards[at].policy == GuardPolicy::off) continue;
        check_row(node, GuardId{at});
        for (std::uint32_t other = 0; refuses(guards[at]) && other < world_.node_count(); ++other)
            if (NodeId{other} != node) check_pair(node, GuardId{at}, NodeId{other});
    }
}

void GuardRules::check_row(NodeId node, GuardId id) {
    const engine::GuardSettings& guard = world_.settings(node).guards[index(id)];
    const auto view = world_.guard(node, id);
    if (!view || world_.router(node, guard.leader).state != State::active) return;
    const engine::Row* const row = engine::row_of(view->situation);
    const bool says_so =
        row != nullptr && (row->active ? view->verdict == Verdict::stay || view->verdict == Verdict::tell
                                       : view->verdict == Verdict::promote);
    if (!says_so)
        violated(9, node,
                 "is Active, and its guard says: " + (row ? std::string{row->name} : "nothing") + ", " +
                     std::string{name_of(view->verdict)});
}

bool GuardRules::path_lives(NodeId node, const engine::GuardSettings& guard, NodeId other) const {
    if (!world_.alive(node) || !world_.alive(other)) return false;
    if (world_.heartbeats_pass(node, other) && world_.heartbeats_pass(other, node)) return true;
    const auto& link = world_.settings(node).routers[index(guard.leader)].link;
    if (!link || !guard.probes_addresses) return false;
    const NetworkId network = world_.attachment(node, *link).network;
    return world_.quality(network).loss == 0 && world_.asks_pass(network, node, other);
}

void GuardRules::check_pair(NodeId node, GuardId id, NodeId other) {
    const engine::GuardSettings& guard = world_.settings(node).guards[index(id)];
    const engine::RouterSettings& router = world_.settings(node).routers[index(guard.leader)];
    const auto& theirs = world_.settings(other).guards;
    const bool both_refuse = std::any_of(theirs.begin(), theirs.end(), refuses);
    const auto key = std::tuple{node, id, other};
    const bool both = both_refuse && !router.addresses.empty() &&
                      world_.holds_addresses(node, guard.leader) &&
                      holds(world_, other, router.addresses.front()) && path_lives(node, guard, other);
    if (!both) {
        since_.erase(key);
        return;
    }
    const Instant since = since_.emplace(key, world_.now()).first->second;
    const auto bound = engine::detection_bound(guard, router.advert_interval);
    if (!bound) return;
    if (world_.now() - since > *bound + world_.lateness(node) + world_.lateness(other))
        violated(10, node,
                 "holds " + router.addresses.front().text() + " for too long beside " + world_.name(other));
}

void GuardRules::violated(int rule, NodeId node, const std::string& what) {
    constexpr std::size_t enough = 20;
    if (violations_.size() >= enough) return;
    violations_.push_back(
        "rule " + std::to_string(rule) + " at " +
        std::to_string(std::chrono::duration<double>(world_.now().time_since_epoch()).count()) + " s on " +
        world_.name(node) + ": " + what);
}

HoldingMeter::HoldingMeter(World& world, IpAddress address) : world_{world}, address_{address} {
    world.observe(*this);
    reset();
}

void HoldingMeter::reset() {
    count_ = holders().size();
    since_ = world_.now();
    two_ = none_ = Duration{0};
}

Duration HoldingMeter::held_by_two() const {
    return count_ > 1 ? two_ + (world_.now() - since_) : two_;
}

Duration HoldingMeter::held_by_none() const {
    return count_ == 0 ? none_ + (world_.now() - since_) : none_;
}

std::vector<NodeId> HoldingMeter::holders() const {
    std::vector<NodeId> all;
    for (std::uint32_t node = 0; node < world_.node_count(); ++node)
        if (holds(world_, NodeId{node}, address_)) all.push_back(NodeId{node});
    return all;
}

void HoldingMeter::holding_changed(NodeId, RouterId) {
    two_ = held_by_two();
    none_ = held_by_none();
    since_ = world_.now();
    count_ = holders().size();
}

CacheMeter::CacheMeter(World& world, NetworkId network) : world_{world}, network_{network} {
    world.observe(*this);
}

bool CacheMeter::is_known(NodeId node) const {
    const auto foreign = foreign_.find(node);
    return foreign == foreign_.end() || last(node) >= foreign->second;
}

Instant CacheMeter::last(NodeId node) const {
    const auto own = own_.find(node);
    return own == own_.end() ? Instant::min() : own->second;
}

void CacheMeter::announced(NodeId from, RouterId) {
    own_[from] = world_.now();
    if (world_.quality(network_).loss > 0) return;  // as may be all that tells of it
    for (std::uint32_t other = 0; other < world_.node_count(); ++other)
        if (const NodeId to{other}; to != from && world_.alive(to) && world_.reaches(network_, from, to))
            foreign_[to] = world_.now();
}

}  // namespace holdfast::sim
