// One rule that lets the messages of VRRP pass the firewall of this host, as our processes tell each other of
// it: who found that it is needed may not wait for the kernel, and who puts it there knows nothing of VRRP.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/bytes.h"
#include "base/result.h"

namespace holdfast::os {

struct AcceptRule {
    static constexpr std::size_t longest_name = 255;  // of a table or a chain: nftables' limit
    static constexpr std::uint8_t vrrp = 112;
    static constexpr std::uint8_t udp = 17;

    std::uint8_t table_family = 0;  // NFPROTO_INET, NFPROTO_IPV4, NFPROTO_NETDEV, NFPROTO_IPV6
    std::string table;
    std::string chain;
    bool outgoing = false;
    std::string link;
    std::optional<IpAddress> source;  // of one peer; nothing: anybody's
    IpAddress destination;
    std::uint8_t protocol = vrrp;
    std::uint16_t port = 0;  // of UDP, the destination's
    bool operator==(const AcceptRule&) const = default;
};

// Whether it is one that may be sent: bounded names, addresses of one family, a protocol of the two.
bool is_sound(const AcceptRule& rule);

void write_accept_rule(ByteWriter& writer, const AcceptRule& rule);
// Nothing: it is not what write_accept_rule makes of a sound rule.
std::optional<AcceptRule> read_accept_rule(ByteReader& reader);

// Many of them, for a file.
std::string pack(const std::vector<AcceptRule>& rules);
Result<std::vector<AcceptRule>> unpack(std::string_view bytes);

}  // namespace holdfast::os
