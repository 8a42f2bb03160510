#include "net/heartbeat_socket.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "net/capabilities.h"
#include "net/socket_options.h"

namespace holdfast::net {

namespace {

constexpr int class_selector_six = 0xc0;

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

SocketAddress socket_address(const IpAddress& address, std::uint16_t port, int ifindex) {
    SocketAddress result;
    if (address.is_v4()) {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        std::memcpy(&v4.sin_addr, address.bytes().data(), sizeof v4.sin_addr);
        std::memcpy(&result.storage, &v4, sizeof v4);
        result.size = sizeof v4;
    } else {
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port);
        v6.sin6_scope_id =
            address.is_link_local() || address.is_multicast() ? static_cast<unsigned>(ifindex) : 0;
        std::memcpy(&v6.sin6_addr, address.bytes().data(), sizeof v6.sin6_addr);
        std::memcpy(&result.storage, &v6, sizeof v6);
        result.size = sizeof v6;
    }
    return result;
}

IpAddress unspecified(Family family) {
    const std::array<std::uint8_t, 16> zero{};
    return IpAddress::from_bytes(ByteView{zero}.first(family == Family::ipv4 ? 4 : 16)).value_or(IpAddress{});
}

Result<void> join(int fd, const HeartbeatSpec& spec) {
    const IpAddress group = vrrp_multicast_group(spec.family);
    if (spec.family == Family::ipv4) {
        ip_mreqn membership{};
        std::memcpy(&membership.imr_multiaddr, group.bytes().data(), sizeof membership.imr_multiaddr);
        membership.imr_ifindex = spec.ifindex;
        try_option(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0);
        try_option(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0);
        if (auto set = set_option(fd, IPPROTO_IP, IP_MULTICAST_IF, membership, "choose the interface"); !set)
            return set;
        return set_option(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership, "join " + group.text());
    }
    ipv6_mreq membership{};
    std::memcpy(&membership.ipv6mr_multiaddr, group.bytes().data(), sizeof membership.ipv6mr_multiaddr);
    membership.ipv6mr_interface = static_cast<unsigned>(spec.ifindex);
    try_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0);
    if (auto set = set_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, spec.ifindex, "choose the interface");
        !set)
        return set;
    return set_option(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, membership, "join " + group.text());
}

// Several paths share the port: each hears its own interface or peer.
Result<void> prepare(int fd, const HeartbeatSpec& spec) {
    const bool v4 = spec.family == Family::ipv4;
    try_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (v4)
        try_option(fd, IPPROTO_IP, IP_TOS, class_selector_six);
    else
        try_option(fd, IPPROTO_IPV6, IPV6_TCLASS, class_selector_six);
    if (v4)
        try_option(fd, IPPROTO_IP, IP_FREEBIND, 1);
    else
        try_option(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1);
    if (!v4) {
        if (auto only = set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1, "listen to IPv6 only"); !only)
            return only;
    }
    if (!spec.interface.empty() && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, spec.interface.data(),
                                              static_cast<socklen_t>(spec.interface.size())) < 0)
        return refused("bind a socket to " + spec.interface, Capability::net_raw);
    if (!spec.peer) {
        if (auto joined = join(fd, spec); !joined) return joined;
    }
    const IpAddress local =
        !spec.peer ? vrrp_multicast_group(spec.family) : spec.source.value_or(unspecified(spec.family));
    const SocketAddress bound = socket_address(local, spec.port, spec.ifindex);
    if (bind(fd, bound.get(), bound.size) < 0)
        return Error::system("listen on UDP port " + std::to_string(spec.port));
    if (!spec.peer) return {};
    // From now on the kernel gives us only what comes from there.
    const SocketAddress peer = socket_address(*spec.peer, spec.port, spec.ifindex);
    if (connect(fd, peer.get(), peer.size) < 0) return Error::system("reach " + spec.peer->text());
    return {};
}

}  // namespace

Result<HeartbeatSocket> HeartbeatSocket::open(const HeartbeatSpec& spec) {
    HF_ASSERT(spec.port != 0);
    HF_ASSERT(spec.peer || !spec.interface.empty());
    const int domain = spec.family == Family::ipv4 ? AF_INET : AF_INET6;
    os::UniqueFd fd{socket(domain, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!fd) return Error::system("open a socket for heartbeats");
    if (auto prepared = prepare(fd.get(), spec); !prepared) return std::move(prepared).error();
    return HeartbeatSocket{std::move(fd), spec};
}

Result<void> HeartbeatSocket::send(ByteView bytes) const {
    HF_ASSERT(bytes.size() <= max_bytes);
    ssize_t sent = -1;
    if (spec_.peer) {
        sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        // What an earlier one met (nobody listens there) is told by this call, which then sent nothing.
        if (sent < 0 && errno == ECONNREFUSED)
            sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    } else {
        const SocketAddress group =
            socket_address(vrrp_multicast_group(spec_.family), spec_.port, spec_.ifindex);
        sent = ::sendto(fd_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL, group.get(),
                        group.size);
    }
    if (sent < 0) return Error::system("send a heartbeat");
    return {};
}

Result<std::optional<ByteView>> HeartbeatSocket::receive() {
    const ssize_t length = recv(fd_.get(), room_.data(), room_.size(), MSG_DONTWAIT);
    if (length >= 0) return std::optional{ByteView{room_}.first(static_cast<std::size_t>(length))};
    if (errno == EAGAIN || errno == EINTR || errno == ECONNREFUSED) return std::optional<ByteView>{};
    return Error::system("receive heartbeats");
}

}  // namespace holdfast::net
