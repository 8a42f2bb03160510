// One function for each mistake; a member is compared with the first file that has the virtual router.
#include "plan/compare_routers.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

namespace holdfast::plan {

namespace {

using config::Class;
using config::Finding;
using config::Instance;
using config::Place;
using engine::RouterSettings;

// --- Two nodes that must say the same
// -----------------------------------------------------------------------

constexpr std::string_view both_active = ": each refuses the other's adverts, and both become MASTER";

void same_virtual_router_id(Comparison& all, const Member& here, const Member& there) {
    if (all.router(here).vrid == all.router(there).vrid) return;
    all.say(Finding::different_virtual_router_id, Class::general_error, here,
            all.place(here, all.instance(here).virtual_router_id), there,
            all.place(there, all.instance(there).virtual_router_id),
            "virtual_router_id " + std::to_string(all.router(here).vrid.wire()) + " here, " +
                std::to_string(all.router(there).vrid.wire()) + " in " + all.file(there) +
                ", for the same address: neither hears the other, and both become MASTER",
            "the same virtual_router_id in both");
}

bool same_version(Comparison& all, const Member& here, const Member& there) {
    const RouterSettings& own = all.router(here);
    const RouterSettings& other = all.router(there);
    if (own.version == other.version) return true;
    const auto place = [&](const Member& member) {
        return all.place(member, all.instance(member).version, all.global(member).vrrp_version);
    };
    all.say(Finding::different_version, Class::general_error, here, place(here), there, place(there),
            "VRRP version " + std::to_string(static_cast<int>(own.version)) + " here, " +
                std::to_string(static_cast<int>(other.version)) + " in " + all.file(there) +
                std::string{both_active},
            "the same vrrp_version in both");
    return false;
}

void same_interval(Comparison& all, const Member& here, const Member& there) {
    const Duration own = all.router(here).advert_interval;
    const Duration other = all.router(there).advert_interval;
    if (own == other) return;
    const bool learned = all.router(here).version == Version::v3;
    all.say(Finding::different_interval, learned ? Class::notice : Class::general_error, here,
            all.place(here, all.instance(here).advert_int), there,
            all.place(there, all.instance(there).advert_int),
            "advert_int " + config::seconds_text(own) + " s here, " + config::seconds_text(other) + " s in " +
                all.file(there) +
                (learned ? std::string{": the interval of whoever is MASTER counts, so a takeover takes "
                                       "another time each way"}
                         : std::string{both_active}),
            "the same advert_int in both");
}

// Adverts of version 3 over IPv4 are summed up in two ways.
void same_checksum(Comparison& all, const Member& here, const Member& there) {
    const RouterSettings& own = all.router(here);
    const RouterSettings& other = all.router(there);
    if (own.version != Version::v3 || own.family != Family::ipv4 ||
        own.checksum_without_pseudo_header == other.checksum_without_pseudo_header)
        return;
    const auto place = [&](const Member& member) {
        return all.place(member, all.instance(member).v3_checksum_as_v2,
                         all.global(member).v3_checksum_as_v2);
    };
    all.say(Finding::different_checksum, Class::general_error, here, place(here), there, place(there),
            std::string{"v3_checksum_as_v2 is "} + (own.checksum_without_pseudo_header ? "on" : "off") +
                " here and " + (other.checksum_without_pseudo_header ? "on" : "off") + " in " +
                all.file(there) + ": the node without it refuses the adverts of the other",
            "v3_checksum_as_v2 alike in both");
}

std::string_view authentication(const Instance& instance) {
    for (const config::Unbound& word : instance.unbound)
        if (word.keyword == "auth_hmac") return "HMAC";
    if (!instance.authentication.auth_type) return "no authentication";
    return *instance.authentication.auth_type == config::AuthType::ah ? "AH" : "PASS";
}

bool same_secret(const Instance& a, const Instance& b) {
    const auto hmac = [](const Instance& instance) {
        const auto found =
            std::find_if(instance.unbound.begin(), instance.unbound.end(),
                         [](const config::Unbound& word) { return word.keyword == "auth_hmac"; });
        return found == instance.unbound.end() ? config::Unbound{} : *found;
    };
    return a.authentication.auth_pass.value == b.authentication.auth_pass.value && hmac(a) == hmac(b);
}

// The line is shown: it must be none that holds a password.
Place place_of_authentication(const Comparison& all, const Member& member) {
    const Instance& instance = all.instance(member);
    const auto& written = instance.authentication;
    const bool shared_line = written.auth_type.place.line == written.auth_pass.place.line &&
                             written.auth_type.place.file == written.auth_pass.place.file;
    return shared_line ? Place{instance.place} : all.place(member, written.auth_type);
}

void same_authentication(Comparison& all, const Member& here, const Member& there) {
    const std::string_view own = authentication(all.instance(here));
    const std::string_view other = authentication(all.instance(there));
    std::string difference;
    if (own != other)
        difference = std::string{own} + " here, " + std::string{other} + " in " + all.file(there);
    else if (!same_secret(all.instance(here), all.instance(there)))
        difference = "the password is another one than in " + all.file(there);
    if (difference.empty()) return;
    all.say(Finding::different_authentication, Class::general_error, here, place_of_authentication(all, here),
            there, place_of_authentication(all, there), difference + std::string{both_active},
            "the same authentication block in both");
}

void same_delivery(Comparison& all, const Member& here, const Member& there) {
    const RouterSettings& own = all.router(here);
    const RouterSettings& other = all.router(there);
    const auto peers_place = [&](const Member& member) {
        const Instance& instance = all.instance(member);
        return instance.unicast_peers.empty() ? Place{instance.place}
                                              : Place{instance.unicast_peers[0].place};
    };
    if (own.unicast != other.unicast) {
        all.say(Finding::unicast_and_multicast, Class::general_error, here, peers_place(here), there,
                peers_place(there),
                std::string{own.unicast ? "unicast" : "multicast"} + " here, " +
                    (own.unicast ? "multicast" : "unicast") + " in " + all.file(there) +
                    std::string{both_active},
                "unicast_peer in both, or in none");
        return;
    }
    if (own.unicast || own.group == other.group) return;
    const auto place = [&](const Member& member) {
        const config::GlobalDefs& global = all.global(member);
        return all.place(
            member, all.instance(member).mcast_dst_ip,
            all.router(member).family == Family::ipv4 ? global.vrrp_mcast_group4 : global.vrrp_mcast_group6);
    };
    all.say(Finding::different_group, Class::general_error, here, place(here), there, place(there),
            "adverts go to " + own.group.text() + " here, to " + other.group.text() + " in " +
                all.file(there) + ": neither hears the other, and both become MASTER",
            "the same multicast group in both");
}

// --- The same addresses
// ---------------------------------------------------------------------------------------

using Addresses = std::map<IpAddress, const config::Address*>;

Addresses addresses_of(const std::vector<config::Address>& list) {
    Addresses all;
    for (const config::Address& address : list)
        all.emplace(address.prefix.address, &address);
    return all;
}

// The first few that `other` lacks, and where the first of them stands.
struct Lacking {
    std::string text;
    const config::Address* first = nullptr;
};

Lacking lacking(const Addresses& addresses, const Addresses& other) {
    constexpr std::size_t most_named = 3;
    Lacking found;
    std::size_t count = 0;
    for (const auto& [address, written] : addresses) {
        if (other.contains(address)) continue;
        if (count == 0) found.first = written;
        if (count < most_named) found.text += (count > 0 ? ", " : "") + address.text();
        ++count;
    }
    if (count > most_named) found.text += " and " + std::to_string(count - most_named) + " more";
    return found;
}

void same_list(Comparison& all, const Member& here, const Member& there, const Addresses& own,
               const Addresses& other, Class rank, const std::string& consequence) {
    const Lacking only_here = lacking(own, other);
    const Lacking only_there = lacking(other, own);
    if (only_here.first == nullptr && only_there.first == nullptr) return;
    const auto place = [&](const Member& member, const Lacking& lacking) {
        return lacking.first != nullptr ? Place{lacking.first->place} : Place{all.instance(member).place};
    };
    std::string message;
    if (only_here.first != nullptr) message = only_here.text + " only here";
    if (only_there.first != nullptr)
        message += (message.empty() ? "" : ", ") + only_there.text + " only in " + all.file(there);
    all.say(Finding::different_addresses, rank, here, place(here, only_here), there, place(there, only_there),
            message + consequence, "the same addresses in both");
}

void same_addresses(Comparison& all, const Member& here, const Member& there) {
    const Addresses own = addresses_of(all.instance(here).virtual_addresses);
    const Addresses other = addresses_of(all.instance(there).virtual_addresses);
    same_list(all, here, there, own, other, Class::general_error,
              ": after a takeover they are gone, and keepalived 2.2 refuses adverts with another list");
    same_list(all, here, there, addresses_of(all.instance(here).excluded_addresses),
              addresses_of(all.instance(there).excluded_addresses), Class::warning,
              " (virtual_ipaddress_excluded): after a takeover they are gone");
    for (const auto& [address, written] : own) {
        const auto found = other.find(address);
        if (found == other.end() || found->second->prefix.length == written->prefix.length) continue;
        all.say(Finding::different_addresses, Class::warning, here, written->place, there,
                found->second->place,
                written->prefix.text() + " here, " + found->second->prefix.text() + " in " + all.file(there) +
                    ": a takeover changes the route to the network",
                "the same prefix length in both");
    }
}

// --- Who wins
// -------------------------------------------------------------------------------------------------

void distinct_priorities(Comparison& all, const VirtualRouter& members) {
    std::map<Priority, Member> first;
    for (const Member& member : members) {
        const auto [known, unique] = first.try_emplace(all.router(member).priority, member);
        if (unique) continue;
        const Priority priority = all.router(member).priority;
        const Place here = all.place(member, all.instance(member).priority);
        const Place there = all.place(known->second, all.instance(known->second).priority);
        if (priority.is_owner())
            all.say(Finding::several_owners, Class::general_error, member, here, known->second, there,
                    "priority 255 here and in " + all.file(known->second) +
                        ": both say that the addresses are their own, and are MASTER from the start",
                    "priority 255 in one file at most, and smaller ones in the others");
        else
            all.say(Finding::equal_priority, Class::warning, member, here, known->second, there,
                    "priority " + std::to_string(priority.wire()) + " as in " + all.file(known->second) +
                        ": whoever is MASTER stays it, and when both are, the higher address wins",
                    "different priorities, so that you decide who wins");
    }
}

bool says_master(const Instance& instance) {
    return instance.state && *instance.state == config::InitialState::master;
}

void one_master(Comparison& all, const VirtualRouter& members) {
    const Member* first = nullptr;
    const Member* strongest = &members.front();
    for (const Member& member : members)
        if (all.router(member).priority > all.router(*strongest).priority) strongest = &member;
    for (const Member& member : members) {
        if (!says_master(all.instance(member))) continue;
        const Place place = all.place(member, all.instance(member).state);
        if (first != nullptr) {
            all.say(Finding::several_masters, Class::warning, member, place, *first,
                    all.place(*first, all.instance(*first).state),
                    "state MASTER here and in " + all.file(*first) +
                        ": each start of the weaker one makes two MASTERs for a moment",
                    "state BACKUP in all files; priority decides who becomes MASTER");
            continue;
        }
        first = &member;
        if (all.router(*strongest).priority == all.router(member).priority) continue;
        all.say(
            Finding::several_masters, Class::warning, member, place, *strongest,
            all.place(*strongest, all.instance(*strongest).priority),
            "state MASTER, but " + all.file(*strongest) +
                " has the higher priority: each start makes two MASTERs for a moment, then the other wins",
            "state BACKUP in all files; priority decides who becomes MASTER");
    }
}

// Whoever comes back asks his own file whether he may preempt.
void nopreempt_is_kept(Comparison& all, const VirtualRouter& members) {
    for (const Member& member : members) {
        if (!all.instance(member).nopreempt.value_or(false)) continue;
        const auto stronger = std::find_if(members.begin(), members.end(), [&](const Member& other) {
            return all.router(other).preempt && all.router(other).priority > all.router(member).priority;
        });
        if (stronger == members.end()) continue;
        all.say(Finding::preemption_differs, Class::warning, member,
                all.place(member, all.instance(member).nopreempt), *stronger, all.instance(*stronger).place,
                "nopreempt here, not in " + all.file(*stronger) +
                    ", which has the higher priority: it becomes MASTER again as soon as it is back",
                "nopreempt and state BACKUP in all files");
        return;
    }
}

struct Reach {
    int lowest = 0;
    int highest = 0;
    bool weighted = false;
    bool known = true;  // the number in a file can be anything
};

Reach reach_of(const RouterSettings& router) {
    Reach reach{.lowest = router.priority.wire(), .highest = router.priority.wire()};
    if (router.priority.is_owner()) return reach;
    const auto add = [&](int weight, bool reverse) {
        if (weight == 0) return;
        const int change = reverse ? -weight : weight;
        (change < 0 ? reach.lowest : reach.highest) += change;
        reach.weighted = true;
    };
    for (const engine::TrackedLink& tracked : router.tracked_links)
        add(tracked.weight, tracked.reverse);
    for (const engine::TrackedHealth& tracked : router.tracked_health) {
        if (tracked.by_value) reach.known = false;
        add(tracked.weight, tracked.reverse);
    }
    return reach;
}

// With every tracker of one bad it must lose against another with every tracker good; else they are for
// nothing.
void weights_decide(Comparison& all, const VirtualRouter& members) {
    for (const Member& member : members) {
        const Reach own = reach_of(all.router(member));
        if (!own.weighted || !own.known) continue;
        const Member* best = nullptr;
        int highest = 0;
        bool known = true;
        for (const Member& other : members) {
            if (other.node == member.node) continue;
            const Reach reach = reach_of(all.router(other));
            known = known && reach.known;
            if (best != nullptr && reach.highest <= highest) continue;
            best = &other;
            highest = reach.highest;
        }
        if (best == nullptr || !known || own.lowest <= highest) continue;
        all.say(Finding::weight_without_effect, Class::warning, member,
                all.place(member, all.instance(member).priority), *best,
                all.place(*best, all.instance(*best).priority),
                "when all it tracks with a weight fails, its priority is still " +
                    std::to_string(own.lowest) + ", and nobody else reaches more than " +
                    std::to_string(highest) + " (" + all.file(*best) + "): it stays MASTER",
                "weights that take it below " + std::to_string(highest) + ", or weight 0: a fault");
    }
}

// --- Unicast
// --------------------------------------------------------------------------------------------------

const config::UnicastPeer* peer_with(const Instance& instance, const IpAddress& address) {
    const auto found = std::find_if(instance.unicast_peers.begin(), instance.unicast_peers.end(),
                                    [&](const config::UnicastPeer& peer) { return peer.address == address; });
    return found == instance.unicast_peers.end() ? nullptr : &*found;
}

void no_peer_is_itself(Comparison& all, const VirtualRouter& members) {
    for (const Member& member : members) {
        const Instance& instance = all.instance(member);
        if (!instance.source_ip) continue;
        const config::UnicastPeer* peer = peer_with(instance, *instance.source_ip);
        if (peer == nullptr) continue;
        all.say(Finding::own_address_as_peer, Class::warning, member, peer->place, member,
                instance.source_ip.place,
                peer->address.text() + " is its own address: it sends adverts to itself",
                "the addresses of the other nodes");
    }
}

void peers_name_each_other(Comparison& all, const Member& here, const Member& there) {
    const Instance& own = all.instance(here);
    const Instance& other = all.instance(there);
    if (own.unicast_peers.empty() || other.unicast_peers.empty()) return;
    if (other.source_ip && peer_with(own, *other.source_ip) == nullptr)
        all.say(Finding::one_sided_peers, Class::general_error, here, own.unicast_peers[0].place, there,
                other.source_ip.place,
                "unicast_peer does not name " + other.source_ip->text() + ", which " + all.file(there) +
                    " sends from: that node hears nothing of this one and becomes MASTER, too",
                "unicast_peer { " + other.source_ip->text() + " }");
    const bool both_alone = own.unicast_peers.size() == 1 && other.unicast_peers.size() == 1 &&
                            own.unicast_peers[0].address == other.unicast_peers[0].address;
    if (both_alone && !own.source_ip && !other.source_ip && here.node > there.node)
        all.say(Finding::own_address_as_peer, Class::warning, here, own.unicast_peers[0].place, there,
                other.unicast_peers[0].place,
                "the only unicast_peer is " + own.unicast_peers[0].address.text() + ", as in " +
                    all.file(there) + ": they do not name each other, and one of them may name itself",
                "in each file the address of the other node");
}

// An address that no node sends from is a slip, or a node whose file was not given.
void peers_are_known(Comparison& all, const VirtualRouter& members) {
    std::set<IpAddress> sources;
    for (const Member& member : members) {
        if (!all.instance(member).source_ip) return;
        sources.insert(*all.instance(member).source_ip);
    }
    for (const Member& member : members)
        for (const config::UnicastPeer& peer : all.instance(member).unicast_peers)
            if (!sources.contains(peer.address))
                all.say(Finding::one_sided_peers, Class::notice, member, peer.place, member, peer.place,
                        "no file given sends from " + peer.address.text(), "the file of that node, too");
}

void distinct_sources(Comparison& all, const VirtualRouter& members) {
    std::map<IpAddress, Member> first;
    for (const Member& member : members) {
        const auto& source = all.instance(member).source_ip;
        if (!source) continue;
        const auto [known, unique] = first.try_emplace(*source, member);
        if (unique) continue;
        all.say(Finding::same_source, Class::general_error, member, source.place, known->second,
                all.instance(known->second).source_ip.place,
                "it sends from " + source->text() + ", and so does " + all.file(known->second) +
                    ": each takes the other's adverts for its own, and both become MASTER",
                "in each file an address of its own node");
    }
}
// Priority 255 is for the node whose own address it is, and for no other.
void owners_have_255(Comparison& all, const VirtualRouter& members) {
    for (const Member& member : members) {
        const Instance& instance = all.instance(member);
        if (!instance.source_ip || all.router(member).priority.is_owner()) continue;
        for (const Member& other : members)
            for (const config::Address& address : all.instance(other).virtual_addresses) {
                if (address.prefix.address != *instance.source_ip) continue;
                all.say(Finding::owner_without_255, Class::warning, member, instance.source_ip.place, other,
                        address.place,
                        "it sends from " + instance.source_ip->text() + ", a virtual address in " +
                            all.file(other) + ": it has that address also when it is not MASTER",
                        "another source address, or priority 255 here");
                return;
            }
    }
}

void nobody_is_alone(Comparison& all, const VirtualRouter& members) {
    if (members.size() > 1) return;
    const Member& member = members.front();
    const Place place = all.instance(member).place;
    all.say(Finding::unmatched_instance, Class::notice, member, place, member, place,
            "virtual_router_id " + std::to_string(all.router(member).vrid.wire()) +
                " with its addresses is in no other file: nobody takes over",
            "the instance in another file, too");
}
}  // namespace

void compare_members(Comparison& all, const VirtualRouter& members) {
    for (std::size_t i = 1; i < members.size(); ++i) {
        const Member& here = members[i];
        const Member& there = members.front();
        same_virtual_router_id(all, here, there);
        if (same_version(all, here, there)) {
            same_interval(all, here, there);
            same_checksum(all, here, there);
            if (all.router(here).version == Version::v2) same_authentication(all, here, there);
        }
        same_delivery(all, here, there);
        same_addresses(all, here, there);
    }
    for (const Member& here : members)
        for (const Member& there : members)
            if (here.node != there.node) peers_name_each_other(all, here, there);
    no_peer_is_itself(all, members);
    peers_are_known(all, members);
    distinct_sources(all, members);
    distinct_priorities(all, members);
    one_master(all, members);
    nopreempt_is_kept(all, members);
    weights_decide(all, members);
    owners_have_255(all, members);
    nobody_is_alone(all, members);
}

}  // namespace holdfast::plan
