#include "checker/tracked_file.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <limits>

#include "os/log.h"
#include "os/unique_fd.h"
#include "status/messages.h"

namespace holdfast::checker {

namespace {

using os::Level;
using status::labelled;
using status::Number;

// File systems that tell nobody of changes, or where a read may hang. (Some have no constant in the header.)
constexpr std::array<std::uint32_t, 16> unwatchable{
    PROC_SUPER_MAGIC,       SYSFS_MAGIC,      CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC,
    DEBUGFS_MAGIC,          TRACEFS_MAGIC,    SECURITYFS_MAGIC,   BPF_FS_MAGIC,
    DEVPTS_SUPER_MAGIC,     NFS_SUPER_MAGIC,  SMB_SUPER_MAGIC,    0xff534d42U /* cifs */,
    0xfe534d42U /* smb2 */, FUSE_SUPER_MAGIC, AFS_SUPER_MAGIC,    V9FS_MAGIC};

Result<void> can_be_watched(int fd) {
    struct statfs facts {};
    if (fstatfs(fd, &facts) != 0) return Error::system("fstatfs");
    if (std::find(unwatchable.begin(), unwatchable.end(), static_cast<std::uint32_t>(facts.f_type)) !=
        unwatchable.end())
        return Error::invalid("its file system does not tell of changes; use another, such as /run");
    if ((static_cast<unsigned long>(facts.f_flags) & ST_RDONLY) != 0)
        return Error::invalid("its file system is read-only: it can never change");
    return {};
}

}  // namespace

std::int32_t number_in(std::string_view text) {
    const std::string line{text.substr(0, std::min(text.find('\n'), text.find('\0')))};
    const long long number = std::strtoll(line.c_str(), nullptr, 0);
    using Limits = std::numeric_limits<std::int32_t>;
    return static_cast<std::int32_t>(std::clamp<long long>(number, Limits::min(), Limits::max()));
}

Result<std::int32_t> number_in_file(const std::string& path) {
    const os::UniqueFd file{open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)};
    if (!file) {
        if (errno == ENOENT || errno == ENOTDIR) return 0;
        return Error::system("open");
    }
    struct stat facts {};
    if (fstat(file.get(), &facts) != 0) return Error::system("fstat");
    if (!S_ISREG(facts.st_mode)) return Error::invalid("it is no regular file");
    if (auto watchable = can_be_watched(file.get()); !watchable) return std::move(watchable).error();
    std::array<char, 128> room;
    const ssize_t length = read(file.get(), room.data(), room.size());
    if (length < 0) return Error::system("read");
    return number_in({room.data(), static_cast<std::size_t>(length)});
}

void TrackedFile::begin() {
    if (first_ && plan_.init) initialize(*plan_.init);
    watch_.add(plan_.path, [this] { look(); });
}

void TrackedFile::initialize(std::int32_t number) {
    const int how = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    const os::UniqueFd file{open(plan_.path.c_str(), how | (plan_.init_overwrites ? O_TRUNC : O_EXCL), 0644)};
    if (!file && errno == EEXIST) return;
    const std::string text = std::to_string(number) + "\n";
    if (!file || write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        os::log(Level::error,
                labelled(Number::file_unusable,
                         name_ + ": " + plan_.path + " cannot be written: " + Error::system("write").text()));
}

void TrackedFile::look() {
    const auto number = number_in_file(plan_.path);
    const std::string error = number ? "" : number.error().text();
    if (!error.empty() && error != said_)
        os::log(Level::error,
                labelled(Number::file_unusable, name_ + ": " + plan_.path + " counts as 0: " + error));
    said_ = error;
    const std::int32_t value = number ? *number : 0;
    if (value == known_) return;
    if (known_)
        os::log(Level::notice, labelled(Number::file_changed, name_ + " says " + std::to_string(value) +
                                                                  ", no longer " + std::to_string(*known_)));
    known_ = value;
    judged_({.good = true, .value = value});
}

void TrackedFile::describe(status::Check& check) const {
    check.value = known_;
    check.outcome = said_;
}

}  // namespace holdfast::checker
