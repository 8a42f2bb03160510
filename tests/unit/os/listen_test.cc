#include "os/listen.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace holdfast::os {
namespace {

// A port that is free on both loopback addresses, and its listener.
UniqueFd listen_anywhere(const IpAddress& address, std::uint16_t& port) {
    for (port = 20000; port < 60000; port = static_cast<std::uint16_t>(port + 13))
        if (auto fd = listen_on(address, port)) return std::move(*fd);
    ADD_FAILURE() << "no port is free";
    return {};
}

TEST(AListener, TakesConnectionsAtItsAddress) {
    std::uint16_t port = 0;
    const UniqueFd listener = listen_anywhere(*IpAddress::parse("127.0.0.1"), port);
    const UniqueFd client{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(accept(listener.get(), nullptr, nullptr), -1);  // does not wait
    ASSERT_EQ(connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_TRUE(UniqueFd{accept(listener.get(), nullptr, nullptr)});
}

TEST(AListener, OfIpv6LeavesIpv4Alone) {
    std::uint16_t port = 0;
    const UniqueFd six = listen_anywhere(*IpAddress::parse("::"), port);
    EXPECT_TRUE(listen_on(*IpAddress::parse("0.0.0.0"), port));
}

TEST(AListener, SaysWhyItCannotBe) {
    std::uint16_t port = 0;
    const UniqueFd first = listen_anywhere(*IpAddress::parse("127.0.0.1"), port);
    const auto second = listen_on(*IpAddress::parse("127.0.0.1"), port);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().error_number(), EADDRINUSE);
    const auto foreign = listen_on(*IpAddress::parse("192.0.2.77"), port);
    ASSERT_FALSE(foreign);
    EXPECT_EQ(foreign.error().error_number(), EADDRNOTAVAIL);
}

}  // namespace
}  // namespace holdfast::os
