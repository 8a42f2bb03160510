#include "os/listen.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

namespace holdfast::os {

namespace {

constexpr int most_waiting = 128;

union SocketAddress {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
};

socklen_t fill(SocketAddress& room, const IpAddress& address, std::uint16_t port) {
    if (address.is_v4()) {
        room.v4.sin_family = AF_INET;
        room.v4.sin_port = htons(port);
        std::memcpy(&room.v4.sin_addr, address.bytes().data(), address.bytes().size());
        return sizeof room.v4;
    }
    room.v6.sin6_family = AF_INET6;
    room.v6.sin6_port = htons(port);
    std::memcpy(&room.v6.sin6_addr, address.bytes().data(), address.bytes().size());
    return sizeof room.v6;
}

}  // namespace

Result<UniqueFd> listen_on(const IpAddress& address, std::uint16_t port) {
    SocketAddress room{};
    const socklen_t size = fill(room, address, port);
    constexpr int on = 1;
    UniqueFd fd{socket(room.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    // Connections that have ended keep nobody from listening again.
    if (!fd || setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        (address.is_v6() && setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0))
        return Error::system("create a socket");
    if (bind(fd.get(), &room.any, size) != 0) return Error::system("take the address");
    if (listen(fd.get(), most_waiting) != 0) return Error::system("listen");
    return fd;
}

}  // namespace holdfast::os
