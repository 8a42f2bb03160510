// What SIGUSR1 asks of the core process: keepalived_parent.data, the global definitions in keepalived's
// words.
#pragma once

#include <string>

#include "base/result.h"
#include "config/config.h"
#include "core/options.h"

namespace holdfast::core {

Result<void> write_parent_dump(const config::Config& config, const Options& options,
                               const std::string& runtime_directory);

}  // namespace holdfast::core
