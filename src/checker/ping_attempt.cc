#include "checker/ping_attempt.h"

#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "checker/socket_address.h"

namespace holdfast::checker {

bool is_echo_reply(ByteView message, Family family, std::uint16_t number) {
    ByteReader reader{message};
    const auto type = reader.u8();
    reader.u8();    // code
    reader.be16();  // checksum
    reader.be16();  // identifier
    return type == (family == Family::ipv4 ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY) && reader.be16() == number;
}

void PingAttempt::start(Done done) {
    done_ = std::move(done);
    ++number_;
    const SocketAddress address{target_, 0};
    const int protocol = target_.is_v4() ? static_cast<int>(IPPROTO_ICMP) : static_cast<int>(IPPROTO_ICMPV6);
    socket_ = os::UniqueFd{socket(address.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol)};
    if (!socket_ && (errno == EACCES || errno == EPERM))
        return end(
            Error::invalid("ping sockets are not allowed; set net.ipv4.ping_group_range to include group 0: "
                           "\"0 2147483647\""));
    if (!socket_) return end(Error::system("make a ping socket"));
    std::array<std::uint8_t, 16> request{};
    ByteWriter writer{request};
    writer.u8(target_.is_v4() ? ICMP_ECHO : ICMP6_ECHO_REQUEST);
    writer.u8(0);
    writer.be16(0);  // checksum and identifier are the kernel's
    writer.be16(0);
    writer.be16(number_);
    if (connect(socket_.get(), address.get(), address.size()) != 0 ||
        send(socket_.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0)
        return end(Error::system("ping " + target_.text()));
    auto source =
        loop_.watch(socket_.get(), EPOLLIN, os::Urgency::control, [this](std::uint32_t) { on_answer(); });
    if (!source) return end(source.error());
    source_ = std::move(*source);
}

std::string PingAttempt::give_up() {
    done_ = nullptr;
    source_ = {};
    socket_.reset();
    return target_.text() + " does not answer";
}

void PingAttempt::on_answer() {
    std::array<std::uint8_t, 256> room;
    const ssize_t size = recv(socket_.get(), room.data(), room.size(), 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size < 0) return end(Error::system("ping " + target_.text()));
    if (is_echo_reply(ByteView{room.data(), static_cast<std::size_t>(size)}, target_.family(), number_))
        end({});
}

void PingAttempt::end(const Result<void>& result) {
    const Done done = std::move(done_);
    done_ = nullptr;
    source_ = {};
    socket_.reset();
    if (done) done(result);
}

}  // namespace holdfast::checker
