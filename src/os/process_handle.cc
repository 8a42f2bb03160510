#include "os/process_handle.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

namespace holdfast::os {

Result<ProcessHandle> ProcessHandle::open(pid_t pid) {
    UniqueFd fd{static_cast<int>(syscall(SYS_pidfd_open, pid, 0))};
    if (!fd) return Error::system("watch process " + std::to_string(pid));
    return ProcessHandle{std::move(fd)};
}

void ProcessHandle::signal(int number) const {
    if (fd_) syscall(SYS_pidfd_send_signal, fd_.get(), number, nullptr, 0);
}

std::optional<std::uint64_t> start_time_of(pid_t pid) {
    std::ifstream file{"/proc/" + std::to_string(pid) + "/stat"};
    std::string text;
    if (!std::getline(file, text)) return std::nullopt;
    const std::size_t name_end = text.rfind(')');  // the name may hold anything
    if (name_end == std::string::npos) return std::nullopt;
    std::istringstream fields{text.substr(name_end + 1)};
    std::string skipped;
    constexpr int fields_before = 19;  // proc(5): state is the 3rd field, starttime the 22nd
    for (int field = 0; field < fields_before; ++field)
        fields >> skipped;
    std::uint64_t ticks = 0;
    if (!(fields >> ticks)) return std::nullopt;
    return ticks;
}

}  // namespace holdfast::os
