// Many real engines on a simulated network and a virtual clock. Nodes are joined to networks by their links;
// a network loses, delays, duplicates and reorders as told; nodes crash, restart, pause and lose links. One
// line of trace per thing that happens. Everything follows from the seed and the calls made: the same again
// gives the same trace.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/time.h"
#include "engine/engine.h"
#include "sim/random.h"

namespace holdfast::sim {

enum class NodeId : std::uint32_t {};
enum class NetworkId : std::uint32_t {};
constexpr std::size_t index(NodeId id) {
    return static_cast<std::size_t>(id);
}
constexpr std::size_t index(NetworkId id) {
    return static_cast<std::size_t>(id);
}
enum class ReferenceId : std::uint32_t {};
constexpr std::size_t index(ReferenceId id) {
    return static_cast<std::size_t>(id);
}

// How a network treats each frame on its way to each receiver.
struct Quality {
    double loss = 0;         // 0..1
    double duplication = 0;  // 0..1
    Duration delay = std::chrono::microseconds{50};
    Duration jitter{0};  // added, evenly distributed; frames overtake each other
};

// Where a node's interface is plugged in, and its addresses.
struct Attachment {
    NetworkId network{};
    std::optional<IpAddress> ipv4;
    std::optional<IpAddress> ipv6;
    std::optional<MacAddress> mac = {};  // none: one that follows from the node's number
};

// How a fencing agent's device behaves.
enum class FenceDevice : std::uint8_t {
    works,  // the target is off, and the agent says so
    fails,  // and says so
    hangs,  // nothing is ever said
    lies    // says that the target is off
};

// What a run may be judged by; every member function is called as the thing happens.
class Observer {
public:
    virtual ~Observer() = default;
    virtual void transition(NodeId, const engine::StateChanged&) {}
    virtual void advert_sent(NodeId, engine::RouterId, bool /*farewell*/) {}
    // Before the receiving engine sees it.
    virtual void advert_delivered(NodeId /*to*/, NodeId /*from*/, engine::RouterId /*of the sender*/,
                                  bool /*farewell*/) {}
    virtual void decided(NodeId, const engine::GuardDecided&) {}
    // After a node got or lost a router's addresses.
    virtual void holding_changed(NodeId, engine::RouterId) {}
    // By gratuitous ARP or NA, to all on its network.
    virtual void announced(NodeId, engine::RouterId) {}
    // After the effects of one step of one node were carried out.
    virtual void stepped(NodeId) {}
    // A new daemon went on from the records of the one before; before: the states these say, by router.
    virtual void adopted(NodeId, const std::vector<engine::State>& /*before*/) {}
    // A node that stood still goes on; nothing of what waited has been served yet.
    virtual void resumed(NodeId) {}
    // Something was done to the world (crash, cut, ...): what follows is its consequence.
    virtual void disturbed() {}
};

class World {
public:
    explicit World(std::uint64_t seed);
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    NetworkId add_network(std::string name, Quality quality = {});
    // attachments: one per link of settings, in its order.
    NodeId add_node(std::string name, engine::Settings settings, std::vector<Attachment> attachments);
    void observe(Observer& observer);

    Instant now() const;
    void run_until(Instant time);
    void run_for(Duration span) { run_until(now() + span); }
    // Runs action at that time, inside run_until.
    void at(Instant time, std::function<void()> action);

    // Daemons.
    void start(NodeId node);
    void crash(NodeId node);             // host and daemon gone, addresses too
    void kill_daemon(NodeId node);       // addresses left behind; a later start finds them
    void adopt_after_kill(NodeId node);  // a new daemon goes on from the records of the killed one
    void stop(NodeId node);              // orderly: farewells
    void reload(NodeId node, engine::Settings settings);  // a new daemon with new settings adopts
    void pause(NodeId node);    // time passes, nothing is served; frames wait in the socket
    void suspend(NodeId node);  // the node's clock stands still, too; frames are lost
    void resume(NodeId node);   // after either
    // Timers and frames are served up to so much late from now on.
    void slow_down(NodeId node, Duration lateness);
    void command(NodeId node, engine::RouterId router, engine::Command command);

    // Networks.
    void set_link(NodeId node, engine::LinkId link, bool running);
    void remove_link(NodeId node, engine::LinkId link);  // the interface itself; set_link brings it back
    void set_quality(NetworkId network, Quality quality);
    const Quality& quality(NetworkId network) const;
    void cut(NetworkId network, NodeId from, NodeId to);  // one way
    void heal(NetworkId network);

    // What guards look at. Adverts reach a guarded node's tap, too, and that also through its firewall.
    void join(NodeId node, std::vector<NetworkId> paths);  // one network for each of its heartbeat paths
    void set_firewall(NodeId node, bool drops_in, bool drops_out);  // protocol 112
    void filter_multicast(NetworkId network, bool filters);
    ReferenceId add_reference(NetworkId network);
    void set_reference(ReferenceId reference, bool answers);
    // The node probes them each interval; the tracker is bad after two misses and good after one answer.
    void watch(NodeId node, engine::TrackerId tracker, std::vector<ReferenceId> references,
               std::size_t quorum, Duration interval);
    // Cuts the node from all others and from the references on that network; heal() ends it.
    void isolate(NetworkId network, NodeId node);
    void set_fence(NodeId node, NodeId target, FenceDevice device, Duration takes);
    // Somebody answers every ask on that network.
    void set_forger(NetworkId network, std::optional<MacAddress> mac);
    void inject(NodeId node, const engine::Event& event);

    // What there is.
    std::size_t node_count() const;
    std::size_t network_count() const;
    std::size_t reference_count() const;
    const std::string& name(NodeId node) const;
    bool alive(NodeId node) const;  // a daemon runs and is not paused
    Duration lateness(NodeId node) const;
    const engine::Settings& settings(NodeId node) const;
    engine::RouterView router(NodeId node, engine::RouterId router) const;
    engine::State group(NodeId node, engine::GroupId group) const;
    bool holds_addresses(NodeId node, engine::RouterId router) const;
    bool link_runs(NodeId node, engine::LinkId link) const;
    const Attachment& attachment(NodeId node, engine::LinkId link) const;
    MacAddress mac(NodeId node, engine::LinkId link) const;
    // A heartbeat from one node reaches the other by some path; each can ask the other who has an address.
    bool heartbeats_pass(NodeId from, NodeId to) const;
    bool asks_pass(NetworkId network, NodeId from, NodeId to) const;
    std::optional<engine::GuardView> guard(NodeId node,
                                           engine::GuardId guard) const;  // of a daemon that runs
    const engine::Incident& incident(NodeId node, engine::GuardId guard) const;
    // A frame of from can reach to on that network, both links being plugged into it and running, no cut
    // between.
    bool reaches(NetworkId network, NodeId from, NodeId to) const;

    // Happenings of the same instant come in the opposite order from now on.
    void reverse_ties();

    // Lines "TIME NODE WHAT ...", one per thing that happened.
    const std::vector<std::string>& trace() const;
    static std::string legend();

private:
    void end_suspension(NodeId node);

    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace holdfast::sim
