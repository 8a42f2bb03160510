// News of processes from the kernel's process connector: what was started, became another program, was
// renamed or ended, without looking at /proc.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/bytes.h"
#include "base/result.h"
#include "os/event_loop.h"
#include "os/unique_fd.h"

namespace holdfast::checker {

struct ProcessForked {
    std::int32_t parent = 0;
    std::int32_t child = 0;
};
struct ProcessExecuted {
    std::int32_t process = 0;
};
struct ProcessRenamed {
    std::int32_t process = 0;
    std::string name;  // comm
};
struct ProcessEnded {
    std::int32_t process = 0;
};
struct EventsLost {};  // the socket was full: look at everything

using ProcessEvent = std::variant<ProcessForked, ProcessExecuted, ProcessRenamed, ProcessEnded, EventsLost>;

// One netlink message of the connector. Nothing: it is about a thread, about something else, or is no
// message.
std::optional<ProcessEvent> decode_process_event(ByteView bytes);

// A socket that the kernel sends process events to. Needs CAP_NET_ADMIN, now and never again. The kernel
// speaks only to its first network namespace; from another one that is visited for a moment (CAP_SYS_ADMIN).
Result<os::UniqueFd> open_process_events();

class ProcessEvents {
public:
    static Result<std::unique_ptr<ProcessEvents>> create(os::EventLoop& loop, os::UniqueFd socket,
                                                         std::function<void(const ProcessEvent&)> happened);

private:
    ProcessEvents(os::UniqueFd socket, std::function<void(const ProcessEvent&)> happened)
        : socket_{std::move(socket)}, happened_{std::move(happened)} {}
    void receive();

    os::UniqueFd socket_;
    std::function<void(const ProcessEvent&)> happened_;
    os::Source source_;
};

}  // namespace holdfast::checker
