#include "os/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "os/unique_fd.h"

namespace holdfast::os {

Result<std::string> read_secret(const std::string& path, std::size_t shortest) {
    const UniqueFd file{open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)};
    if (!file) return Error::system("read " + path);
    struct stat facts {};
    if (fstat(file.get(), &facts) != 0) return Error::system("read " + path);
    if (!S_ISREG(facts.st_mode)) return Error::invalid(path + " is no regular file");
    std::array<char, longest_secret + 1> room{};
    std::size_t size = 0;
    while (size < room.size()) {
        const ssize_t count = read(file.get(), room.data() + size, room.size() - size);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return Error::system("read " + path);
        if (count == 0) break;
        size += static_cast<std::size_t>(count);
    }
    if (size > longest_secret)
        return Error::invalid(path + " has more than " + std::to_string(longest_secret) + " bytes");
    constexpr const char* blanks = " \t\r\n";
    std::string text{room.data(), size};
    text.erase(text.find_last_not_of(blanks) + 1);
    text.erase(0, text.find_first_not_of(blanks));
    if (text.size() < shortest)
        return Error::invalid(path + " has fewer than " + std::to_string(shortest) + " bytes");
    return text;
}

bool is_open_to_others(const std::string& path) {
    struct stat facts {};
    return stat(path.c_str(), &facts) == 0 && (facts.st_mode & (S_IRWXG | S_IRWXO)) != 0;
}

}  // namespace holdfast::os
