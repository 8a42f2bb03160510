// `holdfast explain`: the catalogue of operator messages.
#pragma once

#include <string>
#include <vector>

#include "cli/commands.h"

namespace holdfast::cli {

// The same for the journal's catalog, which the installation puts where journalctl -x looks.
int catalog(const std::vector<std::string>& arguments, Terminal& terminal);
// Each number with what it means and what to do; without a number, all of them, one on a line.
int explain(const std::vector<std::string>& arguments, Terminal& terminal);

}  // namespace holdfast::cli
