// The networks that stories and random runs are told on.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "sim/invariants.h"
#include "sim/world.h"

namespace holdfast::sim {

using namespace std::chrono_literals;

inline IpAddress ip(const std::string& text) {
    return *IpAddress::parse(text);
}
constexpr Instant at(Duration since_start) {
    return Instant{since_start};
}

// A router of VRID 51 + position on link number `link`.
inline engine::RouterSettings router_on(std::uint32_t link, int priority, Duration interval) {
    engine::RouterSettings router;
    router.name = "VI_" + std::to_string(link + 1);
    router.vrid = *Vrid::from(51 + static_cast<int>(link));
    router.link = engine::LinkId{link};
    router.priority = *Priority::from(priority);
    router.advert_interval = interval;
    router.addresses = {ip("192.0.2." + std::to_string(100 + link))};
    return router;
}

// Hosts A, B, ... each with one interface on each of two networks and one router on each, all in one sync
// group: the set-up that the sample configuration describes, with any number of hosts.
struct TwoNetworks {
    struct Options {
        int hosts = 2;
        bool preempt = false;
        bool grouped = true;
        Version version = Version::v2;
        Duration interval = 1s;
        bool equal_priorities = false;
    };

    explicit TwoNetworks(std::uint64_t seed) : TwoNetworks{seed, Options{}} {}
    TwoNetworks(std::uint64_t seed, const Options& options) : world{seed}, rules{world} {
        first = world.add_network("net1");
        second = world.add_network("net2");
        for (int host = 0; host < options.hosts; ++host)
            add_host(host, options);
        for (const NodeId host : hosts)
            world.start(host);
    }

    void add_host(int number, const Options& options) {
        engine::Settings settings;
        settings.links = {"eth0", "eth1"};
        for (std::uint32_t link = 0; link < 2; ++link) {
            auto router =
                router_on(link, options.equal_priorities ? 100 : 100 - 10 * number, options.interval);
            router.version = options.version;
            router.preempt = options.preempt;
            if (options.grouped) {
                router.group_id = engine::GroupId{0};
                router.tracked_links = {{.link = engine::LinkId{1 - link}}};
            }
            settings.routers.push_back(std::move(router));
        }
        if (options.grouped)
            settings.groups.push_back(
                {.name = "VG1", .members = {engine::RouterId{0}, engine::RouterId{1}}, .tracked_links = {}});
        const std::string last = std::to_string(number + 1);
        hosts.push_back(
            world.add_node(std::string(1, static_cast<char>('A' + number)), std::move(settings),
                           {{.network = first, .ipv4 = ip("10.0.1." + last), .ipv6 = std::nullopt},
                            {.network = second, .ipv4 = ip("10.0.2." + last), .ipv6 = std::nullopt}}));
    }

    engine::State state(NodeId host, std::uint32_t router = 0) const {
        return world.router(host, engine::RouterId{router}).state;
    }

    World world;
    Invariants rules;
    NetworkId first{};
    NetworkId second{};
    std::vector<NodeId> hosts;
};

}  // namespace holdfast::sim
