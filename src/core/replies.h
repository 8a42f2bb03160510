// Who asked for something that another process carries out, and waits for what becomes of it. That process
// may be gone before it answers, or take longer than anybody waits.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/control.h"
#include "os/channel.h"
#include "os/event_loop.h"
#include "os/privileges.h"

namespace holdfast::core {

class Replies {
public:
    static Result<std::unique_ptr<Replies>> create(os::EventLoop& loop);

    struct Question {
        os::Program whom{};
        Duration patience{0};
        std::string too_late;  // what is answered then
        // What is sent, by the number that its outcome will have.
        std::function<os::Message(std::uint32_t)> message;
    };
    void ask(os::Channel& channel, const Question& question, Asker asker);
    void take(os::Program from, const os::ReplyOutcome& outcome);
    // That process will answer nobody any more.
    void give_up(os::Program whom, const std::string& why);

private:
    struct Waiting {
        std::uint32_t number = 0;
        os::Program whom{};
        Instant end{};
        std::string too_late;
        Asker asker;
    };
    Replies() = default;
    void look_at_the_time();
    void arm();

    std::uint32_t last_ = 0;
    std::vector<Waiting> waiting_;
    os::Timer timer_;
};

}  // namespace holdfast::core
