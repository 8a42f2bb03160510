// The two rtnetlink sockets: one for commands and dumps, which blocks only for the answer of the kernel, and
// one that listens for changes and never blocks. Who overran the listener's buffer learns it and dumps anew.
#pragma once

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/socket.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/result.h"
#include "net/netlink_message.h"

namespace holdfast::net {

template <auto release>
struct Releaser {
    void operator()(auto* handle) const noexcept { release(handle); }
};
using NlSocket = std::unique_ptr<nl_sock, Releaser<nl_socket_free>>;
using NlMessage = std::unique_ptr<nl_msg, Releaser<nlmsg_free>>;

// The number that marks addresses, routes and rules as ours in the kernel: keepalived's, so that either
// daemon knows what a dead one left (`keepalived` in rt_protos and rt_addrprotos).
inline constexpr std::uint8_t own_protocol = 18;

enum class Operation : std::uint8_t { add, remove };

// What became of one request.
struct Outcome {
    enum class Kind : std::uint8_t {
        done,
        existed,    // add: the kernel had it already and left it as it was
        not_there,  // remove: there was nothing to remove
        refused,    // see error_number and detail
    };
    Kind kind = Kind::done;
    int error_number = 0;
    std::string detail;  // the kernel's own words about a refusal, often empty

    // Is the wanted state reached?
    bool reached() const { return kind != Kind::refused; }
    // "Permission denied (...)", for messages; empty when done.
    std::string text() const;
};
using Outcomes = std::vector<Outcome>;

// Requests packed into one buffer, to be sent with one call. For each request: begin, put its attributes,
// end.
class RequestBatch {
public:
    RequestBatch();

    void clear();
    // fixed: the struct that follows the message header (ifaddrmsg, rtmsg, ...).
    template <class Fixed>
    void begin(std::uint16_t type, std::uint16_t flags, const Fixed& fixed) {
        begin(type, flags, &fixed, sizeof fixed);
    }
    void put(int attribute, ByteView value);
    void put(int attribute, std::string_view text);  // with a zero byte at its end
    template <class Value>
    requires std::is_arithmetic_v<Value>
    void put(int attribute, Value value) { put_raw(attribute, &value, sizeof value); }
    // What fill() puts becomes the value of the attribute.
    template <class Fill>
    void nest(int attribute, const Fill& fill) {
        nlattr* start = nla_nest_start(message_.get(), attribute);
        if (!start) return overflow();
        fill();
        nla_nest_end(message_.get(), start);
    }
    // Bytes that are no attribute (the hops of a multipath route); returns their offset in the request.
    std::size_t put_bare(ByteView bytes);
    std::size_t request_size() const;
    void patch(std::size_t offset, ByteView bytes);

    // False: the request does not fit into the batch (anymore), and is not part of it.
    [[nodiscard]] bool end();

    std::size_t count() const { return starts_.size(); }
    ByteView bytes() const { return bytes_; }

private:
    friend class CommandSocket;
    void begin(std::uint16_t type, std::uint16_t flags, const void* fixed, std::size_t size);
    void put_raw(int attribute, const void* value, std::size_t size);
    void overflow() { overflowed_ = true; }
    void number(std::uint32_t first_sequence);
    std::uint16_t type_of(std::size_t index) const;

    NlMessage message_;
    bool overflowed_ = false;  // the request in the making outgrew its room
    std::vector<std::uint8_t> bytes_;
    std::vector<std::size_t> starts_;  // offset of each request in bytes_
};

// Requests that change the kernel's tables, acknowledged, and dumps. Needs CAP_NET_ADMIN for changes; the
// refusal is in each outcome.
class CommandSocket {
public:
    // receive_buffer_bytes: 0 for the default of 1 MiB.
    static Result<CommandSocket> open(std::uint32_t receive_buffer_bytes = 0);

    // Sends the batch with one call and waits for what the kernel says to it: one outcome per request is
    // appended, in order. The Result is about the socket, not about the requests.
    Result<void> execute(RequestBatch& batch, Outcomes& outcomes);
    // How many requests a batch may hold so that all refusals fit into the receive buffer.
    std::size_t max_batch() const { return max_batch_; }

    // Asks for a whole table (RTM_GETLINK, RTM_GETADDR, RTM_GETROUTE, RTM_GETRULE) and gives each entry to
    // `each`. A dump that the kernel says was interrupted by a change is repeated, so an entry may come
    // twice.
    using Each = std::function<void(const NetlinkMessage&)>;
    Result<void> dump(std::uint16_t type, std::uint8_t address_family, const Each& each);
    // The same with a struct of the caller's as the fixed part of the request (for example a filter).
    Result<void> dump(std::uint16_t type, ByteView fixed_part, const Each& each);

    int fd() const;
    // An empty batch to use again and again: making one allocates.
    RequestBatch& batch() { return batch_; }

private:
    explicit CommandSocket(NlSocket socket);
    Result<void> request_dump(std::uint16_t type, ByteView fixed_part);
    enum class DumpEnd : std::uint8_t { complete, interrupted };
    Result<DumpEnd> read_dump(const Each& each);
    // One datagram into buffer_; only the kernel is listened to.
    Result<ByteView> receive();

    NlSocket socket_;
    std::uint32_t sequence_ = 0;
    std::size_t max_batch_ = 0;
    RequestBatch batch_;
    std::vector<std::uint8_t> buffer_;
};

// What to listen for. Links and addresses always.
struct MonitorOptions {
    bool routes = false;  // when routes are tracked: a full table of a router is a lot of news
    bool rules = false;
    std::uint32_t receive_buffer_bytes = 0;  // 0: 4 MiB, or what the system allows
};

// News from the kernel. Non-blocking.
class MonitorSocket {
public:
    static Result<MonitorSocket> open(const MonitorOptions& options);

    int fd() const;

    enum class Reading : std::uint8_t {
        drained,  // nothing is left
        more,     // max_datagrams were read, the descriptor is still readable
        overrun,  // news were lost (ENOBUFS): dump everything anew
    };
    // Gives each message of at most max_datagrams datagrams to `each`. Only the kernel is listened to.
    Result<Reading> read(const CommandSocket::Each& each, std::size_t max_datagrams = 64);

private:
    explicit MonitorSocket(NlSocket socket);
    void discard_queued();
    NlSocket socket_;
    std::vector<std::uint8_t> buffer_;
};

}  // namespace holdfast::net
