#include "os/passing.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>

namespace holdfast::os {

namespace {

// In front of the descriptors.
struct Header {
    std::int32_t reason = 0;  // errno of a refusal; 0: there are descriptors
    std::uint8_t what = 0;    // Wanted
    std::uint8_t count = 0;   // of places
    std::uint8_t given = 0;   // bit of each place that has a descriptor
    std::uint8_t reserved = 0;
};

using Room = std::array<char, CMSG_SPACE(most_descriptors * sizeof(int))>;

std::optional<Wanted> wanted_of(std::uint8_t wire) {
    for (const auto& entry : names_of(Wanted{}))
        if (static_cast<std::uint8_t>(entry.value) == wire) return entry.value;
    return std::nullopt;
}

// All that came with a message, owned at once.
std::vector<UniqueFd> descriptors_in(const msghdr& message) {
    std::vector<UniqueFd> all;
    const cmsghdr* header = CMSG_FIRSTHDR(&message);
    if (header == nullptr || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) return all;
    const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t at = 0; at < count; ++at) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(header) + at * sizeof fd, sizeof fd);
        all.emplace_back(fd);
    }
    return all;
}

}  // namespace

Result<std::pair<UniqueFd, UniqueFd>> passing_pair() {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return Error::system("make a pair of sockets");
    return std::pair{UniqueFd{ends[0]}, UniqueFd{ends[1]}};
}

Result<std::vector<UniqueFd>> ask_for_descriptors(int socket, Wanted what, Duration patience) {
    const std::string doing = "get " + std::string{name_of(what)} + " from holdfastd";
    // What came too late for the question before is no answer to this one.
    std::array<char, 16> late{};
    while (recv(socket, late.data(), late.size(), MSG_DONTWAIT) > 0) {
    }
    const auto request = static_cast<std::uint8_t>(what);
    if (send(socket, &request, sizeof request, MSG_NOSIGNAL | MSG_DONTWAIT) != 1) return Error::system(doing);
    pollfd wait{.fd = socket, .events = POLLIN, .revents = 0};
    const auto patience_ms = std::chrono::duration_cast<std::chrono::milliseconds>(patience).count();
    if (poll(&wait, 1, static_cast<int>(patience_ms)) != 1) return Error::system(doing, ETIMEDOUT);

    Header header;
    iovec part{.iov_base = &header, .iov_len = sizeof header};
    alignas(cmsghdr) Room room{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = room.data();
    message.msg_controllen = room.size();
    if (recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != static_cast<ssize_t>(sizeof header))
        return Error::system(doing, ECONNRESET);
    std::vector<UniqueFd> came = descriptors_in(message);
    if (header.reason != 0) return Error::system(doing, header.reason);
    if (header.what != request || header.count > most_descriptors) return Error::system(doing, EPROTO);
    std::vector<UniqueFd> all(header.count);
    auto next = came.begin();
    for (std::size_t place = 0; place < all.size(); ++place) {
        if ((header.given & (1U << place)) == 0) continue;
        if (next == came.end()) return Error::system(doing, EPROTO);
        all[place] = std::move(*next++);
    }
    return all;
}

Result<std::optional<Wanted>> take_descriptor_request(int socket) {
    const std::string doing = "read a request for descriptors";
    std::uint8_t byte = 0;
    const ssize_t size = recv(socket, &byte, sizeof byte, MSG_DONTWAIT);
    if (size < 0) return Error::system(doing);
    if (size == 0) return std::optional<Wanted>{};
    const auto what = wanted_of(byte);
    if (!what) return Error::system(doing, EPROTO);
    return what;
}

void give_descriptors(int socket, Wanted what, const Result<std::vector<int>>& answer) {
    Header header{.what = static_cast<std::uint8_t>(what)};
    std::vector<int> given;
    if (answer) {
        HF_ASSERT(answer->size() <= most_descriptors);
        header.count = static_cast<std::uint8_t>(answer->size());
        for (std::size_t place = 0; place < answer->size(); ++place) {
            if ((*answer)[place] < 0) continue;
            header.given = static_cast<std::uint8_t>(header.given | (1U << place));
            given.push_back((*answer)[place]);
        }
    } else {
        header.reason = std::max(answer.error().error_number(), 1);
    }
    iovec part{.iov_base = &header, .iov_len = sizeof header};
    alignas(cmsghdr) Room room{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (!given.empty()) {
        message.msg_control = room.data();
        message.msg_controllen = CMSG_SPACE(given.size() * sizeof(int));
        cmsghdr* rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(given.size() * sizeof(int));
        std::memcpy(CMSG_DATA(rights), given.data(), given.size() * sizeof(int));
    }
    static_cast<void>(sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT));
}

}  // namespace holdfast::os
