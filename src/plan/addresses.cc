#include "plan/addresses.h"

namespace holdfast::plan {

namespace {

// The kernel's IFA_F_* (linux/if_addr.h), named here because plan knows no system headers.
constexpr std::uint32_t flag_nodad = 0x02;
constexpr std::uint32_t flag_homeaddress = 0x10;
constexpr std::uint32_t flag_managetempaddr = 0x100;
constexpr std::uint32_t flag_noprefixroute = 0x200;
constexpr std::uint32_t flag_mcautojoin = 0x400;

// `brd +` and `brd -`: the address with its host bits set or cleared.
IpAddress with_host_bits(const Prefix& prefix, bool set) {
    std::uint32_t number = 0;
    for (const std::uint8_t byte : prefix.address.bytes())
        number = number << 8 | byte;
    const std::uint32_t host_bits = prefix.length == 0 ? ~0u : (1u << (32 - prefix.length)) - 1;
    return IpAddress::v4(set ? number | host_bits : number & ~host_bits);
}

std::optional<IpAddress> broadcast_of(const config::Address& address) {
    switch (address.broadcast_kind) {
        case config::BroadcastKind::address:
            return address.broadcast;
        case config::BroadcastKind::host_bits_set:
            return with_host_bits(address.prefix, true);
        case config::BroadcastKind::host_bits_clear:
            return with_host_bits(address.prefix, false);
        case config::BroadcastKind::none:
            break;
    }
    return std::nullopt;
}

std::uint32_t flags_of(const config::Address& address) {
    std::uint32_t flags = 0;
    // A virtual address must work at once; whether somebody else has it is VRRP's question, not DAD's.
    if (address.prefix.address.is_v6() && !address.dad) flags |= flag_nodad;
    if (address.home) flags |= flag_homeaddress;
    if (address.mngtmpaddr) flags |= flag_managetempaddr;
    if (address.noprefixroute) flags |= flag_noprefixroute;
    if (address.autojoin) flags |= flag_mcautojoin;
    return flags;
}

// An IPv6 /128 is deprecated at once, so that the host does not choose it as a source by itself.
std::optional<std::uint32_t> preferred_lifetime(const config::Address& address) {
    if (address.preferred_lft) {
        if (address.preferred_lft->forever) return std::nullopt;
        return address.preferred_lft->seconds;
    }
    if (address.prefix.address.is_v6() && address.prefix.length == 128) return 0;
    return std::nullopt;
}

}  // namespace

VirtualAddress plan_address(const config::Address& address, const std::string& default_link,
                            LinkNames& links) {
    VirtualAddress planned;
    planned.link = links.of(address.dev.empty() ? default_link : address.dev);
    planned.prefix = address.prefix;
    if (address.peer) {  // the prefix length is the peer's
        planned.peer = address.peer->address;
        planned.prefix.length = address.peer->length;
    }
    planned.broadcast = broadcast_of(address);
    planned.scope = address.scope.value_or(0);
    planned.label = address.label;
    planned.flags = flags_of(address);
    planned.preferred_lifetime_s = preferred_lifetime(address);
    planned.tracked = !address.no_track;
    return planned;
}

}  // namespace holdfast::plan
