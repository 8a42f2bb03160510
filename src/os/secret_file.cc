#include "os/secret_file.h"

#include <sys/stat.h>

#include "os/small_files.h"

namespace holdfast::os {

Result<std::string> read_secret(const std::string& path, std::size_t shortest) {
    auto held = read_small_file(path, longest_secret, Links::followed);
    if (!held) return held;
    std::string& text = *held;
    constexpr const char* blanks = " \t\r\n";
    text.erase(text.find_last_not_of(blanks) + 1);
    text.erase(0, text.find_first_not_of(blanks));
    if (text.size() < shortest)
        return Error::invalid(path + " has fewer than " + std::to_string(shortest) + " bytes");
    return held;
}

bool is_open_to_others(const std::string& path) {
    struct stat facts {};
    return stat(path.c_str(), &facts) == 0 && (facts.st_mode & (S_IRWXG | S_IRWXO)) != 0;
}

}  // namespace holdfast::os
