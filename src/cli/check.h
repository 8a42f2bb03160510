// `holdfast check` and `holdfast dump`: what the daemon would make of a configuration file.
#pragma once

#include <string>
#include <vector>

#include "cli/commands.h"

namespace holdfast::cli {

// Every finding, and a line that says whether the daemon starts; of several files also what does not go
// together between them. Exit status: holdfastd -t's; of several the highest.
int check(const std::vector<std::string>& arguments, Terminal& terminal);

// What the file says, in its own words.
int dump(const std::vector<std::string>& arguments, Terminal& terminal);

}  // namespace holdfast::cli
