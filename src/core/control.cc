#include "core/control.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

namespace holdfast::core {

namespace {

constexpr std::size_t most_connections = 8;

bool is_trusted(int connection) {
    ucred peer{};
    socklen_t size = sizeof peer;
    return getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
           (peer.uid == 0 || peer.uid == geteuid());
}

}  // namespace

void Asker::answer(bool done, const std::string& text) {
    answer({.outcome = done ? os::Outcome::done : os::Outcome::refused, .text = text});
}

void Asker::answer(const os::Answer& answer, int descriptor) {
    if (take_) std::exchange(take_, nullptr)(answer);
    if (!connection_) return;
    os::give_answer(connection_.get(), answer, descriptor);
    connection_.reset();
}

Result<std::unique_ptr<Control>> Control::open(os::EventLoop& loop, const std::string& runtime_directory,
                                               Serve serve) {
    std::unique_ptr<Control> control{new Control{loop, runtime_directory, std::move(serve)}};
    if (auto listening = control->listen(); !listening) return std::move(listening).error();
    return control;
}

Control::~Control() {
    if (listener_) unlink((directory_ + "/" + os::control_socket).c_str());
}

Result<void> Control::listen() {
    auto listener = os::listen_for_requests(directory_);
    if (!listener) return std::move(listener).error();
    listener_ = std::move(*listener);
    auto incoming =
        loop_.watch(listener_.get(), EPOLLIN, os::Urgency::control, [this](std::uint32_t) { accept(); });
    if (!incoming) return std::move(incoming).error();
    incoming_ = std::move(*incoming);
    return {};
}

void Control::accept() {
    os::UniqueFd fd{accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (!fd) return;
    if (!is_trusted(fd.get())) return Asker{std::move(fd)}.answer(false, "only root may ask for that");
    served_.clear();
    if (connections_.size() >= most_connections) connections_.pop_front();  // it never said what it wants
    Connection& connection = connections_.emplace_back();
    connection.fd = std::move(fd);
    auto source = loop_.watch(connection.fd.get(), EPOLLIN, os::Urgency::control,
                              [this, &connection](std::uint32_t) { read(connection); });
    if (source)
        connection.source = std::move(*source);
    else
        connections_.pop_back();
}

void Control::read(Connection& connection) {
    connection.source.enable(false);
    const auto found = std::find_if(connections_.begin(), connections_.end(),
                                    [&](const Connection& one) { return &one == &connection; });
    served_.splice(served_.end(), connections_, found);
    std::array<char, os::max_control_message + 1> room{};
    const ssize_t size = recv(connection.fd.get(), room.data(), room.size(), MSG_DONTWAIT);
    if (size <= 0) return;
    Asker asker{os::UniqueFd{fcntl(connection.fd.get(), F_DUPFD_CLOEXEC, 0)}};
    connection.fd.reset();
    const auto request = os::decode_request({room.data(), static_cast<std::size_t>(size)});
    if (!request) return asker.answer(false, request.error().text());
    serve_(*request, std::move(asker));
}

}  // namespace holdfast::core
