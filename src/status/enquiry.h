// What is said on the monitor's socket: one line that asks, one line that answers and says how many bytes
// follow. Whoever may connect may ask; nothing can be changed here.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/names.h"
#include "base/result.h"

namespace holdfast::status {

enum class Enquiry : std::uint8_t { snapshots };
constexpr auto names_of(Enquiry) {
    return std::array{Name{Enquiry::snapshots, "snapshots"}};
}

constexpr std::size_t longest_enquiry = 64;  // with its line break
constexpr std::size_t longest_reply_line = 512;
constexpr std::size_t most_reply_bytes = std::size_t{512} << 20;

// The first line of an answer.
struct Reply {
    std::string refusal;  // not empty: why nothing follows
    // Sizes of the snapshots that follow, one behind the other; 0: that process has published nothing.
    std::uint64_t routers = 0;
    std::uint64_t checks = 0;
};

// Lines end in a line break, which is part of what is written and not of what is read.
std::string encode(Enquiry enquiry);
Result<Enquiry> decode_enquiry(std::string_view line);
std::string encode(const Reply& reply);
Result<Reply> decode_reply(std::string_view line);

}  // namespace holdfast::status
