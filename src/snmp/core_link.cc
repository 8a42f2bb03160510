#include "snmp/core_link.h"

#include <poll.h>

#include <chrono>
#include <utility>
#include <variant>

#include "os/log.h"

namespace holdfast::snmp {

Result<std::unique_ptr<CoreLink>> CoreLink::create(os::EventLoop& loop, os::UniqueFd core) {
    std::unique_ptr<CoreLink> link{new CoreLink};
    auto channel = os::Channel::create(
        loop, std::move(core),
        {.received = [self = link.get()](const os::Message& message) { self->take(message); },
         .closed = [self = link.get()] { self->closed_ = true; }});
    if (!channel) return std::move(channel).error();
    link->channel_ = std::move(*channel);
    return link;
}

std::optional<os::Answer> CoreLink::ask(std::vector<os::ValueWanted> wanted, Duration patience) {
    using std::chrono::milliseconds;
    ++last_;
    answer_.reset();
    for (std::size_t at = 0; at < wanted.size(); ++at) {
        wanted[at].number = last_;
        wanted[at].position = static_cast<std::uint16_t>(at);
        wanted[at].count = static_cast<std::uint16_t>(wanted.size());
        channel_->send(wanted[at]);
    }
    channel_->flush(patience);
    const Instant end = os::EventLoop::now() + patience;
    for (;;) {
        channel_->receive_all();
        const auto left = std::chrono::ceil<milliseconds>(end - os::EventLoop::now());
        if (answer_ || closed_ || left <= milliseconds{0}) return std::exchange(answer_, std::nullopt);
        pollfd wait{.fd = fd(), .events = POLLIN, .revents = 0};
        poll(&wait, 1, static_cast<int>(left.count()));
    }
}

void CoreLink::take(const os::Message& message) {
    if (const auto* order = std::get_if<os::Order>(&message))
        news_ = news_ || *order == os::Order::look_anew;
    else if (const auto* detail = std::get_if<os::LogDetail>(&message))
        os::set_log_level(detail->least);
    else if (const auto* outcome = std::get_if<os::ReplyOutcome>(&message);
             outcome != nullptr && outcome->number == last_)
        answer_ = outcome->answer;
}

}  // namespace holdfast::snmp
