// A FIFO that gets one line per event, and the program that reads it. Writing never blocks: what a full FIFO
// does not take is lost, and counted.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "os/event_loop.h"
#include "os/log.h"
#include "os/unique_fd.h"
#include "plan/plan.h"

namespace holdfast::checker {

class Fifo {
public:
    // Creates it, 0644 and owned as configured, unless it is there. One that is there must be a FIFO, no
    // link, and belong to us or to the configured user.
    static Result<std::unique_ptr<Fifo>> open(os::EventLoop& loop, const plan::FifoPlan& plan);
    ~Fifo();
    Fifo(const Fifo&) = delete;
    Fifo& operator=(const Fifo&) = delete;

    void write(const std::string& line);

private:
    Fifo(const plan::FifoPlan& plan, os::UniqueFd fd, bool created)
        : plan_{plan}, fd_{std::move(fd)}, created_{created} {}
    void start_reader(os::EventLoop& loop);

    plan::FifoPlan plan_;
    os::UniqueFd fd_;
    bool created_;
    pid_t reader_ = 0;
    os::Source reader_exit_;
    os::RateLimit limit_{std::chrono::seconds{60}};
};

}  // namespace holdfast::checker
