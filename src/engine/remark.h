// What can be said about a received advert, by the receive checks of advert.h and by the engine.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/names.h"

namespace holdfast::engine {

// What can be wrong with, or worth saying about, a received advert. Up to `not_from_peer` it is discarded and
// touches neither timer nor state; from `other_interval` on it is processed all the same, but for the last.
// The order is that of the counters in records: new ones come last.
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
    same_priority,    // configured for us, advertised by it; said once
    stranger,         // none of its addresses is ours: another virtual router has our VRID; processed
    wrong_link,       // for a router of ours that is on another link: `found` and `expected` are links
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
                      Name{other_addresses, "other-addresses"},
                      Name{same_priority, "same-priority"},
                      Name{stranger, "stranger"},
                      Name{wrong_link, "wrong-link"}};
}
inline constexpr std::size_t remark_count = 22;

// What is refused for one of these reasons was sent by a router that means our virtual router; the others are
// noise, or come from elsewhere.
constexpr bool means_us(Remark remark) {
    switch (remark) {
        case Remark::bad_length:
        case Remark::bad_version:
        case Remark::bad_auth_type:
        case Remark::other_auth_type:
        case Remark::bad_password:
        case Remark::other_interval_v2:
        case Remark::bad_checksum:
        case Remark::wrong_delivery:
            return true;
        default:
            return false;
    }
}

// Found by comparing what a sender configured with what we did: one of the two files is wrong.
constexpr bool is_mismatch(Remark remark) {
    switch (remark) {
        case Remark::own_source:
        case Remark::not_from_peer:
        case Remark::other_interval:
        case Remark::other_addresses:
        case Remark::stranger:
        case Remark::wrong_link:
            return true;
        default:
            return means_us(remark);
    }
}

}  // namespace holdfast::engine
