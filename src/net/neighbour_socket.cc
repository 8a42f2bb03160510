#include "net/neighbour_socket.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "net/capabilities.h"
#include "net/neighbour_filter.h"
#include "net/socket_options.h"

namespace holdfast::net {
namespace {

constexpr std::size_t batch_frames = 64;
constexpr std::size_t frame_bytes = 512;    // longer ones are cut, and then malformed
constexpr int packet_ignore_outgoing = 23;  // since Linux 4.20
// All addresses of a filter may answer within a moment, and nobody reads before the next round.
constexpr std::uint32_t receive_buffer_bytes = 1U << 20;

}  // namespace

struct NeighbourSocket::Storage {
    struct Slot {
        std::array<std::uint8_t, frame_bytes> bytes;
        sockaddr_ll from;
        iovec room;
    };
    Storage() : slots(batch_frames), headers(batch_frames) {}

    void rearm() {
        for (std::size_t i = 0; i < slots.size(); ++i) {
            slots[i].room = {.iov_base = slots[i].bytes.data(), .iov_len = slots[i].bytes.size()};
            msghdr& header = headers[i].msg_hdr;
            header = {};
            header.msg_name = &slots[i].from;
            header.msg_namelen = sizeof slots[i].from;
            header.msg_iov = &slots[i].room;
            header.msg_iovlen = 1;
        }
    }

    std::vector<Slot> slots;
    std::vector<mmsghdr> headers;
    std::vector<NeighbourFrame> heard;
};

NeighbourSocket::NeighbourSocket(os::UniqueFd fd, int ifindex)
    : fd_{std::move(fd)}, ifindex_{ifindex}, storage_{std::make_unique<Storage>()} {}
NeighbourSocket::~NeighbourSocket() = default;
NeighbourSocket::NeighbourSocket(NeighbourSocket&&) noexcept = default;
NeighbourSocket& NeighbourSocket::operator=(NeighbourSocket&&) noexcept = default;

Result<NeighbourSocket> NeighbourSocket::open(Family family, int ifindex,
                                              std::span<const IpAddress> addresses) {
    // Until it is bound to a protocol, the socket hears nothing.
    os::UniqueFd fd{socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (fd.get() < 0) return refused("open a packet socket to hear neighbours", Capability::net_raw);
    if (auto filtered = attach_filter(fd.get(), neighbour_filter(family, addresses)); !filtered)
        return std::move(filtered).error();
    try_option(fd.get(), SOL_PACKET, packet_ignore_outgoing, 1);
    enlarge_receive_buffer(fd.get(), receive_buffer_bytes);
    sockaddr_ll to{};
    to.sll_family = AF_PACKET;
    to.sll_protocol = htons(family == Family::ipv4 ? ETHERTYPE_ARP : ETHERTYPE_IPV6);
    to.sll_ifindex = ifindex;
    if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) < 0)
        return Error::system("listen to neighbours");
    return NeighbourSocket{std::move(fd), ifindex};
}

Result<std::span<const NeighbourFrame>> NeighbourSocket::receive() {
    auto& storage = *storage_;
    storage.heard.clear();
    for (std::size_t seen = 0; seen < max_frames;) {
        storage.rearm();
        const int count = recvmmsg(fd_.get(), storage.headers.data(),
                                   static_cast<unsigned>(storage.headers.size()), MSG_DONTWAIT, nullptr);
        if (count < 0) {
            if (errno == EINTR) continue;
            if (errno == ENETDOWN && ++seen > 0) continue;  // said once each time the interface goes down
            if (errno != EAGAIN) return Error::system("hear neighbours");
            break;
        }
        seen += static_cast<std::size_t>(count);
        for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
            const auto& slot = storage.slots[i];
            // Outgoing: kernels before 4.20. Another host's: of a VLAN that is not configured here, or heard
            // by a promiscuous interface.
            if (slot.from.sll_pkttype == PACKET_OUTGOING || slot.from.sll_pkttype == PACKET_OTHERHOST)
                continue;
            const auto frame = parse_neighbour_frame(ByteView{slot.bytes}.first(storage.headers[i].msg_len));
            if (frame) storage.heard.push_back(*frame);
        }
        if (static_cast<std::size_t>(count) < storage.headers.size()) break;
    }
    return std::span<const NeighbourFrame>{storage.heard};
}

}  // namespace holdfast::net
