// Connects to a TCP or Unix socket, and asks the service whether it is well.
#pragma once

#include <optional>
#include <string>

#include "checker/check.h"
#include "checker/dialogue.h"
#include "os/unique_fd.h"

namespace holdfast::checker {

class ConnectAttempt final : public Attempt {
public:
    // plan: tcp, unix_socket, mysql, postgresql or redis; outlives this.
    ConnectAttempt(os::EventLoop& loop, const plan::CheckPlan& plan) : loop_{loop}, plan_{plan} {}
    void start(Done done) override;
    std::string give_up() override;
    bool is_busy() const override { return done_ != nullptr; }

private:
    void on_ready(std::uint32_t events);
    void take(const Turn& turn);
    void end(const Result<void>& result);

    os::EventLoop& loop_;
    const plan::CheckPlan& plan_;
    Done done_;
    os::UniqueFd socket_;
    os::Source source_;
    std::optional<Dialogue> dialogue_;  // once it stands
};

}  // namespace holdfast::checker
