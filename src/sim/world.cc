#include "sim/world.h"

#include <algorithm>
#include <utility>

#include "sim/world_impl.h"

namespace holdfast::sim {

World::World(std::uint64_t seed) : impl_{std::make_unique<Impl>(seed)} {}
World::~World() = default;

NetworkId World::add_network(std::string name, Quality quality) {
    impl_->networks.push_back({.name = std::move(name), .quality = quality});
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
    impl_->crash(node);
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
    const std::vector<std::function<void()>> waiting = std::exchange(host.backlog, {});
    const Duration span = host.suspended ? now() - *host.suspended : Duration{0};
    impl_->wake(host);
    host.woken_at = never;
    if (span > Duration{0}) impl_->step(node, engine::StoodStill{span});
    impl_->step(node, engine::TimePassed{});  // the timer is served before the sockets, as in the daemon
    for (const auto& frame : waiting)
        frame();
}

void World::slow_down(NodeId node, Duration lateness) {
    impl_->disturb(node, lateness > Duration{0} ? "becomes slow" : "is quick again");
    impl_->node(node).lateness = lateness;
}

void World::command(NodeId node, RouterId router, engine::Command command) {
    constexpr std::array<const char*, 4> what{"is drained", "is resumed", "hands over",
                                              "takes over by order"};
    impl_->disturb(node, what[static_cast<std::size_t>(command)]);
    // Who is slow is not late for a new deadline because it would have been for the one before.
    impl_->node(node).busy_until = std::min(impl_->node(node).busy_until, impl_->now);
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
    impl_->networks.at(index(network)).quality = quality;
}

const Quality& World::quality(NetworkId network) const {
    return impl_->networks.at(index(network)).quality;
}

void World::cut(NetworkId network, NodeId from, NodeId to) {
    impl_->disturb(from, "unheard by " + name(to) + " on " + impl_->networks[index(network)].name);
    impl_->cuts.emplace(network, from, to);
}

void World::heal(NetworkId network) {
    impl_->trace.push_back(seconds(now()) + "  " + impl_->networks[index(network)].name + "  heals");
    for (Observer* observer : impl_->observers)
        observer->disturbed();
    std::erase_if(impl_->cuts, [&](const auto& cut) { return std::get<0>(cut) == network; });
    for (Reference& reference : impl_->references)
        if (reference.network == network) reference.cut_off.clear();
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
