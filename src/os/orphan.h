// A child whose starter has ended goes on for a while, because a successor may come for it: the channel to
// core can outlive core (service manager's store of descriptors).
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>

#include "base/result.h"
#include "os/event_loop.h"
#include "os/process_handle.h"

namespace holdfast::os {

class OrphanWatch {
public:
    // How long it waits for a successor of its starter.
    static constexpr Duration patience = std::chrono::seconds{10};

    // starter: 0 when nobody is watched. abandoned: starter has ended and nobody came.
    static Result<std::unique_ptr<OrphanWatch>> create(EventLoop& loop, pid_t starter,
                                                       std::function<void()> abandoned);
    // The starter or its successor has spoken.
    void heard();

private:
    OrphanWatch() = default;
    Result<void> watch(EventLoop& loop, pid_t starter, std::function<void()> abandoned);

    ProcessHandle starter_;
    Source ended_;
    Timer patience_;
    bool waits_ = false;
};

}  // namespace holdfast::os
