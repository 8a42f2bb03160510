// The heartbeat: what the guards of one unit tell each other by paths that are not the service network.
// Pure: encode, decode and nothing else. It is no VRRP advert, because the VRID may be somebody else's on
// that network.
//
// On the wire 64 bytes, numbers in network order; what is reserved is 0 and is checked:
//    0  2  "HF"                          8  8  tag, with family and VRID the key of the unit
//    2  1  version, 1                   16  8  host
//    3  1  flags: 1 farewell;           24  8  incarnation of the host
//          references 2 good, 4 bad     32  8  sequence number
//    4  1  state                        40  2  advert interval in centiseconds, 1..65535
//    5  1  priority, 1..255             42  1  family of the address, 4 or 6; 0: there is none
//    6  1  family of the unit, 4 or 6   43  5  reserved
//    7  1  VRID                         48 16  primary address, zero padded
// With a key an HMAC-SHA256 over these bytes follows (32 bytes). It is added and checked outside: the engine
// gets the 64 bytes of a message whose trailer was right, or of any message where no key is set.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "base/address.h"
#include "base/bytes.h"
#include "base/time.h"
#include "base/vrrp_types.h"
#include "engine/guard_table.h"
#include "engine/settings.h"
#include "engine/state.h"

namespace holdfast::engine {

inline constexpr std::size_t heartbeat_size = 64;

// Which unit a heartbeat is about. Instances have other names on other hosts, so they are not in it.
struct UnitKey {
    Family family = Family::ipv4;
    Vrid vrid = *Vrid::from(1);  // of the leading router
    std::uint64_t tag = 0;       // of the sync group's name, or of the lone router's first address
    bool operator==(const UnitKey&) const = default;
};

struct Heartbeat {
    UnitKey unit;
    std::uint64_t host = 0;
    std::uint64_t incarnation = 0;
    std::uint64_t sequence = 0;
    State state = State::initialize;
    Priority priority = Priority::standard();  // effective, of the leading router
    Duration interval{0};                      // of its adverts
    std::optional<IpAddress> address;          // it advertises from
    References references = References::unknown;
    bool farewell = false;  // it is no longer Active, or about to be
    bool operator==(const Heartbeat&) const = default;
};

// Two guards of one host must not have the same key.
UnitKey unit_key(const GuardSettings& guard, const Settings& settings);

void encode_heartbeat(const Heartbeat& heartbeat, std::span<std::uint8_t, heartbeat_size> out);
// Nothing when one byte is not as it has to be.
std::optional<Heartbeat> decode_heartbeat(ByteView bytes);

}  // namespace holdfast::engine
