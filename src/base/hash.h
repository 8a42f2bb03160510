// FNV-1a, 64 bits: the same on every host. Finds what is torn or foreign, and names things; nobody is kept
// from forging one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace holdfast {

constexpr std::uint64_t fnv1a(std::span<const std::byte> bytes) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const std::byte one : bytes)
        hash = (hash ^ static_cast<std::uint64_t>(one)) * 0x100000001b3;
    return hash;
}

}  // namespace holdfast
