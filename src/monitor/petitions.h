// What this process asks of core, and what core tells it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "os/channel.h"
#include "os/control.h"
#include "os/event_loop.h"
#include "os/unique_fd.h"

namespace holdfast::monitor {

class Petitions {
public:
    using Told = std::function<void(const os::Answer&)>;
    static Result<std::unique_ptr<Petitions>> create(os::EventLoop& loop, os::UniqueFd core);
    // told is called once, later; when core is gone, never.
    void ask(const os::Request& request, Told told);
    // Whether core has said that the daemon ends.
    bool daemon_stops();

private:
    Petitions() = default;
    void take(const os::Message& message);

    std::unique_ptr<os::Channel> core_;
    std::map<std::uint32_t, Told> waiting_;
    std::uint32_t last_ = 0;
    bool stops_ = false;
};

}  // namespace holdfast::monitor
