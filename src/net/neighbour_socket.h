// Hears what neighbours say of themselves on one interface: ARP, or neighbour advertisements, from the
// addresses that somebody waits for. Frames wait in the socket until they are asked for.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "net/neighbour_frames.h"
#include "os/unique_fd.h"

namespace holdfast::net {

class NeighbourSocket {
public:
    // Needs CAP_NET_RAW. Hears nothing but these addresses; not what this host itself sends.
    static Result<NeighbourSocket> open(Family family, int ifindex, std::span<const IpAddress> addresses);
    ~NeighbourSocket();
    NeighbourSocket(NeighbourSocket&&) noexcept;
    NeighbourSocket& operator=(NeighbourSocket&&) noexcept;

    int fd() const { return fd_.get(); }
    int ifindex() const { return ifindex_; }
    // Of one call of receive: more than its buffer holds, so that nothing old is left behind.
    static constexpr std::size_t max_frames = 4096;
    // What has come, without what is malformed or for another host. Never blocks. Valid until the next call.
    // An interface that is down is no error: nothing has come.
    Result<std::span<const NeighbourFrame>> receive();

private:
    struct Storage;
    NeighbourSocket(os::UniqueFd fd, int ifindex);
    os::UniqueFd fd_;
    int ifindex_;
    std::unique_ptr<Storage> storage_;
};

}  // namespace holdfast::net
