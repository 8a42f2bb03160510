// An advert as an Ethernet frame to one host: for who does not hear our multicast, or whose address we know
// only by what it claims. The IP destination stays the usual one. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "base/address.h"
#include "base/bytes.h"

namespace holdfast::net {

// source and destination of one family; TTL or hop limit 255, class selector 6, the checksum of the advert is
// its own.
std::vector<std::uint8_t> advert_frame(const MacAddress& from, const MacAddress& to, const IpAddress& source,
                                       const IpAddress& destination, ByteView advert);

}  // namespace holdfast::net
