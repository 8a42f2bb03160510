// Figures that the manual shows: a test run writes them down, nobody types them.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

namespace holdfast::test {

// One line in the file that HOLDFAST_EVIDENCE names; without it the figure is only printed.
inline void note(const std::string& name, const std::string& value, const std::string& unit = "") {
    std::printf("EVIDENCE %s\t%s\t%s\n", name.c_str(), value.c_str(), unit.c_str());
    if (const char* path = std::getenv("HOLDFAST_EVIDENCE"))
        std::ofstream{path, std::ios::app} << name << '\t' << value << '\t' << unit << '\n';
}

}  // namespace holdfast::test
