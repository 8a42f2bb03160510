// What waits for one receiver of alerts: bounded, in order, one on its way at a time. Decides who goes when:
//   - A receiver that cannot be reached is left alone for a while, longer each time; the oldest letter goes
//   first.
//   - A receiver that answers "not now" to one letter keeps that one waiting, longer each time; others may
//   pass it.
//   - A letter that could not be delivered for a day is given up.
//   - When too many wait, the oldest goes: the newest say what is true now.
// Pure: time is an argument.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace holdfast::checker {

struct Letter {
    std::string id;
    std::string what;                     // for messages: "VI_1 MASTER"
    std::string text;                     // as it is sent
    std::vector<std::string> recipients;  // of a mail: who has yet to get it
};

// Why a letter did not get there, and may still.
struct Delay {
    bool answered = false;                  // the receiver was reached and said so
    std::optional<Duration> not_before{};   // it asked for this pause
    std::vector<std::string> recipients{};  // of a mail, if others of them have got it
};

class Outbox {
public:
    static constexpr std::size_t most_waiting = 1000;
    static constexpr Duration first_pause = std::chrono::seconds{1};
    static constexpr Duration longest_pause = std::chrono::minutes{5};
    static constexpr Duration longest_pause_after_answer = std::chrono::seconds{30};  // until another may go
    static constexpr Duration longest_asked_pause = std::chrono::hours{1};
    static constexpr Duration give_up_after = std::chrono::hours{24};

    // How many older ones had to go for it.
    std::size_t push(Letter letter, Instant now);
    // The next that may go now; it is on its way until one of the three below is told. Null: none may.
    const Letter* take(Instant now);
    // When take() will have one; never: nothing waits, or one is on its way.
    Instant next() const;

    void delivered();
    void refused();  // for good
    // False: it is given up.
    bool delayed(const Delay& delay, Instant now);
    // How many were forgotten.
    std::size_t clear();

    std::size_t waiting() const { return waiting_.size(); }  // without the one on its way
    bool on_its_way() const { return current_.has_value(); }
    bool empty() const { return waiting_.empty() && !current_; }
    Duration pause() const { return pause_; }  // after the last failure

private:
    struct Entry {
        Letter letter;
        std::uint64_t number = 0;  // in order of push
        Instant since{};
        Instant not_before{};
        int refusals = 0;
    };
    void done();

    std::deque<Entry> waiting_;  // in order of push
    std::optional<Entry> current_;
    std::uint64_t pushed_ = 0;
    Instant not_before_{};
    int failures_ = 0;  // in a row, of any letter
    Duration pause_{0};
};

}  // namespace holdfast::checker
