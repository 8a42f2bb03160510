#include "sim/world.h"

#include <algorithm>
#include <cstdio>
#include <queue>
#include <set>
#include <tuple>
#include <utility>
#include <variant>

namespace holdfast::sim {

namespace {

using engine::RouterId;

// A paused or slow node's socket holds this many frames; the rest is lost, as in a real one.
constexpr std::size_t backlog_limit = 256;

struct Frame {
    engine::LinkId link{};  // the receiver's
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
    std::unique_ptr<engine::Engine> engine;   // none: no daemon runs
    std::vector<bool> holds;                  // by router
    std::vector<engine::Record> left_behind;  // records of a killed daemon
    Instant listened_until{};                 // by the node's own clock
    std::vector<Frame> backlog;               // frames that came while paused
    bool paused = false;
    Instant paused_at{};
    std::optional<Instant> suspended;  // since then
    Duration lost{0};                  // how far the node's clock is behind
    Duration lateness{0};
    Instant busy_until{};      // a slow node serves one thing after the other
    std::uint64_t life = 0;    // of the daemon; wake-ups of an earlier one are void
    Instant woken_at = never;  // earliest wake-up already queued
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

std::string seconds(Instant time) {
    char text[32];
    std::snprintf(text, sizeof text, "%14.6f",
                  std::chrono::duration<double>(time.time_since_epoch()).count());
    return text;
}

}  // namespace

struct World::Impl {
    explicit Impl(std::uint64_t given) : seed{given}, random{given} {}

    const std::uint64_t seed;
    Random random;  // for slow nodes
    Instant now{};
    std::int64_t orders = 0;
    std::int64_t next_order = 1;  // -1: equal times in the opposite order
    std::priority_queue<Happening, std::vector<Happening>, Later> queue;
    std::vector<Node> nodes;
    std::vector<std::pair<std::string, Quality>> networks;
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

    void step(NodeId id, const engine::Event& event) {
        Node& host = node(id);
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
        push(served(host, host.woken_at), [this, id, life = host.life] {
            Node& woken = node(id);
            if (woken.life != life || !woken.engine) return;
            woken.woken_at = never;
            if (woken.paused) return;  // resume arms again
            step(id, engine::TimePassed{});
            arm(id);
        });
    }

    void carry_out(NodeId id, const engine::Effect& effect) {
        Node& host = node(id);
        std::visit(
            Overloaded{
                [&](const engine::SendAdvert& send) { transmit(id, send); },
                [&](const engine::AddAddresses& add) { host.holds[index(add.router)] = true; },
                [&](const engine::RemoveAddresses& remove) { host.holds[index(remove.router)] = false; },
                [&](const engine::StateChanged& change) {
                    say(id, host.settings.routers[index(change.router)].name + "  " +
                                std::string{name_of(change.from)} + " -> " + std::string{name_of(change.to)} +
                                "  " +
                                describe(change.cause, host.settings,
                                         host.settings.routers[index(change.router)].group_id));
                    for (Observer* observer : observers)
                        observer->transition(id, change);
                },
                [](const auto&) {},
            },
            effect);
    }

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
                     const IpAddress& destination) {
        Node& host = node(id);
        if (!host.ports[index(link)].present || !host.ports[index(link)].running) return;
        Frame frame;
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
            if (to == id || !owns_destination(to, network, destination)) continue;
            const Quality& quality = networks[index(network)].second;
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
                host.backlog.push_back(std::move(frame));
            return;
        }
        if (host.lateness == Duration{0}) return deliver(to, frame);
        push(served(host, now), [this, to, frame = std::move(frame), life = host.life] {
            if (node(to).life == life && node(to).engine && !node(to).paused) deliver(to, frame);
        });
    }

    void deliver(NodeId to, const Frame& frame) {
        for (Observer* observer : observers)
            observer->advert_delivered(to, frame.sender, frame.router, frame.farewell);
        step(to, engine::AdvertReceived{.link = frame.link,
                                        .source = frame.source,
                                        .destination = frame.destination,
                                        .ttl = vrrp_hop_limit,
                                        .ip_payload_length = static_cast<std::uint32_t>(frame.bytes.size()),
                                        .bytes = frame.bytes});
    }

    void tell_link(NodeId id, std::size_t link) {
        Node& host = node(id);
        const Node::Port& port = host.ports[link];
        step(id, engine::LinkChanged{.link = engine::LinkId{static_cast<std::uint32_t>(link)},
                                     .present = port.present,
                                     .running = port.present && port.running,
                                     .ipv4 = port.present ? host.attachments[link].ipv4 : std::nullopt,
                                     .ipv6 = port.present ? host.attachments[link].ipv6 : std::nullopt});
    }

    // A fresh daemon on a node; with records it adopts.
    void boot(NodeId id, const std::vector<engine::Record>& records) {
        Node& host = node(id);
        host.left_behind.clear();  // a record is good for one adoption
        ++host.life;
        host.woken_at = never;
        wake(host);
        host.engine = std::make_unique<engine::Engine>(host.settings);
        host.holds.resize(host.settings.routers.size());
        for (std::uint32_t router = 0; router < host.settings.routers.size(); ++router) {
            const auto key = engine::record_key(host.settings.routers[router], host.settings);
            const auto record =
                std::find_if(records.begin(), records.end(), [&](const auto& one) { return one.key == key; });
            const bool adopted =
                record != records.end() && host.engine->adopt(RouterId{router}, *record, host.listened_until);
            if (!adopted) host.holds[router] = false;  // a fresh start removes what it finds
        }
        for (std::size_t link = 0; link < host.ports.size(); ++link)
            if (host.ports[link].present) tell_link(id, link);
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

World::World(std::uint64_t seed) : impl_{std::make_unique<Impl>(seed)} {}
World::~World() = default;

NetworkId World::add_network(std::string name, Quality quality) {
    impl_->networks.emplace_back(std::move(name), quality);
    return NetworkId{static_cast<std::uint32_t>(impl_->networks.size() - 1)};
}

NodeId World::add_node(std::string name, engine::Settings settings, std::vector<Attachment> attachments) {
    HF_ASSERT(attachments.size() == settings.links.size());
    Node host;
    host.name = std::move(name);
    host.settings = std::move(settings);
    host.ports.resize(attachments.size());
    host.attachments = std::move(attachments);
    host.holds.resize(host.settings.routers.size());
    impl_->nodes.push_back(std::move(host));
    return NodeId{static_cast<std::uint32_t>(impl_->nodes.size() - 1)};
}

void World::observe(Observer& observer) {
    impl_->observers.push_back(&observer);
}

Instant World::now() const {
    return impl_->now;
}

void World::run_until(Instant time) {
    while (!impl_->queue.empty() && impl_->queue.top().time <= time) {
        const Happening next = impl_->queue.top();
        impl_->queue.pop();
        impl_->now = next.time;
        next.action();
    }
    impl_->now = time;
}

void World::at(Instant time, std::function<void()> action) {
    impl_->push(time, std::move(action));
}

void World::start(NodeId node) {
    if (impl_->node(node).engine) return;
    impl_->disturb(node, "starts");
    impl_->boot(node, {});
}

void World::crash(NodeId node) {
    impl_->disturb(node, "crashes");
    impl_->end_daemon(node);
    impl_->node(node).left_behind.clear();
    std::fill(impl_->node(node).holds.begin(), impl_->node(node).holds.end(), false);
}

void World::kill_daemon(NodeId node) {
    if (!impl_->node(node).engine) return;
    end_suspension(node);
    impl_->disturb(node, "daemon killed");
    impl_->node(node).left_behind = impl_->records(node);
    impl_->end_daemon(node);
}

void World::adopt_after_kill(NodeId node) {
    if (impl_->node(node).engine) return;
    impl_->disturb(node, "daemon adopts");
    impl_->adopt(node, std::exchange(impl_->node(node).left_behind, {}));
}

void World::stop(NodeId node) {
    if (!impl_->node(node).engine) return;
    end_suspension(node);
    impl_->disturb(node, "stops");
    impl_->step(node, engine::Stopped{});
    impl_->end_daemon(node);
}

void World::reload(NodeId node, engine::Settings settings) {
    Node& host = impl_->node(node);
    HF_ASSERT(settings.links.size() == host.attachments.size());
    end_suspension(node);
    impl_->disturb(node, "reloads");
    impl_->note_end_of_listening(host);
    const auto records = host.engine ? impl_->records(node) : std::vector<engine::Record>{};
    std::vector<bool> held(settings.routers.size());
    for (std::size_t was = 0; was < host.settings.routers.size(); ++was)
        for (std::size_t is = 0; is < settings.routers.size(); ++is)
            if (engine::record_key(host.settings.routers[was], host.settings) ==
                engine::record_key(settings.routers[is], settings))
                held[is] = host.holds[was];
    host.settings = std::move(settings);
    host.holds = std::move(held);
    if (host.engine) impl_->boot(node, records);
}

void World::pause(NodeId node) {
    if (!impl_->node(node).engine || impl_->node(node).paused) return;
    impl_->disturb(node, "pauses");
    impl_->node(node).paused = true;
    impl_->node(node).paused_at = now();
}

void World::suspend(NodeId node) {
    pause(node);
    if (!alive(node) && impl_->node(node).engine && !impl_->node(node).suspended)
        impl_->node(node).suspended = now();
}

// Nothing can be done to the processes of a host that sleeps.
void World::end_suspension(NodeId node) {
    if (impl_->node(node).suspended) resume(node);
}

void World::resume(NodeId node) {
    Node& host = impl_->node(node);
    if (!host.engine || !host.paused) return;
    impl_->disturb(node, "resumes");
    for (Observer* observer : impl_->observers)
        observer->resumed(node);
    const std::vector<Frame> waiting = std::exchange(host.backlog, {});
    const Duration span = host.suspended ? now() - *host.suspended : Duration{0};
    impl_->wake(host);
    host.woken_at = never;
    if (span > Duration{0}) impl_->step(node, engine::StoodStill{span});
    impl_->step(node, engine::TimePassed{});  // the timer is served before the sockets, as in the daemon
    for (const Frame& frame : waiting)
        impl_->deliver(node, frame);
}

void World::slow_down(NodeId node, Duration lateness) {
    impl_->disturb(node, lateness > Duration{0} ? "becomes slow" : "is quick again");
    impl_->node(node).lateness = lateness;
}

void World::command(NodeId node, RouterId router, engine::Command command) {
    impl_->disturb(node, command == engine::Command::drain ? "is drained" : "is resumed");
    impl_->step(node, engine::OperatorCommand{router, command});
}

void World::set_link(NodeId node, engine::LinkId link, bool running) {
    impl_->disturb(node, impl_->node(node).settings.links[index(link)] + (running ? " up" : " down"));
    impl_->node(node).ports[index(link)] = {.present = true, .running = running};
    impl_->tell_link(node, index(link));
}

void World::remove_link(NodeId node, engine::LinkId link) {
    impl_->disturb(node, impl_->node(node).settings.links[index(link)] + " removed");
    impl_->node(node).ports[index(link)] = {.present = false, .running = false};
    impl_->tell_link(node, index(link));
}

void World::set_quality(NetworkId network, Quality quality) {
    impl_->networks.at(index(network)).second = quality;
}

const Quality& World::quality(NetworkId network) const {
    return impl_->networks.at(index(network)).second;
}

void World::cut(NetworkId network, NodeId from, NodeId to) {
    impl_->disturb(from, "unheard by " + name(to) + " on " + impl_->networks[index(network)].first);
    impl_->cuts.emplace(network, from, to);
}

void World::heal(NetworkId network) {
    impl_->trace.push_back(seconds(now()) + "  " + impl_->networks[index(network)].first + "  heals");
    for (Observer* observer : impl_->observers)
        observer->disturbed();
    std::erase_if(impl_->cuts, [&](const auto& cut) { return std::get<0>(cut) == network; });
}

std::size_t World::node_count() const {
    return impl_->nodes.size();
}
std::size_t World::network_count() const {
    return impl_->networks.size();
}
const std::string& World::name(NodeId node) const {
    return impl_->node(node).name;
}
bool World::alive(NodeId node) const {
    return impl_->node(node).engine && !impl_->node(node).paused;
}
Duration World::lateness(NodeId node) const {
    return impl_->node(node).lateness;
}
void World::reverse_ties() {
    impl_->next_order = -1;
}
const engine::Settings& World::settings(NodeId node) const {
    return impl_->node(node).settings;
}

engine::RouterView World::router(NodeId node, RouterId router) const {
    const Node& host = impl_->node(node);
    return host.engine ? host.engine->router(router) : engine::RouterView{};
}

engine::State World::group(NodeId node, engine::GroupId group) const {
    const Node& host = impl_->node(node);
    return host.engine ? host.engine->group(group) : engine::State::initialize;
}

bool World::holds_addresses(NodeId node, RouterId router) const {
    return impl_->node(node).holds[index(router)];
}

bool World::link_runs(NodeId node, engine::LinkId link) const {
    const Node::Port& port = impl_->node(node).ports.at(index(link));
    return port.present && port.running;
}

const Attachment& World::attachment(NodeId node, engine::LinkId link) const {
    return impl_->node(node).attachments.at(index(link));
}

bool World::reaches(NetworkId network, NodeId from, NodeId to) const {
    return impl_->reaches(network, from, to);
}

const std::vector<std::string>& World::trace() const {
    return impl_->trace;
}

std::string World::legend() {
    return "       seconds  node  what happened (router  old state -> new state  cause)";
}

}  // namespace holdfast::sim
