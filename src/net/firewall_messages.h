// What the kernel says of its nftables ruleset, as plain values. Messages of another shape than expected are
// passed over: then something is not known, and the judge says so.
#pragma once

#include <linux/netlink.h>

#include <optional>
#include <utility>
#include <vector>

#include "net/firewall_rules.h"

namespace holdfast::net::firewall {

// NFT_MSG_NEWCHAIN, NFT_MSG_NEWRULE, NFT_MSG_NEWSET, NFT_MSG_NEWSETELEM; the message is whole.
std::optional<std::pair<ChainKey, Chain>> parse_chain(const nlmsghdr* message);
std::optional<std::pair<ChainKey, Rule>> parse_rule(const nlmsghdr* message);
struct SetFacts {
    bool interval = false;
    bool concatenation = false;
};
std::optional<SetFacts> parse_set(const nlmsghdr* message);
std::vector<Element> parse_elements(const nlmsghdr* message);

}  // namespace holdfast::net::firewall
