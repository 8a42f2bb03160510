#include "net/tap.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include "net/capabilities.h"
#include "net/socket_options.h"

namespace holdfast::net {

namespace {

constexpr std::size_t ethernet_header = 14;
constexpr std::size_t ipv6_header = 40;

std::uint16_t ether_type(Family family) {
    return family == Family::ipv4 ? ETHERTYPE_IP : ETHERTYPE_IPV6;
}

std::optional<Datagram> ipv6_datagram(int ifindex, ByteView packet) {
    if (packet.size() < ipv6_header || packet[0] >> 4 != 6 || packet[6] != vrrp_protocol) return std::nullopt;
    return Datagram{.ifindex = ifindex,
                    .source = IpAddress::from_bytes(packet.subspan(8, 16)).value_or(IpAddress{}),
                    .destination = IpAddress::from_bytes(packet.subspan(24, 16)).value_or(IpAddress{}),
                    .ttl = packet[7],
                    .ip_payload_length = static_cast<std::uint32_t>(packet[4] << 8 | packet[5]),
                    .bytes = packet.subspan(ipv6_header)};
}

}  // namespace

std::optional<Datagram> datagram_in_frame(Family family, int ifindex, ByteView frame) {
    if (frame.size() < ethernet_header) return std::nullopt;
    const auto type = static_cast<std::uint16_t>(frame[12] << 8 | frame[13]);
    const ByteView packet = frame.subspan(ethernet_header);
    if (type != ether_type(family)) return std::nullopt;
    if (family == Family::ipv6) return ipv6_datagram(ifindex, packet);
    const auto ip = parse_ipv4(packet);
    if (!ip || ip->protocol != vrrp_protocol) return std::nullopt;
    return Datagram{.ifindex = ifindex,
                    .source = ip->source,
                    .destination = ip->destination,
                    .ttl = ip->ttl,
                    .ip_payload_length = ip->payload_length,
                    .bytes = ip->payload};
}

struct Tap::Storage {
    Storage() {
        for (std::size_t at = 0; at < max_packets; ++at)
            parts[at] = {.iov_base = room[at].data(), .iov_len = room[at].size()};
        datagrams.reserve(max_packets);
    }
    void rearm() {
        datagrams.clear();
        for (std::size_t at = 0; at < max_packets; ++at) {
            headers[at] = {};
            headers[at].msg_hdr.msg_name = &senders[at];
            headers[at].msg_hdr.msg_namelen = sizeof senders[at];
            headers[at].msg_hdr.msg_iov = &parts[at];
            headers[at].msg_hdr.msg_iovlen = 1;
        }
    }

    std::array<std::array<std::uint8_t, ReceiveBatch::datagram_bytes>, max_packets> room{};
    std::array<sockaddr_ll, max_packets> senders{};
    std::array<iovec, max_packets> parts{};
    std::array<mmsghdr, max_packets> headers{};
    std::vector<Datagram> datagrams;
};

Tap::Tap(os::UniqueFd fd, Family family, int ifindex)
    : fd_{std::move(fd)}, family_{family}, ifindex_{ifindex}, storage_{std::make_unique<Storage>()} {}
Tap::~Tap() = default;
Tap::Tap(Tap&&) noexcept = default;
Tap& Tap::operator=(Tap&&) noexcept = default;

Result<Tap> Tap::open(Family family, int ifindex) {
    // Without a protocol it hears nothing before it is filtered and bound.
    os::UniqueFd fd{socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!fd) return refused("open a packet socket for VRRP", Capability::net_raw);
    if (auto closed = attach_filter(fd.get(), pass_none_filter()); !closed) return std::move(closed).error();
    try_option(fd.get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);  // since Linux 4.20; receive() looks, too
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(ether_type(family));
    address.sll_ifindex = ifindex;
    if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0)
        return Error::system("listen to packets of an interface");
    return Tap{std::move(fd), family, ifindex};
}

Result<void> Tap::pass_only(const VridSet& vrids) {
    return attach_filter(fd_.get(), tap_filter(family_, vrids));
}

Result<std::span<const Datagram>> Tap::receive() {
    Storage& storage = *storage_;
    storage.rearm();
    const int count = recvmmsg(fd_.get(), storage.headers.data(), max_packets, MSG_DONTWAIT, nullptr);
    if (count < 0) {
        if (errno == EAGAIN || errno == EINTR || errno == ENETDOWN) return std::span<const Datagram>{};
        return Error::system("receive packets");
    }
    for (std::size_t at = 0; at < static_cast<std::size_t>(count); ++at) {
        if (storage.senders[at].sll_pkttype == PACKET_OUTGOING) continue;
        const ByteView frame = ByteView{storage.room[at]}.first(storage.headers[at].msg_len);
        if (const auto datagram = datagram_in_frame(family_, ifindex_, frame))
            storage.datagrams.push_back(*datagram);
    }
    return std::span<const Datagram>{storage.datagrams};
}

}  // namespace holdfast::net
