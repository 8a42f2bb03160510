// Where metrics are offered to monitoring: addresses of this host, or the unix socket in the runtime
// directory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/items.h"

namespace holdfast::config {

// One metrics_listen.
struct MetricsListen {
    std::string where;  // as it is written, fit for parse_metrics_place
    Origin place;
    bool operator==(const MetricsListen&) const = default;
};

// A TCP address, or nothing: the unix socket.
struct MetricsPlace {
    std::optional<IpAddress> address;
    std::uint16_t port = 0;
    // "192.0.2.1:9650", "[2001:db8::1]:9650", "unix"
    std::string text() const;
    auto operator<=>(const MetricsPlace&) const = default;
};
std::optional<MetricsPlace> parse_metrics_place(std::string_view text);

}  // namespace holdfast::config
