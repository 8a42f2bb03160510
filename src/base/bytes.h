// Bounded big-endian access to bytes from outside and to bytes for outside, and the Internet checksum (RFC
// 1071). A reader never reads past its span; a writer never writes past it. No struct is ever laid over a
// buffer.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace holdfast {

using ByteView = std::span<const std::uint8_t>;

class ByteReader {
public:
    explicit ByteReader(ByteView bytes) : rest_{bytes} {}

    std::optional<std::uint8_t> u8();
    std::optional<std::uint16_t> be16();
    std::optional<std::uint32_t> be32();
    std::optional<std::uint64_t> be64();
    // The next count bytes, or nothing (and nothing is consumed) when fewer are left.
    std::optional<ByteView> take(std::size_t count);
    std::size_t left() const { return rest_.size(); }
    ByteView rest() const { return rest_; }

private:
    ByteView rest_;
};

// Writes until the span is full; after an overflow nothing more is written and overflowed() tells.
class ByteWriter {
public:
    explicit ByteWriter(std::span<std::uint8_t> room) : room_{room} {}

    void u8(std::uint8_t value);
    void be16(std::uint16_t value);
    void be32(std::uint32_t value);
    void be64(std::uint64_t value);
    void copy(ByteView bytes);
    // Overwrites two bytes written before (a checksum); offset from the start.
    void patch_be16(std::size_t offset, std::uint16_t value);
    std::size_t size() const { return size_; }
    bool overflowed() const { return overflowed_; }
    ByteView written() const { return room_.first(size_); }

private:
    std::span<std::uint8_t> room_;
    std::size_t size_ = 0;
    bool overflowed_ = false;
};

// One's complement sum over several pieces; every piece but the last must have an even length.
class InternetChecksum {
public:
    void add(ByteView bytes);
    void add_be16(std::uint16_t value) { sum_ += value; }
    void add_be32(std::uint32_t value) { sum_ += (value >> 16) + (value & 0xffff); }
    // The value for the header; over data that includes a right checksum it is 0.
    std::uint16_t value() const;

private:
    std::uint64_t sum_ = 0;
};

}  // namespace holdfast
