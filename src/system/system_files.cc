#include "system/system_files.h"

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "os/unique_fd.h"

namespace holdfast::system {

namespace {

constexpr off_t largest_file = off_t{256} << 20;

}  // namespace

config::Files::Kind SystemFiles::kind(const std::string& path) {
    struct stat facts {};
    if (stat(path.c_str(), &facts) != 0)
        return errno == ENOENT || errno == ENOTDIR ? Kind::absent : Kind::unreadable;
    if (S_ISDIR(facts.st_mode)) return Kind::directory;
    if (!S_ISREG(facts.st_mode)) return Kind::other;
    if ((facts.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0) return Kind::executable;
    return access(path.c_str(), R_OK) == 0 ? Kind::regular : Kind::unreadable;
}

Result<std::string> SystemFiles::read(const std::string& path) {
    const os::UniqueFd fd{open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    struct stat facts {};
    if (!fd || fstat(fd.get(), &facts) != 0) return Error::system("open " + path);
    if (facts.st_size > largest_file) return Error::invalid(path + " is larger than 256 MiB");
    std::string text;
    char room[65536];
    for (;;) {
        const ssize_t size = ::read(fd.get(), room, sizeof room);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return Error::system("read " + path);
        if (size == 0) return text;
        text.append(room, static_cast<std::size_t>(size));
        if (text.size() > static_cast<std::size_t>(largest_file))
            return Error::invalid(path + " is larger than 256 MiB");
    }
}

std::vector<std::string> SystemFiles::glob(const std::string& pattern, const std::string& directory) {
    const bool absolute = !pattern.empty() && pattern.front() == '/';
    const std::string full = absolute ? pattern : directory + "/" + pattern;
    glob_t found{};
    std::vector<std::string> paths;
    if (::glob(full.c_str(), GLOB_BRACE, nullptr, &found) == 0)
        for (std::size_t at = 0; at < found.gl_pathc; ++at) {
            const std::string path = found.gl_pathv[at];
            // Messages name the file as the user did.
            paths.push_back(absolute || path.size() <= directory.size() ? path
                                                                        : path.substr(directory.size() + 1));
        }
    globfree(&found);
    return paths;
}

std::string SystemFiles::current_directory() {
    char* path = getcwd(nullptr, 0);
    const std::string text = path != nullptr ? path : "/";
    std::free(path);  // NOLINT: getcwd allocates with malloc
    return text;
}

std::optional<std::string> SystemFiles::environment(const std::string& variable) {
    const char* value = std::getenv(variable.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
}

std::string usual_configuration(bool as_keepalived) {
    constexpr const char* own_file = HOLDFAST_SYSCONF_DIR "/holdfast/holdfast.conf";
    if (!as_keepalived && access(own_file, F_OK) == 0) return own_file;
    return HOLDFAST_SYSCONF_DIR "/keepalived/keepalived.conf";
}

}  // namespace holdfast::system
