// The way to core: what it tells this process, and what this process asks of it. Nothing is served by a loop:
// the process waits for the master agent, and looks here in between.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "os/channel.h"
#include "os/event_loop.h"
#include "os/unique_fd.h"

namespace holdfast::snmp {

class CoreLink {
public:
    // loop outlives this; it need not run.
    static Result<std::unique_ptr<CoreLink>> create(os::EventLoop& loop, os::UniqueFd core);

    // Readable when core has told something.
    int fd() const { return channel_->fd(); }
    // Takes what core has told.
    void look() { channel_->receive_all(); }
    // Whether another generation runs since the last call.
    bool take_news() { return std::exchange(news_, false); }
    // Asks for all of them together, and waits at most so long. Nothing: no answer in time.
    std::optional<os::Answer> ask(std::vector<os::ValueWanted> wanted, Duration patience);

private:
    CoreLink() = default;
    void take(const os::Message& message);

    std::unique_ptr<os::Channel> channel_;
    bool news_ = false;
    bool closed_ = false;
    std::uint32_t last_ = 0;  // number of the last question
    std::optional<os::Answer> answer_;
};

}  // namespace holdfast::snmp
