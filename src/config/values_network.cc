// Interfaces, addresses, and the words of addresses, routes, rules and services.
#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>

#include "config/values.h"
#include "config/values_private.h"

namespace holdfast::config {

namespace {

constexpr std::size_t longest_interface_name = 15;

struct KnownNumber {
    std::string_view name;
    std::int64_t number;
};

constexpr KnownNumber scopes[] = {{"global", 0}, {"universe", 0}, {"site", 200},
                                  {"link", 253}, {"host", 254},   {"nowhere", 255}};
constexpr KnownNumber tables[] = {{"default", 253}, {"main", 254}, {"local", 255}};
constexpr KnownNumber protocols[] = {
    {"redirect", 1}, {"kernel", 2}, {"boot", 3}, {"static", 4}, {"keepalived", 18}};
constexpr KnownNumber route_types[] = {
    {"unicast", 1},   {"local", 2},       {"broadcast", 3}, {"anycast", 4}, {"multicast", 5},
    {"blackhole", 6}, {"unreachable", 7}, {"prohibit", 8},  {"throw", 9},   {"nat", 10}};
constexpr KnownNumber preferences[] = {{"medium", 0}, {"high", 1}, {"low", 3}};

template <std::size_t size>
std::optional<std::int64_t> find(const KnownNumber (&known)[size], std::string_view name) {
    for (const auto& entry : known)
        if (entry.name == name) return entry.number;
    return std::nullopt;
}

// Says that the word at position is wrong.
std::nullopt_t wrong(Reading& reading, const Words& words, std::size_t position, Finding finding,
                     std::string_view why, std::string_view expected) {
    const std::string word =
        position < words.line().words.size() ? "'" + words.line().words[position].text + "' " : std::string{};
    report_value(reading, words, position,
                 {.number = finding,
                  .message = named(reading, word + std::string{why}),
                  .expected = std::string{expected}});
    return std::nullopt;
}

std::nullopt_t missing(Reading& reading, const Words& words, std::string_view expected) {
    report_value(reading, words, words.position(),
                 {.number = Finding::missing_word,
                  .rank = Class::missing_parameter,
                  .message = named(reading, "a word is missing"),
                  .expected = std::string{expected}});
    return std::nullopt;
}

std::optional<Value> read_interface(const Argument& argument, Words& words, Reading& reading) {
    const std::size_t position = words.position();
    const std::string& name = words.take().text;
    if (name.empty() || name.size() > longest_interface_name)
        return wrong(reading, words, position, Finding::name_too_long, "is no name of an interface",
                     "1 to 15 characters");
    if (argument.kind == Kind::new_interface || reading.dynamic_interfaces || reading.host.interface(name))
        return Value{name};
    return wrong(reading, words, position, Finding::no_such_interface, "does not exist on this host",
                 "an interface, or dynamic_interfaces in global_defs");
}

// A plain address; keepalived drops a /MASK or -RANGE tail without a word.
std::optional<IpAddress> parse_address(const Argument& argument, Words& words, Reading& reading) {
    const std::size_t position = words.position();
    const std::string& text = words.take().text;
    const auto tail = text.find_first_of("/-");
    const auto address = IpAddress::parse(std::string_view{text}.substr(0, tail));
    if (!address) {
        wrong(reading, words, position, Finding::bad_address, "is no address", "an IPv4 or IPv6 address");
        return std::nullopt;
    }
    if ((argument.range == "ipv4" && !address->is_v4()) || (argument.range == "ipv6" && !address->is_v6())) {
        wrong(reading, words, position, Finding::bad_address, "is of the other family",
              argument.range == "ipv4" ? "an IPv4 address" : "an IPv6 address");
        return std::nullopt;
    }
    if (tail != std::string::npos)
        report_value(
            reading, words, position,
            {.number = Finding::tail_dropped,
             .rank = Class::notice,
             .consequence = Consequence::defaulted,
             .message = named(reading, "'" + text.substr(tail) + "' has no meaning here and is dropped"),
             .expected = "an address alone"});
    return address;
}

// With a bad length an address stands for itself alone, as it does for keepalived.
std::optional<Value> read_prefix(Words& words, Reading& reading) {
    const std::size_t position = words.position();
    const std::string& text = words.take().text;
    if (const auto prefix = Prefix::parse(text)) return Value{*prefix};
    const auto address = IpAddress::parse(std::string_view{text}.substr(0, text.find('/')));
    if (!address)
        return wrong(reading, words, position, Finding::bad_address, "is no address with a prefix length",
                     "ADDRESS or ADDRESS/LENGTH");
    const auto length = host_prefix_length(address->family());
    report_value(reading, words, position,
                 {.number = Finding::bad_address,
                  .rank = Class::invalid_number,
                  .consequence = Consequence::defaulted,
                  .message = named(reading, "'" + text + "' has no valid prefix length, " +
                                                std::to_string(length) + " is taken"),
                  .expected = "ADDRESS/LENGTH, the length as a decimal number"});
    return Value{Prefix{*address, length}};
}

bool is_any(std::string_view text) {
    return text == "default" || text == "any" || text == "all" || text == "default6";
}

std::optional<Selector> parse_selector(Words& words, Reading& reading) {
    const std::size_t position = words.position();
    const std::string& text = words.take().text;
    if (is_any(text)) return Selector{zero_prefix(text == "default6" ? Family::ipv6 : Family::ipv4), true};
    if (const auto prefix = Prefix::parse(text)) return Selector{*prefix, false};
    wrong(reading, words, position, Finding::bad_address, "is no prefix",
          "ADDRESS/LENGTH, default, any or all");
    return std::nullopt;
}

std::optional<Value> read_route_target(Words& words, Reading& reading) {
    RouteTarget target;
    if (const auto type = find(route_types, words.peek().text)) {
        target.type = static_cast<std::uint8_t>(*type);
        words.take();
        if (words.empty()) return missing(reading, words, "a destination behind the type");
    }
    const auto selector = parse_selector(words, reading);
    if (!selector) return std::nullopt;
    target.prefix = selector->prefix;
    target.any = selector->any;
    return Value{target};
}

std::optional<Value> read_gateway(Words& words, Reading& reading) {
    Argument address{.kind = Kind::address};
    if (words.peek().text == "inet" || words.peek().text == "inet6") {
        address.range = words.take().text == "inet" ? "ipv4" : "ipv6";
        if (words.empty()) return missing(reading, words, "the address of a gateway");
    }
    const auto gateway = parse_address(address, words, reading);
    if (!gateway) return std::nullopt;
    return Value{*gateway};
}

std::optional<Value> read_broadcast(Words& words, Reading& reading) {
    if (words.peek().text == "+" || words.peek().text == "-") {
        const bool set = words.take().text == "+";
        return Value{Broadcast{set ? BroadcastKind::host_bits_set : BroadcastKind::host_bits_clear, {}}};
    }
    const auto address = parse_address({.kind = Kind::address, .range = "ipv4"}, words, reading);
    if (!address) return std::nullopt;
    return Value{Broadcast{BroadcastKind::address, *address}};
}

// A number in range, or a name that this program or the host knows.
template <std::size_t size>
std::optional<Value> read_named_number(const Argument& argument, Words& words, Reading& reading,
                                       const KnownNumber (&known)[size], NumberTable table) {
    const std::size_t position = words.position();
    const std::string& text = words.take().text;
    if (const auto number = find(known, text)) return Value{*number};
    if (whole_number(text, 0)) {
        const auto number = number_in_range(argument, words, position, reading);
        if (!number) return std::nullopt;
        return Value{*number};
    }
    if (const auto number = reading.host.number_of(table, text))
        return Value{static_cast<std::int64_t>(*number)};
    return wrong(reading, words, position, Finding::bad_word, "is neither a number nor a known name",
                 "a number in " + std::string{argument.range} + ", or a name from iproute2's files");
}

// As keepalived 2.2.7 reads it: `tos 16` is 16, which iproute2 would take for 0x16.
std::optional<Value> read_dsfield(const Argument& argument, Words& words, Reading& reading) {
    const std::size_t position = words.position();
    const std::string& text = words.take().text;
    if (const auto number = whole_number(text, 0); number && *number >= 0 && *number <= 255)
        return Value{*number};
    if (const auto number = reading.host.number_of(NumberTable::dsfield, text))
        return Value{static_cast<std::int64_t>(*number)};
    static_cast<void>(argument);
    return wrong(reading, words, position, Finding::bad_word, "is no type of service",
                 "0..255, 0x0..0xff, or a name from rt_dsfield");
}

std::optional<std::uint16_t> parse_realm(std::string_view text, const Host& host) {
    if (const auto number = whole_number(text, 0)) {
        if (*number < 0 || *number > 65535) return std::nullopt;
        return static_cast<std::uint16_t>(*number);
    }
    const auto named_realm = host.number_of(NumberTable::realm, std::string{text});
    if (!named_realm || *named_realm > 65535) return std::nullopt;
    return static_cast<std::uint16_t>(*named_realm);
}

std::optional<Value> read_realms(Words& words, Reading& reading) {
    const std::size_t position = words.position();
    const std::string& text = words.take().text;
    const auto slash = text.find('/');
    Realms realms;
    const auto destination = parse_realm(
        slash == std::string::npos ? std::string_view{text} : std::string_view{text}.substr(slash + 1),
        reading.host);
    const auto source = slash == std::string::npos
                            ? std::optional<std::uint16_t>{std::uint16_t{0}}
                            : parse_realm(std::string_view{text}.substr(0, slash), reading.host);
    if (!destination || !source)
        return wrong(reading, words, position, Finding::bad_word, "is no realm", "[SOURCE/]DESTINATION");
    realms.source = *source;
    realms.destination = *destination;
    return Value{realms};
}

// True: the next word was `lock` and is taken.
bool take_lock(Words& words) {
    if (words.peek().text != "lock") return false;
    words.take();
    return true;
}

std::optional<Value> read_metric(const Argument& argument, Words& words, Reading& reading) {
    RouteMetric metric{.locked = take_lock(words)};
    if (words.empty()) return missing(reading, words, "a number");
    const std::size_t position = words.position();
    words.take();
    const auto number = number_in_range(argument, words, position, reading);
    if (!number) return std::nullopt;
    metric.value = static_cast<std::uint32_t>(*number);
    return Value{metric};
}

// A time with unit s or ms in the kernel's scale, or the kernel's own number without a unit.
std::optional<Value> read_time_metric(const Argument& argument, Words& words, Reading& reading) {
    RouteMetric metric{.locked = take_lock(words)};
    if (words.empty()) return missing(reading, words, "a time");
    const std::size_t position = words.position();
    const std::string& text = words.take().text;
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const std::string_view unit{end, static_cast<std::size_t>(text.data() + text.size() - end)};
    if (unit == "s" || unit == "sec" || unit == "secs")
        value *= 1000 * static_cast<double>(argument.number);
    else if (unit == "ms" || unit == "msec" || unit == "msecs")
        value *= static_cast<double>(argument.number);
    else if (!unit.empty())
        value = -1;
    constexpr double largest = 4294967295.0;
    if (error != std::errc{} || value < 0 || value > largest)
        return wrong(reading, words, position, Finding::bad_number, "is no time",
                     "a number with unit s or ms");
    metric.value = static_cast<std::uint32_t>(std::llround(value));
    return Value{metric};
}

std::optional<Value> read_locked_word(Words& words, Reading& reading) {
    const bool locked = take_lock(words);
    if (words.empty()) return missing(reading, words, "a name");
    std::vector<std::string> texts;
    if (locked) texts.emplace_back("lock");
    texts.push_back(words.take().text);
    return Value{std::move(texts)};
}

std::optional<Value> read_lifetime(Words& words, Reading& reading) {
    const std::size_t position = words.position();
    const std::string& text = words.take().text;
    if (text == "forever") return Value{Lifetime{.forever = true}};
    constexpr std::int64_t largest = 4294967295;
    const auto number = whole_number(text, 10);
    if (!number || *number < 0 || *number > largest)
        return wrong(reading, words, position, Finding::bad_number, "is no lifetime", "seconds, or forever");
    return Value{Lifetime{.seconds = static_cast<std::uint32_t>(*number)}};
}

std::optional<Value> read_number_range(const Argument& argument, Words& words, Reading& reading) {
    const std::size_t position = words.position();
    const std::string& text = words.take().text;
    const auto dash = text.find('-');
    const auto largest = whole_number(argument.range.substr(argument.range.find("..") + 2), 10).value_or(0);
    const bool single = argument.number == 0 && dash == std::string::npos;
    if (single || dash != std::string::npos) {
        const auto first = whole_number(std::string_view{text}.substr(0, dash), 10);
        const auto last = single ? first : whole_number(std::string_view{text}.substr(dash + 1), 10);
        if (first && last && *first >= 0 && *first <= *last && *last <= largest)
            return Value{NumberRange{static_cast<std::uint32_t>(*first), static_cast<std::uint32_t>(*last)}};
    }
    return wrong(reading, words, position, Finding::bad_number, "is no range",
                 "FIRST-LAST in " + std::string{argument.range});
}

std::optional<Value> read_mark(Words& words, Reading& reading) {
    constexpr std::int64_t largest = 4294967295;
    const std::size_t position = words.position();
    const std::string& text = words.take().text;
    const auto slash = text.find('/');
    const auto value = whole_number(std::string_view{text}.substr(0, slash), 0);
    Mark mark;
    bool good = value && *value >= 0 && *value <= largest;
    if (good && slash != std::string::npos) {
        const auto mask = whole_number(std::string_view{text}.substr(slash + 1), 0);
        good = mask && *mask >= 0 && *mask <= largest;
        if (good) mark.mask = static_cast<std::uint32_t>(*mask);
    }
    if (!good) return wrong(reading, words, position, Finding::bad_number, "is no mark", "N or N/MASK");
    mark.value = static_cast<std::uint32_t>(*value);
    return Value{mark};
}

std::optional<Value> read_mpls_labels(Words& words, Reading& reading) {
    constexpr std::int64_t largest = (1 << 20) - 1;
    const std::size_t position = words.position();
    std::string_view rest = words.take().text;
    std::vector<std::uint32_t> labels;
    while (!rest.empty()) {
        const auto slash = std::min(rest.find('/'), rest.size());
        const auto label = whole_number(rest.substr(0, slash), 10);
        if (!label || *label < 0 || *label > largest)
            return wrong(reading, words, position, Finding::bad_number, "is no label stack",
                         "LABEL[/LABEL...]");
        labels.push_back(static_cast<std::uint32_t>(*label));
        rest.remove_prefix(std::min(rest.size(), slash + 1));
    }
    return Value{std::move(labels)};
}

// Four groups of up to four hexadecimal digits.
std::optional<Value> read_locator(Words& words, Reading& reading) {
    const std::size_t position = words.position();
    std::string_view rest = words.take().text;
    std::uint64_t locator = 0;
    for (int group = 0; group < 4; ++group) {
        const auto end = group == 3 ? rest.size() : std::min(rest.find(':'), rest.size());
        const auto number = end <= 4 ? whole_number(rest.substr(0, end), 16) : std::nullopt;
        if (!number || *number < 0)
            return wrong(reading, words, position, Finding::bad_value, "is no locator",
                         "four groups of hexadecimal digits with colons between");
        locator = locator << 16 | static_cast<std::uint64_t>(*number);
        rest.remove_prefix(std::min(rest.size(), end + 1));
    }
    return Value{static_cast<std::int64_t>(locator)};
}

std::optional<Value> read_persistence_mask(Words& words, Reading& reading) {
    const std::size_t position = words.position();
    const std::string& text = words.take().text;
    if (const auto address = IpAddress::parse(text); address && address->is_v4()) return Value{text};
    if (const auto length = whole_number(text, 10); length && *length >= 1 && *length <= 128)
        return Value{text};
    return wrong(reading, words, position, Finding::bad_value, "is no granularity",
                 "an IPv4 netmask, or an IPv6 prefix length");
}

// The port behind the address of a service: said when wrong.
bool take_port(Words& words, Reading& reading, std::vector<std::string>& texts) {
    if (words.empty()) return true;
    const std::size_t position = words.position();
    texts.push_back(words.take().text);
    return number_in_range({.kind = Kind::integer, .range = "0..65535"}, words, position, reading)
        .has_value();
}

std::optional<Value> read_service(Words& words, Reading& reading) {
    const std::size_t position = words.position();
    std::vector<std::string> texts{words.take().text};
    if (texts[0] == "fwmark" || texts[0] == "group") {
        if (words.empty())
            return missing(reading, words, texts[0] == "group" ? "the name of a group" : "a mark");
        const std::size_t value = words.position();
        texts.push_back(words.take().text);
        if (texts[0] == "group") return Value{std::move(texts)};
        if (!number_in_range({.kind = Kind::number, .range = "0..4294967295"}, words, value, reading))
            return std::nullopt;
        return Value{std::move(texts)};
    }
    if (!IpAddress::parse(std::string_view{texts[0]}.substr(0, texts[0].find('/'))))
        return wrong(reading, words, position, Finding::bad_address, "is no address",
                     "ADDRESS [PORT], fwmark N or group NAME");
    if (!take_port(words, reading, texts)) return std::nullopt;
    return Value{std::move(texts)};
}

// ADDRESS-LAST, with LAST an address or the last part of one.
bool is_range(std::string_view first, std::string_view last) {
    const auto start = IpAddress::parse(first);
    if (!start) return false;
    if (const auto end = IpAddress::parse(last)) return end->family() == start->family();
    const auto part = whole_number(last, start->is_v4() ? 10 : 16);
    return part && *part >= 0 && *part <= (start->is_v4() ? 255 : 65535);
}

std::optional<Value> read_service_entry(Words& words, Reading& reading) {
    if (words.peek().text == "fwmark") {
        auto value = read_service(words, reading);
        if (value && !words.empty()) {
            const std::size_t position = words.position();
            const std::string& family = words.take().text;
            if (family != "inet" && family != "inet6")
                return wrong(reading, words, position, Finding::bad_word, "is no family", "inet or inet6");
            std::get<std::vector<std::string>>(*value).push_back(family);
        }
        return value;
    }
    const std::size_t position = words.position();
    std::vector<std::string> texts{words.take().text};
    const std::string& text = texts[0];
    const auto dash = text.find('-');
    const bool good = dash != std::string::npos ? is_range(std::string_view{text}.substr(0, dash),
                                                           std::string_view{text}.substr(dash + 1))
                                                : Prefix::parse(text).has_value();
    if (!good)
        return wrong(reading, words, position, Finding::bad_address, "is no address, range or prefix",
                     "ADDRESS [PORT], ADDRESS-LAST, ADDRESS/LENGTH or fwmark N");
    if (!take_port(words, reading, texts)) return std::nullopt;
    return Value{std::move(texts)};
}

std::optional<Value> read_address(const Argument& argument, Words& words, Reading& reading) {
    const auto address = parse_address(argument, words, reading);
    if (!address) return std::nullopt;
    return Value{*address};
}

std::optional<Value> read_selector(Words& words, Reading& reading) {
    const auto selector = parse_selector(words, reading);
    if (!selector) return std::nullopt;
    return Value{*selector};
}

std::optional<Value> read_table_number(const Argument& argument, Words& words, Reading& reading) {
    switch (argument.kind) {
        case Kind::table:
            return read_named_number(argument, words, reading, tables, NumberTable::routing_table);
        case Kind::scope:
            return read_named_number(argument, words, reading, scopes, NumberTable::scope);
        case Kind::route_protocol:
            return read_named_number(argument, words, reading, protocols, NumberTable::protocol);
        case Kind::interface_group: {
            constexpr KnownNumber groups[] = {{"default", 0}};
            const Argument any{.kind = Kind::number, .range = "0..4294967295"};
            return read_named_number(any, words, reading, groups, NumberTable::interface_group);
        }
        case Kind::ip_protocol: {
            constexpr KnownNumber ip_protocols[] = {
                {"icmp", 1}, {"tcp", 6}, {"udp", 17}, {"ipv6-icmp", 58}, {"sctp", 132}};
            return read_named_number(argument, words, reading, ip_protocols, NumberTable::ip_protocol);
        }
        default:
            return read_named_number(argument, words, reading, preferences, NumberTable::scope);
    }
}

}  // namespace

Prefix zero_prefix(Family family) {
    if (family == Family::ipv4) return {};
    constexpr std::array<std::uint8_t, 16> zero{};
    return {IpAddress::from_bytes(zero).value_or(IpAddress{}), 0};
}

std::optional<Value> read_network_value(const Argument& argument, Words& words, Reading& reading) {
    switch (argument.kind) {
        case Kind::interface:
        case Kind::new_interface:
            return read_interface(argument, words, reading);
        case Kind::address:
            return read_address(argument, words, reading);
        case Kind::prefix:
        case Kind::peer_prefix:
            return read_prefix(words, reading);
        case Kind::selector:
            return read_selector(words, reading);
        case Kind::route_target:
            return read_route_target(words, reading);
        case Kind::gateway:
            return read_gateway(words, reading);
        case Kind::broadcast:
            return read_broadcast(words, reading);
        case Kind::dsfield:
            return read_dsfield(argument, words, reading);
        case Kind::realms:
            return read_realms(words, reading);
        case Kind::metric:
            return read_metric(argument, words, reading);
        case Kind::time_metric:
            return read_time_metric(argument, words, reading);
        case Kind::locked_word:
            return read_locked_word(words, reading);
        case Kind::lifetime:
            return read_lifetime(words, reading);
        case Kind::number_range:
            return read_number_range(argument, words, reading);
        case Kind::mark:
            return read_mark(words, reading);
        case Kind::mpls_labels:
            return read_mpls_labels(words, reading);
        case Kind::locator:
            return read_locator(words, reading);
        case Kind::persistence_mask:
            return read_persistence_mask(words, reading);
        case Kind::service:
            return read_service(words, reading);
        case Kind::service_entry:
            return read_service_entry(words, reading);
        default:
            return read_table_number(argument, words, reading);
    }
}

}  // namespace holdfast::config
