// The lasting numbers of findings about text: HF1000 to HF1019. Private to the lexical half of config.
#pragma once

#include <cstdint>

namespace holdfast::config::lexical {

constexpr std::uint16_t more_of_this_kind = 1000;
constexpr std::uint16_t file_missing = 1001;
constexpr std::uint16_t include_refused = 1002;
constexpr std::uint16_t include_too_deep = 1003;
constexpr std::uint16_t several_files = 1004;
constexpr std::uint16_t line_too_long = 1005;
constexpr std::uint16_t zero_byte = 1006;
constexpr std::uint16_t open_quote = 1007;
constexpr std::uint16_t expansion_too_long = 1008;
constexpr std::uint16_t bad_loop = 1009;
constexpr std::uint16_t bad_random = 1010;
constexpr std::uint16_t broken_copy = 1011;
constexpr std::uint16_t endless_text = 1012;
constexpr std::uint16_t comment_in_definition = 1013;

}  // namespace holdfast::config::lexical
