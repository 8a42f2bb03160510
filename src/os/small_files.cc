#include "os/small_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "os/unique_fd.h"

namespace holdfast::os {

namespace {

struct CloseFolder {
    void operator()(DIR* folder) const noexcept { closedir(folder); }
};

// The group first: what one may do is never in force for another.
bool give(int fd, const FileAccess& access) {
    struct stat facts {};
    if (fstat(fd, &facts) != 0) return false;
    constexpr uid_t same = static_cast<uid_t>(-1);
    const gid_t group = access.group.value_or(getegid());
    if (facts.st_gid != group && fchown(fd, same, group) != 0) return false;
    return (facts.st_mode & 07777) == access.mode || fchmod(fd, access.mode) == 0;
}

bool write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = write(fd, text.data(), text.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return false;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

}  // namespace

std::string temporary_directory() {
    const char* given = std::getenv("TMPDIR");
    return given != nullptr && given[0] == '/' ? given : "/tmp";
}

Result<void> keep_folder(const std::string& path, const FileAccess& access) {
    if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return Error::system("make the folder " + path);
    const UniqueFd folder{open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (!folder) return Error::system("open the folder " + path);
    if (!give(folder.get(), access)) return Error::system("set who may read the folder " + path);
    return {};
}

Result<void> replace_file(const std::string& path, std::string_view text, const FileAccess& access) {
    const std::size_t name = path.rfind('/') + 1;
    const std::string fresh = path.substr(0, name) + "." + path.substr(name) + ".new";
    unlink(fresh.c_str());  // of a process that ended in the middle
    const UniqueFd file{open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
    if (!file) return Error::system("write " + path);
    if (write_all(file.get(), text) && give(file.get(), access) && rename(fresh.c_str(), path.c_str()) == 0)
        return {};
    const Error why = Error::system("write " + path);
    unlink(fresh.c_str());
    return why;
}

Result<std::string> read_small_file(const std::string& path, std::size_t most_bytes, Links links) {
    const int no_links = links == Links::refused ? O_NOFOLLOW : 0;
    const UniqueFd file{open(path.c_str(), O_RDONLY | O_NONBLOCK | no_links | O_CLOEXEC | O_NOCTTY)};
    if (!file) return Error::system("read " + path);
    struct stat facts {};
    if (fstat(file.get(), &facts) != 0) return Error::system("read " + path);
    if (!S_ISREG(facts.st_mode)) return Error::invalid(path + " is no regular file");
    std::string text;
    for (;;) {
        char room[16384];
        const ssize_t count = read(file.get(), room, sizeof room);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return Error::system("read " + path);
        if (count == 0) return text;
        text.append(room, static_cast<std::size_t>(count));
        if (text.size() > most_bytes)
            return Error::invalid(path + " has more than " + std::to_string(most_bytes) + " bytes");
    }
}

Result<std::string> boot_id() {
    constexpr std::size_t most_bytes = 64;
    auto text = read_small_file("/proc/sys/kernel/random/boot_id", most_bytes);
    if (text) text->erase(std::min(text->find('\n'), text->size()));
    return text;
}

Result<std::vector<std::string>> names_in(const std::string& folder, std::size_t most) {
    const std::unique_ptr<DIR, CloseFolder> open{opendir(folder.c_str())};
    if (!open) return Error::system("read the folder " + folder);
    std::vector<std::string> names;
    while (names.size() < most) {
        const dirent* entry = readdir(open.get());
        if (entry == nullptr) break;
        if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace holdfast::os
