#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "net/capabilities.h"
#include "net/socket_options.h"
#include "net/vrrp_socket.h"

namespace holdfast::net {
namespace {

// Not in the C library's headers yet.
constexpr int ipv6_multicast_all = 29;

}  // namespace

struct ReceiveBatch::Storage {
    struct Slot {
        std::array<std::uint8_t, datagram_bytes> bytes;
        alignas(cmsghdr) std::array<std::uint8_t, 128> control;
        sockaddr_in6 sender;
        iovec room;
    };
    explicit Storage(std::size_t max_datagrams) : slots(max_datagrams), headers(max_datagrams) {
        datagrams.reserve(max_datagrams);
        for (std::size_t i = 0; i < max_datagrams; ++i)
            slots[i].room = {.iov_base = slots[i].bytes.data(), .iov_len = slots[i].bytes.size()};
    }

    // The kernel writes over the lengths of each header it fills.
    void rearm() {
        datagrams.clear();
        malformed = 0;
        for (std::size_t i = 0; i < slots.size(); ++i) {
            msghdr& header = headers[i].msg_hdr;
            header = {};
            header.msg_name = &slots[i].sender;
            header.msg_namelen = sizeof slots[i].sender;
            header.msg_iov = &slots[i].room;
            header.msg_iovlen = 1;
            header.msg_control = slots[i].control.data();
            header.msg_controllen = slots[i].control.size();
        }
    }

    std::vector<Slot> slots;
    std::vector<mmsghdr> headers;
    std::vector<Datagram> datagrams;
    std::size_t malformed = 0;
};

ReceiveBatch::ReceiveBatch(std::size_t max_datagrams) : storage_{std::make_unique<Storage>(max_datagrams)} {
    HF_ASSERT(max_datagrams > 0);
}
ReceiveBatch::~ReceiveBatch() = default;
ReceiveBatch::ReceiveBatch(ReceiveBatch&&) noexcept = default;
ReceiveBatch& ReceiveBatch::operator=(ReceiveBatch&&) noexcept = default;

std::size_t ReceiveBatch::capacity() const {
    return storage_->slots.size();
}
std::size_t ReceiveBatch::malformed() const {
    return storage_->malformed;
}

std::optional<Ipv4Header> parse_ipv4(ByteView packet) {
    constexpr std::size_t min_header = 20;
    if (packet.size() < min_header || packet[0] >> 4 != 4) return std::nullopt;
    const std::size_t header_length = std::size_t{4} * (packet[0] & 0x0fU);
    if (header_length < min_header || header_length > packet.size()) return std::nullopt;
    const std::uint32_t total_length = static_cast<std::uint32_t>(packet[2] << 8 | packet[3]);
    if (total_length < header_length) return std::nullopt;
    return Ipv4Header{.source = *IpAddress::from_bytes(packet.subspan(12, 4)),
                      .destination = *IpAddress::from_bytes(packet.subspan(16, 4)),
                      .ttl = packet[8],
                      .protocol = packet[9],
                      .payload_length = total_length - static_cast<std::uint32_t>(header_length),
                      .payload = packet.subspan(header_length)};
}

namespace {

Result<void> join_ipv4(int fd, const ReceiverSpec& spec) {
    ip_mreqn membership{};
    std::memcpy(&membership.imr_multiaddr, spec.local.bytes().data(), sizeof membership.imr_multiaddr);
    membership.imr_ifindex = spec.ifindex;
    if (auto all = set_option(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0, "listen to own groups only"); !all)
        return all;
    return set_option(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership, "join " + spec.local.text());
}

Result<void> join_ipv6(int fd, const ReceiverSpec& spec) {
    ipv6_mreq membership{};
    std::memcpy(&membership.ipv6mr_multiaddr, spec.local.bytes().data(), sizeof membership.ipv6mr_multiaddr);
    membership.ipv6mr_interface = static_cast<unsigned>(spec.ifindex);
    try_option(fd, IPPROTO_IPV6, ipv6_multicast_all, 0);  // since Linux 4.20
    return set_option(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, membership, "join " + spec.local.text());
}

Result<void> bind_to(int fd, const ReceiverSpec& spec) {
    sockaddr_in6 v6{};
    sockaddr_in v4{};
    const sockaddr* address = nullptr;
    socklen_t size = 0;
    if (spec.family == Family::ipv4) {
        v4.sin_family = AF_INET;
        std::memcpy(&v4.sin_addr, spec.local.bytes().data(), sizeof v4.sin_addr);
        address = reinterpret_cast<const sockaddr*>(&v4);
        size = sizeof v4;
    } else {
        v6.sin6_family = AF_INET6;
        std::memcpy(&v6.sin6_addr, spec.local.bytes().data(), sizeof v6.sin6_addr);
        v6.sin6_scope_id = static_cast<std::uint32_t>(spec.ifindex);
        address = reinterpret_cast<const sockaddr*>(&v6);
        size = sizeof v6;
    }
    if (bind(fd, address, size) < 0) return Error::system("bind to " + spec.local.text());
    return {};
}

Result<void> prepare(int fd, const ReceiverSpec& spec) {
    const bool v4 = spec.family == Family::ipv4;
    if (!spec.interface.empty() && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, spec.interface.data(),
                                              static_cast<socklen_t>(spec.interface.size())) < 0)
        return refused("bind a socket to " + spec.interface, Capability::net_raw);
    if (spec.receive_buffer_bytes) enlarge_receive_buffer(fd, spec.receive_buffer_bytes);
    auto metadata =
        v4 ? set_option(fd, IPPROTO_IP, IP_PKTINFO, 1, "ask for the interface of adverts")
           : set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, "ask for the interface of adverts");
    if (!metadata) return metadata;
    if (!v4) {
        if (auto hops = set_option(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1, "ask for the hop limit"); !hops)
            return hops;
    }
    if (spec.local.is_multicast()) {
        if (auto joined = v4 ? join_ipv4(fd, spec) : join_ipv6(fd, spec); !joined) return joined;
    } else if (v4) {
        try_option(fd, IPPROTO_IP, IP_FREEBIND, 1);
    } else {
        try_option(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1);
    }
    return bind_to(fd, spec);
}

}  // namespace

Result<VrrpReceiver> VrrpReceiver::open(const ReceiverSpec& spec) {
    HF_ASSERT(spec.local.family() == spec.family);
    const int domain = spec.family == Family::ipv4 ? AF_INET : AF_INET6;
    os::UniqueFd fd{socket(domain, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, vrrp_protocol)};
    if (fd.get() < 0) return refused("open a raw socket for VRRP", Capability::net_raw);
    // The socket hears everything of its protocol from its first moment; until it is prepared, that is
    // nothing.
    if (auto closed = attach_filter(fd.get(), pass_none_filter()); !closed) return std::move(closed).error();
    if (auto prepared = prepare(fd.get(), spec); !prepared) {
        const std::string where = spec.interface.empty() ? std::string{} : " on " + spec.interface;
        return std::move(prepared).error().during("prepare to receive adverts" + where);
    }
    std::uint8_t early = 0;
    while (recv(fd.get(), &early, sizeof early, MSG_DONTWAIT) >= 0) {
    }
    return VrrpReceiver{std::move(fd), spec};
}

Result<void> VrrpReceiver::pass_only(const VridSet& vrids) {
    return attach_filter(fd_.get(), vrid_filter(family_, vrids));
}

Result<void> VrrpReceiver::pass_all() {
    return attach_filter(fd_.get(), pass_all_filter());
}

namespace {

int ipv4_interface(msghdr& header) {
    for (cmsghdr* part = CMSG_FIRSTHDR(&header); part; part = CMSG_NXTHDR(&header, part)) {
        if (part->cmsg_level != IPPROTO_IP || part->cmsg_type != IP_PKTINFO) continue;
        in_pktinfo found{};
        std::memcpy(&found, CMSG_DATA(part), sizeof found);
        return found.ipi_ifindex;
    }
    return 0;
}

std::optional<Datagram> ipv4_datagram(msghdr& header, ByteView packet) {
    const auto ip = parse_ipv4(packet);
    if (!ip) return std::nullopt;
    return Datagram{.ifindex = ipv4_interface(header),
                    .source = ip->source,
                    .destination = ip->destination,
                    .ttl = ip->ttl,
                    .ip_payload_length = ip->payload_length,
                    .bytes = ip->payload};
}

IpAddress address_of(const in6_addr& address) {
    return *IpAddress::from_bytes({address.s6_addr, sizeof address.s6_addr});
}

std::optional<Datagram> ipv6_datagram(msghdr& header, const sockaddr_in6& sender, ByteView packet,
                                      std::uint32_t true_length) {
    Datagram datagram{
        .source = address_of(sender.sin6_addr), .ip_payload_length = true_length, .bytes = packet};
    bool has_destination = false;
    for (cmsghdr* part = CMSG_FIRSTHDR(&header); part; part = CMSG_NXTHDR(&header, part)) {
        if (part->cmsg_level != IPPROTO_IPV6) continue;
        if (part->cmsg_type == IPV6_PKTINFO) {
            in6_pktinfo found{};
            std::memcpy(&found, CMSG_DATA(part), sizeof found);
            datagram.ifindex = static_cast<int>(found.ipi6_ifindex);
            datagram.destination = address_of(found.ipi6_addr);
            has_destination = true;
        } else if (part->cmsg_type == IPV6_HOPLIMIT) {
            int hops = 0;
            std::memcpy(&hops, CMSG_DATA(part), sizeof hops);
            datagram.ttl = static_cast<std::uint8_t>(hops);
        }
    }
    if (!has_destination) return std::nullopt;
    return datagram;
}

}  // namespace

Result<std::span<const Datagram>> VrrpReceiver::receive(ReceiveBatch& batch) {
    auto& storage = *batch.storage_;
    storage.rearm();
    // MSG_TRUNC: the length is the datagram's own, also when its end did not fit.
    const int count =
        recvmmsg(fd_.get(), storage.headers.data(), static_cast<unsigned>(storage.headers.size()),
                 MSG_DONTWAIT | MSG_TRUNC, nullptr);
    if (count < 0) {
        if (errno == EAGAIN || errno == EINTR) return std::span<const Datagram>{};
        return Error::system("receive adverts");
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
        const auto& slot = storage.slots[i];
        const std::uint32_t length = storage.headers[i].msg_len;
        const auto packet = ByteView{slot.bytes}.first(std::min<std::size_t>(length, slot.bytes.size()));
        msghdr& header = storage.headers[i].msg_hdr;
        const auto datagram = family_ == Family::ipv4 ? ipv4_datagram(header, packet)
                                                      : ipv6_datagram(header, slot.sender, packet, length);
        if (datagram)
            storage.datagrams.push_back(*datagram);
        else
            ++storage.malformed;
    }
    return std::span<const Datagram>{storage.datagrams};
}

}  // namespace holdfast::net
