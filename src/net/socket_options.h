// Setting socket options with an error that says which. Private to net.
#pragma once

#include <sys/socket.h>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/vrid_filter.h"

namespace holdfast::net {

template <class Value>
Result<void> set_option(int fd, int level, int option, const Value& value, std::string_view doing) {
    if (setsockopt(fd, level, option, &value, sizeof value) < 0) return Error::system(doing);
    return {};
}

// For settings that an old kernel or a lesser right may refuse and on which nothing depends.
template <class Value>
bool try_option(int fd, int level, int option, const Value& value) {
    return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

// Above the system's limit when CAP_NET_ADMIN allows it, else as much as the limit allows.
inline void enlarge_receive_buffer(int fd, std::uint32_t bytes) {
    const int wanted = static_cast<int>(std::min<std::uint32_t>(bytes, 1U << 30));
    if (!try_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, wanted)) try_option(fd, SOL_SOCKET, SO_RCVBUF, wanted);
}
inline void enlarge_send_buffer(int fd, std::uint32_t bytes) {
    const int wanted = static_cast<int>(std::min<std::uint32_t>(bytes, 1U << 30));
    if (!try_option(fd, SOL_SOCKET, SO_SNDBUFFORCE, wanted)) try_option(fd, SOL_SOCKET, SO_SNDBUF, wanted);
}

inline Result<void> attach_filter(int fd, BpfProgram program) {
    const sock_fprog attached{.len = static_cast<unsigned short>(program.size()), .filter = program.data()};
    return set_option(fd, SOL_SOCKET, SO_ATTACH_FILTER, attached, "attach a filter of VRIDs");
}

}  // namespace holdfast::net
