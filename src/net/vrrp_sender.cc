#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

#include "net/capabilities.h"
#include "net/socket_options.h"
#include "net/vrrp_socket.h"

namespace holdfast::net {
namespace {

// CS6, network control (RFC 9568 section 5.1.1 leaves it open; keepalived does the same).
constexpr int network_control_class = 0xc0;
// The highest band of the default queueing disciplines (TC_PRIO_CONTROL): adverts leave before the data they
// protect. Needs CAP_NET_ADMIN; 6 (TC_PRIO_INTERACTIVE) shares that band and does not.
constexpr int control_priority = 7;
constexpr int interactive_priority = 6;
constexpr std::uint32_t send_buffer_bytes = 4U << 20;
// An advert with a few addresses; the total room is shared, so that long ones find place too.
constexpr std::size_t usual_datagram_bytes = 128;

}  // namespace

struct VrrpSender::Storage {
    struct Slot {
        sockaddr_in6 destination;  // holds a sockaddr_in too
        alignas(cmsghdr) std::array<std::uint8_t, 96> control;
        iovec bytes;
    };
    Storage(Family of, std::size_t max_datagrams)
        : family{of},
          slots(max_datagrams),
          headers(max_datagrams),
          room(max_datagrams * usual_datagram_bytes + VrrpSender::max_datagram_bytes) {
        failures.reserve(max_datagrams);
    }

    Family family;
    std::vector<Slot> slots;
    std::vector<mmsghdr> headers;
    std::vector<std::uint8_t> room;
    std::vector<SendFailure> failures;
    std::size_t count = 0;
    std::size_t used = 0;  // of room
};

VrrpSender::VrrpSender(os::UniqueFd fd, std::unique_ptr<Storage> storage)
    : fd_{std::move(fd)}, storage_{std::move(storage)} {}
VrrpSender::~VrrpSender() = default;
VrrpSender::VrrpSender(VrrpSender&&) noexcept = default;
VrrpSender& VrrpSender::operator=(VrrpSender&&) noexcept = default;

namespace {

// An unbound raw socket is given a copy of every advert that the host receives. This one is bound to the
// loopback address, so that it is given none; the source of what it sends is named message by message.
Result<void> shut_ears(int fd, Family family) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_addr = in6addr_loopback;
    const int rc = family == Family::ipv4 ? bind(fd, reinterpret_cast<const sockaddr*>(&v4), sizeof v4)
                                          : bind(fd, reinterpret_cast<const sockaddr*>(&v6), sizeof v6);
    if (rc < 0) return Error::system("bind the sender of adverts");
    return {};
}

Result<void> prepare_ipv4(int fd) {
    // Any configured source may be used, also one that is not on this host (yet); else the kernel says
    // EINVAL.
    if (setsockopt(fd, IPPROTO_IP, IP_TRANSPARENT, std::array{1}.data(), sizeof(int)) < 0)
        try_option(fd, IPPROTO_IP, IP_FREEBIND, 1);
    // Never DF, and deaf to ICMP messages (which anybody can forge) about a smaller path.
    try_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT);
    struct Setting {
        int option;
        int value;
        std::string_view doing;
    };
    for (const auto& [option, value, doing] :
         {Setting{IP_TOS, network_control_class, "set DSCP CS6"},
          Setting{IP_TTL, vrrp_hop_limit, "set TTL 255"},
          Setting{IP_MULTICAST_TTL, vrrp_hop_limit, "set multicast TTL 255"},
          Setting{IP_MULTICAST_LOOP, 0, "turn the multicast loop off"}})
        if (auto set = set_option(fd, IPPROTO_IP, option, value, doing); !set) return set;
    return {};
}

Result<void> prepare_ipv6(int fd) {
    try_option(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1);
    try_option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_OMIT);
    struct Setting {
        int option;
        int value;
        std::string_view doing;
    };
    for (const auto& [option, value, doing] :
         {Setting{IPV6_TCLASS, network_control_class, "set DSCP CS6"},
          Setting{IPV6_UNICAST_HOPS, vrrp_hop_limit, "set hop limit 255"},
          Setting{IPV6_MULTICAST_HOPS, vrrp_hop_limit, "set multicast hop limit 255"},
          Setting{IPV6_MULTICAST_LOOP, 0, "turn the multicast loop off"},
          // The checksum is in the bytes already.
          Setting{IPV6_CHECKSUM, -1, "leave the checksum alone"}})
        if (auto set = set_option(fd, IPPROTO_IPV6, option, value, doing); !set) return set;
    return {};
}

void add_control(msghdr& header, int level, int type, const void* value, std::size_t size) {
    auto* part =
        reinterpret_cast<cmsghdr*>(static_cast<std::uint8_t*>(header.msg_control) + header.msg_controllen);
    part->cmsg_level = level;
    part->cmsg_type = type;
    part->cmsg_len = CMSG_LEN(size);
    std::memcpy(CMSG_DATA(part), value, size);
    header.msg_controllen += CMSG_SPACE(size);
}

}  // namespace

Result<VrrpSender> VrrpSender::open(Family family, std::size_t max_datagrams) {
    const int domain = family == Family::ipv4 ? AF_INET : AF_INET6;
    os::UniqueFd fd{socket(domain, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, vrrp_protocol)};
    if (fd.get() < 0) return refused("open a raw socket for VRRP", Capability::net_raw);
    const auto prepared = family == Family::ipv4 ? prepare_ipv4(fd.get()) : prepare_ipv6(fd.get());
    if (!prepared) return Error{prepared.error()}.during("prepare to send adverts");
    // After the class: setting that one chooses a priority too.
    if (!try_option(fd.get(), SOL_SOCKET, SO_PRIORITY, control_priority))
        try_option(fd.get(), SOL_SOCKET, SO_PRIORITY, interactive_priority);
    enlarge_send_buffer(fd.get(), send_buffer_bytes);
    if (auto bound = shut_ears(fd.get(), family); !bound) return std::move(bound).error();
    return VrrpSender{std::move(fd), std::make_unique<Storage>(family, max_datagrams)};
}

namespace {

void address_ipv4(msghdr& header, sockaddr_in6& room, const Envelope& envelope) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    std::memcpy(&to.sin_addr, envelope.destination.bytes().data(), sizeof to.sin_addr);
    std::memcpy(&room, &to, sizeof to);
    header.msg_namelen = sizeof to;
    in_pktinfo from{};
    from.ipi_ifindex = envelope.ifindex;
    std::memcpy(&from.ipi_spec_dst, envelope.source.bytes().data(), sizeof from.ipi_spec_dst);
    add_control(header, IPPROTO_IP, IP_PKTINFO, &from, sizeof from);
    if (envelope.ttl) {
        const int ttl = *envelope.ttl;
        add_control(header, IPPROTO_IP, IP_TTL, &ttl, sizeof ttl);
    }
}

void address_ipv6(msghdr& header, sockaddr_in6& to, const Envelope& envelope) {
    to = {};
    to.sin6_family = AF_INET6;
    std::memcpy(&to.sin6_addr, envelope.destination.bytes().data(), sizeof to.sin6_addr);
    to.sin6_scope_id = static_cast<std::uint32_t>(envelope.ifindex);
    header.msg_namelen = sizeof to;
    in6_pktinfo from{};
    from.ipi6_ifindex = static_cast<unsigned>(envelope.ifindex);
    std::memcpy(&from.ipi6_addr, envelope.source.bytes().data(), sizeof from.ipi6_addr);
    add_control(header, IPPROTO_IPV6, IPV6_PKTINFO, &from, sizeof from);
    if (envelope.ttl) {
        const int hops = *envelope.ttl;
        add_control(header, IPPROTO_IPV6, IPV6_HOPLIMIT, &hops, sizeof hops);
    }
}

}  // namespace

bool VrrpSender::queue(const Envelope& envelope, ByteView bytes) {
    auto& storage = *storage_;
    HF_ASSERT(envelope.source.family() == storage.family && envelope.destination.family() == storage.family);
    HF_ASSERT(!envelope.source.is_unspecified());
    if (storage.count == storage.slots.size() || bytes.size() > max_datagram_bytes ||
        bytes.size() > storage.room.size() - storage.used)
        return false;
    auto& slot = storage.slots[storage.count];
    std::uint8_t* const copy = storage.room.data() + storage.used;
    std::copy(bytes.begin(), bytes.end(), copy);
    slot.bytes = {.iov_base = copy, .iov_len = bytes.size()};
    msghdr& header = storage.headers[storage.count].msg_hdr;
    header = {};
    header.msg_name = &slot.destination;
    header.msg_iov = &slot.bytes;
    header.msg_iovlen = 1;
    header.msg_control = slot.control.data();
    slot.control = {};
    if (storage.family == Family::ipv4)
        address_ipv4(header, slot.destination, envelope);
    else
        address_ipv6(header, slot.destination, envelope);
    storage.used += bytes.size();
    ++storage.count;
    return true;
}

std::size_t VrrpSender::queued() const {
    return storage_->count;
}

bool VrrpSender::full() const {
    return storage_->count == storage_->slots.size() ||
           storage_->room.size() - storage_->used < max_datagram_bytes;
}

std::span<const SendFailure> VrrpSender::flush() {
    auto& storage = *storage_;
    send_all(fd_.get(), std::span{storage.headers}.first(storage.count), storage.failures);
    storage.count = 0;
    storage.used = 0;
    return storage.failures;
}

}  // namespace holdfast::net
