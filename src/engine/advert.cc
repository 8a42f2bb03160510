#include "engine/advert.h"

#include <algorithm>

namespace holdfast::engine {
namespace {

constexpr std::size_t header_size = 8;
constexpr std::size_t password_size = std::tuple_size_v<Password>;
constexpr std::uint8_t advertisement = 1;
constexpr std::uint8_t resigning = 0;  // priority of a farewell

// Authentication types of RFC 2338 section 5.3.6; RFC 3768 kept the numbers.
constexpr std::uint8_t auth_none = 0;
constexpr std::uint8_t auth_simple_text = 1;
constexpr std::uint8_t auth_ip_header = 2;

// An Ethernet payload is at least 46 bytes; what an IPv4 packet leaves free is padding.
constexpr std::size_t padded_ipv4_payload = 46 - 20;

std::size_t address_size(Family family) {
    return family == Family::ipv4 ? 4 : 16;
}

// Only version 2 over IPv4 carries authentication data, and carries it always.
std::size_t trailer_size(Family family, unsigned version) {
    return family == Family::ipv4 && version == 2 ? password_size : 0;
}

std::uint8_t auth_type(const RouterSettings& own) {
    return own.password && own.family == Family::ipv4 ? auth_simple_text : auth_none;
}

std::uint32_t centiseconds(Duration interval) {
    return static_cast<std::uint32_t>(interval / centisecond);
}

// RFC 9568 section 5.2.8; for IPv6 the pseudo-header of RFC 8200 section 8.1.
void add_pseudo_header(InternetChecksum& sum, const IpAddress& source, const IpAddress& destination,
                       std::size_t length) {
    sum.add(source.bytes());
    sum.add(destination.bytes());
    sum.add_be32(static_cast<std::uint32_t>(length));
    sum.add_be16(vrrp_protocol);
}

bool needs_pseudo_header(const RouterSettings& own) {
    return own.family == Family::ipv6 || (own.version == Version::v3 && !own.checksum_without_pseudo_header);
}

bool checksum_is_right(ByteView advert, const AdvertReceived& received, bool with_pseudo_header) {
    InternetChecksum sum;
    if (with_pseudo_header) add_pseudo_header(sum, received.source, received.destination, advert.size());
    sum.add(advert);
    return sum.value() == 0;
}

bool checksum_is_acceptable(ByteView advert, const AdvertReceived& received, const RouterSettings& own) {
    if (checksum_is_right(advert, received, needs_pseudo_header(own))) return true;
    // While the routers of a network are switched from one reading of the RFC to the other, half of them
    // still send the other checksum: whoever was told about the two accepts both, but nothing that is broken
    // by both.
    return own.family == Family::ipv4 && own.version == Version::v3 && own.checksum_without_pseudo_header &&
           checksum_is_right(advert, received, true);
}

// Takes as long for a wrong password as for the right one.
bool same_password(ByteView theirs, const Password& ours) {
    unsigned difference = 0;
    for (std::size_t i = 0; i < password_size; ++i)
        difference |= static_cast<unsigned>(theirs[i] ^ ours[i]);
    return difference == 0;
}

// All of ours are among theirs, and the counts are equal. Almost always the lists are equal byte by byte.
bool same_addresses(ByteView theirs, const RouterSettings& own) {
    const std::size_t size = address_size(own.family);
    if (theirs.size() != own.addresses.size() * size) return false;
    std::size_t position = 0;
    for (const IpAddress& address : own.addresses) {
        const ByteView wanted = address.bytes();
        const auto is_at = [&](std::size_t at) {
            const ByteView there = theirs.subspan(at, size);
            return std::equal(there.begin(), there.end(), wanted.begin(), wanted.end());
        };
        bool found = is_at(position);
        for (std::size_t at = 0; !found && at < theirs.size(); at += size)
            found = is_at(at);
        if (!found) return false;
        position += size;
    }
    return true;
}

// Theirs and ours have nothing in common, and neither is empty.
bool disjoint(ByteView theirs, const RouterSettings& own) {
    const std::size_t size = address_size(own.family);
    if (theirs.empty() || own.addresses.empty()) return false;
    for (std::size_t at = 0; at < theirs.size(); at += size) {
        const auto address = IpAddress::from_bytes(theirs.subspan(at, size));
        if (std::find(own.addresses.begin(), own.addresses.end(), address) != own.addresses.end())
            return false;
    }
    return true;
}

const UnicastPeer* peer_with(const RouterSettings& own, const IpAddress& address) {
    const auto found = std::find_if(own.peers.begin(), own.peers.end(),
                                    [&](const UnicastPeer& peer) { return peer.address == address; });
    return found == own.peers.end() ? nullptr : &*found;
}

// The fields of the common header, none of them believed yet.
struct Header {
    explicit Header(ByteView bytes)
        : version{static_cast<unsigned>(bytes[0] >> 4)},
          type{static_cast<std::uint8_t>(bytes[0] & 15)},
          priority{bytes[2]},
          count{bytes[3]},
          byte4{bytes[4]},
          byte5{bytes[5]} {}

    unsigned version;
    std::uint8_t type;
    std::uint8_t priority;
    std::size_t count;
    std::uint8_t byte4;  // v2: authentication type; v3: reserved bits, high bits of the interval
    std::uint8_t byte5;  // v2: interval in seconds; v3: low bits of the interval

    std::uint32_t interval_centiseconds() const {
        if (version == 2) return byte5 * 100u;
        return static_cast<std::uint32_t>((byte4 & 0x0f) << 8 | byte5);
    }
};

Judgement discarded(Remark remark, std::size_t found = 0, std::size_t expected = 0) {
    return {.advert = std::nullopt,
            .remark = remark,
            .found = static_cast<std::uint32_t>(found),
            .expected = static_cast<std::uint32_t>(expected)};
}

// Checks 7 to 10: what only version 2 has.
std::optional<Judgement> objection_of_v2(const Header& header, ByteView advert, const RouterSettings& own) {
    if (header.byte4 > auth_ip_header)  // 7
        return discarded(Remark::bad_auth_type, header.byte4, auth_type(own));
    if (header.byte4 != auth_type(own))  // 8
        return discarded(Remark::other_auth_type, header.byte4, auth_type(own));
    if (own.password && auth_type(own) == auth_simple_text &&
        !same_password(advert.last(password_size), *own.password))  // 9
        return discarded(Remark::bad_password);
    if (header.interval_centiseconds() != centiseconds(own.advert_interval))  // 10
        return discarded(Remark::other_interval_v2, header.interval_centiseconds(),
                         centiseconds(own.advert_interval));
    return std::nullopt;
}

// Checks 13 to 17: who sent it, and to whom.
std::optional<Judgement> objection_to_sender(const Header& header, const AdvertReceived& received,
                                             const RouterSettings& own,
                                             const std::optional<IpAddress>& own_source) {
    const bool right_delivery =
        own.unicast ? !received.destination.is_multicast() : received.destination == own.group;
    if (!right_delivery) return discarded(Remark::wrong_delivery);                           // 13
    if (own_source && received.source == *own_source) return discarded(Remark::own_source);  // 14
    if (own.owner_ignores_adverts && own.priority.is_owner() && header.priority == 255)      // 15
        return discarded(Remark::owner_ignored);
    if (!own.unicast) return std::nullopt;
    const UnicastPeer* const peer = peer_with(own, received.source);
    if (own.only_from_peers && peer == nullptr) return discarded(Remark::not_from_peer);  // 16
    if (peer != nullptr && received.ttl < peer->min_ttl)                                  // 17
        return discarded(Remark::bad_peer_ttl, received.ttl, peer->min_ttl);
    if (peer != nullptr && received.ttl > peer->max_ttl)
        return discarded(Remark::bad_peer_ttl, received.ttl, peer->max_ttl);
    return std::nullopt;
}

}  // namespace

// RFC 9568 section 7.1, RFC 3768 section 7.1, and keepalived's, in its order:
//    1. there is a header                             2. a router of ours has the VRID (the engine's)
//    3. that router listens (the engine's)            4. length is header + addresses (+ authentication data)
//    5. multicast: TTL or hop limit is 255            6. version is ours
//    7. v2: authentication type exists                8. v2: it is ours
//    9. v2: password is ours                         10. v2: interval is ours
//   11. type is ADVERTISEMENT                        12. checksum
//   13. multicast to multicast, unicast to unicast   14. not from our own address
//   15. not an owner's, when we ignore owners        16. unicast: from a peer
//   17. unicast: TTL in the peer's range
// What passes is acted upon, even if
//   18. v3: its interval is not ours                 19. its address list is not ours
//   20. its priority is what ours is configured as
Judgement judge(const AdvertReceived& received, const RouterSettings& own,
                const std::optional<IpAddress>& own_source, const std::optional<IpAddress>& followed) {
    if (received.bytes.size() < header_size || received.ip_payload_length < header_size)  // 1
        return discarded(Remark::too_short,
                         std::min<std::size_t>(received.bytes.size(), received.ip_payload_length),
                         header_size);
    const Header header{received.bytes};
    const std::size_t addresses_size = header.count * address_size(own.family);
    const std::size_t length = header_size + addresses_size + trailer_size(own.family, header.version);
    const bool padded = received.bytes.size() > length;
    if (received.ip_payload_length != length || received.bytes.size() < length ||
        (padded && (own.family == Family::ipv6 || received.bytes.size() > padded_ipv4_payload)))  // 4
        return discarded(
            Remark::bad_length,
            received.ip_payload_length != length ? received.ip_payload_length : received.bytes.size(),
            length);
    const ByteView advert = received.bytes.first(length);
    if (received.destination.is_multicast() && received.ttl != vrrp_hop_limit)  // 5
        return discarded(Remark::bad_ttl, received.ttl, vrrp_hop_limit);
    if (header.version != static_cast<unsigned>(own.version))  // 6
        return discarded(Remark::bad_version, header.version, static_cast<std::size_t>(own.version));
    if (own.version == Version::v2)
        if (const auto objection = objection_of_v2(header, advert, own)) return *objection;  // 7 to 10
    if (header.type != advertisement) return discarded(Remark::bad_type, header.type, advertisement);  // 11
    if (!checksum_is_acceptable(advert, received, own)) return discarded(Remark::bad_checksum);        // 12
    if (const auto objection = objection_to_sender(header, received, own, own_source))
        return *objection;  // 13 to 17

    Judgement judgement;
    judgement.advert = Advert{.source = received.source,
                              .priority = Priority::from(header.priority),
                              .interval = header.interval_centiseconds() * centisecond};
    const bool is_followed = followed && *followed == received.source;
    if (header.interval_centiseconds() != centiseconds(own.advert_interval)) {  // 18
        judgement.remark = Remark::other_interval;
        judgement.found = header.interval_centiseconds();
        judgement.expected = centiseconds(own.advert_interval);
        // An interval of 0 would make every router wait for nothing; it says as much as no interval.
        if (judgement.found == 0) judgement.advert->interval = own.advert_interval;
    } else if (!(own.skip_address_check && is_followed) &&
               !same_addresses(advert.subspan(header_size, addresses_size), own)) {  // 19
        const bool is_stranger = disjoint(advert.subspan(header_size, addresses_size), own) &&
                                 peer_with(own, received.source) == nullptr;
        judgement.remark = is_stranger ? Remark::stranger : Remark::other_addresses;
        judgement.found = static_cast<std::uint32_t>(header.count);
        judgement.expected = static_cast<std::uint32_t>(own.addresses.size());
    } else if (header.priority == own.priority.wire()) {  // 20
        judgement.remark = Remark::same_priority;
        judgement.found = judgement.expected = header.priority;
    }
    return judgement;
}

bool lists_addresses_of(ByteView bytes, const RouterSettings& own) {
    if (bytes.size() < header_size) return false;
    const std::size_t size = Header{bytes}.count * address_size(own.family);
    return bytes.size() >= header_size + size && same_addresses(bytes.subspan(header_size, size), own);
}

std::optional<IpAddress> peek_address(ByteView bytes, Family family) {
    const std::size_t size = address_size(family);
    if (bytes.size() < header_size + size || Header{bytes}.count == 0) return std::nullopt;
    return IpAddress::from_bytes(bytes.subspan(header_size, size));
}

std::optional<Vrid> peek_vrid(ByteView bytes) {
    if (bytes.size() < 2) return std::nullopt;
    return Vrid::from(bytes[1]);
}

std::size_t encode_advert(const RouterSettings& own, const std::optional<Priority>& priority,
                          const IpAddress& source, const IpAddress& destination,
                          std::span<std::uint8_t> out) {
    ByteWriter writer{out};
    writer.u8(static_cast<std::uint8_t>(static_cast<unsigned>(own.version) << 4 | advertisement));
    writer.u8(own.vrid.wire());
    writer.u8(priority ? priority->wire() : resigning);
    writer.u8(static_cast<std::uint8_t>(own.addresses.size()));
    if (own.version == Version::v2) {
        writer.u8(auth_type(own));
        writer.u8(static_cast<std::uint8_t>(own.advert_interval / std::chrono::seconds{1}));
    } else {
        writer.be16(static_cast<std::uint16_t>(centiseconds(own.advert_interval) & 0x0fff));
    }
    const std::size_t checksum_at = writer.size();
    writer.be16(0);
    for (const IpAddress& address : own.addresses)
        writer.copy(address.bytes());
    if (trailer_size(own.family, static_cast<unsigned>(own.version)) != 0)
        writer.copy(own.password.value_or(Password{}));
    if (writer.overflowed()) return 0;

    InternetChecksum sum;
    if (needs_pseudo_header(own)) add_pseudo_header(sum, source, destination, writer.size());
    sum.add(writer.written());
    writer.patch_be16(checksum_at, sum.value());
    return writer.size();
}

}  // namespace holdfast::engine
