// Where the programs are that core starts.
#pragma once

#include <string>

namespace holdfast::core {

// Beside ourselves in a build tree, else where they are installed.
std::string path_of(const std::string& program);

}  // namespace holdfast::core
