#include "monitor/petitions.h"

#include <utility>
#include <variant>

namespace holdfast::monitor {

Result<std::unique_ptr<Petitions>> Petitions::create(os::EventLoop& loop, os::UniqueFd core) {
    std::unique_ptr<Petitions> petitions{new Petitions};
    auto channel = os::Channel::create(
        loop, std::move(core),
        {.received = [self = petitions.get()](const os::Message& message) { self->take(message); },
         .closed = [] {}});
    if (!channel) return std::move(channel).error();
    petitions->core_ = std::move(*channel);
    return petitions;
}

void Petitions::ask(const os::Request& request, Told told) {
    waiting_.emplace(++last_, std::move(told));
    core_->send(os::Petition{.number = last_, .request = request});
}

bool Petitions::daemon_stops() {
    core_->receive_all();
    return stops_;
}

void Petitions::take(const os::Message& message) {
    if (const auto* order = std::get_if<os::Order>(&message); order != nullptr && *order == os::Order::stop)
        stops_ = true;
    const auto* outcome = std::get_if<os::ReplyOutcome>(&message);
    if (outcome == nullptr) return;
    const auto found = waiting_.find(outcome->number);
    if (found == waiting_.end()) return;
    const Told told = std::move(found->second);
    waiting_.erase(found);
    told(outcome->answer);
}

}  // namespace holdfast::monitor
