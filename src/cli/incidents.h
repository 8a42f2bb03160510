// `holdfast incidents` and `holdfast incident ID`: what is kept of split brain, read from the files of the
// state directory, whether the daemon runs or not.
#pragma once

#include <string>
#include <vector>

#include "cli/commands.h"

namespace holdfast::cli {

// Exit status: 0; 1 there is no such incident, or it is not clear which; 4 the files may not be read.
int incidents(const std::vector<std::string>& arguments, Terminal& terminal);
int incident(const std::vector<std::string>& arguments, Terminal& terminal);

}  // namespace holdfast::cli
