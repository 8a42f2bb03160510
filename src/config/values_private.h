// What the files of the value grammars share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/values.h"

namespace holdfast::config {

std::vector<std::string_view> split_range(std::string_view text);
// 0.0.0.0/0 or ::/0.
Prefix zero_prefix(Family family);
std::optional<bool> boolean_named(std::string_view text);
// The whole text as a number; base 0: by its prefix. Nothing: it is none.
std::optional<std::int64_t> whole_number(std::string_view text, int base);
// The word at position as a number in the argument's range, said when it is not.
std::optional<std::int64_t> number_in_range(const Argument& argument, const Words& words,
                                            std::size_t position, Reading& reading);
// "KEYWORD: TEXT".
std::string named(const Reading& reading, std::string_view text);
// Says `what` about the word at position.
void report_value(Reading& reading, const Words& words, std::size_t position, Report what);

std::optional<Value> read_script_value(const Argument& argument, Words& words, Reading& reading);
std::optional<Value> read_network_value(const Argument& argument, Words& words, Reading& reading);

}  // namespace holdfast::config
