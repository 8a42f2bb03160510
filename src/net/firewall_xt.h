// The matches and targets of iptables that iptables-nft keeps in their old form, as far as they can concern
// an advert. Their details come from the kernel as bytes; nothing is believed of their length.
#pragma once

#include <string_view>

#include "net/firewall_rules.h"
#include "net/firewall_values.h"

namespace holdfast::net::firewall {

// Of a connection, as nftables and iptables both count.
inline constexpr std::uint32_t state_established = 2;
inline constexpr std::uint32_t state_new = 8;
inline constexpr std::uint32_t state_untracked = 64;

struct XtPacket {
    Value state;
    Value mark;
    Value packet_type;
    std::uint32_t destination_type = 0;  // RTN_*
};

// Maybe, where the match or what it asks for is not known.
Truth xt_matches(const XtMatch& match, const XtPacket& packet);

Verdict xt_verdict(std::string_view target);
bool xt_changes_mark(std::string_view target);
bool xt_changes_tracking(std::string_view target);

}  // namespace holdfast::net::firewall
