// Who replied to an alert of an incident and waits for what becomes of it. The checker process knows the
// codes; it may be gone before it answers.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "core/control.h"
#include "os/channel.h"
#include "os/event_loop.h"

namespace holdfast::core {

class Replies {
public:
    static Result<std::unique_ptr<Replies>> create(os::EventLoop& loop);
    void ask(os::Channel& checker, const std::string& code, Asker asker);
    void take(const os::ReplyOutcome& outcome);
    // Nobody will answer those that wait.
    void give_up(const std::string& why);

private:
    struct Waiting {
        std::uint32_t number = 0;
        Instant end{};
        Asker asker;
    };
    Replies() = default;
    void look_at_the_time();

    std::uint32_t last_ = 0;
    std::deque<Waiting> waiting_;  // in order of their ends
    os::Timer timer_;
};

}  // namespace holdfast::core
