// UDP sockets for the heartbeats of split-brain guards: to one peer, or to everybody on an interface by
// VRRP's own multicast group, which switches flood even when they snoop. Datagrams are at most a few hundred
// bytes and are neither fragmented nor forwarded.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/bytes.h"
#include "base/result.h"
#include "os/unique_fd.h"

namespace holdfast::net {

struct HeartbeatSpec {
    Family family = Family::ipv4;
    std::string interface;            // bound to it; may be empty with a peer
    int ifindex = 0;                  // of interface
    std::optional<IpAddress> peer;    // none: the group of the interface
    std::optional<IpAddress> source;  // of the family; none: the kernel's choice
    std::uint16_t port = 0;
};

class HeartbeatSocket {
public:
    static constexpr std::size_t max_bytes = 256;

    // SO_BINDTODEVICE needs CAP_NET_RAW. The interface need not be up, the source not be there yet.
    static Result<HeartbeatSocket> open(const HeartbeatSpec& spec);

    int fd() const { return fd_.get(); }
    // Never blocks; an error is worth a message, and the next one is sent all the same.
    Result<void> send(ByteView bytes) const;
    // The next datagram that has come from the peer, or from anybody of the group; nothing: none. Longer ones
    // are cut to one byte more than max_bytes. Valid until the next call.
    Result<std::optional<ByteView>> receive();

private:
    HeartbeatSocket(os::UniqueFd fd, const HeartbeatSpec& spec) : fd_{std::move(fd)}, spec_{spec} {}
    os::UniqueFd fd_;
    HeartbeatSpec spec_;
    std::vector<std::uint8_t> room_ = std::vector<std::uint8_t>(max_bytes + 1);
};

}  // namespace holdfast::net
