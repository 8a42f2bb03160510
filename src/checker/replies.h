// Replies to alerts: which are believed. What is refused is counted and said, and whoever guesses has to
// wait.
#pragma once

#include <deque>
#include <string>

#include "base/time.h"
#include "checker/incidents.h"
#include "os/control.h"
#include "os/log.h"

namespace holdfast::checker {

class Replies {
public:
    static constexpr std::size_t most_wrong =
        10;  // within a minute; with one more all are refused for a minute

    // incidents outlives this.
    explicit Replies(Incidents& incidents) : incidents_{incidents} {}

    struct Verdict {
        os::Answer answer;  // done: the code is good, and used from now on
        Incidents::Found choice;
    };
    Verdict judge(const std::string& typed, Instant now);

private:
    Verdict refuse(os::Outcome outcome, std::uint64_t& counter, const std::string& why, Instant now);
    void count_wrong(Instant now);

    Incidents& incidents_;
    std::deque<Instant> wrong_;  // of the last minute
    Instant blocked_until_{};
    os::RateLimit said_{std::chrono::minutes{1}};
};

}  // namespace holdfast::checker
