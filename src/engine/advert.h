// The VRRP advertisement on the wire, versions 2 (RFC 3768 section 5) and 3 (RFC 9568 section 5): encode,
// decode, and the receive checks as one numbered list (RFC 9568 section 7.1, RFC 3768 section 7.1,
// keepalived's additions). Pure; knows no state and no time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/address.h"
#include "base/bytes.h"
#include "base/time.h"
#include "base/vrrp_types.h"
#include "engine/event.h"
#include "engine/remark.h"
#include "engine/settings.h"

namespace holdfast::engine {

// Longest advert: v3 over IPv6 cannot exceed 8 + 255 * 16 bytes; the MTU bounds it earlier.
inline constexpr std::size_t max_advert_size = 8 + 255 * 16;

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

// Is its address list ours? Nothing else in it is looked at.
bool lists_addresses_of(ByteView bytes, const RouterSettings& own);
// The first address that it lists, before anything is believed of it.
std::optional<IpAddress> peek_address(ByteView bytes, Family family);

// VRID of a datagram before anything else is believed of it; nothing when it is too short to have one.
std::optional<Vrid> peek_vrid(ByteView bytes);

// Writes one advert. priority none: farewell. source and destination enter the pseudo-header.
// Returns the size, 0 when it does not fit into out (never with max_advert_size).
std::size_t encode_advert(const RouterSettings& own, const std::optional<Priority>& priority,
                          const IpAddress& source, const IpAddress& destination, std::span<std::uint8_t> out);

}  // namespace holdfast::engine
