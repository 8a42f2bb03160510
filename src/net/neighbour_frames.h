// ARP (RFC 826, RFC 5227) and neighbour discovery (RFC 4861) over Ethernet: frames built and read byte by
// byte. Who asks, who announces and what an answer means is for others. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/address.h"
#include "base/bytes.h"

namespace holdfast::net {

struct Frame {
    std::array<std::uint8_t, 96> room{};
    std::size_t size = 0;
    ByteView bytes() const { return ByteView{room}.first(size); }
};

// Ethernet broadcast, request, sender and target both the address, target hardware address broadcast.
Frame gratuitous_arp(const MacAddress& own, const IpAddress& address);

enum class Forwarding : std::uint8_t { off, on };
// To all nodes, hop limit 255, Override set, Router set when the interface forwards.
Frame unsolicited_advertisement(const MacAddress& own, const IpAddress& address, Forwarding forwarding);

// Asks who has the target. Without a source it is a probe (RFC 5227 section 2.1.1), which changes no cache.
Frame arp_request(const MacAddress& own, const std::optional<IpAddress>& source, const IpAddress& target);
// The same for IPv6, to the target's solicited-node group. Without a source it is sent from ::, as duplicate
// detection does, and the answer goes to all nodes.
Frame neighbour_solicitation(const MacAddress& own, const std::optional<IpAddress>& source,
                             const IpAddress& target);

// One ARP packet or neighbour message as heard.
struct NeighbourFrame {
    enum class Kind : std::uint8_t { arp_request, arp_reply, solicitation, advertisement };
    Kind kind{};
    MacAddress from;      // source of the Ethernet frame
    IpAddress sender;     // ARP: sender protocol address; else the source of the packet
    MacAddress mac;       // ARP: sender hardware address; else the link-layer option, or `from` without one
    IpAddress target;     // whom it asks for, or, of an advertisement, whose address it tells
    bool router = false;  // flags of an advertisement
    bool solicited = false;
    bool overrides = false;

    bool is_answer() const { return kind == Kind::arp_reply || kind == Kind::advertisement; }
    // Said without being asked, to change what others believe.
    bool is_gratuitous() const {
        return kind == Kind::advertisement ? !solicited : kind != Kind::solicitation && sender == target;
    }
    // The address that the frame says to be at `mac`; nothing: it claims none (a probe).
    std::optional<IpAddress> claimed() const;
};

// An Ethernet frame without tags. Nothing: neither ARP for IPv4 nor a solicitation or advertisement, or one
// that a host must not believe (RFC 4861 sections 7.1.1 and 7.1.2: hop limit, checksum, lengths, options).
std::optional<NeighbourFrame> parse_neighbour_frame(ByteView frame);

}  // namespace holdfast::net
