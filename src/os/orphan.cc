#include "os/orphan.h"

#include <sys/epoll.h>

#include "os/log.h"

namespace holdfast::os {

Result<std::unique_ptr<OrphanWatch>> OrphanWatch::create(EventLoop& loop, pid_t starter,
                                                         std::function<void()> abandoned) {
    std::unique_ptr<OrphanWatch> watch{new OrphanWatch};
    if (auto watched = watch->watch(loop, starter, std::move(abandoned)); !watched)
        return std::move(watched).error();
    return watch;
}

Result<void> OrphanWatch::watch(EventLoop& loop, pid_t starter, std::function<void()> abandoned) {
    auto timer = loop.timer(Urgency::control, std::move(abandoned));
    if (!timer) return std::move(timer).error();
    patience_ = std::move(*timer);
    if (starter == 0) return {};
    auto handle = ProcessHandle::open(starter);
    if (!handle) return std::move(handle).error();
    starter_ = std::move(*handle);
    auto ended = loop.watch(starter_.fd(), EPOLLIN, Urgency::control, [this](std::uint32_t) {
        ended_.enable(false);
        orphan_ = true;
        log(Level::warning, "holdfastd has ended; this process goes on for 10 s, until its successor comes");
        patience_.arm(EventLoop::now() + patience);
    });
    if (!ended) return std::move(ended).error();
    ended_ = std::move(*ended);
    return {};
}

void OrphanWatch::heard() {
    if (orphan_) patience_.arm(EventLoop::now() + patience);
}

}  // namespace holdfast::os
