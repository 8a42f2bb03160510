// `holdfast config`: the configuration that the running daemon goes by, with what holds where nothing was
// written, and without its secrets.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/commands.h"
#include "config/config.h"

namespace holdfast::cli {

// Exit status: 0; 1 refused; 3 no daemon answers; 4 not permitted.
int show_config(const std::vector<std::string>& arguments, Terminal& terminal);

// Of the running daemon. Error numbers: EACCES not for this user, 0 refused, others nobody is there.
Result<config::Config> running_config(const std::string& runtime_directory);
std::string config_text(const config::Config& config);
std::string config_json(const config::Config& config);

}  // namespace holdfast::cli
