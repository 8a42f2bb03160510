// The two rtnetlink sockets: one for commands and dumps, which blocks only for the answer of the kernel, and
// one that listens for changes and never blocks. Who overran the listener's buffer learns it and dumps anew.
#pragma once

#include <netlink/msg.h>
#include <netlink/socket.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
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

// Requests packed into one buffer, to be sent with one call. The pattern for each request:
//   begin(type, flags, fixed part); nla_put...(message(), ...); end().
class RequestBatch {
public:
    RequestBatch();

    void clear();
    template <class Fixed>
    void begin(std::uint16_t type, std::uint16_t flags, const Fixed& fixed) {
        begin(type, flags, &fixed, sizeof fixed);
    }
    nl_msg* message() { return message_.get(); }
    // False: the request does not fit into the batch (anymore), and is not part of it.
    [[nodiscard]] bool end();

    std::size_t count() const { return starts_.size(); }
    ByteView bytes() const { return bytes_; }

private:
    friend class CommandSocket;
    void begin(std::uint16_t type, std::uint16_t flags, const void* fixed, std::size_t size);

    NlMessage message_;
    bool fits_ = false;
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
    NlSocket socket_;
    std::vector<std::uint8_t> buffer_;
};

}  // namespace holdfast::net
