// Gets from the monitor what the daemon's processes have published.
#pragma once

#include <string>

#include "base/result.h"
#include "base/time.h"
#include "status/document.h"

namespace holdfast::cli {

// Waits so long for a daemon that is being upgraded, or a monitor that is being started. Error numbers:
// EACCES not for this user, 0 the answer makes no sense, others nobody is there.
Result<status::Published> ask_status(const std::string& runtime_directory,
                                     Duration waiting = std::chrono::seconds{3});

}  // namespace holdfast::cli
