// holdfast: the operator's command.
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "cli/commands.h"

int main(int argc, char** argv) {
    holdfast::cli::Terminal terminal{
        .out = std::cout,
        .err = std::cerr,
        .colour = isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr};
    return holdfast::cli::run({argv + 1, argv + argc}, terminal);
}
