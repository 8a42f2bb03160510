#include "core/replies.h"

#include <algorithm>
#include <utility>

namespace holdfast::core {

namespace {

constexpr std::size_t most_waiting = 8;

}  // namespace

Result<std::unique_ptr<Replies>> Replies::create(os::EventLoop& loop) {
    std::unique_ptr<Replies> replies{new Replies};
    auto timer = loop.timer(os::Urgency::control, [self = replies.get()] { self->look_at_the_time(); });
    if (!timer) return std::move(timer).error();
    replies->timer_ = std::move(*timer);
    return replies;
}

void Replies::ask(os::Channel& channel, const Question& question, Asker asker) {
    if (waiting_.size() >= most_waiting)
        return asker.answer(false, "too many wait for an answer; try again in a moment");
    waiting_.push_back({.number = ++last_,
                        .whom = question.whom,
                        .end = os::EventLoop::now() + question.patience,
                        .too_late = question.too_late,
                        .asker = std::move(asker)});
    arm();
    channel.send(question.message(last_));
}

void Replies::take(os::Program from, const os::ReplyOutcome& outcome) {
    const auto found = std::find_if(waiting_.begin(), waiting_.end(), [&](const Waiting& one) {
        return one.number == outcome.number && one.whom == from;
    });
    if (found == waiting_.end()) return;
    found->asker.answer(outcome.answer);
    waiting_.erase(found);
    arm();
}

void Replies::give_up(os::Program whom, const std::string& why) {
    for (Waiting& one : waiting_)
        if (one.whom == whom) one.asker.answer(false, why);
    std::erase_if(waiting_, [whom](const Waiting& one) { return one.whom == whom; });
    arm();
}

void Replies::look_at_the_time() {
    const Instant now = os::EventLoop::now();
    for (Waiting& one : waiting_)
        if (one.end <= now) one.asker.answer(false, one.too_late);
    std::erase_if(waiting_, [now](const Waiting& one) { return one.end <= now; });
    arm();
}

void Replies::arm() {
    const auto first =
        std::min_element(waiting_.begin(), waiting_.end(),
                         [](const Waiting& one, const Waiting& other) { return one.end < other.end; });
    if (first != waiting_.end())
        timer_.arm(first->end);
    else
        timer_.disarm();
}

}  // namespace holdfast::core
