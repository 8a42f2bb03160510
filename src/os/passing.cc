#include "os/passing.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace holdfast::os {

namespace {

constexpr char request = '?';
constexpr const char* doing = "get a connection from holdfastd";

}  // namespace

Result<std::pair<UniqueFd, UniqueFd>> passing_pair() {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return Error::system("make a pair of sockets");
    return std::pair{UniqueFd{ends[0]}, UniqueFd{ends[1]}};
}

Result<UniqueFd> ask_for_descriptor(int socket, Duration patience) {
    // What came too late for the question before is no answer to this one.
    std::array<char, 16> late{};
    while (recv(socket, late.data(), late.size(), MSG_DONTWAIT) > 0) {
    }
    if (send(socket, &request, sizeof request, MSG_NOSIGNAL | MSG_DONTWAIT) != 1) return Error::system(doing);
    pollfd wait{.fd = socket, .events = POLLIN, .revents = 0};
    const auto patience_ms = std::chrono::duration_cast<std::chrono::milliseconds>(patience).count();
    if (poll(&wait, 1, static_cast<int>(patience_ms)) != 1) return Error::system(doing, ETIMEDOUT);

    int reason = 0;
    iovec part{.iov_base = &reason, .iov_len = sizeof reason};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> room{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = room.data();
    message.msg_controllen = room.size();
    if (recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != static_cast<ssize_t>(sizeof reason))
        return Error::system(doing, ECONNRESET);
    const cmsghdr* header = CMSG_FIRSTHDR(&message);
    if (header == nullptr || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS ||
        header->cmsg_len != CMSG_LEN(sizeof(int)))
        return Error::system(doing, reason != 0 ? reason : ECONNRESET);
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
    return UniqueFd{fd};
}

Result<bool> take_descriptor_request(int socket) {
    char byte = 0;
    const ssize_t size = recv(socket, &byte, sizeof byte, MSG_DONTWAIT);
    if (size < 0) return Error::system("read a request for a connection");
    return size == 1;
}

void give_descriptor(int socket, const Result<UniqueFd>& answer) {
    int reason = answer ? 0 : std::max(answer.error().error_number(), 1);
    iovec part{.iov_base = &reason, .iov_len = sizeof reason};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> room{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (answer) {
        message.msg_control = room.data();
        message.msg_controllen = room.size();
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        const int fd = answer->get();
        std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
    }
    static_cast<void>(sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT));
}

}  // namespace holdfast::os
