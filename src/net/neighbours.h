// Gratuitous ARP (RFC 826, RFC 5227 section 3) and unsolicited neighbour advertisements (RFC 4861
// section 7.2.6) for addresses that have just arrived here: frames built byte by byte, sent in batches by one
// packet socket.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/address.h"
#include "base/result.h"
#include "net/send_batch.h"
#include "os/unique_fd.h"

namespace holdfast::net {

struct Link;

struct Frame {
    std::array<std::uint8_t, 96> room{};
    std::size_t size = 0;
    ByteView bytes() const { return ByteView{room}.first(size); }
};

// Ethernet broadcast, request, sender and target both the address, target hardware address broadcast. Pure.
Frame gratuitous_arp(const MacAddress& own, const IpAddress& address);

enum class Forwarding : std::uint8_t { off, on };
// To all nodes, hop limit 255, Override set, Router set when the interface forwards. Pure.
Frame unsolicited_advertisement(const MacAddress& own, const IpAddress& address, Forwarding forwarding);

// Does the interface forward IPv6 (net.ipv6.conf.NAME.forwarding)? Off when that cannot be read.
Forwarding ipv6_forwarding(std::string_view interface);

// One address to announce on one interface.
struct Announcement {
    int ifindex = 0;
    MacAddress mac;  // of the interface that holds the address
    IpAddress address;
    Forwarding forwarding = Forwarding::off;  // IPv6 only
};

// May addresses be announced there? The error says why not: no neighbour protocol (NOARP, loopback), or not
// Ethernet (InfiniBand is not supported).
Result<void> check_announceable(const Link& link);

// Needs CAP_NET_RAW. Never blocks.
class Announcer {
public:
    static Result<Announcer> open(std::size_t max_frames = 1024);
    ~Announcer();
    Announcer(Announcer&&) noexcept;
    Announcer& operator=(Announcer&&) noexcept;

    // False: full, flush first.
    [[nodiscard]] bool queue(const Announcement& announcement);
    std::size_t queued() const;
    bool full() const;
    // Sends all that is queued; one that fails stops no other. Valid until the next flush.
    std::span<const SendFailure> flush();

private:
    struct Storage;
    Announcer(os::UniqueFd fd, std::unique_ptr<Storage> storage);
    os::UniqueFd fd_;
    std::unique_ptr<Storage> storage_;
};

}  // namespace holdfast::net
