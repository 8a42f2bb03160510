// The VRRP advertisement on the wire, versions 2 (RFC 3768 section 5) and 3 (RFC 9568 section 5): encode,
// decode, and the receive checks as one numbered list (RFC 9568 section 7.1, RFC 3768 section 7.1,
// keepalived's additions). Pure; knows no state and no time.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "base/address.h"
#include "base/bytes.h"
#include "base/names.h"
#include "base/time.h"
#include "base/vrrp_types.h"
#include "engine/event.h"
#include "engine/settings.h"

namespace holdfast::engine {

// Longest advert: v3 over IPv6 cannot exceed 8 + 255 * 16 bytes; the MTU bounds it earlier.
inline constexpr std::size_t max_advert_size = 8 + 255 * 16;

// What can be wrong with, or worth saying about, a received advert. Up to `not_from_peer` it is discarded and
// touches neither timer nor state; from `other_interval` on it is processed all the same.
enum class Remark : std::uint8_t {
    too_short,
    unknown_vrid,   // no router of ours has that VRID on that link
    not_listening,  // Initialize, Fault or startup delay
    bad_length,     // not header + addresses (+ authentication data)
    bad_ttl,        // multicast, not 255
    bad_version,
    bad_auth_type,    // not one that exists
    other_auth_type,  // exists, but is not ours
    bad_password,
    other_interval_v2,  // RFC 3768 section 7.1: must be equal
    bad_type,           // not 1
    bad_checksum,
    wrong_delivery,   // multicast to a unicast instance or the reverse
    own_source,       // our own source address: a loop, or a peer with our address
    owner_ignored,    // we own the address, and ignore other owners
    not_from_peer,    // unicast source is no configured peer
    bad_peer_ttl,     // outside the peer's min_ttl..max_ttl
    other_interval,   // v3: the peer's interval differs; learned
    other_addresses,  // address list differs; processed
};

constexpr auto names_of(Remark) {
    using enum Remark;
    return std::array{Name{too_short, "too-short"},
                      Name{unknown_vrid, "unknown-vrid"},
                      Name{not_listening, "not-listening"},
                      Name{bad_length, "bad-length"},
                      Name{bad_ttl, "bad-ttl"},
                      Name{bad_version, "bad-version"},
                      Name{bad_auth_type, "bad-auth-type"},
                      Name{other_auth_type, "other-auth-type"},
                      Name{bad_password, "bad-password"},
                      Name{other_interval_v2, "other-interval-v2"},
                      Name{bad_type, "bad-type"},
                      Name{bad_checksum, "bad-checksum"},
                      Name{wrong_delivery, "wrong-delivery"},
                      Name{own_source, "own-source"},
                      Name{owner_ignored, "owner-ignored"},
                      Name{not_from_peer, "not-from-peer"},
                      Name{bad_peer_ttl, "bad-peer-ttl"},
                      Name{other_interval, "other-interval"},
                      Name{other_addresses, "other-addresses"}};
}
inline constexpr std::size_t remark_count = 19;

// A received advert that passed every check that discards.
struct Advert {
    IpAddress source;
    std::optional<Priority> priority;  // none: priority 0, a farewell
    Duration interval{0};              // as the sender says
};

// How a received datagram was judged.
struct Judgement {
    std::optional<Advert> advert;  // none: discarded
    std::optional<Remark> remark;  // first thing wrong, or worth saying
    std::uint32_t found = 0;
    std::uint32_t expected = 0;
};

// Runs the numbered checks for one router. own_source: the address we send from, if any.
// followed: source of the Active router this one follows (for skip_address_check).
Judgement judge(const AdvertReceived& received, const RouterSettings& own,
                const std::optional<IpAddress>& own_source, const std::optional<IpAddress>& followed);

// VRID of a datagram before anything else is believed of it; nothing when it is too short to have one.
std::optional<Vrid> peek_vrid(ByteView bytes);

// Writes one advert. priority none: farewell. source and destination enter the pseudo-header.
// Returns the size, 0 when it does not fit into out (never with max_advert_size).
std::size_t encode_advert(const RouterSettings& own, const std::optional<Priority>& priority,
                          const IpAddress& source, const IpAddress& destination, std::span<std::uint8_t> out);

}  // namespace holdfast::engine
