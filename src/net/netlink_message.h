// Netlink messages as bounds-checked views of bytes. Pure: no socket, and no struct is laid over the buffer.
// Everything that reads a datagram of the kernel goes through here; what is too short is nothing.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <type_traits>

#include "base/bytes.h"

namespace holdfast::net {

// Value of a trivially copyable type at the start of bytes, in the byte order of this host.
template <class T>
std::optional<T> native_value(ByteView bytes) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (bytes.size() < sizeof(T)) return std::nullopt;
    T value;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
}

// One message: the fields of its header that anybody needs, and what follows the header.
struct NetlinkMessage {
    std::uint16_t type = 0;   // RTM_*, NLMSG_*
    std::uint16_t flags = 0;  // NLM_F_*
    std::uint32_t sequence = 0;
    ByteView payload;
};

// The messages of one datagram, in order; ends at the first that does not fit.
class NetlinkMessages {
public:
    explicit NetlinkMessages(ByteView datagram) : rest_{datagram} {}
    std::optional<NetlinkMessage> next();

private:
    ByteView rest_;
};

struct Attribute {
    std::uint16_t type = 0;  // without the flags for nesting and byte order
    ByteView value;

    template <class T>
    std::optional<T> as() const {
        return native_value<T>(value);
    }
    // Up to the first zero byte.
    std::string_view text() const;
};

// The attributes in a span, in order; ends at the first that does not fit.
class Attributes {
public:
    // bytes: the payload of a message without its fixed part, or the value of a nested attribute.
    explicit Attributes(ByteView bytes) : rest_{bytes} {}
    // The attributes after a fixed part of that size; none when the payload is shorter.
    static Attributes after(ByteView payload, std::size_t fixed_part);
    std::optional<Attribute> next();

private:
    ByteView rest_;
};

// What an acknowledgement says (NLMSG_ERROR): 0 or an errno, and the kernel's own words where it has some.
struct Acknowledgement {
    int error_number = 0;
    std::string_view text;
};
std::optional<Acknowledgement> acknowledgement_in(const NetlinkMessage& message);

}  // namespace holdfast::net
