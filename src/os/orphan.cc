#include "os/orphan.h"

#include <sys/epoll.h>

#include "os/log.h"

namespace holdfast::os {

namespace {

// A channel that nobody keeps ends with core: there is nothing to wait for then.
constexpr Duration time_to_hear = std::chrono::milliseconds{100};

}  // namespace

Result<std::unique_ptr<OrphanWatch>> OrphanWatch::create(EventLoop& loop, pid_t starter,
                                                         std::function<void()> abandoned) {
    std::unique_ptr<OrphanWatch> watch{new OrphanWatch};
    if (auto watched = watch->watch(loop, starter, std::move(abandoned)); !watched)
        return std::move(watched).error();
    return watch;
}

Result<void> OrphanWatch::watch(EventLoop& loop, pid_t starter, std::function<void()> abandoned) {
    auto timer = loop.timer(Urgency::control, [this, abandoned = std::move(abandoned)] {
        if (waits_) return abandoned();
        waits_ = true;
        log(Level::warning, "holdfastd has ended; this process goes on for 10 s, until its successor comes");
        patience_.arm(EventLoop::now() + patience);
    });
    if (!timer) return std::move(timer).error();
    patience_ = std::move(*timer);
    if (starter == 0) return {};
    auto handle = ProcessHandle::open(starter);
    if (!handle) return std::move(handle).error();
    starter_ = std::move(*handle);
    auto ended = loop.watch(starter_.fd(), EPOLLIN, Urgency::control, [this](std::uint32_t) {
        ended_.enable(false);
        patience_.arm(EventLoop::now() + time_to_hear);
    });
    if (!ended) return std::move(ended).error();
    ended_ = std::move(*ended);
    return {};
}

void OrphanWatch::heard() {
    if (waits_) patience_.arm(EventLoop::now() + patience);
}

}  // namespace holdfast::os
