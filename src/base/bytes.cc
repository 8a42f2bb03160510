#include "base/bytes.h"

#include <algorithm>

namespace holdfast {

std::optional<std::uint8_t> ByteReader::u8() {
    if (rest_.empty()) return std::nullopt;
    const std::uint8_t value = rest_[0];
    rest_ = rest_.subspan(1);
    return value;
}

std::optional<std::uint16_t> ByteReader::be16() {
    if (rest_.size() < 2) return std::nullopt;
    const auto value = static_cast<std::uint16_t>(rest_[0] << 8 | rest_[1]);
    rest_ = rest_.subspan(2);
    return value;
}

std::optional<std::uint32_t> ByteReader::be32() {
    if (rest_.size() < 4) return std::nullopt;
    const std::uint32_t high = *be16();
    return high << 16 | *be16();
}

std::optional<std::uint64_t> ByteReader::be64() {
    if (rest_.size() < 8) return std::nullopt;
    const std::uint64_t high = *be32();
    return high << 32 | *be32();
}

std::optional<ByteView> ByteReader::take(std::size_t count) {
    if (rest_.size() < count) return std::nullopt;
    const ByteView taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
}

void ByteWriter::u8(std::uint8_t value) {
    copy(ByteView{&value, 1});
}

void ByteWriter::be16(std::uint16_t value) {
    const std::uint8_t bytes[]{static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
    copy(bytes);
}

void ByteWriter::be32(std::uint32_t value) {
    const std::uint8_t bytes[]{static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16),
                               static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
    copy(bytes);
}

void ByteWriter::be64(std::uint64_t value) {
    std::uint8_t bytes[8];
    for (int at = 0; at < 8; ++at)
        bytes[at] = static_cast<std::uint8_t>(value >> (56 - 8 * at));
    copy(bytes);
}

void ByteWriter::copy(ByteView bytes) {
    if (overflowed_ || bytes.size() > room_.size() - size_) {
        overflowed_ = true;
        return;
    }
    std::copy(bytes.begin(), bytes.end(), room_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += bytes.size();
}

void ByteWriter::patch_be16(std::size_t offset, std::uint16_t value) {
    if (offset + 2 > size_) return;
    room_[offset] = static_cast<std::uint8_t>(value >> 8);
    room_[offset + 1] = static_cast<std::uint8_t>(value);
}

void InternetChecksum::add(ByteView bytes) {
    std::size_t at = 0;
    for (; at + 1 < bytes.size(); at += 2)
        sum_ += static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
    if (at < bytes.size()) sum_ += static_cast<std::uint16_t>(bytes[at] << 8);
}

std::uint16_t InternetChecksum::value() const {
    std::uint64_t folded = sum_;
    while (folded >> 16)
        folded = (folded & 0xffff) + (folded >> 16);
    return static_cast<std::uint16_t>(~folded);
}

}  // namespace holdfast
