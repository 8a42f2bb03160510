// `holdfast history`, also called timeline: the transitions of all instances and groups in the order of time,
// of this run of the daemon and of those that are kept; as text, JSON or a drawing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "status/history.h"

namespace holdfast::cli {

// Exit status: 0; 2 nothing has that name; 3 no daemon answers, whether something was kept or not; 4 not
// permitted.
int history(const std::vector<std::string>& arguments, Terminal& terminal);
// The same by another name.
int timeline(const std::vector<std::string>& arguments, Terminal& terminal);

// As text; evidence: with what was known at each.
void write_history(const status::History& history, std::int64_t now_ms, bool evidence, Terminal& terminal);

// "90s", "10m", "2h", "3d" ago, or a date as in "2026-11-21", "2026-11-21 08:30[:15]" in local time; with a
// Z behind it in UTC. Since 1970.
std::optional<std::int64_t> since_text(const std::string& text, std::int64_t now_ms);

}  // namespace holdfast::cli
