#include "os/control.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace holdfast::os {

namespace {

constexpr std::string_view version = "holdfast 1 ";

Result<std::string_view> after_version(std::string_view message) {
    if (message.size() > max_control_message) return Error::invalid("message is too long");
    if (!message.starts_with(version)) return Error::invalid("message of another version");
    message.remove_prefix(version.size());
    const auto printable = [](unsigned char byte) { return byte >= 0x20 && byte != 0x7f; };
    if (!std::all_of(message.begin(), message.end(), printable))
        return Error::invalid("message has control characters");
    return message;
}

}  // namespace

std::string encode(const Request& request) {
    std::string text = std::string{version} + std::string{name_of(request.wish)};
    if (request.wish == Wish::reply) text += " " + request.code.substr(0, Request::longest_code);
    if (may_have_name(request.wish) && !request.name.empty())
        text += " " + request.name.substr(0, Request::longest_name);
    return text;
}

Result<Request> decode_request(std::string_view message) {
    const auto words = after_version(message);
    if (!words) return words.error();
    const std::size_t blank = words->find(' ');
    const auto wish = value_named<Wish>(words->substr(0, blank));
    if (!wish) return Error::invalid("unknown request");
    const bool has_word = blank != std::string_view::npos;
    const bool may_have_word = *wish == Wish::reply || may_have_name(*wish);
    const bool must_have_word = *wish == Wish::reply || must_have_name(*wish);
    if (has_word ? !may_have_word : must_have_word)
        return Error::invalid("request with a word too many or too few");
    Request request{.wish = *wish, .code = {}, .name = {}};
    if (!has_word) return request;
    if (may_have_name(*wish)) {
        request.name = words->substr(blank + 1);
        if (request.name.empty() || request.name.size() > Request::longest_name)
            return Error::invalid("no name has that length");
        return request;
    }
    request.code = words->substr(blank + 1);
    if (request.code.empty() || request.code.size() > Request::longest_code)
        return Error::invalid("no code has that length");
    return request;
}

std::string encode(const Answer& answer) {
    std::string text = answer.text.substr(0, Answer::longest_text);
    std::replace_if(
        text.begin(), text.end(), [](unsigned char byte) { return byte < 0x20 || byte == 0x7f; }, ' ');
    return std::string{version} + std::string{name_of(answer.outcome)} + " " + text;
}

Result<Answer> decode_answer(std::string_view message) {
    const auto rest = after_version(message);
    if (!rest) return rest.error();
    const std::size_t blank = rest->find(' ');
    const auto outcome = value_named<Outcome>(rest->substr(0, blank));
    if (!outcome || blank == std::string_view::npos) return Error::invalid("unknown answer");
    return Answer{.outcome = *outcome, .text = std::string{rest->substr(blank + 1)}};
}

namespace {

// The path goes through a descriptor of the directory, because the address has room for 107 characters only.
struct Address {
    UniqueFd directory;
    sockaddr_un socket{};
};

Result<Address> address_in(const std::string& directory, const char* name) {
    Address address;
    address.directory = UniqueFd{open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
    if (!address.directory) return Error::system("open " + directory);
    address.socket.sun_family = AF_UNIX;
    const std::string path = "/proc/self/fd/" + std::to_string(address.directory.get()) + "/" + name;
    std::memcpy(address.socket.sun_path, path.c_str(), path.size() + 1);
    return address;
}

const sockaddr* generic(const Address& address) {
    return reinterpret_cast<const sockaddr*>(&address.socket);
}

// Only its owner may connect.
Result<UniqueFd> listen_as(const std::string& runtime_directory, const char* name, int type,
                           int most_waiting) {
    auto address = address_in(runtime_directory, name);
    if (!address) return std::move(address).error();
    UniqueFd socket{::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!socket) return Error::system("create a socket");
    unlinkat(address->directory.get(), name, 0);
    const mode_t before = umask(0177);
    const int bound = bind(socket.get(), generic(*address), sizeof address->socket);
    const int bind_error = errno;
    umask(before);
    if (bound != 0 || listen(socket.get(), most_waiting) != 0)
        return Error::system("open the socket " + runtime_directory + "/" + name, bind_error);
    return socket;
}

}  // namespace

Result<UniqueFd> listen_for_requests(const std::string& runtime_directory) {
    constexpr int most_waiting = 8;
    return listen_as(runtime_directory, control_socket, SOCK_SEQPACKET, most_waiting);
}

Result<UniqueFd> listen_for_readers(const std::string& runtime_directory, const char* name) {
    constexpr int most_waiting = 128;
    return listen_as(runtime_directory, name, SOCK_STREAM, most_waiting);
}

Result<void> give_access(const std::string& runtime_directory, const SocketAccess& access, const char* name) {
    const std::string path = runtime_directory + "/" + name;
    const UniqueFd directory{open(runtime_directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
    struct stat facts {};
    if (!directory || fstatat(directory.get(), name, &facts, AT_SYMLINK_NOFOLLOW) != 0)
        return Error::system("look at " + path);
    if (!S_ISSOCK(facts.st_mode)) return Error::invalid(path + " is no socket");
    // What one group may do is never in force for another.
    constexpr uid_t same = static_cast<uid_t>(-1);
    if (facts.st_gid != access.group &&
        (fchmodat(directory.get(), name, 0600, 0) != 0 ||
         fchownat(directory.get(), name, same, access.group, AT_SYMLINK_NOFOLLOW) != 0))
        return Error::system("give " + path + " to its group");
    if (fchmodat(directory.get(), name, access.mode, 0) != 0) return Error::system("set the mode of " + path);
    return {};
}

Result<UniqueFd> connect_to_status(const std::string& runtime_directory) {
    const auto address = address_in(runtime_directory, status_socket);
    if (!address) return address.error();
    UniqueFd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (!socket || connect(socket.get(), generic(*address), sizeof address->socket) != 0)
        return Error::system("reach holdfastd in " + runtime_directory);
    return socket;
}

namespace {

struct Heard {
    Answer answer;
    UniqueFd descriptor;
};

// Whatever descriptors came with it; more than one makes no sense and is closed.
UniqueFd take_descriptor(msghdr& message) {
    UniqueFd taken;
    for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t at = 0; at < count; ++at) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(part) + at * sizeof fd, sizeof fd);
            taken = UniqueFd{fd};
        }
    }
    return taken;
}

Result<Heard> hear(int socket) {
    std::array<char, max_control_message + 1> room{};
    iovec bytes{.iov_base = room.data(), .iov_len = room.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    ssize_t size = 0;
    do
        size = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (size < 0 && errno == EINTR);
    if (size < 0) return Error::system("hear from holdfastd");
    Heard heard;
    heard.descriptor = take_descriptor(message);
    if (size == 0) return Error::invalid("holdfastd ended without an answer; its log says why");
    auto answer = decode_answer({room.data(), static_cast<std::size_t>(size)});
    if (!answer) return std::move(answer).error();
    heard.answer = std::move(*answer);
    return heard;
}

Result<Heard> ask_and_hear(const std::string& runtime_directory, const Request& request) {
    const auto address = address_in(runtime_directory, control_socket);
    if (!address) return address.error();
    const UniqueFd socket{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)};
    if (!socket || connect(socket.get(), generic(*address), sizeof address->socket) != 0)
        return Error::system("reach holdfastd in " + runtime_directory);
    const std::string message = encode(request);
    if (send(socket.get(), message.data(), message.size(), MSG_NOSIGNAL) < 0)
        return Error::system("ask holdfastd");
    return hear(socket.get());
}

}  // namespace

Result<Answer> ask(const std::string& runtime_directory, const Request& request) {
    auto heard = ask_and_hear(runtime_directory, request);
    if (!heard) return std::move(heard).error();
    return std::move(heard->answer);
}

Result<UniqueFd> ask_for_configuration(const std::string& runtime_directory) {
    auto heard = ask_and_hear(runtime_directory, {.wish = Wish::configuration, .code = {}});
    if (!heard) return std::move(heard).error();
    if (!heard->answer.done()) return Error::invalid(heard->answer.text);
    if (!heard->descriptor) return Error::invalid("holdfastd answered without its configuration");
    return std::move(heard->descriptor);
}

void give_answer(int connection, const Answer& answer, int descriptor) {
    const std::string text = encode(answer);
    iovec bytes{.iov_base = const_cast<char*>(text.data()), .iov_len = text.size()};  // NOLINT: only read
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    if (descriptor >= 0) {
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        cmsghdr* const part = CMSG_FIRSTHDR(&message);
        part->cmsg_level = SOL_SOCKET;
        part->cmsg_type = SCM_RIGHTS;
        part->cmsg_len = CMSG_LEN(sizeof descriptor);
        std::memcpy(CMSG_DATA(part), &descriptor, sizeof descriptor);
    }
    static_cast<void>(sendmsg(connection, &message, MSG_NOSIGNAL | MSG_DONTWAIT));
}

}  // namespace holdfast::os
