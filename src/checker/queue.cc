#include "checker/queue.h"

#include "base/result.h"

namespace holdfast::checker {

std::optional<Job> Queue::push(Job job) {
    const auto place = owners_.try_emplace(job.owner).first;
    Owner& owner = place->second;
    owner.waiting.push_back(std::move(job));
    ++waiting_;
    line_up(place->first, owner);
    if (owner.waiting.size() <= most_waiting_of_one) return std::nullopt;
    std::optional<Job> dropped{std::move(owner.waiting.front())};
    owner.waiting.pop_front();
    --waiting_;
    return dropped;
}

void Queue::line_up(const std::string& name, Owner& owner) {
    if (owner.in_line || owner.waiting.empty() || owner.running >= most_running_of_one) return;
    owner.in_line = true;
    line_.push_back(name);
}

std::optional<Job> Queue::take() {
    if (running_ >= most_running || line_.empty()) return std::nullopt;
    const auto place = owners_.find(line_.front());
    line_.pop_front();
    HF_ASSERT(place != owners_.end() && !place->second.waiting.empty());
    Owner& owner = place->second;
    std::optional<Job> job{std::move(owner.waiting.front())};
    owner.waiting.pop_front();
    owner.in_line = false;
    --waiting_;
    ++running_;
    ++owner.running;
    line_up(place->first, owner);
    return job;
}

void Queue::finished(const std::string& owner) {
    const auto place = owners_.find(owner);
    HF_ASSERT(place != owners_.end() && place->second.running > 0);
    --running_;
    --place->second.running;
    line_up(place->first, place->second);
    if (place->second.running == 0 && place->second.waiting.empty()) owners_.erase(place);
}

}  // namespace holdfast::checker
