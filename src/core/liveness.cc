#include "core/liveness.h"

#include <algorithm>

#include "os/log.h"

namespace holdfast::core {

namespace {

using namespace std::chrono_literals;

constexpr int most_missed = 3;

}  // namespace

Duration shortest_advert_interval(const config::Config& config) {
    Duration shortest = 1s;
    bool first = true;
    for (const config::Instance& instance : config.instances) {
        const Duration interval = instance.advert_int.value_or(Duration{1s});
        shortest = first ? interval : std::min(shortest, interval);
        first = false;
    }
    return shortest;
}

Duration beat_period(const config::Config& config) {
    return std::clamp<Duration>(shortest_advert_interval(config) / 4, 25ms, 1s);
}

Result<std::unique_ptr<Liveness>> Liveness::create(os::EventLoop& loop, std::function<void(Duration)> hangs) {
    std::unique_ptr<Liveness> liveness{new Liveness{std::move(hangs)}};
    auto timer = loop.timer(os::Urgency::control, [self = liveness.get()] { self->look(); });
    if (!timer) return std::move(timer).error();
    liveness->timer_ = std::move(*timer);
    return liveness;
}

void Liveness::watch(int page_fd, Duration period, Duration grace) {
    rest();
    auto page = os::RecordPage::map(page_fd);
    if (!page) return os::log(os::Level::error, "hangs will not be noticed: " + page.error().text());
    page_.emplace(std::move(*page));
    period_ = period;
    beat_ = Instant{};
    missed_ = 0;
    next_look_ = os::EventLoop::now() + std::max(grace, period_);
    timer_.arm(next_look_);
}

void Liveness::rest() {
    timer_.disarm();
    page_.reset();
}

void Liveness::look() {
    if (!page_) return;
    const Instant now = os::EventLoop::now();
    const bool on_time = now - next_look_ < period_;
    const Instant beat = page_->last_beat();
    missed_ = beat != beat_ || !on_time ? 0 : missed_ + 1;
    beat_ = beat;
    if (missed_ >= most_missed) {
        rest();
        return hangs_(beat == Instant{} ? most_missed * period_ : now - beat);
    }
    next_look_ = now + period_;
    timer_.arm(next_look_);
}

}  // namespace holdfast::core
