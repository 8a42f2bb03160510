#include "monitor/server.h"

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/address.h"

namespace holdfast::monitor {

namespace {

constexpr std::size_t most_behind_request = 65536;

std::string name_of_host(ByteView address, in_port_t port) {
    const auto known = IpAddress::from_bytes(address);
    return known ? known->text() + " port " + std::to_string(ntohs(port)) : "somebody";
}

std::string name_of_peer(int connection) {
    union {
        sockaddr any;
        sockaddr_in v4;
        sockaddr_in6 v6;
        sockaddr_storage room;
    } address{};
    socklen_t size = sizeof address;
    if (getpeername(connection, &address.any, &size) != 0) return "somebody";
    const auto bytes = [](const auto& binary) {
        return ByteView{reinterpret_cast<const std::uint8_t*>(&binary), sizeof binary};
    };
    if (address.any.sa_family == AF_INET)
        return name_of_host(bytes(address.v4.sin_addr), address.v4.sin_port);
    if (address.any.sa_family == AF_INET6)
        return name_of_host(bytes(address.v6.sin6_addr), address.v6.sin6_port);
    ucred peer{};
    size = sizeof peer;
    if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return "somebody";
    return "process " + std::to_string(peer.pid) + " of user " + std::to_string(peer.uid);
}

using Pieces = std::array<iovec, 3>;

std::size_t size_of(const Pieces& pieces) {
    std::size_t size = 0;
    for (const iovec& piece : pieces)
        size += piece.iov_len;
    return size;
}

// What is behind the bytes that are sent.
Pieces rest_of(const Reply& reply, std::size_t sent) {
    const std::string_view middle = reply.middle ? std::string_view{*reply.middle} : std::string_view{};
    Pieces pieces{};
    std::size_t at = 0;
    for (std::string_view text : {std::string_view{reply.begin}, middle, std::string_view{reply.end}}) {
        const std::size_t gone = std::min(sent, text.size());
        sent -= gone;
        text.remove_prefix(gone);
        pieces[at++] = {.iov_base = const_cast<char*>(text.data()), .iov_len = text.size()};  // only read
    }
    return pieces;
}

}  // namespace

Result<std::unique_ptr<Server>> Server::create(os::EventLoop& loop, std::vector<os::UniqueFd> listeners,
                                               Protocol protocol, Duration patience) {
    std::unique_ptr<Server> server{new Server{loop, std::move(protocol), patience}};
    auto deadline = loop.timer(os::Urgency::control, [self = server.get()] { self->on_time(); });
    if (!deadline) return std::move(deadline).error();
    server->deadline_ = std::move(*deadline);
    for (os::UniqueFd& fd : listeners) {
        auto incoming =
            loop.watch(fd.get(), EPOLLIN, os::Urgency::traffic,
                       [self = server.get(), number = fd.get()](std::uint32_t) { self->accept(number); });
        if (!incoming) return std::move(incoming).error();
        server->listeners_.push_back({.fd = std::move(fd), .source = std::move(*incoming)});
    }
    return server;
}

void Server::finish(std::function<void()> done) {
    for (Listener& listener : listeners_)
        listener.source = os::Source{};
    listeners_.clear();
    done_ = std::move(done);
    if (connections_.empty()) done_();
}

void Server::accept(int listener) {
    os::UniqueFd fd{accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (!fd) return;
    ++counters_.connections;
    if (connections_.size() >= most_connections) {
        if (!connections_.front().is_answered) refuse(connections_.front(), "too many are open at a time");
        end(connections_.begin());
    }
    const Place place = connections_.emplace(connections_.end());
    place->fd = std::move(fd);
    place->end = os::EventLoop::now() + patience_;
    auto source = loop_.watch(place->fd.get(), EPOLLIN, os::Urgency::control,
                              [this, place](std::uint32_t) { serve(place); });
    if (!source) return end(place);
    place->source = std::move(*source);
    deadline_.arm(connections_.front().end);
}

void Server::serve(Place place) {
    if (place->is_answered) {
        if (!wait_for_end(*place)) end(place);
        return;
    }
    if (!place->reply && !read(*place)) return end(place);
    if (place->reply && !write(*place)) end(place);
}

// False: there is nothing more to do for it.
bool Server::read(Connection& connection) {
    std::array<char, 4096> room{};
    const std::size_t wanted = std::min(room.size(), protocol_.longest_request - connection.said.size());
    const ssize_t size = recv(connection.fd.get(), room.data(), wanted, MSG_DONTWAIT);
    if (size < 0) return errno == EAGAIN || errno == EINTR;
    if (size == 0) return false;
    connection.said.append(room.data(), static_cast<std::size_t>(size));
    connection.reply = protocol_.answer(connection.said);
    if (connection.reply && !connection.reply->refusal.empty()) refuse(connection, connection.reply->refusal);
    HF_ASSERT(connection.reply || connection.said.size() < protocol_.longest_request);
    return true;
}

// False: all is sent, or nobody takes it.
bool Server::write(Connection& connection) {
    HF_ASSERT(connection.reply);
    Pieces rest = rest_of(*connection.reply, connection.sent);
    const msghdr message{.msg_iov = rest.data(), .msg_iovlen = rest.size()};
    const ssize_t sent = sendmsg(connection.fd.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return false;
    if (sent > 0) connection.sent += static_cast<std::size_t>(sent);
    if (sent < 0 || static_cast<std::size_t>(sent) < size_of(rest)) {
        connection.source.set_events(EPOLLOUT);
        return true;
    }
    if (!protocol_.lingers || shutdown(connection.fd.get(), SHUT_WR) != 0) return false;
    connection.is_answered = true;
    connection.source.set_events(EPOLLIN);
    return true;
}

// False: it has closed, or will not.
bool Server::wait_for_end(Connection& connection) {
    std::array<char, 4096> room{};
    const ssize_t size = recv(connection.fd.get(), room.data(), room.size(), MSG_DONTWAIT);
    if (size < 0) return errno == EAGAIN || errno == EINTR;
    connection.too_much += static_cast<std::size_t>(size);
    return size > 0 && connection.too_much < most_behind_request;
}

void Server::refuse(const Connection& connection, const std::string& why) {
    ++counters_.refused;
    const auto held_back = limit_.allow(why, os::EventLoop::now());
    if (!held_back) return;
    os::log(os::Level::warning,
            labelled(protocol_.refused,
                     protocol_.name + ": " + name_of_peer(connection.fd.get()) + " is refused: " + why +
                         (*held_back > 0 ? " (" + std::to_string(*held_back) + " more)" : "")));
}

void Server::end(Place place) {
    connections_.erase(place);
    deadline_.arm(connections_.empty() ? never : connections_.front().end);
    if (done_ && connections_.empty()) done_();
}

void Server::on_time() {
    const Instant now = os::EventLoop::now();
    while (!connections_.empty() && connections_.front().end <= now) {
        if (!connections_.front().is_answered) refuse(connections_.front(), "it takes too long");
        end(connections_.begin());
    }
}

}  // namespace holdfast::monitor
