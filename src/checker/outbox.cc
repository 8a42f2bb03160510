#include "checker/outbox.h"

#include <algorithm>

#include "base/result.h"

namespace holdfast::checker {

namespace {

// 1, 2, 4, ... times the first pause.
Duration back_off(int times, Duration longest) {
    constexpr int enough = 16;
    return std::min<Duration>(Outbox::first_pause * (1 << std::min(times - 1, enough)), longest);
}

}  // namespace

std::size_t Outbox::push(Letter letter, Instant now) {
    waiting_.push_back({.letter = std::move(letter), .number = ++pushed_, .since = now});
    if (waiting_.size() + (current_ ? 1 : 0) <= most_waiting) return 0;
    waiting_.pop_front();
    return 1;
}

const Letter* Outbox::take(Instant now) {
    if (current_ || now < not_before_) return nullptr;
    const auto found = std::find_if(waiting_.begin(), waiting_.end(),
                                    [now](const Entry& entry) { return entry.not_before <= now; });
    if (found == waiting_.end()) return nullptr;
    current_ = std::move(*found);
    waiting_.erase(found);
    return &current_->letter;
}

Instant Outbox::next() const {
    if (current_ || waiting_.empty()) return never;
    const auto earliest = std::min_element(
        waiting_.begin(), waiting_.end(),
        [](const Entry& one, const Entry& other) { return one.not_before < other.not_before; });
    return std::max(not_before_, earliest->not_before);
}

void Outbox::done() {
    HF_ASSERT(current_);
    current_.reset();
    failures_ = 0;
    pause_ = Duration{0};
    not_before_ = {};
}

void Outbox::delivered() {
    done();
}

void Outbox::refused() {
    done();
}

bool Outbox::delayed(const Delay& delay, Instant now) {
    HF_ASSERT(current_);
    Entry entry = std::move(*current_);
    current_.reset();
    ++failures_;
    pause_ = back_off(failures_, delay.answered ? longest_pause_after_answer : longest_pause);
    if (delay.not_before) pause_ = std::clamp<Duration>(*delay.not_before, first_pause, longest_asked_pause);
    not_before_ = now + pause_;
    if (now - entry.since >= give_up_after) return false;
    if (delay.answered) entry.not_before = now + std::max(pause_, back_off(++entry.refusals, longest_pause));
    if (!delay.recipients.empty()) entry.letter.recipients = delay.recipients;
    const auto behind = std::find_if(waiting_.begin(), waiting_.end(),
                                     [&](const Entry& other) { return other.number > entry.number; });
    waiting_.insert(behind, std::move(entry));
    return true;
}

std::size_t Outbox::clear() {
    const std::size_t count = waiting_.size() + (current_ ? 1 : 0);
    waiting_.clear();
    current_.reset();
    return count;
}

}  // namespace holdfast::checker
