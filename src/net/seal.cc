// Nettle and not OpenSSL: libcrypto costs the vrrp process 0.6 ms of its start and another 1 ms with the
// first digest, and who adopts has to be quick.
#include "net/seal.h"

#include <nettle/hmac.h>
#include <nettle/memops.h>

#include <optional>

#include "os/secret_file.h"

namespace holdfast::net {

namespace {

constexpr std::size_t shortest_key = 32;
constexpr std::size_t longest_key = 64;

std::optional<std::uint8_t> digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
    return std::nullopt;
}

Result<std::vector<std::uint8_t>> from_hex(std::string_view digits) {
    std::vector<std::uint8_t> bytes;
    for (std::size_t at = 0; at + 1 < digits.size(); at += 2) {
        const auto high = digit(digits[at]);
        const auto low = digit(digits[at + 1]);
        if (!high || !low) return Error::invalid("the key has a character that is no hexadecimal digit");
        bytes.push_back(static_cast<std::uint8_t>(*high << 4 | *low));
    }
    if (digits.size() % 2 != 0) return Error::invalid("the key has an odd number of hexadecimal digits");
    return bytes;
}

}  // namespace

Result<SealKey> SealKey::read(std::string_view written) {
    std::string text{written};
    if (text.rfind("file:", 0) == 0) {
        const std::string path = text.substr(5);
        auto secret = os::read_secret(path, shortest_key);
        if (!secret) return std::move(secret).error();
        if (os::is_open_to_others(path))
            return Error::invalid("others may read or change " + path + "; chmod 600 " + path);
        text = std::move(*secret);
    }
    std::vector<std::uint8_t> key{text.begin(), text.end()};
    if (text.rfind("hex:", 0) == 0) {
        auto bytes = from_hex(std::string_view{text}.substr(4));
        if (!bytes) return std::move(bytes).error();
        key = std::move(*bytes);
    }
    if (key.size() < shortest_key || key.size() > longest_key)
        return Error::invalid("the key has " + std::to_string(key.size()) + " bytes; it takes 32 to 64");
    return SealKey{std::move(key)};
}

std::array<std::uint8_t, seal_size> SealKey::seal(ByteView bytes) const {
    static_assert(seal_size == SHA256_DIGEST_SIZE);
    hmac_sha256_ctx context{};
    hmac_sha256_set_key(&context, key_.size(), key_.data());
    hmac_sha256_update(&context, bytes.size(), bytes.data());
    std::array<std::uint8_t, seal_size> trailer{};
    hmac_sha256_digest(&context, trailer.size(), trailer.data());
    return trailer;
}

ByteView SealKey::opened(ByteView sealed) const {
    if (sealed.size() < seal_size) return {};
    const ByteView bytes = sealed.first(sealed.size() - seal_size);
    const auto right = seal(bytes);
    // In a time that says nothing of how much was right.
    if (memeql_sec(right.data(), sealed.data() + bytes.size(), right.size()) == 0) return {};
    return bytes;
}

}  // namespace holdfast::net
