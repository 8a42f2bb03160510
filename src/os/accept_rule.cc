#include "os/accept_rule.h"

#include <net/if.h>
#include <netinet/in.h>  // before the kernel's headers, which declare the same

#include <linux/netfilter.h>

#include <algorithm>
#include <array>

namespace holdfast::os {

namespace {

constexpr std::size_t most_packed = 4096;
constexpr std::size_t longest_rule = 1024;  // bytes
constexpr std::uint8_t outgoing_flag = 1;
constexpr std::uint8_t source_flag = 2;

void write_words(ByteWriter& writer, std::string_view words) {
    writer.u8(static_cast<std::uint8_t>(words.size()));
    writer.copy({reinterpret_cast<const std::uint8_t*>(words.data()), words.size()});
}

std::optional<std::string> read_words(ByteReader& reader) {
    const auto size = reader.u8();
    if (!size) return std::nullopt;
    const auto bytes = reader.take(*size);
    if (!bytes) return std::nullopt;
    return std::string{bytes->begin(), bytes->end()};
}

void write_address(ByteWriter& writer, const IpAddress& address) {
    const ByteView bytes = address.bytes();
    writer.u8(static_cast<std::uint8_t>(bytes.size()));
    writer.copy(bytes);
}

std::optional<IpAddress> read_address(ByteReader& reader) {
    const auto size = reader.u8();
    if (!size) return std::nullopt;
    const auto bytes = reader.take(*size);
    return bytes ? IpAddress::from_bytes(*bytes) : std::nullopt;
}

bool is_name(std::string_view name, std::size_t longest) {
    return !name.empty() && name.size() <= longest && name.find('\0') == std::string_view::npos;
}

bool may_hold(std::uint8_t table_family, Family family) {
    if (table_family == NFPROTO_INET || table_family == NFPROTO_NETDEV) return true;
    return table_family == (family == Family::ipv4 ? NFPROTO_IPV4 : NFPROTO_IPV6);
}

}  // namespace

bool is_sound(const AcceptRule& rule) {
    return is_name(rule.table, AcceptRule::longest_name) && is_name(rule.chain, AcceptRule::longest_name) &&
           is_name(rule.link, IFNAMSIZ - 1) && may_hold(rule.table_family, rule.destination.family()) &&
           (!rule.source || rule.source->family() == rule.destination.family()) &&
           ((rule.protocol == AcceptRule::vrrp && rule.port == 0) ||
            (rule.protocol == AcceptRule::udp && rule.port != 0));
}

void write_accept_rule(ByteWriter& writer, const AcceptRule& rule) {
    HF_ASSERT(is_sound(rule));
    const unsigned flags = (rule.outgoing ? outgoing_flag : 0u) | (rule.source ? source_flag : 0u);
    writer.u8(rule.table_family);
    writer.u8(static_cast<std::uint8_t>(flags));
    writer.u8(rule.protocol);
    writer.be16(rule.port);
    write_words(writer, rule.table);
    write_words(writer, rule.chain);
    write_words(writer, rule.link);
    write_address(writer, rule.destination);
    if (rule.source) write_address(writer, *rule.source);
}

std::optional<AcceptRule> read_accept_rule(ByteReader& reader) {
    const auto table_family = reader.u8();
    const auto flags = reader.u8();
    const auto protocol = reader.u8();
    const auto port = reader.be16();
    auto table = read_words(reader);
    auto chain = read_words(reader);
    auto link = read_words(reader);
    const auto destination = read_address(reader);
    if (!table_family || !flags || !protocol || !port || !table || !chain || !link || !destination ||
        *flags > (outgoing_flag | source_flag))
        return std::nullopt;
    AcceptRule rule{.table_family = *table_family,
                    .table = std::move(*table),
                    .chain = std::move(*chain),
                    .outgoing = (*flags & outgoing_flag) != 0,
                    .link = std::move(*link),
                    .source = std::nullopt,
                    .destination = *destination,
                    .protocol = *protocol,
                    .port = *port};
    if ((*flags & source_flag) != 0) {
        rule.source = read_address(reader);
        if (!rule.source) return std::nullopt;
    }
    if (!is_sound(rule)) return std::nullopt;
    return rule;
}

std::string pack(const std::vector<AcceptRule>& rules) {
    std::string packed;
    for (const AcceptRule& rule : rules) {
        std::array<std::uint8_t, longest_rule> room{};
        ByteWriter writer{room};
        write_accept_rule(writer, rule);
        HF_ASSERT(!writer.overflowed());
        packed.append(reinterpret_cast<const char*>(room.data()), writer.size());
    }
    return packed;
}

Result<std::vector<AcceptRule>> unpack(std::string_view bytes) {
    ByteReader reader{{reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}};
    std::vector<AcceptRule> rules;
    while (reader.left() > 0) {
        auto rule = read_accept_rule(reader);
        if (!rule || rules.size() >= most_packed) return Error::invalid("rules that nobody packed");
        rules.push_back(std::move(*rule));
    }
    return rules;
}

}  // namespace holdfast::os
