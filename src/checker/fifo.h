// A FIFO that gets one line per event, and the program that reads it. Writing never blocks: what a full FIFO
// does not take is lost, and counted.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "checker/script.h"
#include "os/event_loop.h"
#include "os/log.h"
#include "os/unique_fd.h"
#include "plan/plan.h"

namespace holdfast::checker {

class Fifo {
public:
    // Creates it, 0644 and owned as configured, unless it is there. One that is there must be a FIFO, no
    // link, and belong to us or to the configured user. Starts its reader.
    static Result<std::unique_ptr<Fifo>> open(os::EventLoop& loop, const plan::FifoPlan& plan,
                                              const Guard& guard);
    ~Fifo() { retire(); }
    Fifo(const Fifo&) = delete;
    Fifo& operator=(const Fifo&) = delete;

    // Nothing is written to it once it is retired.
    void write(const std::string& line);
    // Removes what open() created, and asks the reader to end.
    void retire();
    std::uint64_t lost() const { return lost_; }  // lines
    // Whether our reader still has lines to take.
    bool awaits_reader() const;

private:
    Fifo(const plan::FifoPlan& plan, os::UniqueFd fd, bool created)
        : plan_{plan}, fd_{std::move(fd)}, created_{created} {}
    void start_reader(os::EventLoop& loop, const plan::Command& command, const Guard& guard);
    void reader_ended(const ScriptRun& reader, os::ChildExit how) const;

    plan::FifoPlan plan_;
    os::UniqueFd fd_;
    bool created_;
    std::unique_ptr<ScriptRun> reader_;
    std::uint64_t lost_ = 0;
    os::RateLimit limit_{std::chrono::seconds{60}};
};

}  // namespace holdfast::checker
