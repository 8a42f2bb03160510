// Settings and adverts for tests of the engine: a builder says what matters, everything else is an
// unremarkable router on link 0 of a host with the addresses 10.0.0.1 and fe80::1.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/time.h"
#include "base/vrrp_types.h"
#include "engine/advert.h"
#include "engine/event.h"
#include "engine/settings.h"

namespace holdfast::test {

using namespace std::chrono_literals;

// A point of a test's story; the clock started long before it.
constexpr Instant at(Duration since_the_story_began) {
    return Instant{100'000s + since_the_story_began};
}

inline IpAddress ip(std::string_view text) {
    return IpAddress::parse(text).value();
}

inline constexpr engine::LinkId link_0{0};
inline constexpr engine::LinkId link_1{1};
inline constexpr engine::RouterId router_0{0};
inline constexpr engine::RouterId router_1{1};
inline constexpr engine::GroupId group_0{0};
inline constexpr int farewell = 0;  // as a priority on the wire

inline IpAddress own_address(Family family) {
    return ip(family == Family::ipv4 ? "10.0.0.1" : "fe80::1");
}

// Announces at once only, so that the deadlines of a story are those of the protocol.
inline engine::RouterSettings router_with(Version version, int priority, Duration interval) {
    engine::RouterSettings own;
    own.name = "VI_1";
    own.version = version;
    own.vrid = *Vrid::from(51);
    own.link = link_0;
    own.priority = *Priority::from(priority);
    own.starts_active = priority == 255;
    own.advert_interval = interval;
    own.addresses = {ip("10.0.0.100")};
    own.announce = {
        .repeat = 5, .delay = 0s, .refresh = 0s, .lower_priority_repeat = 5, .lower_priority_delay = 0s};
    return own;
}

inline engine::RouterSettings v2(int priority, Duration interval = 1s) {
    return router_with(Version::v2, priority, interval);
}

inline engine::RouterSettings v3(int priority, Duration interval = 1s) {
    return router_with(Version::v3, priority, interval);
}

inline engine::RouterSettings over_ipv6(engine::RouterSettings own) {
    own.family = Family::ipv6;
    own.group = vrrp_multicast_group(Family::ipv6);
    own.addresses = {ip("fe80::100"), ip("2001:db8::100")};
    return own;
}

inline engine::RouterSettings unicast(engine::RouterSettings own, const std::vector<std::string>& peers) {
    own.unicast = true;
    for (const std::string& peer : peers)
        own.peers.push_back({.address = ip(peer)});
    return own;
}

inline engine::Settings alone(const engine::RouterSettings& router) {
    return {.routers = {router}, .links = {"eno1", "eno2"}};
}

// VI_1 on eno1 and VI_2 on eno2, VRIDs 51 and 52, both tracking both links, in the sync group VG1.
inline engine::Settings grouped(const engine::RouterSettings& router) {
    engine::Settings settings{.links = {"eno1", "eno2"}};
    settings.groups.push_back({.name = "VG1", .members = {router_0, router_1}});
    for (const engine::LinkId link : {link_0, link_1}) {
        engine::RouterSettings member = router;
        member.name = link == link_0 ? "VI_1" : "VI_2";
        member.link = link;
        member.vrid = *Vrid::from(link == link_0 ? 51 : 52);
        member.tracked_links = {{.link = link_0}, {.link = link_1}};
        member.group_id = group_0;
        settings.routers.push_back(member);
    }
    return settings;
}

// An advert of another router: as it would send it if it were configured like `own` but for what is said
// here.
struct Heard {
    int priority = 100;
    Duration interval = 1s;
    std::string source = "10.0.0.2";
};

// The advert with its bytes; received() is valid as long as this lives and is not moved.
struct Datagram {
    std::vector<std::uint8_t> bytes;
    engine::AdvertReceived meta;

    engine::AdvertReceived received() const {
        engine::AdvertReceived event = meta;
        event.bytes = bytes;
        return event;
    }
};

inline Datagram datagram_for(engine::RouterSettings own, const Heard& heard) {
    own.advert_interval = heard.interval;
    const IpAddress source = ip(heard.source);
    const IpAddress destination = own.unicast ? own_address(own.family) : own.group;
    Datagram datagram;
    datagram.bytes.resize(engine::max_advert_size);
    const std::size_t size =
        engine::encode_advert(own, Priority::from(heard.priority), source, destination, datagram.bytes);
    datagram.bytes.resize(size);
    datagram.meta = {.link = own.link,
                     .source = source,
                     .destination = destination,
                     .ttl = 255,
                     .ip_payload_length = static_cast<std::uint32_t>(size)};
    return datagram;
}

}  // namespace holdfast::test
