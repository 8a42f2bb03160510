// Going to the background, and programs that core itself waits for (startup and shutdown scripts).
#pragma once

#include <string>

#include "base/result.h"
#include "base/time.h"
#include "config/config.h"
#include "os/unique_fd.h"

namespace holdfast::core {

// The parent waits in here until the child says how its start went, and exits with that status. In the child
// this returns the descriptor for saying it (tell_parent).
class Background {
public:
    Background() = default;  // foreground: there is nobody to tell
    static Result<Background> enter(bool keeps_standard_error);
    void tell_parent(int status);

private:
    explicit Background(os::UniqueFd parent) : parent_{std::move(parent)} {}
    os::UniqueFd parent_;
};

// Whether that program can be executed and knows its version; said in the log when not.
bool is_runnable(const std::string& program);

// Runs a script to its end, or kills it when the time is over.
void run_and_wait(const config::Script& script, Duration at_most, const std::string& what);

}  // namespace holdfast::core
