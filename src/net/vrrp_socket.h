// Raw sockets for protocol 112: receivers, one per (family, interface, group or own address), and one sender
// per family. They move bytes with what the IP header said about them, in batches and without allocation;
// what the bytes mean is the engine's (RFC 9568 section 5.1, 7.1).
#pragma once

#include <bitset>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "net/send_batch.h"
#include "os/unique_fd.h"

namespace holdfast::net {

// Which VRIDs a receiver lets pass; position = VRID.
using VridSet = std::bitset<256>;

// One datagram as received. Views point into the ReceiveBatch and are valid until its next use.
struct Datagram {
    int ifindex = 0;  // interface it came in by
    IpAddress source;
    IpAddress destination;
    std::uint8_t ttl = 0;                 // TTL or hop limit
    std::uint32_t ip_payload_length = 0;  // what the IP header says; may differ from bytes.size()
    ByteView bytes;                       // after the IP header
};

// Storage for one round of receiving; one for all sockets of a process is enough.
class ReceiveBatch {
public:
    static constexpr std::size_t datagram_bytes = 2048;  // longer ones are cut, and fail the length check
    explicit ReceiveBatch(std::size_t max_datagrams = 64);
    ~ReceiveBatch();
    ReceiveBatch(ReceiveBatch&&) noexcept;
    ReceiveBatch& operator=(ReceiveBatch&&) noexcept;

    std::size_t capacity() const;
    // Datagrams of this round that were no IP packet at all (header cut or lying).
    std::size_t malformed() const;

private:
    friend class VrrpReceiver;
    struct Storage;
    std::unique_ptr<Storage> storage_;
};

struct ReceiverSpec {
    Family family = Family::ipv4;
    std::string interface;                   // bound to this device; empty: any (unicast only)
    int ifindex = 0;                         // of interface
    IpAddress local;                         // group to join, or own unicast address (need not exist yet)
    std::uint32_t receive_buffer_bytes = 0;  // 0: the system's default
};

class VrrpReceiver {
public:
    // Lets nothing pass until pass_only or pass_all says so. Needs CAP_NET_RAW.
    static Result<VrrpReceiver> open(const ReceiverSpec& spec);

    int fd() const { return fd_.get(); }

    // The kernel drops other VRIDs before they cost a wake-up. Replaces the filter of before without a gap.
    Result<void> pass_only(const VridSet& vrids);
    // For log_unknown_vrids.
    Result<void> pass_all();

    // What has arrived, at most the capacity of the batch; empty when nothing is there. Never blocks.
    Result<std::span<const Datagram>> receive(ReceiveBatch& batch);

private:
    VrrpReceiver(os::UniqueFd fd, const ReceiverSpec& spec) : fd_{std::move(fd)}, family_{spec.family} {}
    os::UniqueFd fd_;
    Family family_;
};

// Where an advert goes, and from where.
struct Envelope {
    IpAddress source;
    IpAddress destination;
    int ifindex = 0;                  // outgoing interface; required for groups and link-local addresses
    std::optional<std::uint8_t> ttl;  // none: 255
};

// Sends with DSCP CS6 and without looping back. Never blocks. The source need not be an address of
// this host: an address that is configured is used as configured.
class VrrpSender {
public:
    // Needs CAP_NET_RAW.
    static Result<VrrpSender> open(Family family, std::size_t max_datagrams = 1024);
    ~VrrpSender();
    VrrpSender(VrrpSender&&) noexcept;
    VrrpSender& operator=(VrrpSender&&) noexcept;

    static constexpr std::size_t max_datagram_bytes = 8192;
    // Copies into storage made at open. False: full (flush first), or longer than max_datagram_bytes.
    [[nodiscard]] bool queue(const Envelope& envelope, ByteView bytes);
    std::size_t queued() const;
    bool full() const;
    // Sends all that is queued with as few calls as the kernel allows (one, unless one fails); then the queue
    // is empty. One that fails stops no other. Valid until the next flush.
    std::span<const SendFailure> flush();

private:
    struct Storage;
    VrrpSender(os::UniqueFd fd, std::unique_ptr<Storage> storage);
    os::UniqueFd fd_;
    std::unique_ptr<Storage> storage_;
};

// The IPv4 header of what a raw socket gave, checked against the bytes there are. Nothing: no IPv4 packet.
// Pure.
struct Ipv4Header {
    IpAddress source;
    IpAddress destination;
    std::uint8_t ttl = 0;
    std::uint8_t protocol = 0;
    std::uint32_t payload_length = 0;  // total length minus header
    ByteView payload;                  // all bytes that follow the header
};
std::optional<Ipv4Header> parse_ipv4(ByteView packet);

}  // namespace holdfast::net
