#include "plan/routers.h"

#include <algorithm>

#include "plan/addresses.h"
#include "plan/alerts.h"
#include "plan/scripts.h"

namespace holdfast::plan {

namespace {

using config::GlobalDefs;
using config::Instance;
using engine::RouterSettings;
using namespace std::chrono_literals;

// Ethernet, IP, VRRP header, and version 2's authentication data, of the 1500 bytes of a frame.
constexpr std::size_t frame_bytes = 1500;
constexpr std::size_t max_addresses_v4 = 255;
constexpr std::size_t max_addresses_v6 = (frame_bytes - 14 - 40 - 8) / 16;

bool is_strict(const Instance& instance, const GlobalDefs& global) {
    return instance.strict_mode.value_or(global.vrrp_strict.value_or(false));
}

Family family_of(const Instance& instance) {
    if (instance.native_ipv6.value_or(false)) return Family::ipv6;
    return instance.family.value_or(Family::ipv4);
}

Version version_of(const Instance& instance, const GlobalDefs& global, Family family, bool strict) {
    const bool forced = strict || instance.native_ipv6.value_or(false);
    if (family == Family::ipv6 && (forced || !instance.version)) return Version::v3;
    const int number = instance.version.value_or(global.vrrp_version.value_or(2));
    return number == 3 ? Version::v3 : Version::v2;
}

Duration rounded(Duration value, Duration unit) {
    return (value + unit / 2) / unit * unit;
}

void set_election(RouterSettings& router, const Instance& instance, const GlobalDefs& global, bool strict) {
    const bool says_master =
        instance.state.value_or(config::InitialState::backup) == config::InitialState::master;
    router.priority =
        Priority::from(instance.priority.value_or(says_master ? 255 : 100)).value_or(Priority::standard());
    router.starts_active = instance.state ? says_master : router.priority.is_owner();
    if (strict) router.starts_active = router.priority.is_owner();
    router.advert_interval = advert_interval(router.version, instance.advert_int.value_or(Duration{1s}));
    router.down_timer_adverts =
        strict ? 3 : instance.down_timer_adverts.value_or(global.vrrp_down_timer_adverts.value_or(3));
    // Neither an owner nor who starts as Active can promise to leave another one alone.
    router.preempt =
        !instance.nopreempt.value_or(false) || router.priority.is_owner() || router.starts_active;
    if (router.preempt && !router.starts_active && !strict)
        router.preempt_delay = instance.preempt_delay.value_or(Duration{0});
    router.answers_lower_priority =
        !strict && !instance.lower_prio_no_advert.value_or(global.vrrp_lower_prio_no_advert.value_or(false));
    router.advert_before_yielding = !strict && instance.higher_prio_send_advert.value_or(
                                                   global.vrrp_higher_prio_send_advert.value_or(false));
    router.owner_ignores_adverts =
        router.priority.is_owner() &&
        (strict || instance.owner_ignore_adverts.value_or(global.vrrp_owner_ignore_adverts.value_or(false)));
}

void set_addressing(RouterSettings& router, const Instance& instance, const GlobalDefs& global,
                    LinkNames& links) {
    if (instance.interface) router.link = links.of(*instance.interface);
    router.source = instance.source_ip.value;
    router.track_source = instance.track_src_ip.value_or(false) && router.source.has_value();
    const auto& of_family =
        router.family == Family::ipv4 ? global.vrrp_mcast_group4 : global.vrrp_mcast_group6;
    router.group = instance.mcast_dst_ip.value_or(of_family.value_or(vrrp_multicast_group(router.family)));
    for (const config::UnicastPeer& peer : instance.unicast_peers)
        router.peers.push_back({.address = peer.address,
                                .min_ttl = peer.min_ttl.value_or(0),
                                .max_ttl = peer.max_ttl.value_or(255)});
    router.unicast = !router.peers.empty();
    router.only_from_peers =
        instance.check_unicast_src.value_or(false) || global.vrrp_check_unicast_src.value_or(false);
    if (!router.unicast && instance.unicast_fault_no_peer.value_or(false))
        router.fault = engine::ConfigurationFault::no_peer;
}

void set_authentication(RouterSettings& router, const Instance& instance, bool strict) {
    const bool wants_hmac =
        std::any_of(instance.unbound.begin(), instance.unbound.end(),
                    [](const config::Unbound& word) { return word.keyword == "auth_hmac"; });
    // Adverts without the trailer or the header would be thrown away by peers that demand it: both would be
    // Active.
    if (wants_hmac) router.fault = engine::ConfigurationFault::unsupported_auth;
    if (router.version != Version::v2 || strict || wants_hmac) return;
    const auto& auth = instance.authentication;
    if (!auth.auth_type || !auth.auth_pass) return;
    if (*auth.auth_type == config::AuthType::ah) {
        if (router.family == Family::ipv4) router.fault = engine::ConfigurationFault::unsupported_auth;
        return;
    }
    engine::Password password{};
    std::copy_n(auth.auth_pass->begin(), std::min(auth.auth_pass->size(), password.size()), password.begin());
    router.password = password;
}

engine::AnnouncePolicy announce_policy(const Instance& instance, const GlobalDefs& global, bool strict) {
    const bool minimal = global.vrrp_min_garp.value_or(false);
    const auto count = [](const auto& own, const auto& inherited, int otherwise) {
        if (own) return static_cast<int>(std::min<std::uint32_t>(*own, 1'000'000));
        if (inherited) return static_cast<int>(std::min<std::uint32_t>(*inherited, 1'000'000));
        return otherwise;
    };
    const auto span = [](const auto& own, const auto& inherited, Duration otherwise) {
        return own.value_or(inherited.value_or(otherwise));
    };
    engine::AnnouncePolicy policy;
    policy.repeat = count(instance.garp_master_repeat, global.vrrp_garp_master_repeat, minimal ? 1 : 5);
    policy.delay = span(instance.garp_master_delay, global.vrrp_garp_master_delay, minimal ? 0s : 5s);
    policy.refresh = span(instance.garp_master_refresh, global.vrrp_garp_master_refresh, 0s);
    policy.refresh_repeat =
        count(instance.garp_master_refresh_repeat, global.vrrp_garp_master_refresh_repeat, 1);
    // An instance without these inherits what is global, not what it has itself.
    const int usual_repeat =
        count(global.vrrp_garp_lower_prio_repeat, global.vrrp_garp_master_repeat, minimal ? 1 : 5);
    const Duration usual_delay =
        span(global.vrrp_garp_lower_prio_delay, global.vrrp_garp_master_delay, minimal ? 0s : 5s);
    policy.lower_priority_repeat =
        strict ? 0 : count(instance.garp_lower_prio_repeat, std::optional<std::uint32_t>{}, usual_repeat);
    policy.lower_priority_delay = strict ? Duration{0} : instance.garp_lower_prio_delay.value_or(usual_delay);
    return policy;
}

// Addresses in the adverts, and those that only come along. What an advert cannot hold comes along, too.
void set_virtual_addresses(PlannedRouter& planned, const Instance& instance, const GlobalDefs& global,
                           LinkNames& links) {
    RouterSettings& router = planned.settings;
    const std::string default_link = instance.interface.value_or(global.default_interface.value_or("eth0"));
    const std::size_t most = router.family == Family::ipv4 ? max_addresses_v4 : max_addresses_v6;
    for (const config::Address& address : instance.virtual_addresses) {
        planned.plan.addresses.push_back(plan_address(address, default_link, links));
        planned.plan.addresses.back().advertised = router.addresses.size() < most;
        if (router.addresses.size() < most) router.addresses.push_back(address.prefix.address);
    }
    for (const config::Address& address : instance.excluded_addresses) {
        planned.plan.addresses.push_back(plan_address(address, default_link, links));
        planned.plan.addresses.back().advertised = false;
    }
}

class TrackedLinks {
public:
    TrackedLinks(RouterSettings& router, LinkNames& links) : router_{router}, links_{links} {}

    void add(const std::string& name, int weight, bool reverse) {
        if (name.empty()) return;
        const engine::LinkId link = links_.of(name);
        if (link == router_.link) return;  // its own interface counts already, or is not to count
        if (weight != 0 && router_.priority.is_owner()) return;
        for (const engine::TrackedLink& known : router_.tracked_links)
            if (known.link == link) return;
        router_.tracked_links.push_back({.link = link, .weight = weight, .reverse = reverse});
    }

private:
    RouterSettings& router_;
    LinkNames& links_;
};

// What the instance says it tracks, then what it cannot do without: interfaces of its addresses, routes and
// rules.
void set_tracking(RouterSettings& router, const Instance& instance, LinkNames& links) {
    router.tracks_own_link = !instance.dont_track_primary.value_or(false);
    TrackedLinks tracked{router, links};
    for (const config::TrackedInterface& interface : instance.track_interfaces)
        tracked.add(interface.name, interface.weight.value_or(0), interface.reverse);
    for (const auto* list : {&instance.virtual_addresses, &instance.excluded_addresses})
        for (const config::Address& address : *list)
            if (!address.no_track) tracked.add(address.dev, 0, false);
    for (const config::Route& route : instance.virtual_routes)
        if (!route.no_track) tracked.add(route.dev, 0, false);
    for (const config::Rule& rule : instance.virtual_rules) {
        if (rule.no_track) continue;
        tracked.add(rule.iif, 0, false);
        tracked.add(rule.oif, 0, false);
    }
}

std::uint32_t receive_buffer(const Instance& instance, const GlobalDefs& global,
                             const RouterSettings& router) {
    if (instance.kernel_rx_buf_size) return *instance.kernel_rx_buf_size;
    if (!global.vrrp_rx_bufs_policy) return 0;
    const std::uint32_t factor = global.vrrp_rx_bufs_multiplier.value_or(3);
    switch (global.vrrp_rx_bufs_policy->policy) {
        case config::ReceiveBuffers::Policy::bytes:
            return global.vrrp_rx_bufs_policy->bytes;
        case config::ReceiveBuffers::Policy::mtu:
            return frame_bytes * factor;
        case config::ReceiveBuffers::Policy::advert:
            break;
    }
    const std::size_t address_bytes = router.family == Family::ipv4 ? 4 : 16;
    const std::size_t header_bytes = router.family == Family::ipv4 ? 20 + 16 : 40 + 8;
    return static_cast<std::uint32_t>(header_bytes + address_bytes * router.addresses.size()) * factor;
}

}  // namespace

Duration advert_interval(Version version, Duration configured) {
    if (version == Version::v2) return std::max(rounded(configured, 1s), Duration{1s});
    return std::clamp(rounded(configured, centisecond), centisecond, centisecond * max_advert_centiseconds);
}

PlannedRouter plan_router(const Instance& instance, const GlobalDefs& global, LinkNames& links) {
    const bool strict = is_strict(instance, global);
    PlannedRouter planned;
    RouterSettings& router = planned.settings;
    router.name = instance.name;
    router.family = family_of(instance);
    router.version = version_of(instance, global, router.family, strict);
    router.vrid = Vrid::from(instance.virtual_router_id.value_or(0)).value_or(router.vrid);
    set_election(router, instance, global, strict);
    set_addressing(router, instance, global, links);
    set_authentication(router, instance, strict);
    router.checksum_without_pseudo_header =
        instance.v3_checksum_as_v2.value_or(global.v3_checksum_as_v2.value_or(false));
    router.skip_address_check =
        instance.skip_check_adv_addr.value_or(global.vrrp_skip_check_adv_addr.value_or(false));
    router.announce = announce_policy(instance, global, strict);
    set_virtual_addresses(planned, instance, global, links);
    set_tracking(router, instance, links);

    planned.plan.routes = instance.virtual_routes;
    planned.plan.rules = instance.virtual_rules;
    planned.plan.notify = plan_notify(instance.notify);
    planned.plan.notify.reports_deletion = instance.notify_deleted.value_or(false);
    planned.plan.notify.reports_priority =
        instance.notify_priority_changes.value_or(global.vrrp_notify_priority_changes.value_or(false));
    planned.plan.notify.mails = sends_mail(instance.smtp_alert, global);
    if (router.unicast && instance.unicast_ttl)
        planned.plan.unicast_ttl = static_cast<std::uint8_t>(*instance.unicast_ttl);
    planned.plan.receive_buffer_bytes = receive_buffer(instance, global, router);
    planned.plan.promote_secondaries = instance.promote_secondaries.value_or(false);
    return planned;
}

}  // namespace holdfast::plan
