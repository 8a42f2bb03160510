#include "sim/faults.h"

#include <cstdio>
#include <functional>

namespace holdfast::sim {

namespace {

using namespace std::chrono_literals;

struct Fault {
    std::string what;
    std::function<void()> begin;
    std::function<void()> end;
};

NodeId any_node(World& world, Random& random) {
    return NodeId{static_cast<std::uint32_t>(random.below(world.node_count()))};
}

NetworkId any_network(World& world, Random& random) {
    return NetworkId{static_cast<std::uint32_t>(random.below(world.network_count()))};
}

Fault worse_network(World& world, Random& random) {
    const NetworkId network = any_network(world, random);
    // Less than half lost: three adverts in a row are missed now and then, and the pair has to find together
    // again.
    const Quality quality{.loss = 0.05 * random.between(0, 8),
                          .duplication = 0.1 * random.between(0, 5),
                          .delay = random.between(Duration{10us}, Duration{5ms}),
                          .jitter = random.between(Duration{0}, Duration{20ms})};
    return {"network " + std::to_string(index(network)) + " loses, delays, duplicates",
            [&world, network, quality] { world.set_quality(network, quality); },
            [&world, network, before = world.quality(network)] { world.set_quality(network, before); }};
}

Fault partition(World& world, Random& random) {
    const NetworkId network = any_network(world, random);
    const NodeId from = any_node(world, random);
    const NodeId to = any_node(world, random);
    const bool both_ways = random.happens(0.5);
    return {world.name(from) + (both_ways ? " and " : " to ") + world.name(to) + " cut on network " +
                std::to_string(index(network)),
            [&world, network, from, to, both_ways] {
                world.cut(network, from, to);
                if (both_ways) world.cut(network, to, from);
            },
            [&world, network] { world.heal(network); }};
}

Fault death(World& world, Random& random) {
    const NodeId node = any_node(world, random);
    switch (random.below(6)) {
        case 0:
            return {world.name(node) + " crashes", [&world, node] { world.crash(node); },
                    [&world, node] { world.start(node); }};
        case 1:
            return {world.name(node) + " stops", [&world, node] { world.stop(node); },
                    [&world, node] { world.start(node); }};
        case 2:
            return {world.name(node) + "'s daemon is killed and starts afresh",
                    [&world, node] { world.kill_daemon(node); }, [&world, node] { world.start(node); }};
        case 3:
            return {world.name(node) + "'s daemon is killed and adopted later",
                    [&world, node] { world.kill_daemon(node); },
                    [&world, node] { world.adopt_after_kill(node); }};
        case 4:
            return {world.name(node) + "'s daemon hangs, is killed and adopted",
                    [&world, node] { world.pause(node); },
                    [&world, node] {
                        world.kill_daemon(node);
                        world.adopt_after_kill(node);
                        world.start(node);  // there was none to hang
                    }};
        default:
            return {world.name(node) + "'s daemon is killed and adopted at once",
                    [&world, node] {
                        world.kill_daemon(node);
                        world.adopt_after_kill(node);
                    },
                    [] {}};
    }
}

Fault broken_link(World& world, Random& random) {
    const NodeId node = any_node(world, random);
    const auto link =
        engine::LinkId{static_cast<std::uint32_t>(random.below(world.settings(node).links.size()))};
    const bool removed = random.happens(0.3);
    return {world.name(node) + " loses " + world.settings(node).links[index(link)],
            [&world, node, link, removed] {
                if (removed)
                    world.remove_link(node, link);
                else
                    world.set_link(node, link, false);
            },
            [&world, node, link] { world.set_link(node, link, true); }};
}

Fault flapping_link(World& world, Random& random) {
    const NodeId node = any_node(world, random);
    const auto link =
        engine::LinkId{static_cast<std::uint32_t>(random.below(world.settings(node).links.size()))};
    const int times = random.between(2, 6);
    const Duration period = random.between(Duration{1ms}, Duration{800ms});
    return {world.name(node) + "'s " + world.settings(node).links[index(link)] + " flaps",
            [&world, node, link, times, period] {
                for (int time = 0; time < times; ++time) {
                    world.at(world.now() + 2 * time * period,
                             [&world, node, link] { world.set_link(node, link, false); });
                    world.at(world.now() + (2 * time + 1) * period,
                             [&world, node, link] { world.set_link(node, link, true); });
                }
            },
            [] {}};
}

engine::RouterId any_router(World& world, NodeId node, Random& random) {
    return engine::RouterId{static_cast<std::uint32_t>(random.below(world.settings(node).routers.size()))};
}

// An operator orders the node out of service, or the router away from it or to it; all are taken back.
Fault order(World& world, Random& random) {
    const NodeId node = any_node(world, random);
    const auto router = any_router(world, node, random);
    if (random.happens(0.4))
        return {world.name(node) + " is drained",
                [&world, node, router] { world.command(node, router, engine::Command::drain); },
                [&world, node, router] { world.command(node, router, engine::Command::resume); }};
    return {world.name(node) + " is steered",
            [&world, node, router] {
                const bool active = world.router(node, router).state == engine::State::active;
                world.command(node, router, active ? engine::Command::hand_over : engine::Command::take_over);
            },
            [&world, node, router] { world.command(node, router, engine::Command::resume); }};
}

// Another configuration, which is taken back.
Fault reload(World& world, Random& random) {
    const NodeId node = any_node(world, random);
    const auto router = any_router(world, node, random);
    const engine::Settings before = world.settings(node);
    engine::Settings after = before;
    engine::RouterSettings& changed = after.routers[index(router)];
    if (!changed.priority.is_owner())
        changed.priority = Priority::from(random.between(1, 254)).value_or(changed.priority);
    changed.preempt = random.happens(0.5);
    if (random.happens(0.2)) changed.addresses.clear();
    return {world.name(node) + " is reloaded", [&world, node, after] { world.reload(node, after); },
            [&world, node, before] { world.reload(node, before); }};
}

Fault stall(World& world, Random& random) {
    const NodeId node = any_node(world, random);
    if (random.happens(0.3))
        return {world.name(node) + " is suspended", [&world, node] { world.suspend(node); },
                [&world, node] { world.resume(node); }};
    if (random.happens(0.3)) {
        const Duration lateness = random.between(Duration{1ms}, Duration{100ms});
        return {world.name(node) + " is slow", [&world, node, lateness] { world.slow_down(node, lateness); },
                [&world, node] { world.slow_down(node, Duration{0}); }};
    }
    return {world.name(node) + " is paused", [&world, node] { world.pause(node); },
            [&world, node] { world.resume(node); }};
}

// Adverts are lost while everything else goes on; or one host, or what it measures itself by, is gone.
Fault blindness(World& world, Random& random) {
    const NodeId node = any_node(world, random);
    const NetworkId network = any_network(world, random);
    switch (random.below(world.reference_count() > 0 ? 4 : 3)) {
        case 0: {
            const bool in = random.happens(0.6);
            const bool out = !in || random.happens(0.5);
            return {world.name(node) + " drops protocol 112" + (in ? " in" : "") + (out ? " out" : ""),
                    [&world, node, in, out] { world.set_firewall(node, in, out); },
                    [&world, node] { world.set_firewall(node, false, false); }};
        }
        case 1:
            return {"network " + std::to_string(index(network)) + " filters multicast",
                    [&world, network] { world.filter_multicast(network, true); },
                    [&world, network] { world.filter_multicast(network, false); }};
        case 2:
            return {world.name(node) + " is isolated on network " + std::to_string(index(network)),
                    [&world, node, network] { world.isolate(network, node); },
                    [&world, network] { world.heal(network); }};
        default: {
            const auto reference =
                ReferenceId{static_cast<std::uint32_t>(random.below(world.reference_count()))};
            return {"reference " + std::to_string(index(reference)) + " is gone",
                    [&world, reference] { world.set_reference(reference, false); },
                    [&world, reference] { world.set_reference(reference, true); }};
        }
    }
}

}  // namespace

std::vector<std::string> schedule_faults(World& world, Random& random, const FaultLimits& limits) {
    using Maker = Fault (*)(World&, Random&);
    std::vector<Maker> makers;
    if (limits.worsens_networks) makers.push_back(worse_network);
    if (limits.cuts) makers.push_back(partition);
    if (limits.kills) makers.push_back(death);
    if (limits.links) makers.push_back(broken_link);
    if (limits.links) makers.push_back(flapping_link);
    if (limits.pauses) makers.push_back(stall);
    if (limits.orders) makers.push_back(order);
    if (limits.reloads) makers.push_back(reload);
    for (int share = 0; limits.blindness && share < 4; ++share)
        makers.push_back(blindness);  // it has four faces
    HF_ASSERT(!makers.empty());

    std::vector<std::string> report;
    for (int number = 0; number < limits.count; ++number) {
        Fault fault = makers[random.below(makers.size())](world, random);
        const Instant begin = world.now() + random.between(Duration{0}, limits.span);
        const Duration lasting = random.between(Duration{1ms}, limits.longest);
        char when[64];
        std::snprintf(when, sizeof when,
                      "%.3f s for %.3f s: ", std::chrono::duration<double>(begin.time_since_epoch()).count(),
                      std::chrono::duration<double>(lasting).count());
        report.push_back(when + fault.what);
        world.at(begin, std::move(fault.begin));
        world.at(begin + lasting, std::move(fault.end));
    }
    return report;
}

}  // namespace holdfast::sim
