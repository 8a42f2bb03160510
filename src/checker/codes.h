// One-time codes: 50 random bits that a person can type from a mail or a text message. Only a salted digest
// is kept.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "os/channel.h"
#include "status/incident.h"

namespace holdfast::checker {

inline constexpr std::size_t code_length = 10;
inline constexpr std::chrono::minutes code_lasts{15};  // from the alert on

// Characters of Crockford's base 32: no I, L, O, U.
std::string new_code();
// As it was sent, from what was typed: case, dashes and blanks do not matter, O is 0, I and L are 1. Empty:
// it is no code.
std::string tidy_code(std::string_view typed);

status::IncidentRecord::Code remember(std::string_view choice, std::string_view code, os::WallTime expires);
bool is_code(const status::IncidentRecord::Code& known, std::string_view code);

}  // namespace holdfast::checker
