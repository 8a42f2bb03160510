// `holdfast explain`: the catalogue of operator messages.
#pragma once

#include <string>
#include <vector>

#include "cli/commands.h"

namespace holdfast::cli {

// Each number with what it means and what to do; without a number, all of them, one on a line.
int explain(const std::vector<std::string>& arguments, Terminal& terminal);

}  // namespace holdfast::cli
