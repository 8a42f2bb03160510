// A key that hosts share, and the trailer that shows it: HMAC-SHA256 (RFC 2104, FIPS 180-4) of what is sent.
// Whether something is old is not its business; heartbeats carry a sequence number.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace holdfast::net {

inline constexpr std::size_t seal_size = 32;

class SealKey {
public:
    // 32 to 64 bytes, as a configuration writes them: hex:DIGITS, file:PATH or the text itself. A file
    // (os/secret_file.h) holds either of the other forms, and nobody else may read it. Never says what the
    // key is.
    static Result<SealKey> read(std::string_view written);

    std::array<std::uint8_t, seal_size> seal(ByteView bytes) const;
    // What was sealed, without its trailer; nothing when the trailer is wrong or missing.
    ByteView opened(ByteView sealed) const;

private:
    explicit SealKey(std::vector<std::uint8_t> key) : key_{std::move(key)} {}
    std::vector<std::uint8_t> key_;
};

}  // namespace holdfast::net
