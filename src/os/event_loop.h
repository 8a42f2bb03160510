// The one event loop of a process, over sd-event: descriptors, timers, signals, children, and bounded work
// for when nothing else is due. What is more urgent is always served first, whatever became ready first.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/time.h"

struct sd_event;
struct sd_event_source;

namespace holdfast::os {

// Order of service within one turn of the loop.
enum class Urgency : std::int8_t { deadline = -30, traffic = -20, control = -10, background = 10 };

// A thing the loop serves. Ends when destroyed.
class Source {
public:
    Source() = default;
    Source(Source&&) noexcept;
    Source& operator=(Source&&) noexcept;
    ~Source();
    explicit operator bool() const { return state_ != nullptr; }
    // Switches it off and on without forgetting it.
    void enable(bool on);
    // For a watched descriptor: what to wait for from now on.
    void set_events(std::uint32_t events);

private:
    friend class EventLoop;
    friend class Timer;
    struct State;
    explicit Source(std::shared_ptr<State> state);
    void end() noexcept;
    std::shared_ptr<State> state_;  // shared with the loop while a callback runs
};

// A deadline that can be moved. Not armed when made. Accuracy: one microsecond, never early.
class Timer {
public:
    Timer() = default;
    void arm(Instant when);  // never: the same as disarm
    void disarm();

private:
    friend class EventLoop;
    explicit Timer(Source source) : source_{std::move(source)} {}
    Source source_;
};

// How a child ended.
struct ChildExit {
    bool by_signal = false;
    int value = 0;             // exit status or signal number
    bool known = true;         // false: it was no child of this process, nobody tells how it ended
    std::string text() const;  // "exit status 1", "killed by SIGKILL"
};

class EventLoop {
public:
    static Result<std::unique_ptr<EventLoop>> create();
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    // The present on CLOCK_MONOTONIC.
    static Instant now();

    // events and the callback's argument: EPOLLIN, EPOLLOUT, EPOLLPRI.
    [[nodiscard]] Result<Source> watch(int fd, std::uint32_t events, Urgency urgency,
                                       std::function<void(std::uint32_t)> callback);
    [[nodiscard]] Result<Timer> timer(Urgency urgency, std::function<void()> callback);
    // Blocks the signal and serves it from the loop.
    [[nodiscard]] Result<Source> signal(int number, std::function<void()> callback);
    // Called once when the child has ended; it has been reaped by then.
    [[nodiscard]] Result<Source> child(int pid, std::function<void(ChildExit)> callback);
    // Called once a turn while enabled and nothing more urgent is due; made disabled.
    [[nodiscard]] Result<Source> work(std::function<void()> callback);

    // Serves until quit; returns the status given to quit.
    Result<int> run();
    // Serves what is ready, waiting at most so long; for tests.
    Result<void> turn(Duration at_most);
    void quit(int status);

private:
    explicit EventLoop(sd_event* loop) : loop_{loop} {}
    sd_event* loop_;
};

}  // namespace holdfast::os
