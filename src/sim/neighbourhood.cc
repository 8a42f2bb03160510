// What guards look at besides adverts: who answers for an address, heartbeats, references, fencing agents.
#include <utility>

#include "sim/world_impl.h"

namespace holdfast::sim {

std::string World::Impl::name_of_unit(const Node& host, engine::GuardId guard) {
    const engine::RouterSettings& leader =
        host.settings.routers[index(host.settings.guards[index(guard)].leader)];
    return leader.group_id ? host.settings.groups[index(*leader.group_id)].name : leader.name;
}

// By node and interface; the nodes' order is not that of their priorities.
MacAddress World::Impl::mac(NodeId id, engine::LinkId link) {
    return node(id).attachments[index(link)].mac.value_or(MacAddress{
        {2, 0, 0, 0, static_cast<std::uint8_t>(index(id) + 1), static_cast<std::uint8_t>(index(link) + 1)}});
}

std::optional<NodeId> World::Impl::owner_of(NetworkId network, const MacAddress& wanted) {
    for (std::uint32_t other = 0; other < nodes.size(); ++other)
        if (const auto link = plugged(network, NodeId{other}); link && mac(NodeId{other}, *link) == wanted)
            return NodeId{other};
    return std::nullopt;
}

// A node without an interface on that network is plugged into it for heartbeats only.
bool World::Impl::carries(NetworkId network, NodeId from, NodeId to) {
    const auto up = [&](NodeId id) {
        const auto& attachments = node(id).attachments;
        const bool attached = std::any_of(attachments.begin(), attachments.end(),
                                          [&](const Attachment& one) { return one.network == network; });
        return !attached || plugged(network, id).has_value();
    };
    return up(from) && up(to) && !cuts.contains({network, from, to});
}

// One frame on its way; what: of the frames that leave at this instant.
void World::Impl::later(NetworkId network, NodeId from, NodeId to, std::size_t what,
                        std::function<void()> action) {
    const Quality& quality = networks[index(network)].quality;
    Random luck = luck_of(RouterId{static_cast<std::uint32_t>(what)}, from, to);
    if (luck.happens(quality.loss)) return;
    const int copies = luck.happens(quality.duplication) ? 2 : 1;
    for (int copy = 0; copy < copies; ++copy) {
        const Duration jitter =
            quality.jitter.count() == 0 ? Duration{0} : luck.between(Duration{0}, quality.jitter);
        push(now + quality.delay + jitter, action);
    }
}

void World::Impl::announce_to_all(NodeId id, RouterId router) {
    const engine::RouterSettings& own = node(id).settings.routers[index(router)];
    if (!own.link) return;
    const NetworkId network = node(id).attachments[index(*own.link)].network;
    for (Observer* observer : observers)
        observer->announced(id, router);
    for (std::uint32_t other = 0; other < nodes.size(); ++other) {
        const NodeId to{other};
        if (to == id || node(to).settings.guards.empty()) continue;
        for (const IpAddress& address : own.addresses)
            later(network, id, to, 1000 + index(router),
                  [this, to, id, network, address] { claim(to, id, network, address); });
    }
}

// An announcement arrives.
void World::Impl::claim(NodeId to, NodeId from, NetworkId network, const IpAddress& address) {
    if (!reaches(network, from, to)) return;
    const auto link = plugged(network, from);
    const auto& routers = node(to).settings.routers;
    for (std::uint32_t at = 0; link && at < routers.size(); ++at) {
        if (!routers[at].link || node(to).attachments[index(*routers[at].link)].network != network) continue;
        const auto& addresses = routers[at].addresses;
        if (std::find(addresses.begin(), addresses.end(), address) == addresses.end()) continue;
        step(to,
             engine::AddressClaimed{
                 .router = RouterId{at}, .address = address, .mac = mac(from, *link), .solicited = false});
    }
}

void World::Impl::ask_all(NodeId id, RouterId router) {
    const engine::RouterSettings& own = node(id).settings.routers[index(router)];
    if (!own.link) return;
    const NetworkId network = node(id).attachments[index(*own.link)].network;
    for (std::uint32_t other = 0; other < nodes.size(); ++other) {
        const NodeId to{other};
        if (to != id)
            later(network, id, to, 2000 + index(router), [this, id, router, network, to] {
                if (reaches(network, id, to)) answer(id, router, to);
            });
    }
    const auto forger = networks[index(network)].forger;
    if (forger && !own.addresses.empty())
        push(now + networks[index(network)].quality.delay,
             [this, id, router, forger, address = own.addresses.front()] {
                 step(id, engine::AddressClaimed{
                              .router = router, .address = address, .mac = *forger, .solicited = true});
             });
}

// An ask has reached a host: its kernel answers for what it holds, whatever has become of the daemon.
void World::Impl::answer(NodeId asker, RouterId router, NodeId other) {
    Node& host = node(other);
    if (host.suspended) return;
    const engine::RouterSettings& wanted = node(asker).settings.routers[index(router)];
    const NetworkId network = node(asker).attachments[index(*wanted.link)].network;
    for (std::size_t at = 0; at < host.settings.routers.size(); ++at) {
        const engine::RouterSettings& theirs = host.settings.routers[at];
        if (!host.holds[at] || !theirs.link || host.attachments[index(*theirs.link)].network != network)
            continue;
        for (const IpAddress& address : theirs.addresses) {
            if (std::find(wanted.addresses.begin(), wanted.addresses.end(), address) ==
                wanted.addresses.end())
                continue;
            later(network, other, asker, 3000 + index(router),
                  [this, asker, router, other, network, address, from = mac(other, *theirs.link)] {
                      if (reaches(network, other, asker))
                          step(asker,
                               engine::AddressClaimed{
                                   .router = router, .address = address, .mac = from, .solicited = true});
                  });
        }
    }
}

void World::Impl::advertise_to(NodeId id, const engine::SendAdvertTo& send) {
    const engine::RouterSettings& router = node(id).settings.routers[index(send.router)];
    if (!router.link) return;
    const NetworkId network = node(id).attachments[index(*router.link)].network;
    const auto target = owner_of(network, send.mac);
    if (!target) return;
    const IpAddress destination =
        router.unicast && !router.peers.empty() ? router.peers.front().address : router.group;
    put_on_wire(id, {.router = send.router, .farewell = false}, *router.link, destination, *target);
}

void World::Impl::send_heartbeat(NodeId id, const engine::SendHeartbeat& send) {
    Node& host = node(id);
    const NetworkId network = host.paths[index(send.path)];
    std::array<std::uint8_t, engine::heartbeat_size> bytes{};
    host.engine->encode_heartbeat(send.guard, send.farewell, bytes);
    for (std::uint32_t other = 0; other < nodes.size(); ++other) {
        const NodeId to{other};
        for (std::uint32_t path = 0; to != id && path < node(to).paths.size(); ++path) {
            if (node(to).paths[path] != network) continue;
            later(network, id, to, 4000 + index(send.guard), [this, id, to, network, path, bytes] {
                if (!carries(network, id, to) || !node(to).engine) return;
                const auto hear = [this, to, path, bytes] {
                    step(to, engine::HeartbeatHeard{engine::PathId{path}, bytes});
                };
                if (!node(to).paused) return hear();
                if (node(to).backlog.size() < backlog_limit && !node(to).suspended)
                    node(to).backlog.emplace_back(hear);
            });
        }
    }
}

void World::Impl::call_agent(NodeId id, engine::GuardId guard) {
    const auto fencer = node(id).fencer;
    if (!fencer || fencer->device == FenceDevice::hangs) return;
    // The agent dies with its host; what has reached the device by then is done all the same.
    const Duration on_its_way = fencer->takes / 2;
    push(now + on_its_way, [this, id, guard, fencer = *fencer, crashes = node(id).crashes, on_its_way] {
        if (node(id).crashes != crashes) return;
        push(now + (fencer.takes - on_its_way), [this, id, guard, fencer] {
            if (fencer.device == FenceDevice::works) crash(fencer.target);
            step(id, engine::FenceReported{guard, fencer.device != FenceDevice::fails});
        });
    });
}

void World::Impl::probe(NodeId id, std::size_t watch_number) {
    Node& host = node(id);
    Node::Watch& watch = host.watches[watch_number];
    push(now + watch.interval, [this, id, watch_number] { probe(id, watch_number); });
    if (host.suspended) return;
    std::size_t answered = 0;
    for (const ReferenceId number : watch.references) {
        const Reference& reference = references[index(number)];
        if (reference.answers && !reference.cut_off.contains(id) && plugged(reference.network, id))
            ++answered;
    }
    watch.missed = answered >= watch.quorum ? 0 : watch.missed + 1;
    constexpr int misses = 2;
    if (watch.missed > 0 && watch.missed < misses && watch.verdict != engine::Health::unknown) return;
    const engine::Health verdict = watch.missed == 0 ? engine::Health::good : engine::Health::bad;
    if (verdict == watch.verdict) return;
    watch.verdict = verdict;
    say(id, verdict == engine::Health::good ? "reaches its references" : "reaches too few references");
    step(id, engine::TrackerJudged{watch.tracker, verdict});
}

void World::Impl::tell_verdicts(NodeId id) {
    for (const Node::Watch& watch : node(id).watches)
        if (watch.verdict != engine::Health::unknown)
            step(id, engine::TrackerJudged{watch.tracker, watch.verdict});
}

void World::join(NodeId node, std::vector<NetworkId> paths) {
    HF_ASSERT(paths.size() == settings(node).paths.size());
    impl_->node(node).paths = std::move(paths);
}

void World::set_firewall(NodeId node, bool drops_in, bool drops_out) {
    impl_->disturb(node, drops_in    ? drops_out ? "drops protocol 112" : "drops protocol 112 on input"
                         : drops_out ? "drops protocol 112 on output"
                                     : "drops nothing");
    impl_->node(node).drops_in = drops_in;
    impl_->node(node).drops_out = drops_out;
}

void World::filter_multicast(NetworkId network, bool filters) {
    impl_->trace.push_back(seconds(now()) + "  " + impl_->networks[index(network)].name +
                           (filters ? "  filters multicast" : "  passes multicast"));
    impl_->networks[index(network)].filters_multicast = filters;
    for (Observer* observer : impl_->observers)
        observer->disturbed();
}

ReferenceId World::add_reference(NetworkId network) {
    impl_->references.push_back({.network = network, .answers = true, .cut_off = {}});
    return ReferenceId{static_cast<std::uint32_t>(impl_->references.size() - 1)};
}

std::size_t World::reference_count() const {
    return impl_->references.size();
}

void World::set_reference(ReferenceId reference, bool answers) {
    impl_->trace.push_back(seconds(now()) + "  reference " + std::to_string(index(reference)) +
                           (answers ? "  answers" : "  is gone"));
    impl_->references[index(reference)].answers = answers;
}

void World::watch(NodeId node, engine::TrackerId tracker, std::vector<ReferenceId> references,
                  std::size_t quorum, Duration interval) {
    Node& host = impl_->node(node);
    host.watches.push_back(
        {.tracker = tracker, .references = std::move(references), .quorum = quorum, .interval = interval});
    impl_->push(now(), [this, node, number = host.watches.size() - 1] { impl_->probe(node, number); });
}

void World::isolate(NetworkId network, NodeId node) {
    for (std::uint32_t other = 0; other < node_count(); ++other) {
        if (NodeId{other} == node) continue;
        cut(network, node, NodeId{other});
        cut(network, NodeId{other}, node);
    }
    for (Reference& reference : impl_->references)
        if (reference.network == network) reference.cut_off.insert(node);
}

void World::set_fence(NodeId node, NodeId target, FenceDevice device, Duration takes) {
    impl_->node(node).fencer = Node::Fencer{target, device, takes};
}

void World::set_forger(NetworkId network, std::optional<MacAddress> mac) {
    impl_->networks[index(network)].forger = mac;
}

void World::inject(NodeId node, const engine::Event& event) {
    impl_->step(node, event);
}

MacAddress World::mac(NodeId node, engine::LinkId link) const {
    return impl_->mac(node, link);
}

bool World::heartbeats_pass(NodeId from, NodeId to) const {
    for (const NetworkId ours : impl_->node(from).paths)
        for (const NetworkId theirs : impl_->node(to).paths)
            if (ours == theirs && impl_->carries(ours, from, to)) return true;
    return false;
}

bool World::asks_pass(NetworkId network, NodeId from, NodeId to) const {
    return impl_->reaches(network, from, to) && impl_->reaches(network, to, from) &&
           !impl_->node(from).suspended && !impl_->node(to).suspended;
}

std::optional<engine::GuardView> World::guard(NodeId node, engine::GuardId guard) const {
    const Node& host = impl_->node(node);
    return host.engine ? std::optional{host.engine->guard(guard)} : std::nullopt;
}

const engine::Incident& World::incident(NodeId node, engine::GuardId guard) const {
    static const engine::Incident none;
    const Node& host = impl_->node(node);
    return host.engine ? host.engine->incident(guard) : none;
}

}  // namespace holdfast::sim
