// Facts of this host for a bug report: versions, interfaces, and what the journal has of the daemon.
#pragma once

#include <string>

#include "base/result.h"

namespace holdfast::cli {

// Of Holdfast, the kernel, the distribution and libraries: a line each.
std::string versions();
// Each interface with its state, hardware address and addresses.
Result<std::string> interfaces();
// The last lines of the daemon's processes, at most some megabytes.
Result<std::string> journal();
// Those of them that are about firewall rules.
std::string firewall_lines(const std::string& journal);

}  // namespace holdfast::cli
