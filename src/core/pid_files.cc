#include "core/pid_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <utility>

#include "os/unique_fd.h"

namespace holdfast::core {

PidPaths pid_paths(const Options& options, const config::Config& config,
                   const std::string& runtime_directory) {
    const bool named = config.instance || config.net_namespace || !options.net_namespace.empty();
    const std::string suffix = config.instance ? "_" + *config.instance : "";
    std::string directory = runtime_directory;
    std::string own = "holdfastd";
    if (options.as_keepalived) {
        directory = named || config.use_pid_dir.value_or(false) ? "/run/keepalived" : "/run";
        own = "keepalived";
    }
    const auto path = [&](const std::string& given, const std::string& name) {
        return given.empty() ? directory + "/" + name + suffix + ".pid" : given;
    };
    return {.core = path(options.pid_file, own),
            .vrrp = path(options.vrrp_pid_file, "vrrp"),
            .checker = path(options.checkers_pid_file, "checkers")};
}

PidFile::PidFile(PidFile&& other) noexcept
    : path_{std::exchange(other.path_, {})}, pid_{std::exchange(other.pid_, 0)} {}

PidFile& PidFile::operator=(PidFile&& other) noexcept {
    if (path_ != other.path_) remove();
    path_ = std::exchange(other.path_, {});
    pid_ = std::exchange(other.pid_, 0);
    return *this;
}

PidFile::~PidFile() {
    remove();
}

void PidFile::remove() {
    if (path_.empty() || pid_ == 0) return;
    std::ifstream file{path_};
    pid_t named = 0;
    if (file >> named && named == pid_) unlink(path_.c_str());
}

Result<void> PidFile::write(pid_t pid) {
    if (path_.empty()) return {};
    const std::string text = std::to_string(pid) + "\n";
    std::string temporary = path_ + ".XXXXXX";
    const os::UniqueFd fd{mkostemp(temporary.data(), O_CLOEXEC)};
    if (!fd) return Error::system("create pid file " + path_);
    const bool written = ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                         fchmod(fd.get(), 0644) == 0 && rename(temporary.c_str(), path_.c_str()) == 0;
    if (!written) {
        const Error error = Error::system("write pid file " + path_);
        unlink(temporary.c_str());
        return error;
    }
    pid_ = pid;
    return {};
}

pid_t running_daemon(const std::string& path) {
    std::ifstream file{path};
    pid_t pid = 0;
    if (!(file >> pid) || pid <= 1 || pid == getpid() || (kill(pid, 0) != 0 && errno != EPERM)) return 0;
    // A number may have been given to another program since.
    std::ifstream comm{"/proc/" + std::to_string(pid) + "/comm"};
    std::string name;
    std::getline(comm, name);
    return name.starts_with("holdfast") || name.starts_with("keepalived") ? pid : 0;
}

}  // namespace holdfast::core
