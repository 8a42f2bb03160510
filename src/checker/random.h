// What nobody can guess: numbers of alerts, one-time codes, their salts.
#pragma once

#include <sys/random.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace holdfast::checker {

template <std::size_t size>
std::array<std::uint8_t, size> random_bytes() {
    std::array<std::uint8_t, size> bytes{};
    while (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    }
    return bytes;
}

}  // namespace holdfast::checker
