// Another process, by descriptor: its number may be given to somebody else once it has ended, the handle not.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "os/unique_fd.h"

namespace holdfast::os {

class ProcessHandle {
public:
    ProcessHandle() = default;
    static Result<ProcessHandle> open(pid_t pid);

    explicit operator bool() const { return static_cast<bool>(fd_); }
    // Readable once the process has ended.
    int fd() const { return fd_.get(); }
    // Nothing happens when it has ended.
    void signal(int number) const;

private:
    explicit ProcessHandle(UniqueFd fd) : fd_{std::move(fd)} {}
    UniqueFd fd_;
};

// When a process began, in clock ticks since boot: with its number this is its identity. None: there is no
// such process.
std::optional<std::uint64_t> start_time_of(pid_t pid);

}  // namespace holdfast::os
