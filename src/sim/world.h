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

    // What there is.
    std::size_t node_count() const;
    std::size_t network_count() const;
    const std::string& name(NodeId node) const;
    bool alive(NodeId node) const;  // a daemon runs and is not paused
    Duration lateness(NodeId node) const;
    const engine::Settings& settings(NodeId node) const;
    engine::RouterView router(NodeId node, engine::RouterId router) const;
    engine::State group(NodeId node, engine::GroupId group) const;
    bool holds_addresses(NodeId node, engine::RouterId router) const;
    bool link_runs(NodeId node, engine::LinkId link) const;
    const Attachment& attachment(NodeId node, engine::LinkId link) const;
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
