#include "net/advert_frame.h"

#include <algorithm>
#include <iterator>

#include "base/result.h"

namespace holdfast::net {

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint16_t ipv4_type = 0x0800;
constexpr std::uint16_t ipv6_type = 0x86dd;
constexpr std::uint8_t class_selector_six = 0xc0;

void put(Bytes& frame, ByteView bytes) {
    std::copy(bytes.begin(), bytes.end(), std::back_inserter(frame));
}

void put_16(Bytes& frame, std::size_t value) {
    frame.push_back(static_cast<std::uint8_t>(value >> 8));
    frame.push_back(static_cast<std::uint8_t>(value));
}

void put_ipv4(Bytes& frame, const IpAddress& source, const IpAddress& destination, std::size_t payload) {
    constexpr std::size_t header = 20;
    const std::size_t begin = frame.size();
    put(frame, std::array<std::uint8_t, 2>{0x45, class_selector_six});
    put_16(frame, header + payload);
    put_16(frame, 0);  // identification
    put_16(frame, 0);  // flags and fragment offset
    put(frame, std::array<std::uint8_t, 2>{255, vrrp_protocol});
    put_16(frame, 0);  // checksum
    put(frame, source.bytes());
    put(frame, destination.bytes());
    InternetChecksum checksum;
    checksum.add(ByteView{frame}.subspan(begin, header));
    const std::uint16_t sum = checksum.value();
    frame[begin + 10] = static_cast<std::uint8_t>(sum >> 8);
    frame[begin + 11] = static_cast<std::uint8_t>(sum);
}

void put_ipv6(Bytes& frame, const IpAddress& source, const IpAddress& destination, std::size_t payload) {
    put(frame, std::array<std::uint8_t, 4>{0x60 | class_selector_six >> 4,
                                           static_cast<std::uint8_t>(class_selector_six << 4), 0, 0});
    put_16(frame, payload);
    put(frame, std::array<std::uint8_t, 2>{vrrp_protocol, 255});
    put(frame, source.bytes());
    put(frame, destination.bytes());
}

}  // namespace

std::vector<std::uint8_t> advert_frame(const MacAddress& from, const MacAddress& to, const IpAddress& source,
                                       const IpAddress& destination, ByteView advert) {
    HF_ASSERT(source.family() == destination.family());
    Bytes frame;
    put(frame, to.bytes());
    put(frame, from.bytes());
    put_16(frame, source.is_v4() ? ipv4_type : ipv6_type);
    if (source.is_v4())
        put_ipv4(frame, source, destination, advert.size());
    else
        put_ipv6(frame, source, destination, advert.size());
    put(frame, advert);
    return frame;
}

}  // namespace holdfast::net
