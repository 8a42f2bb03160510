#include "config/metrics.h"

#include <charconv>

namespace holdfast::config {

std::string MetricsPlace::text() const {
    if (!address) return "unix";
    return (address->is_v6() ? "[" + address->text() + "]" : address->text()) + ":" + std::to_string(port);
}

std::optional<MetricsPlace> parse_metrics_place(std::string_view text) {
    if (text == "unix") return MetricsPlace{};
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    std::string_view host = text.substr(0, colon);
    const std::string_view digits = text.substr(colon + 1);
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    MetricsPlace place{.address = IpAddress::parse(host)};
    if (!place.address || place.address->is_v6() != bracketed || place.address->is_multicast())
        return std::nullopt;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), place.port);
    if (error != std::errc{} || end != digits.data() + digits.size() || place.port == 0) return std::nullopt;
    return place;
}

}  // namespace holdfast::config
