// Facts between the values of instances, groups and scripts. Each rule mends what keepalived mends and says
// so; what stops keepalived stops the start.
#include "config/rules.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

namespace holdfast::config {

namespace {

constexpr int owner_priority = 255;
constexpr std::size_t most_ipv4_addresses = 255;  // the count field of an advert
constexpr std::size_t most_ipv6_addresses = 89;   // (1500 - 14 - 40 - 8) / 16: what an Ethernet frame holds
constexpr Duration longest_v3_interval = centisecond * max_advert_centiseconds;

struct Rules {
    Config& config;
    Reading& reading;

    void say(Place place, Finding number, std::string message, Consequence consequence = Consequence::ignored,
             std::string expected = {}, Class rank = Class::general_error) const {
        report(reading.diagnostics, {.number = number,
                                     .rank = rank,
                                     .consequence = consequence,
                                     .place = place,
                                     .message = std::move(message),
                                     .expected = std::move(expected)});
    }
    void say(const Instance& instance, Place place, Finding number, std::string_view message,
             Consequence consequence = Consequence::ignored, std::string expected = {},
             Class rank = Class::general_error) const {
        say(place, number, "instance " + instance.name + ": " + std::string{message}, consequence,
            std::move(expected), rank);
    }

    bool is_v6(const Instance& instance) const { return instance.family == Family::ipv6; }
    int version(const Instance& instance) const {
        if (instance.version) return *instance.version;
        return is_v6(instance) ? 3 : config.global.vrrp_version.value_or(2);
    }
    bool strict(const Instance& instance) const {
        return instance.strict_mode.value_or(config.global.vrrp_strict.value_or(false));
    }
    bool is_unicast(const Instance& instance) const { return !instance.unicast_peers.empty(); }
    bool starts_master(const Instance& instance) const {
        return instance.state && *instance.state == InitialState::master;
    }
    bool is_owner(const Instance& instance) const {
        return instance.priority ? *instance.priority == owner_priority : starts_master(instance);
    }
};

// --- One instance ---------------------------------------------------------------------------------------

void needs_virtual_router_id(const Rules& rules, Instance& instance) {
    if (instance.virtual_router_id) return;
    rules.say(instance, instance.place, Finding::no_virtual_router_id, "virtual_router_id is missing",
              Consequence::stops, "virtual_router_id 1..255");
}

void needs_interface(const Rules& rules, Instance& instance) {
    if (instance.interface) {
        const auto facts = rules.reading.host.interface(*instance.interface);
        if (!facts || !facts->loopback) return;
        rules.say(instance, instance.interface.place, Finding::reserved_interface,
                  "a loopback interface cannot carry VRRP", Consequence::stops, "another interface");
        return;
    }
    if (rules.is_unicast(instance) && instance.source_ip) return;
    if (rules.is_unicast(instance))
        rules.say(instance, instance.place, Finding::unicast_without_source,
                  "unicast needs an interface or unicast_src_ip", Consequence::stops, "interface IFNAME");
    else
        rules.say(instance, instance.place, Finding::no_interface, "there is no usable interface",
                  Consequence::stops, "interface IFNAME");
}

void drop_repeated_addresses(const Rules& rules, Instance& instance) {
    std::unordered_set<std::string> seen;
    const auto drop = [&](std::vector<Address>& addresses) {
        const auto repeated = [&](const Address& address) {
            const auto bytes = address.prefix.address.bytes();
            std::string key{bytes.begin(), bytes.end()};
            key += address.dev;
            if (seen.insert(std::move(key)).second) return false;
            rules.say(instance, address.place, Finding::duplicate_address,
                      address.prefix.text() + " stands there twice, the first one counts",
                      Consequence::ignored, {}, Class::notice);
            return true;
        };
        addresses.erase(std::remove_if(addresses.begin(), addresses.end(), repeated), addresses.end());
    };
    drop(instance.virtual_addresses);
    drop(instance.excluded_addresses);
}

void needs_virtual_address(const Rules& rules, Instance& instance) {
    if (!instance.virtual_addresses.empty() || instance.no_virtual_ipaddress) return;
    const bool fatal = rules.version(instance) == 3 || rules.strict(instance);
    rules.say(instance, instance.place, Finding::no_virtual_address, "there is no virtual address",
              fatal ? Consequence::stops : Consequence::none, "virtual_ipaddress { ADDRESS }");
}

void fits_an_advert(const Rules& rules, Instance& instance) {
    const std::size_t most = rules.is_v6(instance) ? most_ipv6_addresses : most_ipv4_addresses;
    auto& addresses = instance.virtual_addresses;
    if (addresses.size() <= most) return;
    rules.say(instance, addresses[most].place, Finding::too_many_addresses,
              "an advert holds " + std::to_string(most) + " addresses; the other " +
                  std::to_string(addresses.size() - most) + " are moved to virtual_ipaddress_excluded",
              Consequence::defaulted);
    const auto first = addresses.begin() + static_cast<std::ptrdiff_t>(most);
    instance.excluded_addresses.insert(instance.excluded_addresses.begin(), std::make_move_iterator(first),
                                       std::make_move_iterator(addresses.end()));
    addresses.erase(first, addresses.end());
}

void unicast_words_need_peers(const Rules& rules, Instance& instance) {
    if (rules.is_unicast(instance)) return;
    if (instance.unicast_ttl) {
        rules.say(instance, instance.unicast_ttl.place, Finding::unicast_option_without_peers,
                  "unicast_ttl needs unicast_peer");
        instance.unicast_ttl = {};
    }
    const bool source = instance.source_ip_is_unicast && *instance.source_ip_is_unicast;
    if ((!source && !instance.check_unicast_src) || instance.unicast_fault_no_peer) return;
    rules.say(instance, source ? instance.source_ip.place : instance.check_unicast_src.place,
              Finding::unicast_option_without_peers, "there is no unicast_peer, so adverts are multicast",
              Consequence::defaulted, "unicast_peer { ADDRESS }", Class::deprecated);
}

void preemption_is_possible(const Rules& rules, Instance& instance) {
    const bool nopreempt = instance.nopreempt.value_or(false);
    if (nopreempt && (rules.starts_master(instance) || rules.is_owner(instance))) {
        rules.say(instance, instance.nopreempt.place, Finding::preemption_conflict,
                  rules.starts_master(instance) ? "nopreempt does not go with state MASTER"
                                                : "nopreempt does not go with priority 255",
                  Consequence::ignored, "state BACKUP");
        instance.nopreempt = {};
    }
    if (!instance.preempt_delay || *instance.preempt_delay == Duration{0}) return;
    const char* reason = nullptr;
    if (rules.strict(instance)) reason = "strict mode";
    if (instance.nopreempt.value_or(false)) reason = "nopreempt";
    if (rules.starts_master(instance)) reason = "state MASTER";
    if (reason == nullptr) return;
    rules.say(instance, instance.preempt_delay.place, Finding::preemption_conflict,
              "preempt_delay does not go with " + std::string{reason} + "");
    instance.preempt_delay = {};
}

// The value itself is plan's to round; here it is only said.
void interval_suits_version(const Rules& rules, Instance& instance) {
    if (!instance.advert_int) return;
    const Duration interval = *instance.advert_int;
    std::string message;
    if (rules.version(instance) == 2) {
        if (interval % std::chrono::seconds{1} != Duration{0})
            message = "version 2 counts whole seconds, advert_int is rounded";
    } else if (interval > longest_v3_interval) {
        message = "version 3 counts to 40.95 s, advert_int is cut to it";
    } else if (interval % centisecond != Duration{0}) {
        message = "version 3 counts in 10 ms, advert_int is rounded";
    }
    if (!message.empty())
        rules.say(instance, instance.advert_int.place, Finding::advert_interval, message,
                  Consequence::defaulted);
}

void authentication_is_possible(const Rules& rules, Instance& instance) {
    auto& authentication = instance.authentication;
    if (!authentication.auth_type) return;
    std::string reason;
    if (rules.version(instance) == 3)
        reason = "version 3 has no authentication";
    else if (rules.strict(instance))
        reason = "strict mode has no authentication";
    else if (*authentication.auth_type == AuthType::ah && rules.is_v6(instance))
        reason = "AH is for IPv4 only";
    else if (!authentication.auth_pass)
        reason = "authentication has no auth_pass";
    if (reason.empty()) return;
    rules.say(instance, authentication.auth_type.place, Finding::authentication,
              reason + ", it runs without");
    authentication = {};
}

// What the definitions of trackers say of their weight; nothing: the default of their kind.
class TrackerWeights {
public:
    explicit TrackerWeights(const Config& config) {
        add(TrackerKind::script, config.scripts);
        add(TrackerKind::file, config.files);
        add(TrackerKind::process, config.processes);
        add(TrackerKind::check, config.checks);
        add(TrackerKind::bfd, config.bfd_instances);
    }
    bool is_weighted(const TrackerReference& reference) const {
        if (reference.weight) return *reference.weight != 0;
        return written(reference).value_or(reference.kind == TrackerKind::file ? 1 : 0) != 0;
    }
    bool is_by_default(const TrackerReference& reference) const {
        return !reference.weight && !written(reference);
    }

private:
    template <class Definition>
    void add(TrackerKind kind, const std::vector<Definition>& definitions) {
        for (const Definition& definition : definitions)
            weights_[index(kind)].emplace(definition.name, definition.weight.value);
    }
    std::optional<int> written(const TrackerReference& reference) const {
        const auto& weights = weights_[index(reference.kind)];
        const auto found = weights.find(reference.name);
        return found == weights.end() ? std::nullopt : found->second;
    }
    static std::size_t index(TrackerKind kind) { return static_cast<std::size_t>(kind); }

    std::array<std::unordered_map<std::string_view, std::optional<int>>, names_of(TrackerKind{}).size()>
        weights_;
};

// Where a weight cannot count: the tracker is left out, or, when nobody has asked for its weight, has none.
void take_weights(const Rules& rules, Instance& instance, const TrackerWeights& weights,
                  const std::string& why, const std::string& remedy) {
    std::erase_if(instance.trackers, [&](TrackerReference& tracked) {
        if (!weights.is_weighted(tracked)) return false;
        const bool by_default = weights.is_by_default(tracked);
        rules.say(instance, tracked.place, Finding::tracker_conflict,
                  std::string{name_of(tracked.kind)} + " " + tracked.name + " has a weight, and " + why +
                      (by_default ? "; it counts as weight 0" : ""),
                  by_default ? Consequence::defaulted : Consequence::ignored, remedy);
        if (by_default) tracked.weight = 0;
        return !by_default;
    });
}

void owners_have_no_weights(const Rules& rules, Instance& instance, const TrackerWeights& weights) {
    if (rules.is_owner(instance))
        take_weights(rules, instance, weights, "priority 255 is never adjusted",
                     "weight 0, or another priority");
}

void tracked_interfaces_make_sense(const Rules& rules, Instance& instance) {
    const auto senseless = [&](const TrackedInterface& tracked) {
        const bool own = instance.interface && tracked.name == *instance.interface;
        const bool weighted = tracked.weight.value_or(0) != 0;
        if (!own && !(weighted && rules.is_owner(instance))) return false;
        rules.say(instance, tracked.place, Finding::tracker_conflict,
                  tracked.name + (own ? " is its own interface and tracked anyway"
                                      : " has a weight, and priority 255 is never adjusted"));
        return true;
    };
    auto& all = instance.track_interfaces;
    all.erase(std::remove_if(all.begin(), all.end(), senseless), all.end());
}

bool has_unbound(const std::vector<Unbound>& unbound, std::string_view keyword) {
    return std::any_of(unbound.begin(), unbound.end(),
                       [&](const Unbound& entry) { return entry.keyword == keyword; });
}

void vmac_options_make_sense(const Rules& rules, Instance& instance) {
    const bool vmac = has_unbound(instance.unbound, "use_vmac");
    if (vmac && instance.promote_secondaries)
        rules.say(instance, instance.promote_secondaries.place, Finding::state_conflict,
                  "promote_secondaries is always on for a VMAC");
    if (vmac && rules.is_unicast(instance) && !has_unbound(instance.unbound, "vmac_xmit_base"))
        rules.say(instance, instance.place, Finding::state_conflict,
                  "unicast with use_vmac needs vmac_xmit_base", Consequence::defaulted);
}

// --- strict_mode ----------------------------------------------------------------------------------------

template <class T>
void not_in_strict_mode(const Rules& rules, Instance& instance, Setting<T>& setting, const char* name) {
    rules.say(instance, setting.place, Finding::strict_mode,
              std::string{name} + " does not go with strict mode");
    setting = {};
}

void strict_mode_timers(const Rules& rules, Instance& instance) {
    if (instance.down_timer_adverts && *instance.down_timer_adverts != 3)
        not_in_strict_mode(rules, instance, instance.down_timer_adverts, "down_timer_adverts other than 3");
    if (instance.garp_lower_prio_delay)
        not_in_strict_mode(rules, instance, instance.garp_lower_prio_delay, "garp_lower_prio_delay");
    if (instance.garp_lower_prio_repeat)
        not_in_strict_mode(rules, instance, instance.garp_lower_prio_repeat, "garp_lower_prio_repeat");
    if (instance.lower_prio_no_advert && !*instance.lower_prio_no_advert)
        not_in_strict_mode(rules, instance, instance.lower_prio_no_advert, "lower_prio_no_advert off");
    if (instance.higher_prio_send_advert && *instance.higher_prio_send_advert)
        not_in_strict_mode(rules, instance, instance.higher_prio_send_advert, "higher_prio_send_advert");
}

void strict_mode_rules(const Rules& rules, Instance& instance) {
    if (!rules.strict(instance)) return;
    strict_mode_timers(rules, instance);
    const auto facts = instance.interface ? rules.reading.host.interface(*instance.interface) : std::nullopt;
    if (rules.is_unicast(instance) && facts && facts->multicast)
        rules.say(instance, instance.unicast_peers[0].place, Finding::strict_mode,
                  "strict mode refuses unicast_peer on an interface that can multicast", Consequence::stops);
    if (instance.state && instance.priority && rules.starts_master(instance) != rules.is_owner(instance)) {
        rules.say(instance, instance.state.place, Finding::strict_mode,
                  "in strict mode state MASTER and priority 255 go together; state follows priority",
                  Consequence::defaulted);
        instance.state.value = rules.is_owner(instance) ? InitialState::master : InitialState::backup;
    }
    if (rules.is_v6(instance) && rules.version(instance) == 2) {
        rules.say(instance, instance.version.place, Finding::strict_mode,
                  "strict mode has no IPv6 in version 2", Consequence::defaulted, "version 3");
        instance.version.value = 3;
    }
    if (rules.version(instance) == 2 && has_unbound(instance.unbound, "accept"))
        rules.say(instance, instance.place, Finding::strict_mode, "strict mode has no accept in version 2");
    if (has_unbound(instance.unbound, "vmac_xmit_base"))
        rules.say(instance, instance.place, Finding::strict_mode,
                  "vmac_xmit_base does not go with strict mode");
    if (instance.no_virtual_ipaddress)
        not_in_strict_mode(rules, instance, instance.no_virtual_ipaddress, "no_virtual_ipaddress");
    if (rules.is_v6(instance) && !instance.virtual_addresses.empty() &&
        !instance.virtual_addresses[0].prefix.address.is_link_local())
        rules.say(instance, instance.virtual_addresses[0].place, Finding::strict_mode,
                  "the first IPv6 address should be link-local", Consequence::none,
                  "an address of fe80::/10");
}

// --- All instances --------------------------------------------------------------------------------------

void virtual_router_ids_are_unique(const Rules& rules) {
    std::unordered_map<std::string, const Instance*> owners;
    for (const auto& instance : rules.config.instances) {
        if (!instance.virtual_router_id) continue;
        const std::string router = instance.interface.value_or({}) + "|" +
                                   (rules.is_v6(instance) ? "6|" : "4|") +
                                   std::to_string(*instance.virtual_router_id);
        std::vector<std::string> keys;
        keys.reserve(instance.unicast_peers.size() + 1);
        for (const auto& peer : instance.unicast_peers)
            keys.push_back(router + "|" + peer.address.text());
        if (keys.empty())
            keys.push_back(router + "|multicast" +
                           (instance.mcast_dst_ip ? instance.mcast_dst_ip->text() : ""));
        for (const auto& key : keys) {
            const auto [owner, unique] = owners.try_emplace(key, &instance);
            if (unique || owner->second == &instance) continue;
            rules.say(instance, instance.virtual_router_id.place, Finding::duplicate_virtual_router_id,
                      "virtual_router_id " + std::to_string(*instance.virtual_router_id) +
                          " is used by instance " + owner->second->name + " on the same interface",
                      Consequence::stops, "another number");
            break;
        }
    }
}

// --- Groups ---------------------------------------------------------------------------------------------

using InstancesByName = std::unordered_map<std::string_view, Instance*>;

void members_have_no_weights(const Rules& rules, const SyncGroup& group, Instance& member,
                             const TrackerWeights& weights) {
    if (group.sync_group_tracking_weight.value_or(false)) return;
    const auto weighted = [&](const TrackedInterface& tracked) {
        if (tracked.weight.value_or(0) == 0) return false;
        rules.say(member, tracked.place, Finding::tracker_conflict,
                  "a member of sync group " + group.name + " tracks " + tracked.name + " with a weight",
                  Consequence::ignored, "sync_group_tracking_weight in the group");
        return true;
    };
    auto& all = member.track_interfaces;
    all.erase(std::remove_if(all.begin(), all.end(), weighted), all.end());
    take_weights(rules, member, weights, "the instance is a member of sync group " + group.name,
                 "sync_group_tracking_weight in the group");
}

void sync_group_members_exist(const Rules& rules, const InstancesByName& instances,
                              const TrackerWeights& weights) {
    std::unordered_map<std::string_view, const SyncGroup*> member_of;
    auto& groups = rules.config.sync_groups;
    for (auto& group : groups) {
        std::vector<Named> members;
        for (auto& member : group.members) {
            const auto instance = instances.find(member.name);
            if (instance == instances.end()) {
                rules.say(member.place, Finding::group_members,
                          "sync group " + group.name + ": there is no instance " + member.name);
                continue;
            }
            if (!member_of.try_emplace(instance->first, &group).second) {
                rules.say(
                    member.place, Finding::group_members,
                    "sync group " + group.name + ": instance " + member.name + " is in a group already");
                continue;
            }
            members_have_no_weights(rules, group, *instance->second, weights);
            members.push_back(std::move(member));
        }
        group.members = std::move(members);
        if (group.members.size() == 1)
            rules.say(group.place, Finding::group_members,
                      "sync group " + group.name + " has one member only", Consequence::none,
                      "two members or more");
        if (group.members.empty())
            rules.say(group.place, Finding::group_members, "sync group " + group.name + " has no members");
    }
    groups.erase(std::remove_if(groups.begin(), groups.end(),
                                [](const SyncGroup& group) { return group.members.empty(); }),
                 groups.end());
}

void track_group_members_exist(const Rules& rules, const InstancesByName& instances) {
    auto& groups = rules.config.track_groups;
    const auto empty = [&](TrackGroup& group) {
        auto& members = group.members;
        const auto unknown = [&](const Named& member) {
            if (instances.count(member.name) != 0) return false;
            rules.say(member.place, Finding::group_members,
                      "track group " + group.name + ": there is no instance " + member.name);
            return true;
        };
        members.erase(std::remove_if(members.begin(), members.end(), unknown), members.end());
        if (!members.empty()) return false;
        rules.say(group.place, Finding::group_members, "track group " + group.name + " has no members");
        return true;
    };
    groups.erase(std::remove_if(groups.begin(), groups.end(), empty), groups.end());
}

// --- Scripts --------------------------------------------------------------------------------------------

using Places = std::unordered_set<std::uint64_t>;

std::uint64_t key_of(const Place& place) {
    return static_cast<std::uint64_t>(place.file) << 32 | place.line;
}

void drop_scripts(NotifyScripts& notify, const Places& places) {
    auto& scripts = notify.scripts;
    const auto insecure = [&](const NotifyScript& entry) {
        return places.count(key_of(entry.script.place)) != 0;
    };
    scripts.erase(std::remove_if(scripts.begin(), scripts.end(), insecure), scripts.end());
}

// Where the first program that would run was written.
std::optional<Place> first_script(const Rules& rules) {
    if (rules.reading.first_script) return rules.reading.first_script;
    const auto& global = rules.config.global;
    for (const auto* setting : {&global.startup_script, &global.shutdown_script, &global.notify_fifo_script,
                                &global.vrrp_notify_fifo_script})
        if (*setting) return (*setting)->place;
    if (!global.alert_commands.empty()) return global.alert_commands[0].place;
    for (const auto& instance : rules.config.instances)
        if (!instance.notify.scripts.empty()) return instance.notify.scripts[0].script.place;
    for (const auto& group : rules.config.sync_groups)
        if (!group.notify.scripts.empty()) return group.notify.scripts[0].script.place;
    return std::nullopt;
}

// A script that cannot be run, or must not be, says nothing of the service: who tracks it does as if it did
// not.
void drop_tracked_scripts(Config& config, const Places& insecure) {
    std::erase_if(config.scripts, [&](const TrackedScript& script) {
        return !script.command || script.command->path.empty() ||
               insecure.count(key_of(script.command->place)) != 0;
    });
    std::unordered_set<std::string_view> known;
    for (const TrackedScript& script : config.scripts)
        known.insert(script.name);
    const auto is_unknown = [&](const TrackerReference& tracked) {
        return tracked.kind == TrackerKind::script && known.count(tracked.name) == 0;
    };
    for (auto& instance : config.instances)
        std::erase_if(instance.trackers, is_unknown);
    for (auto& group : config.sync_groups)
        std::erase_if(group.trackers, is_unknown);
}

void scripts_are_secure(const Rules& rules) {
    const bool enforced = rules.config.global.enable_script_security.value_or(false);
    Places places;
    for (const auto& script : rules.reading.insecure_scripts) {
        rules.say(script.place, Finding::insecure_script, script.name + " " + script.detail,
                  enforced ? Consequence::ignored : Consequence::none, "a path that only root can alter",
                  Class::security);
        places.insert(key_of(script.place));
    }
    drop_tracked_scripts(rules.config, enforced ? places : Places{});
    if (enforced && !places.empty()) {
        for (auto& instance : rules.config.instances)
            drop_scripts(instance.notify, places);
        for (auto& group : rules.config.sync_groups)
            drop_scripts(group.notify, places);
        auto& global = rules.config.global;
        for (auto* setting : {&global.startup_script, &global.shutdown_script, &global.notify_fifo_script,
                              &global.vrrp_notify_fifo_script})
            if (*setting && places.count(key_of((*setting)->place)) != 0) *setting = {};
        std::erase_if(global.alert_commands, [&](const AlertCommand& alert) {
            return places.count(key_of(alert.command.place)) != 0;
        });
    }
    const auto first = enforced ? std::nullopt : first_script(rules);
    if (first)
        rules.say(*first, Finding::script_security, "scripts are run, and enable_script_security is not set",
                  Consequence::none, "enable_script_security in global_defs", Class::security);
}

// set_supplementary_groups asks for every script what `:GROUP` asks for one.
void supplementary_groups_are_for_all(const Rules& rules) {
    if (!rules.config.global.set_supplementary_groups.value_or(false)) return;
    auto& global = rules.config.global;
    for (auto* setting : {&global.startup_script, &global.shutdown_script, &global.notify_fifo_script,
                          &global.vrrp_notify_fifo_script})
        if (*setting) (**setting).supplementary_groups = true;
    for (auto& alert : global.alert_commands)
        alert.command.supplementary_groups = true;
    for (auto& script : rules.config.scripts)
        (*script.command).supplementary_groups = true;
    for (auto& instance : rules.config.instances)
        for (auto& entry : instance.notify.scripts)
            entry.script.supplementary_groups = true;
    for (auto& group : rules.config.sync_groups)
        for (auto& entry : group.notify.scripts)
            entry.script.supplementary_groups = true;
}

void global_groups_are_multicast(const Rules& rules) {
    for (auto* setting : {&rules.config.global.vrrp_mcast_group4, &rules.config.global.vrrp_mcast_group6}) {
        if (!*setting || (*setting)->is_multicast()) continue;
        rules.say(setting->place, Finding::bad_address, (*setting)->text() + " is no multicast address");
        *setting = {};
    }
}

}  // namespace

void apply_rules(Config& config, Reading& reading) {
    const Rules rules{config, reading};
    const TrackerWeights weights{config};
    for (auto& instance : config.instances) {
        needs_virtual_router_id(rules, instance);
        needs_interface(rules, instance);
        drop_repeated_addresses(rules, instance);
        strict_mode_rules(rules, instance);
        needs_virtual_address(rules, instance);
        fits_an_advert(rules, instance);
        unicast_words_need_peers(rules, instance);
        preemption_is_possible(rules, instance);
        interval_suits_version(rules, instance);
        authentication_is_possible(rules, instance);
        tracked_interfaces_make_sense(rules, instance);
        owners_have_no_weights(rules, instance, weights);
        vmac_options_make_sense(rules, instance);
    }
    virtual_router_ids_are_unique(rules);
    InstancesByName instances;
    for (auto& instance : config.instances)
        instances.emplace(instance.name, &instance);
    sync_group_members_exist(rules, instances, weights);
    track_group_members_exist(rules, instances);
    scripts_are_secure(rules);
    supplementary_groups_are_for_all(rules);
    global_groups_are_multicast(rules);
}

}  // namespace holdfast::config
