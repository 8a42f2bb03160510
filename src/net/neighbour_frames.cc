#include "net/neighbour_frames.h"

#include <net/ethernet.h>

#include <algorithm>

#include "base/result.h"

namespace holdfast::net {
namespace {

constexpr MacAddress broadcast{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
constexpr MacAddress nobody{};
constexpr MacAddress all_nodes_mac{{0x33, 0x33, 0x00, 0x00, 0x00, 0x01}};  // RFC 2464 section 7
constexpr std::array<std::uint8_t, 16> all_nodes{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01};
constexpr std::array<std::uint8_t, 16> unspecified{};

constexpr std::uint16_t arp_over_ethernet = 1;
constexpr std::uint16_t request_code = 1;
constexpr std::uint16_t reply_code = 2;
constexpr std::uint8_t icmpv6 = 58;
constexpr std::uint8_t solicitation_type = 135;
constexpr std::uint8_t advertisement_type = 136;
constexpr std::uint8_t source_option = 1;
constexpr std::uint8_t target_option = 2;
constexpr std::uint32_t router_flag = 0x80000000;
constexpr std::uint32_t solicited_flag = 0x40000000;
constexpr std::uint32_t override_flag = 0x20000000;
constexpr std::size_t message_bytes = 24;  // type to target
constexpr std::size_t option_bytes = 8;    // with one Ethernet address

void ethernet_header(ByteWriter& writer, const MacAddress& to, const MacAddress& from, std::uint16_t type) {
    writer.copy(to.bytes());
    writer.copy(from.bytes());
    writer.be16(type);
}

Frame arp(std::uint16_t code, const MacAddress& own, ByteView sender, const MacAddress& whom,
          const IpAddress& target) {
    Frame frame;
    ByteWriter writer{frame.room};
    ethernet_header(writer, broadcast, own, ETHERTYPE_ARP);
    writer.be16(arp_over_ethernet);
    writer.be16(ETHERTYPE_IP);
    writer.u8(6);
    writer.u8(4);
    writer.be16(code);
    writer.copy(own.bytes());
    writer.copy(sender);
    writer.copy(whom.bytes());
    writer.copy(target.bytes());
    frame.size = writer.size();
    return frame;
}

// RFC 8200 section 8.1.
std::uint16_t icmpv6_checksum(ByteView source, ByteView destination, ByteView message) {
    InternetChecksum checksum;
    checksum.add(source);
    checksum.add(destination);
    checksum.add_be32(static_cast<std::uint32_t>(message.size()));
    checksum.add_be32(icmpv6);
    checksum.add(message);
    return checksum.value();
}

struct Ends {
    MacAddress to_mac;
    ByteView source;
    ByteView destination;
};

// option: 0 for none.
Frame neighbour_message(const MacAddress& own, const Ends& ends, std::uint8_t type, std::uint32_t flags,
                        const IpAddress& target, std::uint8_t option) {
    Frame frame;
    ByteWriter writer{frame.room};
    ethernet_header(writer, ends.to_mac, own, ETHERTYPE_IPV6);
    writer.be32(0x60000000);
    writer.be16(static_cast<std::uint16_t>(message_bytes + (option != 0 ? option_bytes : 0)));
    writer.u8(icmpv6);
    writer.u8(255);
    writer.copy(ends.source);
    writer.copy(ends.destination);
    const std::size_t message = writer.size();
    writer.u8(type);
    writer.u8(0);
    writer.be16(0);  // checksum
    writer.be32(flags);
    writer.copy(target.bytes());
    if (option != 0) {
        writer.u8(option);
        writer.u8(1);  // in units of 8 bytes
        writer.copy(own.bytes());
    }
    frame.size = writer.size();
    writer.patch_be16(message + 2,
                      icmpv6_checksum(ends.source, ends.destination, frame.bytes().subspan(message)));
    return frame;
}

MacAddress mac_of(ByteView bytes) {
    std::array<std::uint8_t, 6> octets{};
    std::copy_n(bytes.begin(), octets.size(), octets.begin());
    return MacAddress{octets};
}

// Of one host: neither a group nor nothing.
bool is_individual(const MacAddress& mac) {
    return mac != nobody && (mac.bytes()[0] & 1) == 0;
}

std::optional<NeighbourFrame> parse_arp(ByteReader reader, NeighbourFrame heard) {
    const auto hardware = reader.be16();
    const auto protocol = reader.be16();
    const auto lengths = reader.be16();
    const auto code = reader.be16();
    const auto sender_mac = reader.take(6);
    const auto sender = reader.take(4);
    const auto target_mac = reader.take(6);
    const auto target = reader.take(4);
    if (!target_mac || !target) return std::nullopt;
    if (hardware != arp_over_ethernet || protocol != ETHERTYPE_IP || lengths != 0x0604) return std::nullopt;
    if (code != request_code && code != reply_code) return std::nullopt;
    heard.kind = code == reply_code ? NeighbourFrame::Kind::arp_reply : NeighbourFrame::Kind::arp_request;
    heard.mac = mac_of(*sender_mac);
    heard.sender = *IpAddress::from_bytes(*sender);
    heard.target = *IpAddress::from_bytes(*target);
    if (!is_individual(heard.mac) || heard.sender.is_multicast()) return std::nullopt;
    return heard;
}

// Options of a neighbour message; false: one of them lies about its length. link_layer: of that kind, when it
// is there.
bool read_options(ByteView options, std::uint8_t kind, std::optional<MacAddress>& link_layer) {
    ByteReader reader{options};
    while (reader.left() > 0) {
        const auto type = reader.u8();
        const auto units = reader.u8();
        if (!units || *units == 0) return false;
        const auto rest = reader.take(*units * std::size_t{8} - 2);
        if (!rest) return false;
        if (*type == kind && *units == 1) link_layer = mac_of(*rest);
    }
    return true;
}

// What RFC 4861 section 7.1.1 asks of a solicitation sent from nowhere.
bool may_come_from_nowhere(const IpAddress& destination, const IpAddress& target,
                           const std::optional<MacAddress>& link_layer) {
    const ByteView last = destination.bytes().last(3);
    return destination.is_multicast() && !link_layer &&
           std::equal(last.begin(), last.end(), target.bytes().last(3).begin());
}

std::optional<NeighbourFrame> parse_neighbour_message(ByteView message, const IpAddress& destination,
                                                      NeighbourFrame heard) {
    ByteReader reader{message};
    const auto type = reader.u8();
    const auto code = reader.u8();
    reader.be16();  // the checksum is right
    const auto flags = reader.be32();
    const auto target = reader.take(16);
    if (!target || *code != 0) return std::nullopt;
    heard.target = *IpAddress::from_bytes(*target);
    if (heard.target.is_multicast()) return std::nullopt;
    std::optional<MacAddress> link_layer;
    const bool solicits = *type == solicitation_type;
    if (!read_options(reader.rest(), solicits ? source_option : target_option, link_layer))
        return std::nullopt;
    heard.mac = link_layer.value_or(heard.from);
    if (!is_individual(heard.mac)) return std::nullopt;
    if (solicits) {
        heard.kind = NeighbourFrame::Kind::solicitation;
        if (heard.sender.is_unspecified() && !may_come_from_nowhere(destination, heard.target, link_layer))
            return std::nullopt;
        return heard;
    }
    heard.kind = NeighbourFrame::Kind::advertisement;
    heard.router = (*flags & router_flag) != 0;
    heard.solicited = (*flags & solicited_flag) != 0;
    heard.overrides = (*flags & override_flag) != 0;
    if (destination.is_multicast() && heard.solicited) return std::nullopt;
    return heard;
}

std::optional<NeighbourFrame> parse_ipv6(ByteReader reader, NeighbourFrame heard) {
    const auto version = reader.be32();
    const auto length = reader.be16();
    const auto next_header = reader.u8();
    const auto hop_limit = reader.u8();
    const auto source = reader.take(16);
    const auto destination = reader.take(16);
    if (!destination || *version >> 28 != 6 || next_header != icmpv6 || hop_limit != 255) return std::nullopt;
    const auto message = reader.take(*length);  // what follows is padding
    if (!message || message->size() < message_bytes) return std::nullopt;
    if (message->front() != solicitation_type && message->front() != advertisement_type) return std::nullopt;
    if (icmpv6_checksum(*source, *destination, *message) != 0) return std::nullopt;
    heard.sender = *IpAddress::from_bytes(*source);
    if (heard.sender.is_multicast()) return std::nullopt;
    return parse_neighbour_message(*message, *IpAddress::from_bytes(*destination), heard);
}

}  // namespace

Frame gratuitous_arp(const MacAddress& own, const IpAddress& address) {
    HF_ASSERT(address.is_v4());
    return arp(request_code, own, address.bytes(), broadcast, address);
}

Frame arp_request(const MacAddress& own, const std::optional<IpAddress>& source, const IpAddress& target) {
    HF_ASSERT(target.is_v4() && (!source || source->is_v4()));
    return arp(request_code, own, source ? source->bytes() : ByteView{unspecified}.first(4), nobody, target);
}

Frame unsolicited_advertisement(const MacAddress& own, const IpAddress& address, Forwarding forwarding) {
    HF_ASSERT(address.is_v6());
    return neighbour_message(
        own, {.to_mac = all_nodes_mac, .source = address.bytes(), .destination = all_nodes},
        advertisement_type, override_flag | (forwarding == Forwarding::on ? router_flag : 0), address,
        target_option);
}

Frame neighbour_solicitation(const MacAddress& own, const std::optional<IpAddress>& source,
                             const IpAddress& target) {
    HF_ASSERT(target.is_v6() && (!source || source->is_v6()));
    const ByteView last = target.bytes().last(3);
    std::array<std::uint8_t, 16> group{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0xff, 0, 0, 0};
    std::copy(last.begin(), last.end(), group.begin() + 13);  // RFC 4291 section 2.7.1
    const MacAddress group_mac{{0x33, 0x33, 0xff, last[0], last[1], last[2]}};
    return neighbour_message(own,
                             {.to_mac = group_mac,
                              .source = source ? source->bytes() : ByteView{unspecified},
                              .destination = group},
                             solicitation_type, 0, target, source ? source_option : std::uint8_t{0});
}

std::optional<IpAddress> NeighbourFrame::claimed() const {
    const IpAddress& address = kind == Kind::advertisement ? target : sender;
    if (address.is_unspecified()) return std::nullopt;
    return address;
}

std::optional<NeighbourFrame> parse_neighbour_frame(ByteView frame) {
    ByteReader reader{frame};
    reader.take(6);  // for whom it is, the socket knows
    const auto from = reader.take(6);
    const auto type = reader.be16();
    if (!from || !type) return std::nullopt;
    NeighbourFrame heard;
    heard.from = mac_of(*from);
    if (type == ETHERTYPE_ARP) return parse_arp(reader, heard);
    if (type == ETHERTYPE_IPV6) return parse_ipv6(reader, heard);
    return std::nullopt;
}

}  // namespace holdfast::net
