#include "checker/process_events.h"

#include <fcntl.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "os/log.h"

namespace holdfast::checker {

namespace {

constexpr int most_per_turn = 256;
constexpr int buffer_bytes = 1 << 20;

constexpr std::size_t payload_at = NLMSG_HDRLEN + sizeof(cn_msg);
constexpr std::size_t data_at = payload_at + offsetof(proc_event, event_data);

template <class T>
std::optional<T> copied(ByteView bytes, std::size_t at) {
    if (bytes.size() < at + sizeof(T)) return std::nullopt;
    T value{};
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
}

bool is_from_the_connector(ByteView bytes) {
    const auto header = copied<nlmsghdr>(bytes, 0);
    const auto id = copied<cb_id>(bytes, NLMSG_HDRLEN + offsetof(cn_msg, id));
    return header && id && header->nlmsg_type == NLMSG_DONE && id->idx == CN_IDX_PROC &&
           id->val == CN_VAL_PROC;
}

// Only the first network namespace has a connector.
class FirstNamespace {
public:
    FirstNamespace() : own_{open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)} {
        const os::UniqueFd first{open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC)};
        moved_ = own_ && first && setns(first.get(), CLONE_NEWNET) == 0;
    }
    FirstNamespace(const FirstNamespace&) = delete;
    FirstNamespace& operator=(const FirstNamespace&) = delete;
    ~FirstNamespace() {
        if (moved_ && setns(own_.get(), CLONE_NEWNET) != 0)
            HF_ASSERT(false);  // nothing may be done in the wrong one
    }

private:
    os::UniqueFd own_;
    bool moved_ = false;
};

Result<void> ask_for_events(int socket) {
    struct {
        nlmsghdr header{};
        alignas(NLMSG_ALIGNTO) std::array<std::byte, sizeof(cn_msg) + sizeof(proc_cn_mcast_op)> body{};
    } request;
    cn_msg message{};
    message.id = {.idx = CN_IDX_PROC, .val = CN_VAL_PROC};
    message.len = sizeof(proc_cn_mcast_op);
    const proc_cn_mcast_op operation = PROC_CN_MCAST_LISTEN;
    std::memcpy(request.body.data(), &message, sizeof message);
    std::memcpy(request.body.data() + sizeof message, &operation, sizeof operation);
    request.header.nlmsg_len = NLMSG_LENGTH(sizeof message + sizeof operation);
    request.header.nlmsg_type = NLMSG_DONE;
    sockaddr_nl kernel{};
    kernel.nl_family = AF_NETLINK;
    if (sendto(socket, &request, request.header.nlmsg_len, 0, reinterpret_cast<const sockaddr*>(&kernel),
               sizeof kernel) < 0)
        return Error::system("ask the kernel for process events");
    return {};
}

}  // namespace

std::optional<ProcessEvent> decode_process_event(ByteView bytes) {
    if (!is_from_the_connector(bytes)) return std::nullopt;
    const auto what = copied<std::uint32_t>(bytes, payload_at + offsetof(proc_event, what));
    if (!what) return std::nullopt;
    using Data = decltype(proc_event::event_data);
    switch (*what) {
        case proc_event::PROC_EVENT_FORK: {
            const auto fork = copied<decltype(Data::fork)>(bytes, data_at);
            if (!fork || fork->child_pid != fork->child_tgid) return std::nullopt;
            return ProcessForked{fork->parent_tgid, fork->child_tgid};
        }
        case proc_event::PROC_EVENT_EXEC: {
            const auto exec = copied<decltype(Data::exec)>(bytes, data_at);
            if (!exec) return std::nullopt;
            return ProcessExecuted{exec->process_tgid};
        }
        case proc_event::PROC_EVENT_COMM: {
            const auto comm = copied<decltype(Data::comm)>(bytes, data_at);
            if (!comm || comm->process_pid != comm->process_tgid) return std::nullopt;
            return ProcessRenamed{comm->process_tgid, {comm->comm, strnlen(comm->comm, sizeof comm->comm)}};
        }
        case proc_event::PROC_EVENT_EXIT: {
            const auto exit = copied<decltype(Data::exit)>(bytes, data_at);
            if (!exit || exit->process_pid != exit->process_tgid) return std::nullopt;
            return ProcessEnded{exit->process_tgid};
        }
        default:
            return std::nullopt;
    }
}

Result<os::UniqueFd> open_process_events() {
    const FirstNamespace there;
    os::UniqueFd socket{::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR)};
    if (!socket) return Error::system("open the process connector");
    setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &buffer_bytes, sizeof buffer_bytes);
    sockaddr_nl own{};
    own.nl_family = AF_NETLINK;
    own.nl_groups = CN_IDX_PROC;
    if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0)
        return Error::system("bind to process events");
    if (auto asked = ask_for_events(socket.get()); !asked) return std::move(asked).error();
    return socket;
}

Result<std::unique_ptr<ProcessEvents>> ProcessEvents::create(
    os::EventLoop& loop, os::UniqueFd socket, std::function<void(const ProcessEvent&)> happened) {
    std::unique_ptr<ProcessEvents> events{new ProcessEvents{std::move(socket), std::move(happened)}};
    auto source = loop.watch(events->socket_.get(), EPOLLIN, os::Urgency::control,
                             [self = events.get()](std::uint32_t) { self->receive(); });
    if (!source) return std::move(source).error();
    events->source_ = std::move(*source);
    return events;
}

void ProcessEvents::receive() {
    for (int received = 0; received < most_per_turn; ++received) {
        alignas(nlmsghdr) std::array<std::uint8_t, 1024> room;
        sockaddr_nl sender{};
        socklen_t length = sizeof sender;
        const ssize_t size = recvfrom(socket_.get(), room.data(), room.size(), MSG_TRUNC,
                                      reinterpret_cast<sockaddr*>(&sender), &length);
        if (size < 0 && errno == ENOBUFS) {
            happened_(EventsLost{});
            continue;
        }
        if (size < 0) return;
        if (sender.nl_pid != 0) continue;  // anybody may send to us; only the kernel is believed
        const std::size_t whole = std::min<std::size_t>(static_cast<std::size_t>(size), room.size());
        if (const auto event = decode_process_event(ByteView{room.data(), whole})) happened_(*event);
    }
}

}  // namespace holdfast::checker
