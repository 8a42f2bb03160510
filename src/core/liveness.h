// Notices a vrrp process that lives but does nothing: it has to leave a beat in its page at least once in
// each period. A host that stood still as a whole is no reason: only looks that were on time count.
#pragma once

#include <functional>
#include <optional>

#include "config/config.h"
#include "os/event_loop.h"
#include "os/pages.h"

namespace holdfast::core {

// How often the vrrp process has to beat. A quarter of the shortest advert interval, 25 ms to 1 s: three
// beats are missed, and a successor advertises, before a peer that misses two adverts more would take over.
Duration beat_period(const config::Config& config);
// The shortest of its instances; one second when there is none.
Duration shortest_advert_interval(const config::Config& config);

class Liveness {
public:
    // hangs: called once, with the time since the last beat.
    static Result<std::unique_ptr<Liveness>> create(os::EventLoop& loop, std::function<void(Duration)> hangs);
    // From now on this page is looked at; the descriptor is not kept. grace: more time for the first beat.
    void watch(int page_fd, Duration period, Duration grace);
    void rest();

private:
    explicit Liveness(std::function<void(Duration)> hangs) : hangs_{std::move(hangs)} {}
    void look();

    std::function<void(Duration)> hangs_;
    os::Timer timer_;
    std::optional<os::RecordPage> page_;
    Duration period_{0};
    Instant next_look_{};
    Instant beat_{};
    int missed_ = 0;
};

}  // namespace holdfast::core
