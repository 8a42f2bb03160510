#include "net/neighbours.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "net/capabilities.h"
#include "net/links.h"
#include "net/socket_options.h"

namespace holdfast::net {
namespace {

constexpr MacAddress broadcast{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
constexpr MacAddress all_nodes_mac{{0x33, 0x33, 0x00, 0x00, 0x00, 0x01}};  // RFC 2464 section 7
constexpr std::array<std::uint8_t, 16> all_nodes{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01};

constexpr std::uint16_t arp_over_ethernet = 1;
constexpr std::uint16_t arp_request = 1;
constexpr std::uint8_t icmpv6 = 58;
constexpr std::uint8_t neighbour_advertisement = 136;
constexpr std::uint8_t target_link_layer_option = 2;
constexpr std::uint32_t router_flag = 0x80000000;
constexpr std::uint32_t override_flag = 0x20000000;
constexpr std::uint16_t advertisement_bytes = 32;  // 24 and one option of 8

constexpr std::uint32_t send_buffer_bytes = 4U << 20;

void ethernet_header(ByteWriter& writer, const MacAddress& to, const MacAddress& from, std::uint16_t type) {
    writer.copy(to.bytes());
    writer.copy(from.bytes());
    writer.be16(type);
}

}  // namespace

Frame gratuitous_arp(const MacAddress& own, const IpAddress& address) {
    HF_ASSERT(address.is_v4());
    Frame frame;
    ByteWriter writer{frame.room};
    ethernet_header(writer, broadcast, own, ETHERTYPE_ARP);
    writer.be16(arp_over_ethernet);
    writer.be16(ETHERTYPE_IP);
    writer.u8(6);
    writer.u8(4);
    writer.be16(arp_request);
    writer.copy(own.bytes());
    writer.copy(address.bytes());
    writer.copy(broadcast.bytes());
    writer.copy(address.bytes());
    frame.size = writer.size();
    return frame;
}

Frame unsolicited_advertisement(const MacAddress& own, const IpAddress& address, Forwarding forwarding) {
    HF_ASSERT(address.is_v6());
    Frame frame;
    ByteWriter writer{frame.room};
    ethernet_header(writer, all_nodes_mac, own, ETHERTYPE_IPV6);
    writer.be32(0x60000000);
    writer.be16(advertisement_bytes);
    writer.u8(icmpv6);
    writer.u8(255);
    writer.copy(address.bytes());
    writer.copy(all_nodes);
    const std::size_t message = writer.size();
    writer.u8(neighbour_advertisement);
    writer.u8(0);
    writer.be16(0);  // checksum
    writer.be32(override_flag | (forwarding == Forwarding::on ? router_flag : 0));
    writer.copy(address.bytes());
    writer.u8(target_link_layer_option);
    writer.u8(1);  // in units of 8 bytes
    writer.copy(own.bytes());
    frame.size = writer.size();

    InternetChecksum checksum;  // RFC 8200 section 8.1
    checksum.add(address.bytes());
    checksum.add(all_nodes);
    checksum.add_be32(advertisement_bytes);
    checksum.add_be32(icmpv6);
    checksum.add(frame.bytes().subspan(message));
    writer.patch_be16(message + 2, checksum.value());
    return frame;
}

Forwarding ipv6_forwarding(std::string_view interface) {
    const std::string path = "/proc/sys/net/ipv6/conf/" + std::string{interface} + "/forwarding";
    const os::UniqueFd fd{open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    char digit = '0';
    if (fd.get() < 0 || read(fd.get(), &digit, 1) != 1) return Forwarding::off;
    return digit == '0' ? Forwarding::off : Forwarding::on;
}

Result<void> check_announceable(const Link& link) {
    if (link.loopback() || !link.has_neighbours())
        return Error::invalid(link.name + " has no neighbours to announce addresses to (loopback or NOARP)");
    if (!link.ethernet())
        return Error::invalid(link.name + " is no Ethernet interface (hardware type " +
                              std::to_string(link.hardware_type) +
                              "): announcing addresses there is not supported");
    return {};
}

struct Announcer::Storage {
    struct Slot {
        Frame frame;
        sockaddr_ll to;
        iovec bytes;
    };
    explicit Storage(std::size_t max_frames) : slots(max_frames), headers(max_frames) {
        failures.reserve(max_frames);
    }

    std::vector<Slot> slots;
    std::vector<mmsghdr> headers;
    std::vector<SendFailure> failures;
    std::size_t count = 0;
};

Announcer::Announcer(os::UniqueFd fd, std::unique_ptr<Storage> storage)
    : fd_{std::move(fd)}, storage_{std::move(storage)} {}
Announcer::~Announcer() = default;
Announcer::Announcer(Announcer&&) noexcept = default;
Announcer& Announcer::operator=(Announcer&&) noexcept = default;

Result<Announcer> Announcer::open(std::size_t max_frames) {
    // Protocol 0: sends, and never receives.
    os::UniqueFd fd{socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (fd.get() < 0) return refused("open a packet socket for announcements", Capability::net_raw);
    enlarge_send_buffer(fd.get(), send_buffer_bytes);
    return Announcer{std::move(fd), std::make_unique<Storage>(max_frames)};
}

bool Announcer::queue(const Announcement& announcement) {
    auto& storage = *storage_;
    if (full()) return false;
    auto& slot = storage.slots[storage.count];
    const bool v4 = announcement.address.is_v4();
    slot.frame =
        v4 ? gratuitous_arp(announcement.mac, announcement.address)
           : unsolicited_advertisement(announcement.mac, announcement.address, announcement.forwarding);
    slot.to = {};
    slot.to.sll_family = AF_PACKET;
    slot.to.sll_protocol = htons(v4 ? ETHERTYPE_ARP : ETHERTYPE_IPV6);
    slot.to.sll_ifindex = announcement.ifindex;
    slot.to.sll_halen = 6;
    std::copy_n(slot.frame.room.begin(), 6, slot.to.sll_addr);  // where the frame goes
    slot.bytes = {.iov_base = slot.frame.room.data(), .iov_len = slot.frame.size};
    msghdr& header = storage.headers[storage.count].msg_hdr;
    header = {};
    header.msg_name = &slot.to;
    header.msg_namelen = sizeof slot.to;
    header.msg_iov = &slot.bytes;
    header.msg_iovlen = 1;
    ++storage.count;
    return true;
}

std::size_t Announcer::queued() const {
    return storage_->count;
}

bool Announcer::full() const {
    return storage_->count == storage_->slots.size();
}

std::span<const SendFailure> Announcer::flush() {
    auto& storage = *storage_;
    send_all(fd_.get(), std::span{storage.headers}.first(storage.count), storage.failures);
    storage.count = 0;
    return storage.failures;
}

}  // namespace holdfast::net
