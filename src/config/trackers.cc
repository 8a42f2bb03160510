#include "config/trackers.h"

#include <charconv>

namespace holdfast::config {

std::optional<Endpoint> parse_endpoint(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    std::string_view host = text.substr(0, colon);
    const std::string_view digits = text.substr(colon + 1);
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    Endpoint endpoint;
    const char* const end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, endpoint.port);
    const auto address = IpAddress::parse(host);
    if (read.ec != std::errc{} || read.ptr != end || endpoint.port == 0) return std::nullopt;
    if (!address || address->is_v6() != bracketed) return std::nullopt;
    endpoint.address = *address;
    return endpoint;
}

std::optional<std::string> fault_of_target(CheckType type, const std::string& target) {
    switch (type) {
        case CheckType::tcp:
        case CheckType::mysql:
        case CheckType::postgresql:
        case CheckType::redis:
            if (parse_endpoint(target)) return std::nullopt;
            return "an address with a port, 192.0.2.1:80 or [2001:db8::1]:80 (no name: it would have to be "
                   "resolved for each check)";
        case CheckType::icmp:
        case CheckType::arp:
            if (IpAddress::parse(target)) return std::nullopt;
            return "an address, 192.0.2.1 or 2001:db8::1";
        case CheckType::unix_socket:
            if (target.starts_with('/') && target.size() < 108) return std::nullopt;
            return "the path of a socket, of at most 107 characters";
        case CheckType::http:
        case CheckType::https: {
            const std::string scheme = type == CheckType::http ? "http://" : "https://";
            if (target.starts_with(scheme) && target.size() > scheme.size()) return std::nullopt;
            return "a URL that begins with " + scheme;
        }
        case CheckType::systemd_unit:
            if (target.find('.') != std::string::npos && target.find('/') == std::string::npos)
                return std::nullopt;
            return "the whole name of a unit, nginx.service";
    }
    return std::nullopt;
}

}  // namespace holdfast::config
