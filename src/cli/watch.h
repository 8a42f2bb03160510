// `holdfast watch`: a live view, on a terminal as a screen that is drawn anew each second, else as a line for
// each transition. It outlives restarts of the daemon.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "status/document.h"

namespace holdfast::cli {

// Exit status: 0 ended by Ctrl-C; 2 nothing has that name; 4 not permitted.
int watch(const std::vector<std::string>& arguments, Terminal& terminal);

struct ScreenSize {
    std::size_t lines = 24;
    std::size_t columns = 80;
};

// The screen, as at most so many lines: what is out of the ordinary first, then as many others as fit, then
// the last transitions if there is room.
std::vector<std::string> watch_lines(const status::Published& published,
                                     const std::vector<std::string>& names, Instant now, ScreenSize size,
                                     bool colour);

}  // namespace holdfast::cli
