#include "net/netlink.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "net/capabilities.h"
#include "net/socket_options.h"

namespace holdfast::net {
namespace {

constexpr std::uint32_t default_command_buffer = 1U << 20;
constexpr std::uint32_t default_monitor_buffer = 4U << 20;
// The kernel refuses a datagram larger than the send buffer (212992 bytes unless raised).
constexpr std::size_t max_batch_bytes = 128U << 10;
constexpr std::size_t max_request_bytes = 16U << 10;
// What a refusal with its text occupies in a receive buffer, generously.
constexpr std::size_t refusal_footprint = 2048;
// The kernel fills datagrams of a dump up to 32 KiB when the reader offers as much.
constexpr std::size_t read_bytes = 32U << 10;
// The kernel answers before sendmsg(2) returns; a wait this long is a broken kernel, not a slow one.
constexpr timeval answer_limit{.tv_sec = 5, .tv_usec = 0};
constexpr int max_dump_attempts = 10;
constexpr std::size_t max_discarded = 100'000;

std::size_t receive_buffer_of(int fd) {
    int bytes = 0;
    socklen_t size = sizeof bytes;
    if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, &size) < 0) return 0;
    return static_cast<std::size_t>(std::max(bytes, 0));
}

Result<NlSocket> open_route_socket(std::uint32_t receive_buffer_bytes) {
    NlSocket socket{nl_socket_alloc()};
    if (!socket) return Error::system("allocate a netlink socket", ENOMEM);
    if (const int rc = nl_connect(socket.get(), NETLINK_ROUTE); rc < 0)
        return Error::invalid(nl_geterror(rc)).during("connect to rtnetlink");
    enlarge_receive_buffer(nl_socket_get_fd(socket.get()), receive_buffer_bytes);
    return socket;
}

struct Received {
    ByteView bytes;  // empty: not from the kernel
    bool nothing = false;
};

// One datagram. Netlink sockets can be sent to by any process; only the kernel has port 0.
Result<Received> receive_from_kernel(int fd, std::vector<std::uint8_t>& buffer, int flags) {
    sockaddr_nl sender{};
    iovec room{.iov_base = buffer.data(), .iov_len = buffer.size()};
    msghdr header{};
    header.msg_name = &sender;
    header.msg_namelen = sizeof sender;
    header.msg_iov = &room;
    header.msg_iovlen = 1;
    ssize_t length = 0;
    do {
        length = recvmsg(fd, &header, flags);
    } while (length < 0 && errno == EINTR);
    if (length < 0) {
        if (errno == EAGAIN) return Received{.bytes = {}, .nothing = true};
        return Error::system("read from rtnetlink");
    }
    if (header.msg_namelen != sizeof sender || sender.nl_pid != 0) return Received{};
    if (header.msg_flags & MSG_TRUNC) return Error::system("read from rtnetlink", EMSGSIZE);
    return Received{.bytes = ByteView{buffer}.first(static_cast<std::size_t>(length))};
}

bool is_removal(std::uint16_t type) {
    return (type & 3) == 1;  // rtnetlink numbers come as new, delete, get, set
}

Outcome judge(std::uint16_t request_type, const Acknowledgement& answer) {
    Outcome outcome{.error_number = answer.error_number};
    if (answer.error_number == 0) return outcome;
    if (is_removal(request_type)) {
        constexpr std::array gone{ENOENT, ESRCH, EADDRNOTAVAIL, ENODEV};
        if (std::find(gone.begin(), gone.end(), answer.error_number) != gone.end()) {
            outcome.kind = Outcome::Kind::not_there;
            return outcome;
        }
    } else if (answer.error_number == EEXIST) {
        outcome.kind = Outcome::Kind::existed;
        return outcome;
    }
    outcome.kind = Outcome::Kind::refused;
    outcome.detail = answer.text;
    return outcome;
}

}  // namespace

std::string Outcome::text() const {
    if (kind == Kind::done) return {};
    std::string text = std::strerror(error_number);
    if (!detail.empty()) text += " (" + detail + ")";
    if (kind == Kind::refused && error_number == EPERM) text += "; " + remedy(Capability::net_admin);
    return text;
}

RequestBatch::RequestBatch() : message_{nlmsg_alloc_size(max_request_bytes)} {
    HF_ASSERT(message_);
}

void RequestBatch::clear() {
    bytes_.clear();
    starts_.clear();
}

void RequestBatch::begin(std::uint16_t type, std::uint16_t flags, const void* fixed, std::size_t size) {
    // One message of libnl's is used for all requests: a new one each would be two allocations per request.
    nlmsg_hdr(message_.get())->nlmsg_len = NLMSG_HDRLEN;
    nlmsg_put(message_.get(), 0, 0, type, 0, flags | NLM_F_REQUEST);
    overflowed_ = nlmsg_append(message_.get(), const_cast<void*>(fixed), size, NLMSG_ALIGNTO) < 0;
}

void RequestBatch::put_raw(int attribute, const void* value, std::size_t size) {
    if (nla_put(message_.get(), attribute, static_cast<int>(size), value) < 0) overflow();
}

void RequestBatch::put(int attribute, ByteView value) {
    put_raw(attribute, value.data(), value.size());
}

void RequestBatch::put(int attribute, std::string_view text) {
    nlattr* room = nla_reserve(message_.get(), attribute, static_cast<int>(text.size() + 1));
    if (!room) return overflow();
    auto* value = static_cast<char*>(nla_data(room));
    std::copy(text.begin(), text.end(), value);
    value[text.size()] = '\0';
}

std::size_t RequestBatch::put_bare(ByteView bytes) {
    const std::size_t offset = request_size();
    if (nlmsg_append(message_.get(), const_cast<std::uint8_t*>(bytes.data()), bytes.size(), NLMSG_ALIGNTO) <
        0)
        overflow();
    return offset;
}

std::size_t RequestBatch::request_size() const {
    return nlmsg_hdr(message_.get())->nlmsg_len;
}

void RequestBatch::patch(std::size_t offset, ByteView bytes) {
    if (overflowed_) return;
    HF_ASSERT(offset + bytes.size() <= request_size());
    std::memcpy(reinterpret_cast<std::uint8_t*>(nlmsg_hdr(message_.get())) + offset, bytes.data(),
                bytes.size());
}

bool RequestBatch::end() {
    if (overflowed_) return false;
    const nlmsghdr* header = nlmsg_hdr(message_.get());
    const std::size_t length = NLMSG_ALIGN(header->nlmsg_len);
    if (bytes_.size() + length > max_batch_bytes) return false;
    starts_.push_back(bytes_.size());
    const auto* start = reinterpret_cast<const std::uint8_t*>(header);
    bytes_.insert(bytes_.end(), start, start + header->nlmsg_len);
    bytes_.resize(starts_.back() + length);
    return true;
}

void RequestBatch::number(std::uint32_t first_sequence) {
    HF_ASSERT(!starts_.empty());
    for (const std::size_t start : starts_) {
        const bool last = start == starts_.back();
        nlmsghdr header{};
        std::memcpy(&header, bytes_.data() + start, sizeof header);
        header.nlmsg_seq = first_sequence++;
        // Requests are carried out in order and every refusal is told, so an acknowledgement of the last one
        // acknowledges all that were not refused.
        if (last) header.nlmsg_flags |= NLM_F_ACK;
        std::memcpy(bytes_.data() + start, &header, sizeof header);
    }
}

std::uint16_t RequestBatch::type_of(std::size_t index) const {
    return native_value<nlmsghdr>(ByteView{bytes_}.subspan(starts_[index]))->nlmsg_type;
}

CommandSocket::CommandSocket(NlSocket socket) : socket_{std::move(socket)}, buffer_(read_bytes) {
    max_batch_ = std::clamp<std::size_t>(receive_buffer_of(fd()) / refusal_footprint, 16, 512);
}

int CommandSocket::fd() const {
    return nl_socket_get_fd(socket_.get());
}

Result<CommandSocket> CommandSocket::open(std::uint32_t receive_buffer_bytes) {
    auto socket = open_route_socket(receive_buffer_bytes ? receive_buffer_bytes : default_command_buffer);
    if (!socket) return std::move(socket).error();
    const int fd = nl_socket_get_fd(socket->get());
    // Refusals without the request that they are about, but with the kernel's words.
    try_option(fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
    try_option(fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
    try_option(fd, SOL_SOCKET, SO_RCVTIMEO, answer_limit);
    return CommandSocket{std::move(*socket)};
}

Result<ByteView> CommandSocket::receive() {
    while (true) {
        auto received = receive_from_kernel(fd(), buffer_, 0);
        if (!received) return std::move(received).error();
        if (received->nothing) return Error::system("wait for the kernel's answer", ETIMEDOUT);
        if (!received->bytes.empty()) return received->bytes;
    }
}

Result<void> CommandSocket::execute(RequestBatch& batch, Outcomes& outcomes) {
    const std::size_t count = batch.count();
    if (count == 0) return {};
    HF_ASSERT(count <= max_batch_);
    const std::uint32_t first = sequence_ + 1;
    sequence_ += static_cast<std::uint32_t>(count);
    batch.number(first);
    if (const int rc = nl_sendto(socket_.get(), batch.bytes_.data(), batch.bytes_.size()); rc < 0)
        return Error::invalid(nl_geterror(rc)).during("send to rtnetlink");

    const std::size_t before = outcomes.size();
    outcomes.resize(before + count);
    while (true) {
        auto datagram = receive();
        if (!datagram) {
            outcomes.resize(before);
            return std::move(datagram).error();
        }
        NetlinkMessages messages{*datagram};
        while (const auto message = messages.next()) {
            const auto answer = acknowledgement_in(*message);
            const std::size_t index = message->sequence - first;  // wraps: anything else is out of range
            if (!answer || index >= count) continue;              // left over from a request that timed out
            outcomes[before + index] = judge(batch.type_of(index), *answer);
            if (index == count - 1) return {};
        }
    }
}

Result<void> CommandSocket::dump(std::uint16_t type, std::uint8_t address_family, const Each& each) {
    // Kernels that check the request strictly want the whole header of the table asked for; its first byte is
    // the family in all of them.
    std::array<std::uint8_t, 16> fixed{};
    static_assert(sizeof(ifinfomsg) == 16 && sizeof(ifaddrmsg) == 8 && sizeof(rtmsg) == 12);
    fixed[0] = address_family;
    std::size_t size = sizeof(rtmsg);  // also fib_rule_hdr
    if (type == RTM_GETLINK) size = sizeof(ifinfomsg);
    if (type == RTM_GETADDR) size = sizeof(ifaddrmsg);
    return dump(type, ByteView{fixed}.first(size), each);
}

Result<void> CommandSocket::dump(std::uint16_t type, ByteView fixed_part, const Each& each) {
    for (int attempt = 0; attempt < max_dump_attempts; ++attempt) {
        if (auto sent = request_dump(type, fixed_part); !sent) return sent;
        auto end = read_dump(each);
        if (!end) return std::move(end).error().during("dump a table of the kernel");
        if (*end == DumpEnd::complete) return {};
    }
    return Error::system("dump a table of the kernel: it kept changing", EAGAIN);
}

Result<void> CommandSocket::request_dump(std::uint16_t type, ByteView fixed_part) {
    const NlMessage message{nlmsg_alloc_simple(type, NLM_F_REQUEST | NLM_F_DUMP)};
    if (!message) return Error::system("allocate a netlink message", ENOMEM);
    nlmsg_append(message.get(), const_cast<std::uint8_t*>(fixed_part.data()), fixed_part.size(),
                 NLMSG_ALIGNTO);
    nlmsghdr* header = nlmsg_hdr(message.get());
    header->nlmsg_seq = ++sequence_;
    if (const int rc = nl_sendto(socket_.get(), header, header->nlmsg_len); rc < 0)
        return Error::invalid(nl_geterror(rc)).during("send to rtnetlink");
    return {};
}

Result<CommandSocket::DumpEnd> CommandSocket::read_dump(const Each& each) {
    auto end = DumpEnd::complete;
    while (true) {
        auto datagram = receive();
        if (!datagram) return std::move(datagram).error();
        NetlinkMessages messages{*datagram};
        while (const auto message = messages.next()) {
            if (message->sequence != sequence_) continue;
            if (message->flags & NLM_F_DUMP_INTR) end = DumpEnd::interrupted;
            if (const auto answer = acknowledgement_in(*message))
                return Error::system("rtnetlink refuses", answer->error_number);
            if (message->type == NLMSG_DONE) {
                const int code = native_value<int>(message->payload).value_or(0);
                if (code < 0) return Error::system("rtnetlink ends early", -code);
                return end;
            }
            each(*message);
        }
    }
}

MonitorSocket::MonitorSocket(NlSocket socket) : socket_{std::move(socket)}, buffer_(read_bytes) {}

int MonitorSocket::fd() const {
    return nl_socket_get_fd(socket_.get());
}

Result<MonitorSocket> MonitorSocket::open(const MonitorOptions& options) {
    auto socket = open_route_socket(options.receive_buffer_bytes ? options.receive_buffer_bytes
                                                                 : default_monitor_buffer);
    if (!socket) return std::move(socket).error();
    std::vector<int> groups{RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR};
    if (options.routes) groups.insert(groups.end(), {RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE});
    if (options.rules) groups.insert(groups.end(), {RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_RULE});
    for (const int group : groups)
        if (const int rc = nl_socket_add_memberships(socket->get(), group, 0); rc < 0)
            return Error::invalid(nl_geterror(rc)).during("listen to rtnetlink");
    if (const int rc = nl_socket_set_nonblocking(socket->get()); rc < 0)
        return Error::invalid(nl_geterror(rc)).during("make the rtnetlink listener non-blocking");
    return MonitorSocket{std::move(*socket)};
}

// News with a hole in them are worth nothing: the dump that follows knows better.
void MonitorSocket::discard_queued() {
    for (std::size_t count = 0; count < max_discarded; ++count)
        if (const auto received = receive_from_kernel(fd(), buffer_, MSG_DONTWAIT);
            received && received->nothing)
            return;
}

Result<MonitorSocket::Reading> MonitorSocket::read(const CommandSocket::Each& each,
                                                   std::size_t max_datagrams) {
    for (std::size_t count = 0; count < max_datagrams; ++count) {
        auto received = receive_from_kernel(fd(), buffer_, MSG_DONTWAIT);
        if (!received) {
            // A message longer than the buffer is lost news just the same.
            const int reason = received.error().error_number();
            if (reason == ENOBUFS || reason == EMSGSIZE) {
                discard_queued();
                return Reading::overrun;
            }
            return std::move(received).error();
        }
        if (received->nothing) return Reading::drained;
        NetlinkMessages messages{received->bytes};
        while (const auto message = messages.next())
            each(*message);
    }
    return Reading::more;
}

}  // namespace holdfast::net
