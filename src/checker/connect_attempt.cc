#include "checker/connect_attempt.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "checker/socket_address.h"

namespace holdfast::checker {

namespace {

SocketAddress address_of(const plan::CheckPlan& plan) {
    if (plan.type == config::CheckType::unix_socket) return SocketAddress{plan.target};
    return SocketAddress{plan.endpoint.address, plan.endpoint.port};
}

}  // namespace

void ConnectAttempt::start(Done done) {
    done_ = std::move(done);
    dialogue_.reset();
    const SocketAddress address = address_of(plan_);
    socket_ = os::UniqueFd{socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!socket_) return end(Error::system("make a socket"));
    if (connect(socket_.get(), address.get(), address.size()) == 0) return on_ready(EPOLLOUT);
    // A full queue of a Unix socket says EAGAIN: nobody accepts.
    if (errno != EINPROGRESS) return end(Error::system("connect to " + plan_.target));
    // On this host it stands already; to wait for that costs more than the rest.
    pollfd stands{.fd = socket_.get(), .events = POLLOUT, .revents = 0};
    if (poll(&stands, 1, 0) == 1) return on_ready(EPOLLOUT);
    auto source = loop_.watch(socket_.get(), EPOLLOUT, os::Urgency::control,
                              [this](std::uint32_t events) { on_ready(events); });
    if (!source) return end(source.error());
    source_ = std::move(*source);
}

std::string ConnectAttempt::give_up() {
    std::string known = !dialogue_ ? "no connection to " + plan_.target
                                   : "connected to " + plan_.target + ", which says nothing";
    done_ = nullptr;
    source_ = {};
    socket_.reset();
    return known;
}

void ConnectAttempt::on_ready(std::uint32_t) {
    if (!dialogue_) {
        int refused = 0;
        socklen_t length = sizeof refused;
        getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &refused, &length);
        if (refused != 0) return end(Error::system("connect to " + plan_.target, refused));
        dialogue_.emplace(plan_.type, plan_.user);
        return take(dialogue_->begin());
    }
    std::array<std::uint8_t, 4096> room;
    const ssize_t size = recv(socket_.get(), room.data(), room.size(), 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size < 0) return end(Error::system("read from " + plan_.target));
    if (size == 0) return end(Error::invalid(plan_.target + " closed the connection without an answer"));
    take(dialogue_->receive(ByteView{room.data(), static_cast<std::size_t>(size)}));
}

void ConnectAttempt::take(const Turn& turn) {
    // A few bytes into an empty buffer: what does not fit was not for a service that works.
    if (!turn.reply.empty() && send(socket_.get(), turn.reply.data(), turn.reply.size(), MSG_NOSIGNAL) < 0 &&
        !turn.verdict)
        return end(Error::system("write to " + plan_.target));
    if (turn.verdict) return end(*turn.verdict);
    if (source_) return source_.set_events(EPOLLIN);
    auto source = loop_.watch(socket_.get(), EPOLLIN, os::Urgency::control,
                              [this](std::uint32_t events) { on_ready(events); });
    if (!source) return end(source.error());
    source_ = std::move(*source);
}

void ConnectAttempt::end(const Result<void>& result) {
    const Done done = std::move(done_);
    done_ = nullptr;
    source_ = {};
    socket_.reset();
    if (done) done(result);
}

}  // namespace holdfast::checker
