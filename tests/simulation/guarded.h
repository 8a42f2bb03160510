// Hosts A, B, ... that share one guarded virtual router on a service network, with or without heartbeat
// networks beside it, references and fencing devices.
#pragma once

#include "sim/guard_rules.h"
#include "simulation/networks.h"

namespace holdfast::sim {

using engine::GuardPolicy;

inline constexpr engine::GuardId the_guard{0};

struct Guarded {
    struct Options {
        GuardPolicy policy = GuardPolicy::hold;
        int hosts = 2;
        int heartbeats = 0;  // networks
        int references = 0;
        std::size_t quorum = 1;
        bool probes = true;
        bool preempt = true;
        bool higher_mac_first = false;  // the MAC addresses count down from host A
        bool ipv6 = false;
        bool equal_priorities = false;
        bool last_word = false;  // an advert before yielding, as guarded units say it anyway
        Version version = Version::v3;
        Duration interval = 1s;
        std::optional<bool> withdraws_when_isolated;
        Duration quiet = 60s;
        Duration fence_delay{0};
        Duration fence_timeout = 20s;
        bool failure_promotes = false;
        bool cut_apart = false;  // at the start, and with agents that work
        Quality quality{};
    };

    explicit Guarded(std::uint64_t seed) : Guarded{seed, Options{}} {}
    Guarded(std::uint64_t seed, const Options& given)
        : options{given},
          world{seed},
          rules{world},
          guard_rules{world},
          meter{world, vip()},
          service{world.add_network("service", options.quality)},
          caches{world, service} {
        for (int number = 0; number < options.heartbeats; ++number)
            heartbeats.push_back(
                world.add_network("heartbeat" + std::to_string(number + 1), options.quality));
        for (int number = 0; number < options.references; ++number)
            references.push_back(world.add_reference(service));
        for (int host = 0; host < options.hosts; ++host)
            add_host(host);
        // At the start nobody is to be shot: an agent that says at once what one wants to hear.
        for (const NodeId host : hosts)
            world.set_fence(host, host, FenceDevice::lies, 0s);
        if (options.cut_apart) {
            world.isolate(service, hosts[0]);
            for (const std::size_t host : {0u, 1u})
                world.set_fence(hosts[host], hosts[1 - host], FenceDevice::works, 1500ms);
        }
        for (const NodeId host : hosts)
            world.start(host);
    }

    IpAddress vip() const { return ip(options.ipv6 ? "fe80::99:0" : "192.0.2.100"); }

    engine::Settings settings_of(int host) const {
        engine::Settings settings;
        settings.links = {"eth0"};
        auto router = router_on(0, options.equal_priorities ? 100 : 100 - 10 * host, options.interval);
        router.version = options.version;
        router.preempt = options.preempt;
        router.advert_before_yielding = options.last_word;
        if (options.ipv6) {
            router.family = Family::ipv6;
            router.group = vrrp_multicast_group(Family::ipv6);
        }
        router.addresses = {vip()};
        settings.routers = {router};
        engine::GuardSettings guard;
        guard.policy = options.policy;
        guard.probes_addresses = options.probes;
        guard.quiet = options.quiet;
        guard.reference_interval = options.interval;
        guard.withdraws_when_isolated =
            options.withdraws_when_isolated.value_or(engine::withdraws_by_default(options.policy));
        guard.references_redundant =
            options.references > 0 && static_cast<std::size_t>(options.references) > options.quorum;
        guard.fence = {.delay = options.fence_delay,
                       .timeout = options.fence_timeout,
                       .failure_promotes = options.failure_promotes};
        for (std::uint32_t path = 0; path < heartbeats.size(); ++path) {
            settings.paths.push_back("interface eth" + std::to_string(path + 1));
            guard.heartbeats.push_back(engine::PathId{path});
        }
        if (options.references > 0) {
            settings.trackers.push_back({.name = "references", .bad = "do not answer", .good = "answer"});
            guard.references = engine::TrackerId{0};
        }
        settings.guards = {guard};
        settings.host = static_cast<std::uint64_t>(host) + 1;
        return settings;
    }

    void add_host(int number) {
        const auto last = static_cast<std::uint8_t>(options.higher_mac_first ? 200 - number : 100 + number);
        const Attachment attachment{.network = service,
                                    .ipv4 = Networks::address(0, number, false),
                                    .ipv6 = Networks::address(0, number, true),
                                    .mac = MacAddress{{2, 0, 0, 0, 0, last}}};
        const NodeId host = world.add_node(std::string(1, static_cast<char>('A' + number)),
                                           settings_of(number), {attachment});
        hosts.push_back(host);
        world.join(host, heartbeats);
        if (!references.empty())
            world.watch(host, engine::TrackerId{0}, references, options.quorum, options.interval);
    }

    engine::State state(std::size_t host) const {
        return world.router(hosts[host], engine::RouterId{0}).state;
    }
    const engine::Incident& incident(std::size_t host) const {
        return world.incident(hosts[host], the_guard);
    }
    // What the latest decision says that an incident knows of.
    std::string last_words(std::size_t host) const {
        const auto entries = incident(host).entries();
        return entries.empty() ? "" : describe(entries.back(), world.settings(hosts[host]));
    }
    bool said(const std::string& text) const {
        const auto& lines = world.trace();
        return std::any_of(lines.begin(), lines.end(),
                           [&](const std::string& line) { return line.find(text) != std::string::npos; });
    }
    // No advert of one of them reaches the other in the usual way.
    void lose_adverts_from(std::size_t host) { world.set_firewall(hosts[host], false, true); }

    const Options options;
    World world;
    Invariants rules;
    GuardRules guard_rules;
    HoldingMeter meter;
    NetworkId service;
    CacheMeter caches;
    std::vector<NetworkId> heartbeats;
    std::vector<ReferenceId> references;
    std::vector<NodeId> hosts;
};

}  // namespace holdfast::sim
