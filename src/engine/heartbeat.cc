#include "engine/heartbeat.h"

#include "base/hash.h"

#include <algorithm>
#include <string_view>

#include "base/result.h"

namespace holdfast::engine {
namespace {

constexpr std::array<std::uint8_t, 2> magic{'H', 'F'};
constexpr std::uint8_t version = 1;
constexpr std::uint8_t farewell_flag = 1;
constexpr std::uint8_t references_good_flag = 2;
constexpr std::uint8_t references_bad_flag = 4;
constexpr std::size_t reserved_size = 5;
constexpr std::size_t address_field_size = 16;
constexpr Duration longest_interval = centisecond * 65535;

std::optional<Family> family_from(std::uint8_t wire) {
    if (wire == 4) return Family::ipv4;
    if (wire == 6) return Family::ipv6;
    return std::nullopt;
}

std::uint8_t to_wire(Family family) {
    return family == Family::ipv4 ? 4 : 6;
}

std::uint8_t flags_of(const Heartbeat& heartbeat) {
    std::uint8_t flags = heartbeat.farewell ? farewell_flag : 0;
    if (heartbeat.references == References::good) flags |= references_good_flag;
    if (heartbeat.references == References::bad) flags |= references_bad_flag;
    return flags;
}

bool read_flags(std::uint8_t flags, Heartbeat& heartbeat) {
    constexpr std::uint8_t both = references_good_flag | references_bad_flag;
    if ((flags & ~(farewell_flag | both)) != 0 || (flags & both) == both) return false;
    heartbeat.farewell = (flags & farewell_flag) != 0;
    if (flags & references_good_flag) heartbeat.references = References::good;
    if (flags & references_bad_flag) heartbeat.references = References::bad;
    return true;
}

bool all_zero(ByteView bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

// Family and 16 bytes; false: neither an address nor none.
bool read_address(std::uint8_t wire, ByteView field, std::optional<IpAddress>& address) {
    if (wire == 0) return all_zero(field);
    const auto family = family_from(wire);
    if (!family) return false;
    const std::size_t size = *family == Family::ipv4 ? 4 : address_field_size;
    address = IpAddress::from_bytes(field.first(size));
    return address && all_zero(field.subspan(size));
}

}  // namespace

UnitKey unit_key(const GuardSettings& guard, const Settings& settings) {
    const RouterSettings& leader = settings.routers[index(guard.leader)];
    UnitKey key{.family = leader.family, .vrid = leader.vrid};
    if (leader.group_id)
        key.tag = fnv1a(std::as_bytes(std::span{settings.groups[index(*leader.group_id)].name}));
    else if (!leader.addresses.empty())
        key.tag = fnv1a(std::as_bytes(leader.addresses.front().bytes()));
    return key;
}

void encode_heartbeat(const Heartbeat& heartbeat, std::span<std::uint8_t, heartbeat_size> out) {
    ByteWriter writer{out};
    writer.copy(magic);
    writer.u8(version);
    writer.u8(flags_of(heartbeat));
    writer.u8(static_cast<std::uint8_t>(heartbeat.state));
    writer.u8(heartbeat.priority.wire());
    writer.u8(to_wire(heartbeat.unit.family));
    writer.u8(heartbeat.unit.vrid.wire());
    writer.be64(heartbeat.unit.tag);
    writer.be64(heartbeat.host);
    writer.be64(heartbeat.incarnation);
    writer.be64(heartbeat.sequence);
    const Duration interval = std::clamp(heartbeat.interval, Duration{centisecond}, longest_interval);
    writer.be16(static_cast<std::uint16_t>(interval / centisecond));
    std::array<std::uint8_t, reserved_size + address_field_size> rest{};
    writer.u8(heartbeat.address ? to_wire(heartbeat.address->family()) : 0);
    if (heartbeat.address)
        std::copy(heartbeat.address->bytes().begin(), heartbeat.address->bytes().end(),
                  rest.begin() + reserved_size);
    writer.copy(rest);
    HF_ASSERT(writer.size() == heartbeat_size && !writer.overflowed());
}

std::optional<Heartbeat> decode_heartbeat(ByteView bytes) {
    if (bytes.size() != heartbeat_size) return std::nullopt;
    if (!std::equal(magic.begin(), magic.end(), bytes.begin()) || bytes[2] != version) return std::nullopt;
    Heartbeat heartbeat;
    if (!read_flags(bytes[3], heartbeat)) return std::nullopt;
    if (bytes[4] > static_cast<std::uint8_t>(State::fault)) return std::nullopt;
    heartbeat.state = static_cast<State>(bytes[4]);
    const auto priority = Priority::from(bytes[5]);
    const auto family = family_from(bytes[6]);
    const auto vrid = Vrid::from(bytes[7]);
    if (!priority || !family || !vrid) return std::nullopt;
    heartbeat.priority = *priority;
    ByteReader numbers{bytes.subspan(8)};  // the length was checked: all of it is there
    heartbeat.unit = {.family = *family, .vrid = *vrid, .tag = numbers.be64().value_or(0)};
    heartbeat.host = numbers.be64().value_or(0);
    heartbeat.incarnation = numbers.be64().value_or(0);
    heartbeat.sequence = numbers.be64().value_or(0);
    const std::uint16_t interval = numbers.be16().value_or(0);
    if (interval == 0) return std::nullopt;
    heartbeat.interval = interval * centisecond;
    const std::uint8_t address_family = numbers.u8().value_or(0);
    if (!all_zero(*numbers.take(reserved_size))) return std::nullopt;
    if (!read_address(address_family, numbers.rest(), heartbeat.address)) return std::nullopt;
    return heartbeat;
}

}  // namespace holdfast::engine
