// What the running daemon is asked to do: `holdfast reload`, `holdfast upgrade`, `holdfast incident reply`,
// and the orders `failover`, `drain`, `resume` and `log-level`.
#pragma once

#include <string>
#include <vector>

#include "cli/commands.h"

namespace holdfast::cli {

// Exit status: 0 done, 1 refused (the answer says why), 3 no daemon answers.
int reload(const std::vector<std::string>& arguments, Terminal& terminal);
int upgrade(const std::vector<std::string>& arguments, Terminal& terminal);
// And of a code: 4 wrong, 5 too old, 6 used, 7 its incident is over, 8 too many wrong ones before.
int reply(const std::vector<std::string>& arguments, Terminal& terminal);
// And of a failover or a drain: 9 nobody took over.
int failover(const std::vector<std::string>& arguments, Terminal& terminal);
int drain(const std::vector<std::string>& arguments, Terminal& terminal);
int resume(const std::vector<std::string>& arguments, Terminal& terminal);
int log_level(const std::vector<std::string>& arguments, Terminal& terminal);

}  // namespace holdfast::cli
