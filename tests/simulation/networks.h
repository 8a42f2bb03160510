// The networks that stories and random runs are told on.
#pragma once

#include <array>
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

// Hosts A, B, ... each with one interface and one virtual router on each of some networks; perhaps all
// routers of a host in one sync group. With the defaults the set-up that the sample configuration describes.
struct Networks {
    struct Options {
        int hosts = 2;
        int networks = 2;
        bool preempt = false;
        bool grouped = true;
        Version version = Version::v2;
        Duration interval = 1s;
        bool equal_priorities = false;
        bool ipv6 = false;
        bool unicast = false;
        bool owner = false;  // the first host owns the addresses
        Duration preempt_delay{0};
        Quality quality{};
    };

    explicit Networks(std::uint64_t seed) : Networks{seed, Options{}} {}
    Networks(std::uint64_t seed, const Options& options) : world{seed}, rules{world} {
        for (int number = 0; number < options.networks; ++number)
            networks.push_back(world.add_network("net" + std::to_string(number + 1), options.quality));
        for (int host = 0; host < options.hosts; ++host)
            add_host(host, options);
        for (const NodeId host : hosts)
            world.start(host);
    }

    static IpAddress address(std::uint32_t network, int host, bool ipv6) {
        return ip((ipv6 ? "fe80::" : "10.0.") + std::to_string(network + 1) + (ipv6 ? ":" : ".") +
                  std::to_string(host + 1));
    }

    static engine::RouterSettings settings_of(std::uint32_t link, int host, const Options& options) {
        const int priority = options.equal_priorities ? 100 : 100 - 10 * host;
        auto router = router_on(link, options.owner && host == 0 ? 255 : priority, options.interval);
        router.version = options.version;
        router.preempt = options.preempt || router.priority.is_owner();
        router.starts_active = router.priority.is_owner();
        router.preempt_delay = options.preempt_delay;
        if (options.ipv6) {
            router.family = Family::ipv6;
            router.group = vrrp_multicast_group(Family::ipv6);
            router.addresses = {ip("fe80::99:" + std::to_string(link))};
        }
        router.unicast = options.unicast;
        for (int peer = 0; options.unicast && peer < options.hosts; ++peer)
            if (peer != host) router.peers.push_back({.address = address(link, peer, options.ipv6)});
        if (options.grouped) {
            router.group_id = engine::GroupId{0};
            for (std::uint32_t other = 0; other < static_cast<std::uint32_t>(options.networks); ++other)
                if (other != link) router.tracked_links.push_back({.link = engine::LinkId{other}});
        }
        return router;
    }

    void add_host(int number, const Options& options) {
        engine::Settings settings;
        std::vector<Attachment> attachments;
        for (std::uint32_t link = 0; link < networks.size(); ++link) {
            settings.links.push_back("eth" + std::to_string(link));
            settings.routers.push_back(settings_of(link, number, options));
            attachments.push_back({.network = networks[link],
                                   .ipv4 = address(link, number, false),
                                   .ipv6 = address(link, number, true)});
        }
        if (options.grouped) {
            settings.groups.push_back({.name = "VG1", .members = {}, .tracked_links = {}});
            for (std::uint32_t member = 0; member < networks.size(); ++member)
                settings.groups[0].members.push_back(engine::RouterId{member});
        }
        hosts.push_back(world.add_node(std::string(1, static_cast<char>('A' + number)), std::move(settings),
                                       std::move(attachments)));
    }

    engine::State state(NodeId host, std::uint32_t router = 0) const {
        return world.router(host, engine::RouterId{router}).state;
    }

    World world;
    Invariants rules;
    std::vector<NetworkId> networks;
    std::vector<NodeId> hosts;
};

}  // namespace holdfast::sim
