#include "core/replies.h"

#include <algorithm>
#include <utility>

namespace holdfast::core {

namespace {

using namespace std::chrono_literals;

constexpr Duration patience = 10s;
constexpr std::size_t most_waiting = 8;

}  // namespace

Result<std::unique_ptr<Replies>> Replies::create(os::EventLoop& loop) {
    std::unique_ptr<Replies> replies{new Replies};
    auto timer = loop.timer(os::Urgency::control, [self = replies.get()] { self->look_at_the_time(); });
    if (!timer) return std::move(timer).error();
    replies->timer_ = std::move(*timer);
    return replies;
}

void Replies::ask(os::Channel& checker, const std::string& code, Asker asker) {
    if (waiting_.size() >= most_waiting)
        return asker.answer(false, "too many replies at a time; try again in a moment");
    waiting_.push_back(
        {.number = ++last_, .end = os::EventLoop::now() + patience, .asker = std::move(asker)});
    timer_.arm(waiting_.front().end);
    checker.send(os::IncidentReply{.number = last_, .code = code});
}

void Replies::take(const os::ReplyOutcome& outcome) {
    const auto found = std::find_if(waiting_.begin(), waiting_.end(),
                                    [&](const Waiting& one) { return one.number == outcome.number; });
    if (found == waiting_.end()) return;
    found->asker.answer(outcome.answer);
    waiting_.erase(found);
}

void Replies::give_up(const std::string& why) {
    for (Waiting& one : waiting_)
        one.asker.answer(false, why);
    waiting_.clear();
}

void Replies::look_at_the_time() {
    while (!waiting_.empty() && waiting_.front().end <= os::EventLoop::now()) {
        waiting_.front().asker.answer(false,
                                      "no answer in time; `holdfast incident` shows whether it was done");
        waiting_.pop_front();
    }
    if (!waiting_.empty()) timer_.arm(waiting_.front().end);
}

}  // namespace holdfast::core
