// Values of which some bits may be unknown, and what can be said of them for certain.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "net/firewall_rules.h"

namespace holdfast::net::firewall {

enum class Truth : std::uint8_t { no, maybe, yes };

inline Truth operator!(Truth truth) {
    if (truth == Truth::maybe) return truth;
    return truth == Truth::yes ? Truth::no : Truth::yes;
}

struct Value {
    Bytes bits;
    Bytes known;  // as long; bits that are not known are 0 in `bits`

    static Value unknown(std::size_t size) { return {Bytes(size), Bytes(size)}; }
    static Value of(std::span<const std::uint8_t> bytes) {
        return {{bytes.begin(), bytes.end()}, Bytes(bytes.size(), 0xff)};
    }
    template <class Number>
    static Value of_number(Number number) {  // in the byte order of this host
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(&number);
        return of(std::span{bytes, sizeof number});
    }

    std::size_t size() const { return bits.size(); }
    bool is_known() const {
        return std::all_of(known.begin(), known.end(), [](std::uint8_t byte) { return byte == 0xff; });
    }
    Bytes lowest() const { return bits; }
    Bytes highest() const {
        Bytes all = bits;
        for (std::size_t i = 0; i < all.size(); ++i)
            all[i] = static_cast<std::uint8_t>(all[i] | static_cast<std::uint8_t>(~known[i]));
        return all;
    }
};

// Compared as many bytes as `data` has.
inline Truth equal(const Value& value, const Bytes& data) {
    if (value.size() < data.size()) return Truth::maybe;
    bool certain = true;
    for (std::size_t i = 0; i < data.size(); ++i) {
        if (((value.bits[i] ^ data[i]) & value.known[i]) != 0) return Truth::no;
        certain = certain && value.known[i] == 0xff;
    }
    return certain ? Truth::yes : Truth::maybe;
}

// As numbers, the first byte the highest.
inline Truth less(const Value& value, const Bytes& data) {
    if (value.size() < data.size()) return Truth::maybe;
    const Bytes low = value.lowest();
    const Bytes high = value.highest();
    const auto below = [&](const Bytes& bytes) {
        return std::lexicographical_compare(bytes.begin(),
                                            bytes.begin() + static_cast<std::ptrdiff_t>(data.size()),
                                            data.begin(), data.end());
    };
    if (below(high)) return Truth::yes;
    return below(low) ? Truth::maybe : Truth::no;
}

inline Truth both(Truth a, Truth b) {
    return std::min(a, b);
}
inline Truth either(Truth a, Truth b) {
    return std::max(a, b);
}

inline Truth within(const Value& value, const Bytes& first, const Bytes& last) {
    const Truth not_below = !less(value, first);
    const Truth not_above = either(less(value, last), equal(value, last));
    return both(not_below, not_above);
}

}  // namespace holdfast::net::firewall
