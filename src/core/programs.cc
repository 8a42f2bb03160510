#include "core/programs.h"

#include <unistd.h>

#include <array>
#include <climits>

namespace holdfast::core {

namespace {

constexpr const char* libexec_directory = HOLDFAST_LIBEXEC_DIR;

}  // namespace

std::string path_of(const std::string& program) {
    std::array<char, PATH_MAX> self{};
    const ssize_t size = readlink("/proc/self/exe", self.data(), self.size() - 1);
    if (size > 0) {
        std::string path{self.data(), static_cast<std::size_t>(size)};
        path.replace(path.rfind('/') + 1, std::string::npos, program);
        if (access(path.c_str(), X_OK) == 0) return path;
    }
    return std::string{libexec_directory} + "/" + program;
}

}  // namespace holdfast::core
