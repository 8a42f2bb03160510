#include "snmp/notifications.h"

#include <algorithm>

#include "snmp/mibs.h"

namespace holdfast::snmp {

namespace {

constexpr std::int64_t fault_state = 3;
constexpr std::int64_t shutdown_state = 5;
constexpr std::int64_t deleted_state = 6;

Oid below(const Oid& root, const Oid& rest) {
    Oid name = root;
    name.insert(name.end(), rest.begin(), rest.end());
    return name;
}

std::pair<Oid, Value> router_id(const Facts& facts) {
    return {below(global_root, {2, 0}), text(facts.plan().router_id)};
}

// Nothing: that is no news.
std::optional<std::int64_t> told_state(const status::Transition& transition) {
    if (transition.to != status::RouterState::initialize) return vrrp_state(transition.to);
    if (transition.kind == "stopped") return shutdown_state;
    return std::nullopt;
}

struct News {
    Instant told{};
    std::vector<Notification> notifications;
};

Oid link_and_vrid(const Facts& facts, const InstanceFacts& one) {
    return {facts.interface(link_name(facts, one)).index, one.settings.vrid.wire()};
}

Oid link_vrid_and_family(const Facts& facts, const InstanceFacts& one) {
    return below(link_and_vrid(facts, one), {family_number(one.settings.family)});
}

Notification instance_change(const Facts& facts, const std::string& name, std::int64_t state,
                             bool begins_active) {
    return {below(vrrp_root, {10, 0, 2}),
            {{below(vrrp_root, {3, 1, 2}), text(name)},
             {below(vrrp_root, {3, 1, 4}), integer(state)},
             {below(vrrp_root, {3, 1, 5}), integer(begins_active ? 2 : 1)},
             router_id(facts)},
            std::nullopt};
}

void tell_instance(const Facts& facts, const InstanceFacts& one, const status::Transition& transition,
                   std::int64_t state, std::vector<Notification>& out) {
    const plan::SnmpPlan& served = facts.node().snmp;
    if (served.keepalived_mib)
        out.push_back(instance_change(facts, one.config.name, state, one.settings.starts_active));
    if (transition.to != status::RouterState::active) return;
    if (served.vrrp_mib && fits_rfc2787(one))
        out.push_back({below(rfc2787_root, {0, 1}),
                       {{below(below(rfc2787_root, {1, 3, 1, 7}), link_and_vrid(facts, one)),
                         ip_address(primary_address(facts, one))}}});
    if (served.vrrpv3_mib && fits_rfc6527(one)) {
        const Oid index = link_vrid_and_family(facts, one);
        out.push_back(
            {below(rfc6527_root, {0, 1}),
             {{below(below(rfc6527_root, {1, 1, 1, 1, 3}), index), inet(primary_address(facts, one))},
              {below(below(rfc6527_root, {1, 2, 5, 1, 2}), index), integer(master_reason(transition))}}});
    }
}

// An instance that a reload removed; nobody is new MASTER there.
void tell_departed(const Facts& facts, const status::Departed& gone, std::vector<Notification>& out) {
    if (!facts.node().snmp.keepalived_mib) return;
    out.push_back(instance_change(facts, gone.name,
                                  gone.word == status::LastWord::deleted ? deleted_state : fault_state,
                                  gone.begins_active));
}

void tell_group(const Facts& facts, const status::Group& group, std::int64_t state,
                std::vector<Notification>& out) {
    if (!facts.node().snmp.keepalived_mib) return;
    out.push_back({below(vrrp_root, {10, 0, 1}),
                   {{below(vrrp_root, {1, 1, 2}), text(group.name)},
                    {below(vrrp_root, {1, 1, 3}), integer(state)},
                    router_id(facts)}});
}

void tell_bad_authentication(const Facts& facts, const InstanceFacts& one, std::int64_t kind,
                             std::vector<Notification>& out) {
    const Oid index = link_and_vrid(facts, one);
    out.push_back({below(rfc2787_root, {0, 2}),
                   {{below(below(rfc2787_root, {1, 5}), index),
                     ip_address(one.seen.error_source.value_or(IpAddress{}))},
                    {below(below(rfc2787_root, {1, 6}), index), integer(kind)}}});
}

}  // namespace

std::vector<Notification> state_changes(const Facts& facts, Instant since) {
    std::vector<News> all;
    const auto is_news = [&](const status::Transition& transition) {
        return status::is_news(transition, since, facts.routers().head);
    };
    for (const InstanceFacts& one : facts.instances())
        for (const status::Transition& transition : one.seen.transitions)
            if (const auto state = told_state(transition); state && is_news(transition))
                tell_instance(
                    facts, one, transition, *state,
                    all.emplace_back(News{.told = transition.told, .notifications = {}}).notifications);
    for (const status::Group& group : facts.routers().groups)
        for (const status::Transition& transition : group.transitions)
            if (const auto state = told_state(transition); state && is_news(transition))
                tell_group(
                    facts, group, *state,
                    all.emplace_back(News{.told = transition.told, .notifications = {}}).notifications);
    for (const status::Departed& gone : facts.routers().departed)
        if (gone.word != status::LastWord::none && !gone.transitions.empty() &&
            is_news(gone.transitions.back()))
            tell_departed(facts, gone,
                          all.emplace_back(News{.told = gone.transitions.back().told, .notifications = {}})
                              .notifications);
    std::stable_sort(all.begin(), all.end(),
                     [](const News& one, const News& other) { return one.told < other.told; });
    std::vector<Notification> notifications;
    for (News& news : all) {
        if (!news.notifications.empty()) news.notifications.back().settles = news.told;
        std::move(news.notifications.begin(), news.notifications.end(), std::back_inserter(notifications));
    }
    return notifications;
}

std::vector<Notification> ErrorNotifications::next(const Facts& facts) {
    const plan::SnmpPlan& served = facts.node().snmp;
    std::vector<Notification> out;
    for (const InstanceFacts& one : facts.instances()) {
        const Known now{.bad_auth_type = one.counter("refused_bad_auth_type"),
                        .other_auth_type = one.counter("refused_other_auth_type"),
                        .bad_password = one.counter("refused_bad_password"),
                        .protocol = one.counter("refused_bad_ttl") + one.counter("refused_bad_peer_ttl") +
                                    one.counter("refused_bad_version") + one.counter("refused_bad_checksum")};
        const auto [place, is_new] = known_.try_emplace(one.config.name, now);
        const Known before = std::exchange(place->second, now);
        if (is_new) continue;
        if (served.vrrp_mib && fits_rfc2787(one)) {
            if (now.bad_auth_type > before.bad_auth_type) tell_bad_authentication(facts, one, 1, out);
            if (now.other_auth_type > before.other_auth_type) tell_bad_authentication(facts, one, 2, out);
            if (now.bad_password > before.bad_password) tell_bad_authentication(facts, one, 3, out);
        }
        if (served.vrrpv3_mib && fits_rfc6527(one) && now.protocol > before.protocol)
            out.push_back({below(rfc6527_root, {0, 2}),
                           {{below(below(rfc6527_root, {1, 2, 5, 1, 6}), link_vrid_and_family(facts, one)),
                             integer(protocol_error_number(one.seen.last_error))}}});
    }
    return out;
}

}  // namespace holdfast::snmp
