// Adding and removing addresses in batches, each acknowledged. Who added an address is in the kernel: what
// carries our mark may be adopted or removed, what does not is somebody else's (LinkTable tells).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/address.h"
#include "base/result.h"
#include "net/netlink.h"

namespace holdfast::net {

inline constexpr std::uint32_t forever = 0xffffffff;

// An address as it is to be put on an interface.
struct InterfaceAddress {
    int ifindex = 0;
    IpAddress address;
    std::uint8_t prefix_length = 0;  // of the peer where there is one
    std::optional<IpAddress> peer;
    std::optional<IpAddress> broadcast;  // IPv4
    std::uint8_t scope = 0;              // RT_SCOPE_*, IPv4; the kernel decides for IPv6
    std::string label;                   // IPv4, at most 15 characters; empty: none
    std::uint32_t flags = 0;             // IFA_F_*; IFA_F_NODAD for a virtual IPv6 address
    std::uint32_t preferred_lifetime_s = forever;
    std::uint32_t valid_lifetime_s = forever;
    std::uint8_t protocol = own_protocol;  // IFA_PROTO; kernels before 5.18 do not keep it

    // "192.0.2.10/24", "192.0.2.1 peer 192.0.2.2/32".
    std::string text() const;
};

struct AddressRequest {
    Operation operation = Operation::add;
    InterfaceAddress address;
};

// Carries out the requests in order and waits for the kernel's answers: one outcome per request. An address
// that exists already is not touched (`existed`). How long that takes is decided by the number of requests:
// the kernel walks the whole address list of the interface for each.
Result<Outcomes> carry_out(CommandSocket& socket, std::span<const AddressRequest> requests);

// One request as the kernel will read it; false when it does not fit. Pure.
[[nodiscard]] bool append(RequestBatch& batch, const AddressRequest& request);

}  // namespace holdfast::net
