// Listening TCP sockets.
#pragma once

#include <cstdint>

#include "base/address.h"
#include "base/result.h"
#include "os/unique_fd.h"

namespace holdfast::os {

// Non-blocking. An IPv6 address takes no IPv4 connections.
Result<UniqueFd> listen_on(const IpAddress& address, std::uint16_t port);

}  // namespace holdfast::os
