// A transition for a person: who, from what to what, and as lines what was known at that moment.
#pragma once

#include <string>
#include <vector>

#include "status/history.h"

namespace holdfast::cli {

// "VI_1", "group VG_1".
std::string unit_text(const status::HistoryEvent& event);
// "Backup -> Active"; the new state alone where the former is not known.
std::string step_text(const status::Transition& transition);
// Nothing is known: no lines.
std::vector<std::string> evidence_lines(const status::Transition& transition);

}  // namespace holdfast::cli
