#include "plan/matching.h"

#include <algorithm>
#include <map>
#include <string_view>

namespace holdfast::plan {

namespace {

using config::Instance;
using engine::RouterSettings;

std::vector<IpAddress> all_addresses(const Instance& instance) {
    std::vector<IpAddress> all;
    for (const auto* list : {&instance.virtual_addresses, &instance.excluded_addresses})
        for (const config::Address& address : *list)
            all.push_back(address.prefix.address);
    return all;
}

bool same_number(const RouterSettings& a, const RouterSettings& b) {
    return a.family == b.family && a.vrid == b.vrid;
}

class Matching {
public:
    explicit Matching(const Comparison& comparison) : comparison_{comparison} {
        for (std::size_t node = 0; node < comparison.nodes().size(); ++node)
            add(node);
    }
    std::vector<VirtualRouter> take() { return std::move(routers_); }

private:
    struct Candidate {
        int score = 0;
        Member member;
        std::size_t virtual_router = 0;
    };

    // Nothing: they have nothing to do with each other.
    int score(const Member& member, const Member& known, bool shares_address) const {
        const bool numbered = same_number(comparison_.router(member), comparison_.router(known));
        const bool named = comparison_.instance(member).name == comparison_.instance(known).name;
        if (!shares_address && !(numbered && named)) return 0;
        const bool linked = comparison_.instance(member).interface == comparison_.instance(known).interface;
        return (shares_address ? 8 : 0) + (numbered ? 4 : 0) + (named ? 2 : 0) + (linked ? 1 : 0);
    }

    std::vector<Candidate> candidates(const Member& member) const {
        std::vector<Candidate> all;
        for (const IpAddress& address : all_addresses(comparison_.instance(member))) {
            const auto [first, last] = by_address_.equal_range(address);
            for (auto at = first; at != last; ++at)
                all.push_back({score(member, routers_[at->second].front(), true), member, at->second});
        }
        const auto [first, last] = by_name_.equal_range(comparison_.instance(member).name);
        for (auto at = first; at != last; ++at)
            all.push_back({score(member, routers_[at->second].front(), false), member, at->second});
        std::erase_if(all, [](const Candidate& candidate) { return candidate.score == 0; });
        return all;
    }

    // The best matches of a node first, so that a mere namesake takes no partner from its own.
    void add(std::size_t node) {
        std::vector<Candidate> all;
        const std::size_t count = comparison_.nodes()[node].config->instances.size();
        for (std::size_t router = 0; router < count; ++router)
            for (const Candidate& candidate : candidates({node, router}))
                all.push_back(candidate);
        std::stable_sort(all.begin(), all.end(),
                         [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
        std::vector<bool> placed(count);
        for (const Candidate& candidate : all) {
            VirtualRouter& members = routers_[candidate.virtual_router];
            if (placed[candidate.member.router] || members.back().node == node) continue;
            placed[candidate.member.router] = true;
            members.push_back(candidate.member);
        }
        for (std::size_t router = 0; router < count; ++router)
            if (!placed[router]) routers_.push_back({{node, router}});
        index(node);
    }

    void index(std::size_t node) {
        for (std::size_t at = 0; at < routers_.size(); ++at) {
            const Member& member = routers_[at].back();
            if (member.node != node) continue;
            by_name_.emplace(comparison_.instance(member).name, at);
            for (const IpAddress& address : all_addresses(comparison_.instance(member)))
                by_address_.emplace(address, at);
        }
    }

    const Comparison& comparison_;
    std::vector<VirtualRouter> routers_;
    std::multimap<IpAddress, std::size_t> by_address_;
    std::multimap<std::string_view, std::size_t> by_name_;
};
}  // namespace

std::vector<VirtualRouter> match(const Comparison& comparison) {
    return Matching{comparison}.take();
}

}  // namespace holdfast::plan
