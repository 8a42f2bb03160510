#include "cli/ask_status.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <optional>
#include <thread>

#include "os/control.h"
#include "os/event_loop.h"
#include "status/enquiry.h"

namespace holdfast::cli {

namespace {

using namespace std::chrono_literals;

constexpr Duration patience = 5s;  // with the answer
constexpr Duration pause = 50ms;

// All bytes until the other end has said everything. No error number: it makes no sense.
Result<std::string> read_answer(int fd) {
    const Instant end = os::EventLoop::now() + patience;
    std::string text;
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - os::EventLoop::now());
        pollfd wait{.fd = fd, .events = POLLIN, .revents = 0};
        if (left <= 0ms || poll(&wait, 1, static_cast<int>(left.count())) == 0)
            return Error::system("hear from holdfastd", ETIMEDOUT);
        std::array<char, 65536> room{};
        const ssize_t size = recv(fd, room.data(), room.size(), 0);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return Error::system("hear from holdfastd");
        if (size == 0) return text;
        text.append(room.data(), static_cast<std::size_t>(size));
        if (text.size() > status::most_reply_bytes) return Error::invalid("the answer does not end");
    }
}

Result<std::string> ask_once(const std::string& runtime_directory) {
    const auto socket = os::connect_to_status(runtime_directory);
    if (!socket) return socket.error();
    const std::string line = encode(status::Enquiry::snapshots);
    if (send(socket->get(), line.data(), line.size(), MSG_NOSIGNAL) < 0)
        return Error::system("ask holdfastd");
    auto text = read_answer(socket->get());
    // Who was to answer has ended.
    if (text && text->find('\n') == std::string::npos)
        return Error::system("hear from holdfastd", ECONNRESET);
    return text;
}

bool may_pass(int error_number) {
    return error_number == ECONNREFUSED || error_number == ECONNRESET || error_number == EPIPE;
}

Result<status::Published> understand(const std::string& text) {
    const std::size_t line = text.find('\n');
    const auto reply = status::decode_reply(std::string_view{text}.substr(0, line));
    if (!reply) return reply.error();
    if (!reply->refusal.empty()) return Error::invalid("holdfastd refuses: " + reply->refusal);
    const ByteView bytes{reinterpret_cast<const std::uint8_t*>(text.data()) + line + 1,
                         text.size() - line - 1};
    if (bytes.size() != reply->routers + reply->checks)
        return Error::system("hear all from holdfastd", ECONNRESET);
    status::Published published;
    if (reply->routers > 0) {
        auto routers = status::read_routers(bytes.first(reply->routers));
        if (!routers) return std::move(routers).error();
        published.routers = std::move(*routers);
    }
    if (reply->checks > 0) {
        auto checks = status::read_checks(bytes.last(reply->checks));
        if (!checks) return std::move(checks).error();
        published.checks = std::move(*checks);
    }
    return published;
}

}  // namespace

Result<status::Published> ask_status(const std::string& runtime_directory, Duration waiting) {
    const Instant end = os::EventLoop::now() + waiting;
    for (;;) {
        auto text = ask_once(runtime_directory);
        auto published = text ? understand(*text) : Result<status::Published>{std::move(text).error()};
        if (published || !may_pass(published.error().error_number()) || os::EventLoop::now() >= end)
            return published;
        std::this_thread::sleep_for(pause);
    }
}

}  // namespace holdfast::cli
