// Pid files under the names and in the form that other programs know: one number and a newline, there for as
// long as the process runs.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"
#include "config/config.h"
#include "core/options.h"

namespace holdfast::core {

struct PidPaths {
    std::string core;
    std::string vrrp;
    std::string checker;
};
PidPaths pid_paths(const Options& options, const config::Config& config,
                   const std::string& runtime_directory);

// A file that holds a number; removed when it ends, if the number is still ours.
class PidFile {
public:
    PidFile() = default;
    explicit PidFile(std::string path) : path_{std::move(path)} {}
    PidFile(PidFile&& other) noexcept;
    PidFile& operator=(PidFile&& other) noexcept;
    ~PidFile();

    // Never absent, never half written: a new file is renamed over the old one.
    Result<void> write(pid_t pid);

private:
    void remove();
    std::string path_;
    pid_t pid_ = 0;
};

// The live daemon that a pid file names, 0 when there is none.
pid_t running_daemon(const std::string& path);

}  // namespace holdfast::core
