// Keys and passwords that stand in files of their own, so that a configuration can be shown around.
#pragma once

#include <string>

#include "base/result.h"

namespace holdfast::os {

inline constexpr std::size_t shortest_secret = 16;  // bytes
inline constexpr std::size_t longest_secret = 4096;

// What the file holds, without blanks and ends of lines around it; at least so many bytes. It must be a
// regular file; opening it never waits. No error says what is in it.
Result<std::string> read_secret(const std::string& path, std::size_t shortest = shortest_secret);
// Whether others than its owner may read or change it.
bool is_open_to_others(const std::string& path);

}  // namespace holdfast::os
