// A socket with a filter, and how packets come to it.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <vector>

#include "base/bytes.h"
#include "net/vrid_filter.h"
#include "os/unique_fd.h"

namespace holdfast::net::testing {

// The kernel runs the program: a datagram socket takes any filter without rights, and shows it the datagram's
// bytes where a raw socket shows it the packet's.
class FilteredPair {
public:
    explicit FilteredPair(BpfProgram program) {
        int fds[2];
        EXPECT_EQ(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds), 0);
        near_ = os::UniqueFd{fds[0]};
        far_ = os::UniqueFd{fds[1]};
        const sock_fprog attached{.len = static_cast<unsigned short>(program.size()),
                                  .filter = program.data()};
        EXPECT_EQ(setsockopt(far_.get(), SOL_SOCKET, SO_ATTACH_FILTER, &attached, sizeof attached), 0);
    }

    bool passes(ByteView packet) const {
        [[maybe_unused]] const auto sent = send(near_.get(), packet.data(), packet.size(), MSG_DONTWAIT);
        std::vector<std::uint8_t> room(packet.size() + 1);
        return recv(far_.get(), room.data(), room.size(), MSG_DONTWAIT) ==
               static_cast<ssize_t>(packet.size());
    }

private:
    os::UniqueFd near_;
    os::UniqueFd far_;
};

}  // namespace holdfast::net::testing
