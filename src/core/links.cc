#include "core/links.h"

#include <utility>

namespace holdfast::core {

Result<int> Links::open() {
    std::erase_if(links_, [](const Link& link) { return link.closed; });
    auto pair = os::Channel::pair();
    if (!pair) return std::move(pair).error();
    Link& link = links_.emplace_back();
    const auto received = [this, &link](const os::Message& message) {
        take_(message, [&link](std::uint32_t number) {
            return Asker{[way = std::weak_ptr{link.channel}, number](const os::Answer& answer) {
                if (const auto channel = way.lock())
                    channel->send(os::ReplyOutcome{.number = number, .answer = answer});
            }};
        });
    };
    auto channel = os::Channel::create(loop_, std::move(pair->first),
                                       {.received = received, .closed = [&link] { link.closed = true; }});
    if (!channel) {
        links_.pop_back();
        return std::move(channel).error();
    }
    link.channel = std::move(*channel);
    given_ = std::move(pair->second);
    return given_.get();
}

void Links::tell(const os::Message& message) {
    if (!links_.empty()) links_.back().channel->send(message);
}

}  // namespace holdfast::core
