// Which script may start next. One owner (instance or group) keeps its order and cannot keep others waiting;
// everything has a bound. Pure: knows no processes.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "checker/script.h"

namespace holdfast::checker {

class Queue {
public:
    static constexpr std::size_t most_running = 200;
    static constexpr std::size_t most_running_of_one = 20;
    // Owners are as many as the configuration has; so this bounds all of it.
    static constexpr std::size_t most_waiting_of_one = 64;

    // Takes a job behind the others of its owner. When that owner has too many waiting, its oldest is given
    // back: later ones tell what is true now.
    std::optional<Job> push(Job job);
    // The next that may start now, owners in turn; it counts as running until finished() is told.
    std::optional<Job> take();
    void finished(const std::string& owner);

    std::size_t running() const { return running_; }
    std::size_t waiting() const { return waiting_; }

private:
    struct Owner {
        std::deque<Job> waiting;
        std::size_t running = 0;
        bool in_line = false;
    };
    void line_up(const std::string& name, Owner& owner);

    std::map<std::string, Owner> owners_;
    std::deque<std::string> line_;  // owners that may start one
    std::size_t running_ = 0;
    std::size_t waiting_ = 0;
};

}  // namespace holdfast::checker
