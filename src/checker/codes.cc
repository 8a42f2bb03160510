#include "checker/codes.h"

#include <fmt/ranges.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "checker/random.h"

namespace holdfast::checker {

namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t salt_bytes = 16;

template <class Bytes>
std::string hexadecimal(const Bytes& bytes) {
    return fmt::format("{:02x}", fmt::join(bytes, ""));
}

std::string digest_of(std::string_view salt, std::string_view code) {
    const std::string both = std::string{salt} + std::string{code};
    std::array<std::uint8_t, SHA256_DIGEST_LENGTH> bytes{};
    SHA256(reinterpret_cast<const unsigned char*>(both.data()), both.size(), bytes.data());
    return hexadecimal(bytes);
}

}  // namespace

std::string new_code() {
    std::string code;
    for (const std::uint8_t byte : random_bytes<code_length>())
        code += alphabet[byte % alphabet.size()];  // 256 is a multiple of 32: all are equally likely
    return code;
}

std::string tidy_code(std::string_view typed) {
    std::string code;
    for (char one : typed) {
        if (one == '-' || one == ' ') continue;
        if (one >= 'a' && one <= 'z') one = static_cast<char>(one - 'a' + 'A');
        if (one == 'O') one = '0';
        if (one == 'I' || one == 'L') one = '1';
        if (alphabet.find(one) == std::string_view::npos || code.size() == code_length) return {};
        code += one;
    }
    return code.size() == code_length ? code : std::string{};
}

status::IncidentRecord::Code remember(std::string_view choice, std::string_view code, os::WallTime expires) {
    status::IncidentRecord::Code known;
    known.choice = choice;
    known.salt = hexadecimal(random_bytes<salt_bytes>());
    known.digest = digest_of(known.salt, code);
    known.expires = expires;
    return known;
}

bool is_code(const status::IncidentRecord::Code& known, std::string_view code) {
    const std::string digest = digest_of(known.salt, code);
    return digest.size() == known.digest.size() &&
           CRYPTO_memcmp(digest.data(), known.digest.data(), digest.size()) == 0;
}

}  // namespace holdfast::checker
