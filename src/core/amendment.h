// Values of instances that are set while the daemon runs. They become a configuration like any other, judged
// by the same rules, and hold until the files are read again.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/parse.h"
#include "core/options.h"
#include "os/channel.h"

namespace holdfast::core {

struct Amendment {
    std::shared_ptr<const config::Parsed> configuration;  // null: all values are that already
    std::string text;  // "priority of VI_1 is 150, it was 100"; of several all, in their order
};
// All of them together. An error says why one cannot be: one clause, for people.
Result<Amendment> amend(const config::Parsed& in_force, const std::vector<os::ValueWanted>& wanted,
                        const Options& options);

}  // namespace holdfast::core
