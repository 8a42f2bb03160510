// What a simulated world is made of; private to the library. world.cc has the hosts, their daemons and the
// adverts between them, neighbourhood.cc what guards look at besides: claims, heartbeats, references, fences.
#pragma once

#include <algorithm>
#include <cstdio>
#include <queue>
#include <set>
#include <tuple>
#include <utility>
#include <variant>

#include "sim/world.h"

namespace holdfast::sim {

using engine::RouterId;

// A paused or slow node's socket holds this many frames; the rest is lost, as in a real one.
inline constexpr std::size_t backlog_limit = 256;

struct Frame {
    engine::LinkId link{};       // the receiver's
    std::optional<NodeId> only;  // sent to that host's MAC address
    NodeId sender{};
    RouterId router{};
    bool farewell = false;
    IpAddress source;
    IpAddress destination;
    std::vector<std::uint8_t> bytes;
};

struct Node {
    std::string name;
    engine::Settings settings;
    std::vector<Attachment> attachments;
    struct Port {
        bool present = true;
        bool running = true;
    };
    std::vector<Port> ports;
    std::unique_ptr<engine::Engine> engine;      // none: no daemon runs
    std::vector<bool> holds;                     // by router
    std::vector<engine::Record> left_behind;     // records of a killed daemon
    Instant listened_until{};                    // by the node's own clock
    std::vector<std::function<void()>> backlog;  // frames that came while paused
    bool paused = false;
    Instant paused_at{};
    std::optional<Instant> suspended;  // since then
    Duration lost{0};                  // how far the node's clock is behind
    Duration lateness{0};
    Instant busy_until{};      // a slow node serves one thing after the other
    std::uint64_t life = 0;    // of the daemon; wake-ups of an earlier one are void
    std::uint64_t starts = 0;  // of a daemon, adopting or not
    Instant woken_at = never;  // earliest wake-up already queued

    // What guards look at.
    std::vector<NetworkId> paths;  // by PathId
    bool drops_in = false;         // its firewall drops protocol 112
    bool drops_out = false;
    struct Watch {  // over references
        engine::TrackerId tracker{};
        std::vector<ReferenceId> references;
        std::size_t quorum = 1;
        Duration interval{0};
        int missed = 0;
        engine::Health verdict = engine::Health::unknown;
    };
    std::vector<Watch> watches;
    struct Fencer {
        NodeId target{};
        FenceDevice device = FenceDevice::works;
        Duration takes{0};
    };
    std::optional<Fencer> fencer;
    std::uint64_t crashes = 0;  // an agent dies with its host
};

struct Network {
    std::string name;
    Quality quality;
    bool filters_multicast = false;
    std::optional<MacAddress> forger;  // answers every ask
};

struct Reference {
    NetworkId network{};
    bool answers = true;
    std::set<NodeId> cut_off;  // from it
};

struct Happening {
    Instant time;
    std::int64_t order = 0;  // of equal times
    std::function<void()> action;
};

struct Later {
    bool operator()(const Happening& a, const Happening& b) const {
        return std::tie(a.time, a.order) > std::tie(b.time, b.order);
    }
};

inline std::string seconds(Instant time) {
    char text[32];
    std::snprintf(text, sizeof text, "%14.6f",
                  std::chrono::duration<double>(time.time_since_epoch()).count());
    return text;
}

struct World::Impl {
    explicit Impl(std::uint64_t given) : seed{given}, random{given} {}

    const std::uint64_t seed;
    Random random;  // for slow nodes
    Instant now{};
    std::int64_t orders = 0;
    std::int64_t next_order = 1;  // -1: equal times in the opposite order
    std::priority_queue<Happening, std::vector<Happening>, Later> queue;
    std::vector<Node> nodes;
    std::vector<Network> networks;
    std::vector<Reference> references;
    std::set<std::tuple<NetworkId, NodeId, NodeId>> cuts;
    std::vector<Observer*> observers;
    std::vector<std::string> trace;
    engine::Effects effects;

    Node& node(NodeId id) { return nodes.at(index(id)); }

    void push(Instant time, std::function<void()> action) {
        queue.push({std::max(time, now), orders += next_order, std::move(action)});
    }

    void say(NodeId id, const std::string& what) {
        trace.push_back(seconds(now) + "  " + node(id).name + "  " + what);
    }

    void disturb(NodeId id, const std::string& what) {
        say(id, what);
        for (Observer* observer : observers)
            observer->disturbed();
    }

    bool reaches(NetworkId network, NodeId from, NodeId to) {
        return plugged(network, from) && plugged(network, to) && !cuts.contains({network, from, to});
    }

    std::optional<engine::LinkId> plugged(NetworkId network, NodeId id) {
        Node& host = node(id);
        for (std::size_t link = 0; link < host.attachments.size(); ++link)
            if (host.attachments[link].network == network && host.ports[link].present &&
                host.ports[link].running)
                return engine::LinkId{static_cast<std::uint32_t>(link)};
        return std::nullopt;
    }

    // When a node that is not always quick serves what happens at that time.
    Instant served(Node& host, Instant time) {
        if (host.lateness == Duration{0}) return time;
        host.busy_until = std::max(host.busy_until, time + random.between(Duration{0}, host.lateness));
        return host.busy_until;
    }

    // What is said once waits for a daemon that stands still.
    static bool waits(const engine::Event& event) {
        return std::holds_alternative<engine::LinkChanged>(event) ||
               std::holds_alternative<engine::TrackerJudged>(event) ||
               std::holds_alternative<engine::FenceReported>(event);
    }

    void step(NodeId id, const engine::Event& event) {
        Node& host = node(id);
        if (host.engine && host.paused && waits(event))
            host.backlog.emplace_back([this, id, event] { step(id, event); });
        if (!host.engine || host.paused) return;
        effects.clear();
        host.engine->step(event, now - host.lost, effects);
        const engine::Effects todo =
            effects;  // carrying out may start further steps of other nodes only later
        for (const engine::Effect& effect : todo)
            carry_out(id, effect);
        arm(id);
        for (Observer* observer : observers)
            observer->stepped(id);
    }

    void arm(NodeId id) {
        Node& host = node(id);
        const Instant deadline = host.engine->next_deadline();
        if (deadline == never || deadline + host.lost >= host.woken_at) return;
        host.woken_at = deadline + host.lost;
        push(served(host, host.woken_at), [this, id, life = host.life, due = host.woken_at] {
            Node& woken = node(id);
            if (woken.life != life || !woken.engine || woken.woken_at != due) return;  // an earlier one came
            woken.woken_at = never;
            if (woken.paused) return;  // resume arms again
            step(id, engine::TimePassed{});
            arm(id);
        });
    }

    void carry_out(NodeId id, const engine::Effect& effect) {
        Node& host = node(id);
        std::visit(Overloaded{
                       [&](const engine::SendAdvert& send) { transmit(id, send); },
                       [&](const engine::AddAddresses& add) { hold(id, add.router, true); },
                       [&](const engine::RemoveAddresses& remove) { hold(id, remove.router, false); },
                       [&](const engine::Announce& announce) { announce_to_all(id, announce.router); },
                       [&](const engine::AskAddresses& ask) { ask_all(id, ask.router); },
                       [&](const engine::SendAdvertTo& send) { advertise_to(id, send); },
                       [&](const engine::SendHeartbeat& send) { send_heartbeat(id, send); },
                       [&](const engine::Fence& fence) { call_agent(id, fence.guard); },
                       [&](const engine::GuardDecided& decided) {
                           say(id, "guard " + name_of_unit(host, decided.guard) + " " +
                                       describe(decided.decision, host.settings));
                           for (Observer* observer : observers)
                               observer->decided(id, decided);
                       },
                       [&](const engine::IncidentChanged& change) {
                           say(id, "incident " + change.id.text() + " " + std::string{name_of(change.kind)} +
                                       (change.open ? "" : " closed"));
                       },
                       [&](const engine::StateChanged& change) {
                           say(id, host.settings.routers[index(change.router)].name + "  " +
                                       std::string{name_of(change.from)} + " -> " +
                                       std::string{name_of(change.to)} + "  " +
                                       describe(change.cause, host.settings,
                                                host.settings.routers[index(change.router)].group_id));
                           for (Observer* observer : observers)
                               observer->transition(id, change);
                       },
                       [](const auto&) {},
                   },
                   effect);
    }

    void hold(NodeId id, RouterId router, bool holds) {
        Node& host = node(id);
        if (host.holds[index(router)] == holds) return;
        host.holds[index(router)] = holds;
        for (Observer* observer : observers)
            observer->holding_changed(id, router);
    }

    void hold_nothing(NodeId id) {
        for (std::uint32_t router = 0; router < node(id).holds.size(); ++router)
            hold(id, RouterId{router}, false);
    }

    // neighbourhood.cc
    static std::string name_of_unit(const Node& host, engine::GuardId guard);
    void announce_to_all(NodeId id, RouterId router);
    void ask_all(NodeId id, RouterId router);
    void answer(NodeId asker, RouterId router, NodeId other);
    void claim(NodeId to, NodeId from, NetworkId network, const IpAddress& address);
    void advertise_to(NodeId id, const engine::SendAdvertTo& send);
    void send_heartbeat(NodeId id, const engine::SendHeartbeat& send);
    void call_agent(NodeId id, engine::GuardId guard);
    void probe(NodeId id, std::size_t watch);
    void tell_verdicts(NodeId id);
    bool carries(NetworkId network, NodeId from, NodeId to);
    MacAddress mac(NodeId id, engine::LinkId link);
    std::optional<NodeId> owner_of(NetworkId network, const MacAddress& mac);
    void later(NetworkId network, NodeId from, NodeId to, std::size_t what, std::function<void()> action);

    void transmit(NodeId id, const engine::SendAdvert& send) {
        Node& host = node(id);
        const engine::RouterSettings& router = host.settings.routers[index(send.router)];
        for (Observer* observer : observers)
            observer->advert_sent(id, send.router, send.farewell);
        if (!router.link) return;  // only routers with a link are plugged into a simulated network
        if (!router.unicast) return put_on_wire(id, send, *router.link, router.group);
        for (const engine::UnicastPeer& peer : router.peers)
            put_on_wire(id, send, *router.link, peer.address);
    }

    void put_on_wire(NodeId id, const engine::SendAdvert& send, engine::LinkId link,
                     const IpAddress& destination, std::optional<NodeId> only = std::nullopt) {
        Node& host = node(id);
        if (!host.ports[index(link)].present || !host.ports[index(link)].running || host.drops_out) return;
        Frame frame;
        frame.only = only;
        frame.sender = id;
        frame.router = send.router;
        frame.farewell = send.farewell;
        frame.destination = destination;
        frame.bytes.resize(engine::max_advert_size);
        frame.bytes.resize(host.engine->encode_advert(send.router, send.farewell, destination, frame.bytes));
        const auto source = host.engine->router(send.router).source;
        if (frame.bytes.empty() || !source) return;
        frame.source = *source;
        const NetworkId network = host.attachments[index(link)].network;
        for (std::uint32_t other = 0; other < nodes.size(); ++other) {
            const NodeId to{other};
            if (to == id || (only && *only != to) || !owns_destination(to, network, destination)) continue;
            if (networks[index(network)].filters_multicast && destination.is_multicast() && !only) continue;
            const Quality& quality = networks[index(network)].quality;
            Random luck = luck_of(send.router, id, to);
            const int copies = luck.happens(quality.loss) ? 0 : luck.happens(quality.duplication) ? 2 : 1;
            for (int copy = 0; copy < copies; ++copy) {
                const Duration jitter =
                    quality.jitter.count() == 0 ? Duration{0} : luck.between(Duration{0}, quality.jitter);
                push(now + quality.delay + jitter,
                     [this, network, to, frame] { arrive(network, to, frame); });
            }
        }
    }

    // What happens to a frame on its way depends on nothing but itself: what else goes on at the same
    // instant, and in which order, does not matter.
    Random luck_of(RouterId router, NodeId from, NodeId to) const {
        Random mixed{seed ^ static_cast<std::uint64_t>(now.time_since_epoch().count())};
        for (const std::size_t part : {index(router), index(from), index(to)})
            mixed = Random{mixed.next() ^ part};
        return mixed;
    }

    bool owns_destination(NodeId id, NetworkId network, const IpAddress& destination) {
        if (destination.is_multicast()) return true;
        const auto link = plugged(network, id);
        if (!link) return false;
        const Attachment& attachment = node(id).attachments[index(*link)];
        return attachment.ipv4 == destination || attachment.ipv6 == destination;
    }

    void arrive(NetworkId network, NodeId to, Frame frame) {
        if (!reaches(network, frame.sender, to)) return;
        Node& host = node(to);
        if (!host.engine) return;
        const auto link = plugged(network, to);
        HF_ASSERT(link.has_value());
        frame.link = *link;
        if (host.paused) {
            if (host.backlog.size() < backlog_limit && !host.suspended)
                host.backlog.emplace_back([this, to, frame = std::move(frame)] { deliver(to, frame); });
            return;
        }
        if (host.lateness == Duration{0}) return deliver(to, frame);
        push(served(host, now), [this, to, frame = std::move(frame), life = host.life] {
            if (node(to).life == life && node(to).engine && !node(to).paused) deliver(to, frame);
        });
    }

    void deliver(NodeId to, const Frame& frame) {
        const Node& host = node(to);
        const engine::AdvertReceived received{
            .link = frame.link,
            .source = frame.source,
            .destination = frame.destination,
            .ttl = vrrp_hop_limit,
            .ip_payload_length = static_cast<std::uint32_t>(frame.bytes.size()),
            .bytes = frame.bytes};
        if (!host.settings.guards.empty()) step(to, engine::TapHeard{received});
        if (host.drops_in) return;
        for (Observer* observer : observers)
            observer->advert_delivered(to, frame.sender, frame.router, frame.farewell);
        step(to, received);
    }

    void tell_link(NodeId id, std::size_t link) {
        Node& host = node(id);
        const Node::Port& port = host.ports[link];
        step(id, engine::LinkChanged{.link = engine::LinkId{static_cast<std::uint32_t>(link)},
                                     .present = port.present,
                                     .running = port.present && port.running,
                                     .ipv4 = port.present ? host.attachments[link].ipv4 : std::nullopt,
                                     .ipv6 = port.present ? host.attachments[link].ipv6 : std::nullopt,
                                     .mac = mac(id, engine::LinkId{static_cast<std::uint32_t>(link)})});
    }

    // A fresh daemon on a node; with records it adopts.
    void boot(NodeId id, const std::vector<engine::Record>& records) {
        Node& host = node(id);
        host.left_behind.clear();  // a record is good for one adoption
        ++host.life;
        host.woken_at = never;
        wake(host);
        host.settings.incarnation = ++host.starts;
        host.engine = std::make_unique<engine::Engine>(host.settings);
        host.holds.resize(host.settings.routers.size());
        for (std::uint32_t router = 0; router < host.settings.routers.size(); ++router) {
            const auto key = engine::record_key(host.settings.routers[router], host.settings);
            const auto record =
                std::find_if(records.begin(), records.end(), [&](const auto& one) { return one.key == key; });
            const bool adopted =
                record != records.end() && host.engine->adopt(RouterId{router}, *record, host.listened_until);
            if (!adopted) hold(id, RouterId{router}, false);  // a fresh start removes what it finds
        }
        for (std::size_t link = 0; link < host.ports.size(); ++link)
            if (host.ports[link].present) tell_link(id, link);
        tell_verdicts(id);
        step(id, engine::Started{});
    }

    std::vector<engine::Record> records(NodeId id) {
        Node& host = node(id);
        std::vector<engine::Record> all;
        for (std::uint32_t router = 0; router < host.settings.routers.size(); ++router)
            all.push_back(host.engine->record(RouterId{router}));
        return all;
    }

    void end_daemon(NodeId id) {
        Node& host = node(id);
        note_end_of_listening(host);
        host.engine.reset();
        wake(host);
        ++host.life;
    }

    void crash(NodeId id) {
        disturb(id, "crashes");
        ++node(id).crashes;
        end_daemon(id);
        node(id).left_behind.clear();
        hold_nothing(id);
    }

    void note_end_of_listening(Node& host) const {
        if (host.engine) host.listened_until = (host.paused ? host.paused_at : now) - host.lost;
    }

    // However it ends, the node's clock has missed what it missed.
    void wake(Node& host) {
        if (host.suspended) host.lost += now - *host.suspended;
        host.suspended.reset();
        host.paused = false;
        host.backlog.clear();
    }

    void adopt(NodeId id, const std::vector<engine::Record>& records) {
        boot(id, records);
        if (records.size() != node(id).settings.routers.size()) return;
        std::vector<engine::State> before;
        before.reserve(records.size());
        for (const engine::Record& record : records)
            before.push_back(static_cast<engine::State>(record.state));
        for (Observer* observer : observers)
            observer->adopted(id, before);
    }
};

}  // namespace holdfast::sim
