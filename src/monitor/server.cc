#include "monitor/server.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "status/messages.h"

namespace holdfast::monitor {

namespace {

std::string name_of_peer(int connection) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return "somebody";
    return "process " + std::to_string(peer.pid) + " of user " + std::to_string(peer.uid);
}

}  // namespace

Result<std::unique_ptr<Server>> Server::create(os::EventLoop& loop, os::UniqueFd listener, Answer answer,
                                               Duration patience) {
    std::unique_ptr<Server> server{new Server{loop, std::move(listener), std::move(answer), patience}};
    auto deadline = loop.timer(os::Urgency::control, [self = server.get()] { self->on_time(); });
    if (!deadline) return std::move(deadline).error();
    server->deadline_ = std::move(*deadline);
    auto incoming = loop.watch(server->listener_.get(), EPOLLIN, os::Urgency::traffic,
                               [self = server.get()](std::uint32_t) { self->accept(); });
    if (!incoming) return std::move(incoming).error();
    server->incoming_ = std::move(*incoming);
    return server;
}

void Server::finish(std::function<void()> done) {
    incoming_ = os::Source{};
    listener_.reset();
    done_ = std::move(done);
    if (connections_.empty()) done_();
}

void Server::accept() {
    os::UniqueFd fd{accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (!fd) return;
    if (connections_.size() >= most_connections) {
        refuse(connections_.front(), "too many are open at a time");
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
    if (!place->answer && !read(*place)) return end(place);
    if (place->answer && !write(*place)) end(place);
}

// False: there is nothing more to do for it.
bool Server::read(Connection& connection) {
    std::array<char, status::longest_enquiry> room{};
    const ssize_t size = recv(connection.fd.get(), room.data(), room.size(), MSG_DONTWAIT);
    if (size < 0) return errno == EAGAIN || errno == EINTR;
    if (size == 0) return false;
    connection.line.append(room.data(), static_cast<std::size_t>(size));
    const std::size_t length = connection.line.find('\n');
    if (length == std::string::npos && connection.line.size() < status::longest_enquiry) return true;
    const auto enquiry = status::decode_enquiry(connection.line.substr(0, length));
    if (enquiry) {
        connection.answer = answer_(*enquiry);
        return true;
    }
    refuse(connection, "what it sent is no request: " + enquiry.error().text());
    connection.answer =
        std::make_shared<const std::string>(encode(status::Reply{.refusal = enquiry.error().text()}));
    return true;
}

// False: all is sent, or nobody takes it.
bool Server::write(Connection& connection) {
    const std::string& text = *connection.answer;
    const ssize_t sent = send(connection.fd.get(), text.data() + connection.sent,
                              text.size() - connection.sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return false;
    if (sent > 0) connection.sent += static_cast<std::size_t>(sent);
    connection.source.set_events(EPOLLOUT);
    return connection.sent < text.size();
}

void Server::refuse(const Connection& connection, const std::string& why) {
    const std::string who = name_of_peer(connection.fd.get());
    const auto held_back = limit_.allow(why, os::EventLoop::now());
    if (!held_back) return;
    os::log(os::Level::warning,
            status::labelled(status::Number::reader_refused,
                             "status socket: " + who + " is refused: " + why +
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
        refuse(connections_.front(), "it takes too long");
        end(connections_.begin());
    }
}

}  // namespace holdfast::monitor
