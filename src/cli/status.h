// What the running daemon shows of itself: `holdfast status`, `why`, `peers`, `checks`, `stats`.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/commands.h"
#include "status/document.h"

namespace holdfast::cli {

constexpr int unknown_name = 2;

// Whether an instance, group or check has that name; of_checks: a check.
bool is_known(const std::string& name, const status::Published& published, bool of_checks);
// Says why nothing is known of the daemon; the exit status.
int cannot_ask(const char* name, const std::string& directory, const Error& error, Terminal& terminal);

// Exit status: 0 all is well; 1 an instance is in Fault, or for `checks` a verdict is bad; 2 nothing has that
// name; 3 no daemon answers; 4 not permitted.
int status(const std::vector<std::string>& arguments, Terminal& terminal);
int why(const std::vector<std::string>& arguments, Terminal& terminal);
int peers(const std::vector<std::string>& arguments, Terminal& terminal);
int checks(const std::vector<std::string>& arguments, Terminal& terminal);
int stats(const std::vector<std::string>& arguments, Terminal& terminal);

}  // namespace holdfast::cli
