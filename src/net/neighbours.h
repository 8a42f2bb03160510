// Gratuitous ARP (RFC 826, RFC 5227 section 3) and unsolicited neighbour advertisements (RFC 4861
// section 7.2.6) for addresses that have just arrived here, sent in batches by one packet socket.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "base/address.h"
#include "base/result.h"
#include "net/frame_sender.h"
#include "net/neighbour_frames.h"

namespace holdfast::net {

struct Link;

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

    // False: full, flush first.
    [[nodiscard]] bool queue(const Announcement& announcement);
    std::size_t queued() const { return sender_.queued(); }
    bool full() const { return sender_.full(); }
    // Sends all that is queued; one that fails stops no other. Valid until the next flush.
    std::span<const SendFailure> flush() { return sender_.flush(); }

private:
    explicit Announcer(FrameSender sender) : sender_{std::move(sender)} {}
    FrameSender sender_;
};

}  // namespace holdfast::net
