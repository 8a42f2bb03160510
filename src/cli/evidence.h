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
// With the member that led, where the transition is a group's.
std::string cause_text(const status::Transition& transition, bool is_group);
// Of a group what that member knew. Nothing is known: no lines.
std::vector<std::string> evidence_lines(const status::Transition& transition, bool is_group);

}  // namespace holdfast::cli
