// IP addresses, prefixes and hardware addresses as values: parsing from text, printing, order.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/vrrp_types.h"

namespace holdfast {

class IpAddress {
public:
    constexpr IpAddress() = default;  // 0.0.0.0
    static constexpr IpAddress v4(std::uint32_t host_order) {
        IpAddress address;
        for (int i = 0; i < 4; ++i)
            address.bytes_[i] = static_cast<std::uint8_t>(host_order >> (24 - 8 * i));
        return address;
    }
    // bytes in network order: 4 make an IPv4 address, 16 an IPv6 address, anything else is nothing.
    static std::optional<IpAddress> from_bytes(ByteView bytes);
    // The text forms of inet_pton(3); no prefix length, no zone.
    static std::optional<IpAddress> parse(std::string_view text);

    Family family() const { return family_; }
    bool is_v4() const { return family_ == Family::ipv4; }
    bool is_v6() const { return family_ == Family::ipv6; }
    // Network order; 4 or 16 bytes.
    ByteView bytes() const { return ByteView{bytes_.data(), is_v4() ? 4u : 16u}; }
    bool is_unspecified() const;
    bool is_multicast() const;
    bool is_loopback() const;
    bool is_link_local() const;  // 169.254/16, fe80::/10
    std::string text() const;

    // IPv4 before IPv6, then numerically in network order: the tie-break of RFC 9568 section 6.4.3.
    constexpr auto operator<=>(const IpAddress&) const = default;

private:
    Family family_ = Family::ipv4;
    std::array<std::uint8_t, 16> bytes_{};
};

// Address with a prefix length, 0..32 or 0..128. Host bits are kept.
struct Prefix {
    IpAddress address;
    std::uint8_t length = 0;

    // "ADDRESS/LENGTH", or "ADDRESS" for a host prefix (/32, /128).
    static std::optional<Prefix> parse(std::string_view text);
    std::string text() const;
    constexpr auto operator<=>(const Prefix&) const = default;
};

constexpr std::uint8_t host_prefix_length(Family family) {
    return family == Family::ipv4 ? 32 : 128;
}

class MacAddress {
public:
    constexpr MacAddress() = default;
    explicit constexpr MacAddress(std::array<std::uint8_t, 6> bytes) : bytes_{bytes} {}
    // Six octets in hex, one or two digits each, separated by colons.
    static std::optional<MacAddress> parse(std::string_view text);
    // 00-00-5E-00-01-VRID or 00-00-5E-00-02-VRID (RFC 9568 section 7.3).
    static constexpr MacAddress of_virtual_router(Family family, Vrid vrid) {
        return MacAddress{{0x00, 0x00, 0x5e, 0x00, family == Family::ipv4 ? std::uint8_t{1} : std::uint8_t{2},
                           vrid.wire()}};
    }
    ByteView bytes() const { return bytes_; }
    std::string text() const;
    constexpr auto operator<=>(const MacAddress&) const = default;

private:
    std::array<std::uint8_t, 6> bytes_{};
};

// 224.0.0.18 and ff02::12 (RFC 9568 sections 5.1.1.2, 5.1.2.2).
IpAddress vrrp_multicast_group(Family family);

}  // namespace holdfast
