// Channels to the processes of one attendant: the last one is with the process that runs. One before it may
// still wait for an answer when another has taken its place.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>

#include "core/control.h"
#include "os/channel.h"
#include "os/event_loop.h"
#include "os/unique_fd.h"

namespace holdfast::core {

class Links {
public:
    // asker_of: who waits for what becomes of that message's number.
    using AskerOf = std::function<Asker(std::uint32_t number)>;
    using Take = std::function<void(const os::Message&, const AskerOf& asker_of)>;
    Links(os::EventLoop& loop, Take take) : loop_{loop}, take_{std::move(take)} {}

    // For a new process: its end, which stays ours to close.
    Result<int> open();
    // To the process that runs, if one was ever linked.
    void tell(const os::Message& message);

private:
    struct Link {
        std::shared_ptr<os::Channel> channel;
        bool closed = false;
    };

    os::EventLoop& loop_;
    Take take_;
    os::UniqueFd given_;
    std::list<Link> links_;
};

}  // namespace holdfast::core
