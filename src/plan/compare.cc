// Instances are brought together first (matching.cc); rules about one virtual router are in
// compare_routers.cc, those between two of them here.
#include "plan/compare.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "plan/compare_routers.h"
#include "plan/matching.h"

namespace holdfast::plan {

namespace {

using config::Class;
using config::Finding;
using config::Instance;
using config::Place;
using engine::RouterSettings;

// --- Between virtual routers

// Two virtual routers with one number on what is, by the name of the interface, one network.
void numbers_are_used_once(Comparison& all, const std::vector<VirtualRouter>& routers) {
    using Key = std::tuple<Family, std::uint8_t, std::string, IpAddress>;
    std::map<Key, std::vector<Member>> users;
    for (const VirtualRouter& members : routers) {
        std::set<Key> counted;
        for (const Member& member : members) {
            const RouterSettings& router = all.router(member);
            if (router.unicast || !all.instance(member).interface) continue;
            const Key key{router.family, router.vrid.wire(), *all.instance(member).interface, router.group};
            if (!counted.insert(key).second) continue;
            std::vector<Member>& others = users[key];
            const auto other = std::find_if(others.begin(), others.end(), [&](const Member& known) {
                return known.node != member.node;  // in one file it is a finding of that file
            });
            if (other != others.end())
                all.say(Finding::virtual_router_id_elsewhere, Class::warning, member,
                        all.place(member, all.instance(member).virtual_router_id), *other,
                        all.place(*other, all.instance(*other).virtual_router_id),
                        "virtual_router_id " + std::to_string(router.vrid.wire()) + " is instance " +
                            all.instance(*other).name + " with other addresses in " + all.file(*other) +
                            ", on an interface of the same name: on one network each takes the other for "
                            "its peer",
                        "another virtual_router_id for one of them");
            others.push_back(member);
        }
    }
}

// An address that another virtual router holds, or that is there without VRRP, is on two hosts at once.
void addresses_are_used_once(Comparison& all, const std::vector<VirtualRouter>& routers) {
    struct Use {
        std::size_t virtual_router;
        Member member;
        const config::Address* written;
    };
    std::multimap<IpAddress, Use> uses;
    const auto each = [&](const Instance& instance, auto visit) {
        for (const auto* list : {&instance.virtual_addresses, &instance.excluded_addresses})
            for (const config::Address& address : *list)
                visit(address);
    };
    for (std::size_t at = 0; at < routers.size(); ++at)
        for (const Member& member : routers[at])
            each(all.instance(member), [&](const config::Address& address) {
                const auto [first, last] = uses.equal_range(address.prefix.address);
                const auto other = std::find_if(first, last, [&](const auto& use) {
                    return use.second.virtual_router != at && use.second.member.node != member.node;
                });
                if (other != last)
                    all.say(Finding::address_elsewhere, Class::general_error, member, address.place,
                            other->second.member, other->second.written->place,
                            address.prefix.address.text() + " is held by instance " +
                                all.instance(other->second.member).name + " (virtual_router_id " +
                                std::to_string(all.router(other->second.member).vrid.wire()) + ") in " +
                                all.file(other->second.member) + ": two nodes can have it at once",
                            "each address in one virtual router");
                uses.emplace(address.prefix.address, Use{at, member, &address});
            });
    for (std::size_t node = 0; node < all.nodes().size(); ++node)
        for (const config::Address& address : all.nodes()[node].config->static_addresses) {
            const auto [first, last] = uses.equal_range(address.prefix.address);
            const auto other =
                std::find_if(first, last, [&](const auto& use) { return use.second.member.node != node; });
            if (other == last) continue;
            all.say(Finding::address_elsewhere, Class::general_error, {node, address.place},
                    {other->second.member.node, other->second.written->place},
                    address.prefix.address.text() +
                        " is always on this node, and a virtual address of "
                        "instance " +
                        all.instance(other->second.member).name + " in " + all.file(other->second.member) +
                        ": two nodes can have it at once",
                    "another address, or no static one");
        }
}
// --- Sync groups

class Groups {
public:
    Groups(Comparison& all, const std::vector<VirtualRouter>& routers) : all_{all}, routers_{routers} {
        for (std::size_t at = 0; at < routers.size(); ++at)
            for (const Member& member : routers[at])
                number_[{member.node, member.router}] = at;
    }

    // Those that move together here and are on both nodes must move together there.
    void compare() {
        for (const VirtualRouter& members : routers_)
            for (std::size_t i = 1; i < members.size(); ++i)
                compare(members[i], members.front());
    }

private:
    using Partners = std::set<std::size_t>;  // positions of virtual routers

    Partners partners(const Member& member, std::size_t other_node) const {
        const Plan& plan = all_.nodes()[member.node].plan;
        const auto group = plan.engine.routers[member.router].group_id;
        Partners found;
        if (!group) return found;
        for (const engine::RouterId id : plan.engine.groups[index(*group)].members) {
            const std::size_t at = number_.at({member.node, index(id)});
            for (const Member& other : routers_[at])
                if (other.node == other_node) found.insert(at);
        }
        return found;
    }

    Place place(const Member& member) const {
        const NodePlan& node = all_.nodes()[member.node];
        const auto group = all_.router(member).group_id;
        if (group)
            for (const config::SyncGroup& written : node.config->sync_groups)
                if (written.name == node.plan.engine.groups[index(*group)].name) return written.place;
        return all_.instance(member).place;
    }

    void compare(const Member& here, const Member& there) {
        const Partners own = partners(here, there.node);
        const Partners other = partners(there, here.node);
        // A group of one is none.
        if (own == other || (own.size() <= 1 && other.size() <= 1)) return;
        if (!said_.insert({here.node, all_.router(here).group_id, there.node, all_.router(there).group_id})
                 .second)
            return;
        all_.say(Finding::different_sync_group, Class::warning, here, place(here), there, place(there),
                 "its sync group has other members than in " + all_.file(there) +
                     ": after a fault half of it can be MASTER here and half there",
                 "the same vrrp_sync_group in both");
    }

    Comparison& all_;
    const std::vector<VirtualRouter>& routers_;
    std::map<std::pair<std::size_t, std::size_t>, std::size_t> number_;
    using Group = std::optional<engine::GroupId>;
    std::set<std::tuple<std::size_t, Group, std::size_t, Group>> said_;
};

void distinct_router_ids(Comparison& all) {
    std::map<std::string, std::size_t> first;
    for (std::size_t node = 0; node < all.nodes().size(); ++node) {
        const auto& router_id = all.nodes()[node].config->global.router_id;
        if (!router_id) continue;
        const auto [known, unique] = first.try_emplace(*router_id, node);
        if (unique) continue;
        all.say(Finding::same_router_id, Class::notice, {node, router_id.place},
                {known->second, all.nodes()[known->second].config->global.router_id.place},
                "router_id " + *router_id + " as in " + all.nodes()[known->second].name +
                    ": messages do not tell the nodes apart",
                "in each file another router_id");
    }
}
}  // namespace

std::vector<Disagreement> compare(std::span<const NodePlan> nodes) {
    std::vector<Disagreement> found;
    if (nodes.size() < 2) return found;
    Comparison all{nodes, found};
    const std::vector<VirtualRouter> routers = match(all);
    for (const VirtualRouter& members : routers)
        compare_members(all, members);
    numbers_are_used_once(all, routers);
    addresses_are_used_once(all, routers);
    Groups{all, routers}.compare();
    distinct_router_ids(all);
    return found;
}

}  // namespace holdfast::plan
