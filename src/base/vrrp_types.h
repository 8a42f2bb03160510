// The numbers of VRRP as types: whoever holds one knows that it is in range (RFC 9568 section 5.2, RFC 3768
// section 5.3).
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>

#include "base/names.h"
#include "base/time.h"

namespace holdfast {

enum class Family : std::uint8_t { ipv4, ipv6 };
constexpr auto names_of(Family) {
    return std::array{Name{Family::ipv4, "ipv4"}, Name{Family::ipv6, "ipv6"}};
}

enum class Version : std::uint8_t { v2 = 2, v3 = 3 };

// Virtual router identifier, 1..255 (RFC 9568 section 5.2.3).
class Vrid {
public:
    static constexpr std::optional<Vrid> from(int value) {
        if (value < 1 || value > 255) return std::nullopt;
        return Vrid{static_cast<std::uint8_t>(value)};
    }
    constexpr std::uint8_t wire() const { return value_; }
    constexpr auto operator<=>(const Vrid&) const = default;

private:
    constexpr explicit Vrid(std::uint8_t value) : value_{value} {}
    std::uint8_t value_;
};

// Priority a router competes with: 1..255, 255 for the address owner (RFC 9568 section 5.2.4).
// Zero is no priority but a farewell; only the wire format knows it.
class Priority {
public:
    static constexpr std::optional<Priority> from(int value) {
        if (value < 1 || value > 255) return std::nullopt;
        return Priority{static_cast<std::uint8_t>(value)};
    }
    static constexpr Priority owner() { return Priority{255}; }
    static constexpr Priority standard() { return Priority{100}; }
    constexpr std::uint8_t wire() const { return value_; }
    constexpr bool is_owner() const { return value_ == 255; }
    constexpr auto operator<=>(const Priority&) const = default;

private:
    constexpr explicit Priority(std::uint8_t value) : value_{value} {}
    std::uint8_t value_;
};

// IP protocol number of VRRP (RFC 9568 section 5.1.1.4).
inline constexpr std::uint8_t vrrp_protocol = 112;

// TTL or hop limit of every multicast advert, and the only one accepted (RFC 9568 sections 5.1.1.3, 5.1.2.3).
inline constexpr std::uint8_t vrrp_hop_limit = 255;

// Version 3 counts intervals in 12 bits of centiseconds (RFC 9568 section 5.2.7).
inline constexpr Duration centisecond = std::chrono::milliseconds{10};
inline constexpr int max_advert_centiseconds = 4095;

}  // namespace holdfast
