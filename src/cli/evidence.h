// What was known at the moment of a transition, as lines for a person.
#pragma once

#include <string>
#include <vector>

#include "status/snapshot.h"

namespace holdfast::cli {

// Nothing is known: no lines.
std::vector<std::string> evidence_lines(const status::Transition& transition);

}  // namespace holdfast::cli
