// The command tree of `holdfast`: name, arguments, help, what runs it.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::cli {

struct Terminal {
    std::ostream& out;
    std::ostream& err;
    bool interactive = false;  // a person reads out
    bool colour = false;       // interactive, and NO_COLOR is not set
};

// The command line cannot be understood (sysexits.h: EX_USAGE).
constexpr int not_understood = 64;
// What all commands mean by these.
constexpr int not_running = 3;
constexpr int not_permitted = 4;

struct Command {
    std::string_view name;
    std::string_view arguments;  // as in the usage line
    std::string_view summary;    // one line
    bool hidden = false;         // for our own tools
    int (*run)(const std::vector<std::string>& arguments, Terminal& terminal) = nullptr;
};

const std::vector<Command>& commands();

// Exit status: that of the command, or not_understood.
int run(const std::vector<std::string>& arguments, Terminal& terminal);

}  // namespace holdfast::cli
