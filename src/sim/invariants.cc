#include "sim/invariants.h"

#include <algorithm>

namespace holdfast::sim {

namespace {

using engine::RouterId;
using engine::State;
using namespace std::chrono_literals;

// An Active's timer may be served this much late: the grid of the engine's deadlines.
constexpr Duration advert_tolerance = 1ms;

RouterId router_at(std::size_t position) {
    return RouterId{static_cast<std::uint32_t>(position)};
}

}  // namespace

Invariants::Invariants(World& world) : world_{world} {
    world.observe(*this);
}

std::optional<RouterId> Invariants::counterpart(NodeId node, NodeId other, RouterId router) const {
    const engine::Settings& theirs = world_.settings(other);
    const engine::RouterSettings& wanted = theirs.routers[index(router)];
    if (!wanted.link) return std::nullopt;
    const NetworkId network = world_.attachment(other, *wanted.link).network;
    const engine::Settings& ours = world_.settings(node);
    for (std::size_t at = 0; at < ours.routers.size(); ++at) {
        const engine::RouterSettings& mine = ours.routers[at];
        if (mine.vrid == wanted.vrid && mine.family == wanted.family && mine.link &&
            world_.attachment(node, *mine.link).network == network)
            return router_at(at);
    }
    return std::nullopt;
}

Duration Invariants::settling_time() const {
    Duration longest{0};
    for (std::uint32_t node = 0; node < world_.node_count(); ++node)
        for (const engine::RouterSettings& router : world_.settings(NodeId{node}).routers)
            longest = std::max(
                longest, router.advert_interval * (router.down_timer_adverts + 2) + router.preempt_delay);
    // A down interval to notice, another for a contest between two that noticed together, one for a group to
    // agree.
    return longest * 3;
}

void Invariants::check_settled() {
    for (std::uint32_t position = 0; position < world_.node_count(); ++position) {
        const NodeId node{position};
        if (!world_.alive(node)) continue;
        for (std::size_t at = 0; at < world_.settings(node).routers.size(); ++at) {
            const RouterId router = router_at(at);
            if (world_.router(node, router).state == State::fault) continue;
            std::vector<std::string> active;
            bool whole = true;  // everybody hears everybody: only then one Active is promised
            for (std::uint32_t other = 0; other < world_.node_count(); ++other) {
                const auto theirs = counterpart(NodeId{other}, node, router);
                if (!world_.alive(NodeId{other}) || !theirs) continue;
                const auto& link = world_.settings(node).routers[at].link;
                HF_ASSERT(link.has_value());
                const NetworkId network = world_.attachment(node, *link).network;
                const State state = world_.router(NodeId{other}, *theirs).state;
                if (state == State::fault) continue;
                if (other != position)
                    whole = whole && world_.reaches(network, node, NodeId{other}) &&
                            world_.reaches(network, NodeId{other}, node);
                if (state == State::active) active.push_back(world_.name(NodeId{other}));
            }
            if (whole && active.size() != 1)
                violated(1, node,
                         world_.settings(node).routers[at].name + " has " + std::to_string(active.size()) +
                             " Active routers after a quiet time");
        }
    }
}

void Invariants::transition(NodeId node, const engine::StateChanged& change) {
    const engine::RouterSettings& router = world_.settings(node).routers[index(change.router)];
    if (change.from == change.to) violated(6, node, router.name + " changed to the state it was in");
    if (describe(change.cause, world_.settings(node), router.group_id).empty())
        violated(6, node, router.name + " changed its state without a cause");
    if (change.from == State::active) doubtful_[{node, change.router}] = false;
    if (change.to != State::active) return;
    last_sent_[{node, change.router}] = world_.now();
    if (world_.router(node, change.router).steering == engine::Steering::drained)
        violated(11, node, router.name + " became Active although it is drained");
    const engine::CauseKind why =
        change.cause.kind == engine::CauseKind::group_member ? change.cause.member_kind : change.cause.kind;
    if (why == engine::CauseKind::raised) return;
    if (change.cause.kind == engine::CauseKind::peer_resigned) return;  // by heartbeat, perhaps
    const auto heard = last_heard_.find({node, change.router});
    if (router.preempt || router.priority.is_owner() || heard == last_heard_.end() || heard->second.farewell)
        return;
    if (change.from == State::backup &&
        world_.now() - heard->second.at < heard->second.interval * router.down_timer_adverts)
        violated(4, node, router.name + " took over although the Active had been heard");
}

void Invariants::advert_sent(NodeId node, RouterId router, bool farewell) {
    if (doubtful_[{node, router}] && !farewell)
        violated(8, node,
                 world_.settings(node).routers[index(router)].name +
                     " advertised before it withdrew, although it had stood still");
    last_sent_[{node, router}] = last_advert_[{node, router}] = world_.now();
}

void Invariants::resumed(NodeId node) {
    const engine::Settings& settings = world_.settings(node);
    for (std::size_t at = 0; at < settings.routers.size(); ++at) {
        const RouterId router = router_at(at);
        const auto sent = last_advert_.find({node, router});
        if (world_.router(node, router).state != State::active || sent == last_advert_.end()) continue;
        const Duration patience =
            settings.routers[at].advert_interval * settings.routers[at].down_timer_adverts;
        doubtful_[{node, router}] =
            world_.now() - sent->second > patience + world_.lateness(node) + 2 * advert_tolerance;
    }
}

void Invariants::adopted(NodeId node, const std::vector<State>& before) {
    const engine::Settings& settings = world_.settings(node);
    for (std::size_t at = 0; at < before.size(); ++at) {
        const State now = world_.router(node, router_at(at)).state;
        // A link that changed meanwhile, or a time that is over, is a reason to be somewhere else.
        const bool follows = now == before[at] || now == State::fault || before[at] == State::fault ||
                             (before[at] == State::active && now == State::backup) ||
                             before[at] == State::initialize;
        if (!follows)
            violated(7, node,
                     settings.routers[at].name + " was " + std::string{name_of(before[at])} + " and is " +
                         std::string{name_of(now)} + " once adopted");
        doubtful_[{node, router_at(at)}] = false;
    }
}

void Invariants::advert_delivered(NodeId to, NodeId from, RouterId router, bool farewell) {
    const auto mine = counterpart(to, from, router);
    if (!mine) return;
    const State state = world_.router(to, *mine).state;
    if (state != State::backup && state != State::active) return;
    last_heard_[{to, *mine}] = {.at = world_.now(),
                                .interval = world_.settings(from).routers[index(router)].advert_interval,
                                .farewell = farewell,
                                .priority = world_.settings(from).routers[index(router)].priority.wire()};
}

void Invariants::check_silence(NodeId node, RouterId router) {
    const engine::RouterSettings& settings = world_.settings(node).routers[index(router)];
    const auto sent = last_sent_.find({node, router});
    if (sent == last_sent_.end()) return;
    if (world_.now() - sent->second > settings.advert_interval + advert_tolerance + world_.lateness(node))
        violated(5, node, settings.name + " was silent for too long while Active");
}

void Invariants::stepped(NodeId node) {
    const engine::Settings& settings = world_.settings(node);
    for (std::size_t at = 0; at < settings.routers.size(); ++at) {
        const RouterId router = router_at(at);
        const State state = world_.router(node, router).state;
        if ((state == State::active) != world_.holds_addresses(node, router))
            violated(2, node,
                     settings.routers[at].name + " is " + std::string{name_of(state)} +
                         (state == State::active ? " without its addresses" : " and holds its addresses"));
        if (state == State::active) check_silence(node, router);
        const engine::Steering steering = world_.router(node, router).steering;
        if ((steering == engine::Steering::drained && state != State::fault && state != State::initialize) ||
            (steering == engine::Steering::yielding && state == State::active) ||
            (steering == engine::Steering::raised && state != State::active))
            violated(12, node,
                     settings.routers[at].name + " is " + std::string{name_of(state)} + " and " +
                         std::string{name_of(steering)});
    }
    for (const engine::GroupSettings& group : settings.groups) {
        for (const RouterId member : group.members)
            if (world_.router(node, member).state != world_.router(node, group.members.front()).state)
                violated(3, node, "the members of " + group.name + " disagree");
    }
}

// After a pause, a crash or a link's return nobody owes an advert for the time before.
void Invariants::disturbed() {
    last_sent_.clear();
}

void Invariants::violated(int rule, NodeId node, const std::string& what) {
    constexpr std::size_t enough = 20;
    if (violations_.size() >= enough) return;
    violations_.push_back(
        "rule " + std::to_string(rule) + " at " +
        std::to_string(std::chrono::duration<double>(world_.now().time_since_epoch()).count()) + " s on " +
        world_.name(node) + ": " + what);
}

}  // namespace holdfast::sim
