// What a ruleset does to one packet: it is led through the base chains of its path as the kernel would lead
// it, and what is not known of it (its source, its connection's mark, the clock) stays unknown: then both
// ways are followed. Pure; bounded whatever the ruleset says.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/address.h"
#include "base/vrrp_types.h"
#include "net/firewall_rules.h"

namespace holdfast::net::firewall {

// An advert or a heartbeat on its way out of this host, or in.
struct Probe {
    bool outgoing = false;
    Family family = Family::ipv4;
    std::string link;
    std::uint32_t ifindex = 0;
    std::optional<Prefix> source;  // a prefix shorter than the address: somebody in that network
    IpAddress destination;
    std::optional<std::uint8_t> ttl = 255;
    std::uint16_t port = 0;  // of UDP, both ends the same; 0: an advert
    bool operator==(const Probe&) const = default;
};

struct Place {  // of the rule that decides
    ChainKey chain;
    std::uint64_t handle = 0;  // 0: the policy of the chain
    bool operator==(const Place&) const = default;
};

struct Answer {
    enum class Kind : std::uint8_t {
        passes,
        dropped,
        may_be_dropped,  // by a rule that asks for what is not known, or is not understood
    };
    Kind kind = Kind::passes;
    Place place{};
    ChainKey base{};     // the chain of the hook that leads there
    std::string reason;  // "policy drop", "rule 12 drops", "rule 7 asks for ...": for people
    // The chains of hooks that do not certainly let it pass, our own accept rules aside: each needs one. Only
    // where that was asked for.
    std::vector<ChainKey> needs{};
    bool operator==(const Answer&) const = default;
};

// What has to be read before there is an answer.
struct NeedsChain {
    ChainKey chain;
};
struct NeedsSet {
    SetKey set;
};

std::variant<Answer, NeedsChain, NeedsSet> judge(const Ruleset& ruleset, const Probe& probe);
// As if our own accept rules were not there, and as if these chains of hooks let the packet pass.
std::variant<Answer, NeedsChain, NeedsSet> judge_without_ours(const Ruleset& ruleset, const Probe& probe,
                                                              const std::vector<ChainKey>& passed);

// "inet", "ip6": as nft calls the family of a table.
std::string_view family_word(std::uint32_t family);

// "ip filter INPUT rule 12", as nft would be asked for it.
std::string describe(const Place& place);

}  // namespace holdfast::net::firewall
