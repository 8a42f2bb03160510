#include "checker/scripts.h"

#include <array>
#include <cstdio>

#include "status/messages.h"

namespace holdfast::checker {

namespace {

using os::Level;
using status::labelled;
using status::Number;

std::string seconds(Duration duration) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.3f s", std::chrono::duration<double>(duration).count());
    return text.data();
}

os::LogFields fields_of(const Job& job) {
    const auto space = job.owner.find(' ');
    return {{job.owner.starts_with("GROUP ") ? "GROUP" : "INSTANCE", job.owner.substr(space + 1)},
            {"SCRIPT", job.command.path}};
}

}  // namespace

void Scripts::start(Job job) {
    const std::string owner = job.owner;
    if (const auto dropped = queue_.push(std::move(job)))
        if (const auto held_back = limit_.allow("dropped " + owner, os::EventLoop::now()))
            os::log(Level::error,
                    labelled(
                        Number::script_dropped,
                        dropped->what + " is not run: " + std::to_string(Queue::most_running_of_one) +
                            " scripts of it run and " + std::to_string(Queue::most_waiting_of_one) +
                            " newer ones wait" +
                            (*held_back > 0 ? "; " + std::to_string(*held_back) + " more were not run" : "")),
                    fields_of(*dropped));
    start_waiting();
    if (queue_.waiting() == 0) return;
    if (const auto held_back = limit_.allow("waiting", os::EventLoop::now()))
        os::log(Level::warning,
                labelled(Number::scripts_wait, std::to_string(queue_.running()) + " scripts run and " +
                                                   std::to_string(queue_.waiting()) +
                                                   " wait for one of them to end"));
}

void Scripts::start_waiting() {
    if (starting_) return;  // a script that cannot be started ends at once
    starting_ = true;
    while (true) {
        std::optional<Job> job = queue_.take();
        if (!job) break;
        launch(std::move(*job));
    }
    starting_ = false;
}

void Scripts::launch(Job job) {
    const std::string owner = job.owner;
    const auto refused = [&](const std::string& what, const std::string& why, const os::LogFields& fields) {
        os::log(Level::error, labelled(Number::script_not_started, what + " could not be run: " + why),
                fields);
        queue_.finished(owner);
    };
    const std::string what = job.what;
    const os::LogFields fields = fields_of(job);
    if (const auto still = guard_(job.command); !still) return refused(what, still.error().text(), fields);
    const auto place = runs_.insert(runs_.end(), nullptr);
    auto run = ScriptRun::start(loop_, std::move(job),
                                {.ended = [this, place](ScriptRun&, os::ChildExit how) { ended(place, how); },
                                 .silent = [this, place](ScriptRun&) { silent(place); }});
    if (!run) {
        runs_.erase(place);
        return refused(what, run.error().text(), fields);
    }
    *place = std::move(*run);
}

void Scripts::ended(Runs::iterator place, os::ChildExit how) {
    const ScriptRun& run = **place;
    const Job& job = run.job();
    const std::string how_long = how.text() + " after " + seconds(run.age());
    if (how.by_signal || how.value != 0) {
        const std::string words = run.last_words();
        os::log(Level::warning,
                labelled(Number::script_failed,
                         job.what + " failed: " + how_long + " (" + job.command.path + " as user " +
                             std::to_string(job.command.uid) +
                             (words.empty() ? "); it printed nothing" : "); it printed: " + words)),
                fields_of(job));
    } else {
        os::log(Level::debug, job.what + ": " + how_long, fields_of(job));
    }
    const std::string owner = job.owner;
    if (run.is_silent()) {
        runs_.erase(place);
    } else {
        left_behind_.splice(left_behind_.end(), runs_, place);
        if (left_behind_.size() > most_left_behind) left_behind_.pop_front();
    }
    queue_.finished(owner);
    start_waiting();
    changed_();
}

void Scripts::silent(Runs::iterator place) {
    if ((*place)->is_running()) return;  // it closed its output and goes on
    left_behind_.erase(place);
    changed_();
}

void Scripts::signal(int number) {
    for (const auto& run : runs_)
        run->signal(number);
}

}  // namespace holdfast::checker
