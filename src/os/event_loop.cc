#include "os/event_loop.h"

#include <systemd/sd-event.h>
#include <csignal>
#include <cstring>
#include <ctime>
#include <string>
#include <utility>

namespace holdfast::os {

// Shared by its Source and, while it is being served, by the loop: a callback may end its own Source.
struct Source::State : std::enable_shared_from_this<Source::State> {
    sd_event_source* source = nullptr;
    std::function<void(std::uint32_t)> on_io;
    std::function<void()> on_time;
    std::function<void(ChildExit)> on_exit;
    Instant armed = never;

    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { sd_event_source_disable_unref(source); }
};

namespace {

Error refused(int rc, const char* doing) {
    return Error::system(doing, -rc);
}

std::uint64_t microseconds_up(Instant when) {
    const std::int64_t nanoseconds = when.time_since_epoch().count();
    return static_cast<std::uint64_t>((nanoseconds + 999) / 1000);  // up: nothing is served early
}

}  // namespace

Source::Source(std::shared_ptr<State> state) : state_{std::move(state)} {}
Source::Source(Source&&) noexcept = default;
Source& Source::operator=(Source&& other) noexcept {
    end();
    state_ = std::move(other.state_);
    return *this;
}
Source::~Source() {
    end();
}

// At once, although a callback that runs keeps the rest: its descriptor may be closed next. What epoll is not
// told before that it reports for ever when a child still has a copy, which one between vfork and exec has.
void Source::end() noexcept {
    if (state_ && state_->source != nullptr) sd_event_source_set_enabled(state_->source, SD_EVENT_OFF);
    state_.reset();
}

void Source::enable(bool on) {
    HF_ASSERT(state_ != nullptr);
    HF_ASSERT(sd_event_source_set_enabled(state_->source, on ? SD_EVENT_ON : SD_EVENT_OFF) >= 0);
}

void Source::set_events(std::uint32_t events) {
    HF_ASSERT(state_ != nullptr);
    HF_ASSERT(sd_event_source_set_io_events(state_->source, events) >= 0);
}

void Timer::arm(Instant when) {
    HF_ASSERT(source_.state_ != nullptr);
    if (when == source_.state_->armed) return;
    source_.state_->armed = when;
    if (when == never) return source_.enable(false);
    HF_ASSERT(sd_event_source_set_time(source_.state_->source, microseconds_up(when)) >= 0);
    HF_ASSERT(sd_event_source_set_enabled(source_.state_->source, SD_EVENT_ONESHOT) >= 0);
}

void Timer::disarm() {
    arm(never);
}

std::string ChildExit::text() const {
    if (!known) return "how it ended is not known, an earlier holdfastd started it";
    if (!by_signal) return "exit status " + std::to_string(value);
    const char* name = sigabbrev_np(value);
    return name ? std::string{"killed by SIG"} + name : "killed by signal " + std::to_string(value);
}

Result<std::unique_ptr<EventLoop>> EventLoop::create() {
    sd_event* loop = nullptr;
    if (const int rc = sd_event_new(&loop); rc < 0) return refused(rc, "create an event loop");
    return std::unique_ptr<EventLoop>{new EventLoop{loop}};
}

EventLoop::~EventLoop() {
    sd_event_unref(loop_);
}

Instant EventLoop::now() {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return Instant{std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec}};
}

Result<Source> EventLoop::watch(int fd, std::uint32_t events, Urgency urgency,
                                std::function<void(std::uint32_t)> callback) {
    auto state = std::make_shared<Source::State>();
    state->on_io = std::move(callback);
    const auto serve = [](sd_event_source*, int, std::uint32_t revents, void* self) {
        static_cast<Source::State*>(self)->shared_from_this()->on_io(revents);
        return 0;
    };
    if (const int rc = sd_event_add_io(loop_, &state->source, fd, events, serve, state.get()); rc < 0)
        return refused(rc, "watch a descriptor");
    sd_event_source_set_priority(state->source, static_cast<int>(urgency));
    return Source{std::move(state)};
}

Result<Timer> EventLoop::timer(Urgency urgency, std::function<void()> callback) {
    auto state = std::make_shared<Source::State>();
    state->on_time = std::move(callback);
    const auto serve = [](sd_event_source*, std::uint64_t, void* self) {
        const auto timer = static_cast<Source::State*>(self)->shared_from_this();
        timer->armed = never;
        timer->on_time();
        return 0;
    };
    constexpr std::uint64_t accuracy_us = 1;  // sd-event's default of 250 ms is for other programs
    if (const int rc =
            sd_event_add_time(loop_, &state->source, CLOCK_MONOTONIC, 0, accuracy_us, serve, state.get());
        rc < 0)
        return refused(rc, "create a timer");
    sd_event_source_set_enabled(state->source, SD_EVENT_OFF);
    sd_event_source_set_priority(state->source, static_cast<int>(urgency));
    return Timer{Source{std::move(state)}};
}

Result<Source> EventLoop::signal(int number, std::function<void()> callback) {
    auto state = std::make_shared<Source::State>();
    state->on_time = std::move(callback);
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, number);
    sigprocmask(SIG_BLOCK, &one, nullptr);
    const auto serve = [](sd_event_source*, const signalfd_siginfo*, void* self) {
        static_cast<Source::State*>(self)->shared_from_this()->on_time();
        return 0;
    };
    if (const int rc = sd_event_add_signal(loop_, &state->source, number, serve, state.get()); rc < 0)
        return refused(rc, "serve a signal");
    sd_event_source_set_priority(state->source, static_cast<int>(Urgency::control));
    return Source{std::move(state)};
}

Result<Source> EventLoop::child(int pid, std::function<void(ChildExit)> callback) {
    auto state = std::make_shared<Source::State>();
    state->on_exit = std::move(callback);
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, nullptr);  // sd-event demands it
    const auto serve = [](sd_event_source*, const siginfo_t* info, void* self) {
        const ChildExit exit{.by_signal = info->si_code != CLD_EXITED, .value = info->si_status};
        static_cast<Source::State*>(self)->shared_from_this()->on_exit(exit);
        return 0;
    };
    if (const int rc = sd_event_add_child(loop_, &state->source, pid, WEXITED, serve, state.get()); rc < 0)
        return refused(rc, "watch a child process");
    sd_event_source_set_priority(state->source, static_cast<int>(Urgency::control));
    return Source{std::move(state)};
}

Result<Source> EventLoop::work(std::function<void()> callback) {
    auto state = std::make_shared<Source::State>();
    state->on_time = std::move(callback);
    const auto serve = [](sd_event_source*, void* self) {
        static_cast<Source::State*>(self)->shared_from_this()->on_time();
        return 0;
    };
    if (const int rc = sd_event_add_defer(loop_, &state->source, serve, state.get()); rc < 0)
        return refused(rc, "create background work");
    sd_event_source_set_enabled(state->source, SD_EVENT_OFF);
    sd_event_source_set_priority(state->source, static_cast<int>(Urgency::background));
    return Source{std::move(state)};
}

Result<int> EventLoop::run() {
    const int rc = sd_event_loop(loop_);
    if (rc < 0) return refused(rc, "run the event loop");
    return rc;
}

Result<void> EventLoop::turn(Duration at_most) {
    const auto timeout_us = std::chrono::duration_cast<std::chrono::microseconds>(at_most).count();
    if (const int rc = sd_event_run(loop_, static_cast<std::uint64_t>(timeout_us)); rc < 0)
        return refused(rc, "run the event loop");
    return {};
}

void EventLoop::quit(int status) {
    sd_event_exit(loop_, status);
}

}  // namespace holdfast::os
