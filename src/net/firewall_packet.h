// The packet that the judge leads through the rules: what is known of its headers and of what the kernel
// notes about it.
#pragma once

#include <netinet/in.h>  // before the kernel's headers, which declare the same

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "net/firewall_judge.h"
#include "net/firewall_values.h"
#include "net/firewall_xt.h"

namespace holdfast::net::firewall {

inline constexpr std::size_t register_bytes = 64;
inline constexpr std::size_t name_bytes = 16;  // IFNAMSIZ
inline constexpr std::uint8_t vrrp_protocol = 112;
inline constexpr std::uint8_t udp_protocol = 17;
inline constexpr std::uint8_t class_cs6 = 0xc0;

inline std::array<std::uint8_t, 2> ethertype(Family family) {
    if (family == Family::ipv4) return {0x08, 0x00};
    return {0x86, 0xdd};
}

class Packet {
public:
    explicit Packet(const Probe& probe) : probe_{probe} {
        mark = Value::of_number(std::uint32_t{0});
        // Two peers that send from port to port answer each other: what comes in belongs to what goes out.
        const bool answers = probe.port != 0 && !probe.outgoing && !probe.destination.is_multicast();
        state = Value::of_number(answers ? state_established : state_new);
        if (probe.family == Family::ipv4)
            network_v4();
        else
            network_v6();
        transport_ = Value::unknown(8);
        if (probe.port == 0) {
            transport_.bits[0] = 1;  // the type; the version is not known
            transport_.known[0] = 0x0f;
        } else {
            const auto high = static_cast<std::uint8_t>(probe.port >> 8);
            const auto low = static_cast<std::uint8_t>(probe.port);
            put(transport_, 0, std::array{high, low, high, low});
        }
    }

    Value payload(const LoadPayload& load) const {
        const Value* header = nullptr;
        if (load.base == PayloadBase::network) header = &network_;
        if (load.base == PayloadBase::transport) header = &transport_;
        Value value = Value::unknown(std::min<std::size_t>(load.length, register_bytes));
        for (std::size_t i = 0; header != nullptr && i < value.size(); ++i) {
            const std::size_t at = std::size_t{load.offset} + i;
            if (at >= header->size()) break;
            value.bits[i] = header->bits[at];
            value.known[i] = header->known[at];
        }
        return value;
    }

    Value meta(std::uint32_t key) const {
        const bool out = probe_.outgoing;
        switch (key) {
            case NFT_META_PROTOCOL:
                return Value::of(ethertype(probe_.family));
            case NFT_META_NFPROTO:
                return Value::of_number(
                    static_cast<std::uint8_t>(probe_.family == Family::ipv4 ? NFPROTO_IPV4 : NFPROTO_IPV6));
            case NFT_META_L4PROTO:
                return Value::of_number(protocol());
            case NFT_META_MARK:
                return mark;
            case NFT_META_IIF:
                return Value::of_number(out ? 0 : probe_.ifindex);
            case NFT_META_OIF:
                return Value::of_number(out ? probe_.ifindex : 0);
            case NFT_META_IIFNAME:
                return name(out ? "" : probe_.link);
            case NFT_META_OIFNAME:
                return name(out ? probe_.link : "");
            case NFT_META_PKTTYPE:
                if (out) return Value::unknown(1);
                return Value::of_number(
                    static_cast<std::uint8_t>(probe_.destination.is_multicast() ? packet_multicast : 0));
            default:
                return Value::unknown(name_bytes);
        }
    }

    Value conntrack(std::uint32_t key) const {
        return key == NFT_CT_STATE ? state : Value::unknown(name_bytes);
    }

    Value fib(const LoadFib& load) const {
        const bool by_source = (load.flags & NFTA_FIB_F_SADDR) != 0;
        if (load.result == NFT_FIB_RESULT_ADDRTYPE) return Value::of_number(address_type(by_source));
        // Adverts come from the network of the interface, so the way back is that interface.
        const bool way_back = by_source && !probe_.outgoing && probe_.destination.is_multicast();
        if (!way_back) return Value::unknown(name_bytes);
        if ((load.flags & NFTA_FIB_F_PRESENT) != 0) return Value::of_number(std::uint8_t{1});
        if (load.result == NFT_FIB_RESULT_OIFNAME) return name(probe_.link);
        return Value::of_number(probe_.ifindex);
    }

    std::uint32_t address_type(bool of_source) const {
        if (of_source) return probe_.outgoing ? RTN_LOCAL : RTN_UNICAST;
        if (probe_.destination.is_multicast()) return RTN_MULTICAST;
        return probe_.outgoing ? RTN_UNICAST : RTN_LOCAL;
    }

    Value mark;   // rules may set it
    Value state;  // of its connection; rules may ask not to track it

private:
    static constexpr std::uint8_t packet_multicast = 2;  // PACKET_MULTICAST

    static Value name(const std::string& text) {
        Bytes bytes(name_bytes);
        std::copy_n(text.begin(), std::min(text.size(), name_bytes - 1), bytes.begin());
        return Value::of(bytes);
    }

    std::uint8_t protocol() const { return probe_.port == 0 ? vrrp_protocol : udp_protocol; }

    static void put(Value& header, std::size_t at, std::span<const std::uint8_t> bytes) {
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            header.bits[at + i] = bytes[i];
            header.known[at + i] = 0xff;
        }
    }

    void put_source(std::size_t at) {
        if (!probe_.source) return;
        const ByteView bytes = probe_.source->address.bytes();
        put(network_, at, bytes);
        for (std::size_t bit = probe_.source->length; bit < bytes.size() * 8; ++bit) {
            const auto flag = static_cast<std::uint8_t>(0x80 >> (bit % 8));
            network_.known[at + bit / 8] = static_cast<std::uint8_t>(network_.known[at + bit / 8] & ~flag);
        }
        for (std::size_t i = at; i < at + bytes.size(); ++i)
            network_.bits[i] = static_cast<std::uint8_t>(network_.bits[i] & network_.known[i]);
    }

    void network_v4() {
        network_ = Value::unknown(20);
        put(network_, 0, std::array<std::uint8_t, 1>{0x45});
        if (probe_.outgoing) put(network_, 1, std::array{class_cs6});
        network_.known[6] = 0xbf;  // no fragment; nothing is known of "do not fragment"
        network_.known[7] = 0xff;
        if (probe_.ttl) put(network_, 8, std::array{*probe_.ttl});
        put(network_, 9, std::array{protocol()});
        put_source(12);
        put(network_, 16, probe_.destination.bytes());
    }

    void network_v6() {
        network_ = Value::unknown(40);
        network_.bits[0] = 0x60;
        network_.known[0] = 0xf0;
        put(network_, 6, std::array{protocol()});
        if (probe_.ttl) put(network_, 7, std::array{*probe_.ttl});
        put_source(8);
        put(network_, 24, probe_.destination.bytes());
    }

    const Probe& probe_;
    Value network_;
    Value transport_;
};

}  // namespace holdfast::net::firewall
