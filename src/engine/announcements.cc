#include "engine/announcements.h"

#include <algorithm>

#include "engine/timers.h"

namespace holdfast::engine {
namespace {

constexpr Duration grid = std::chrono::milliseconds{1};

bool take_if_due(Instant& deadline, Instant now) {
    if (deadline > now) return false;
    deadline = never;
    return true;
}

}  // namespace

Announcements::Announcements(const AnnouncePolicy& policy, Instant since, Instant now) {
    if (policy.delay > Duration{0} && policy.repeat > 0 && since + policy.delay > now)
        second_burst_ = align_up(since + policy.delay, grid);
    if (policy.refresh > Duration{0} && policy.refresh_repeat > 0) {
        Instant first = since + policy.delay + policy.refresh;
        if (first <= now) first += ((now - first) / policy.refresh + 1) * policy.refresh;
        refresh_ = align_up(first, grid);
    }
}

Instant Announcements::next() const {
    return std::min({second_burst_, refresh_, rival_burst_});
}

int Announcements::serve(const AnnouncePolicy& policy, Instant now) {
    int repeat = 0;  // bursts that fall together are one, as long as the longest
    if (take_if_due(second_burst_, now)) repeat = std::max(repeat, policy.repeat);
    if (take_if_due(rival_burst_, now)) repeat = std::max(repeat, policy.lower_priority_repeat);
    if (refresh_ <= now) {
        refresh_ = align_up(next_in_phase(refresh_, policy.refresh, now), grid);
        repeat = std::max(repeat, policy.refresh_repeat);
    }
    return repeat;
}

int Announcements::answer_rival(const AnnouncePolicy& policy, Instant now) {
    if (policy.lower_priority_repeat <= 0) return 0;
    if (policy.lower_priority_delay > Duration{0} && rival_burst_ == never)
        rival_burst_ = align_up(now + policy.lower_priority_delay, grid);
    return policy.lower_priority_repeat;
}

}  // namespace holdfast::engine
