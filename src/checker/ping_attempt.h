// One ICMP echo request and its answer, through a ping socket: no right is needed but to be in the group
// range of net.ipv4.ping_group_range.
#pragma once

#include <cstdint>
#include <string>

#include "base/address.h"
#include "checker/check.h"
#include "os/unique_fd.h"

namespace holdfast::checker {

// Whether the ICMP message is the answer to the echo request of that number. (The kernel has looked at its
// identifier.)
bool is_echo_reply(ByteView message, Family family, std::uint16_t number);

class PingAttempt final : public Attempt {
public:
    PingAttempt(os::EventLoop& loop, const IpAddress& target) : loop_{loop}, target_{target} {}
    void start(Done done) override;
    std::string give_up() override;
    bool is_busy() const override { return done_ != nullptr; }

private:
    void on_answer();
    void end(const Result<void>& result);

    os::EventLoop& loop_;
    IpAddress target_;
    std::uint16_t number_ = 0;
    Done done_;
    os::UniqueFd socket_;
    os::Source source_;
};

}  // namespace holdfast::checker
