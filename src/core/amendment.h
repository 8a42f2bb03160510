// A value of an instance that is set while the daemon runs. It becomes a configuration like any other, judged
// by the same rules, and holds until the files are read again.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "config/parse.h"
#include "core/options.h"
#include "os/channel.h"

namespace holdfast::core {

struct Amendment {
    std::shared_ptr<const config::Parsed> configuration;  // null: the value is that already
    std::string text;                                     // "priority of VI_1 is 150, it was 100"
};
// An error says why it cannot be: one clause, for people.
Result<Amendment> amend(const config::Parsed& in_force, const os::ValueWanted& wanted,
                        const Options& options);

}  // namespace holdfast::core
