// Gets from the monitor what the daemon's processes have published.
#pragma once

#include <string>

#include "base/result.h"
#include "status/document.h"

namespace holdfast::cli {

// Waits some seconds for a daemon that is being upgraded, or a monitor that is being started. Error numbers:
// EACCES not for this user, 0 the answer makes no sense, others nobody is there.
Result<status::Published> ask_status(const std::string& runtime_directory);

}  // namespace holdfast::cli
