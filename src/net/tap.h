// What the wire brought of protocol 112, before any firewall of this host looked at it: a packet socket
// beside the raw socket that adverts are received by. An advert that only the tap sees was dropped here.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/result.h"
#include "net/vrrp_socket.h"
#include "os/unique_fd.h"

namespace holdfast::net {

class Tap {
public:
    // Lets nothing pass until pass_only says so. Needs CAP_NET_RAW and an Ethernet interface.
    static Result<Tap> open(Family family, int ifindex);
    ~Tap();
    Tap(Tap&&) noexcept;
    Tap& operator=(Tap&&) noexcept;

    int fd() const { return fd_.get(); }
    Result<void> pass_only(const VridSet& vrids);
    // Of one call of receive; more waits for the next.
    static constexpr std::size_t max_packets = 64;
    // What others have sent, without what is no whole IP packet. Never blocks. Valid until the next call. An
    // interface that is down is no error: nothing has come.
    Result<std::span<const Datagram>> receive();

private:
    struct Storage;
    Tap(os::UniqueFd fd, Family family, int ifindex);
    os::UniqueFd fd_;
    Family family_;
    int ifindex_;
    std::unique_ptr<Storage> storage_;
};

// The IP packet in an Ethernet frame, as adverts are described; nothing: no whole packet of protocol 112 of
// that family. Pure.
std::optional<Datagram> datagram_in_frame(Family family, int ifindex, ByteView frame);

}  // namespace holdfast::net
