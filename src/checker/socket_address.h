// An address as the socket calls take it.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>

#include "base/address.h"

namespace holdfast::checker {

class SocketAddress {
public:
    SocketAddress(const IpAddress& address, std::uint16_t port) {
        const ByteView bytes = address.bytes();
        if (address.is_v4()) {
            sockaddr_in v4{};
            v4.sin_family = AF_INET;
            v4.sin_port = htons(port);
            std::memcpy(&v4.sin_addr, bytes.data(), bytes.size());
            keep(v4);
        } else {
            sockaddr_in6 v6{};
            v6.sin6_family = AF_INET6;
            v6.sin6_port = htons(port);
            std::memcpy(&v6.sin6_addr, bytes.data(), bytes.size());
            keep(v6);
        }
    }
    // Of at most 107 bytes; what is more is cut.
    explicit SocketAddress(const std::string& path) {
        sockaddr_un local{};
        local.sun_family = AF_UNIX;
        path.copy(local.sun_path, sizeof local.sun_path - 1);
        keep(local);
    }
    int family() const { return storage_.ss_family; }
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage_); }
    socklen_t size() const { return size_; }

private:
    template <class Specific>
    void keep(const Specific& address) {
        std::memcpy(&storage_, &address, sizeof address);
        size_ = sizeof address;
    }
    sockaddr_storage storage_{};
    socklen_t size_ = 0;
};

}  // namespace holdfast::checker
