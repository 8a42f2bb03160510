// holdfast: the operator's command.
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "cli/commands.h"

int main(int argc, char** argv) {
    const bool interactive = isatty(STDOUT_FILENO) == 1;
    const char* no_colour = std::getenv("NO_COLOR");  // no-color.org: present and not empty
    holdfast::cli::Terminal terminal{.out = std::cout,
                                     .err = std::cerr,
                                     .interactive = interactive,
                                     .colour = interactive && (no_colour == nullptr || *no_colour == '\0')};
    const int status = holdfast::cli::run({argv + 1, argv + argc}, terminal);
    std::cout.flush();
    if (std::cout) return status;
    std::cerr << "holdfast: standard output cannot be written\n";
    return 1;
}
