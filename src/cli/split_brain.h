// `holdfast split-brain explain`: the decision table of each guarded instance and group, as its configuration
// makes it.
#pragma once

#include <string>
#include <vector>

#include "cli/commands.h"

namespace holdfast::cli {

// Exit status 0; 1: the daemon would not start with the file, or nothing in it is guarded.
int split_brain(const std::vector<std::string>& arguments, Terminal& terminal);

}  // namespace holdfast::cli
