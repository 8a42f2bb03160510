// Whether a systemd unit is active, asked of systemd over D-Bus.
#pragma once

#include <string>

#include "checker/check.h"

struct sd_bus;
struct sd_bus_slot;

namespace holdfast::checker {

class UnitAttempt final : public Attempt {
public:
    UnitAttempt(os::EventLoop& loop, std::string unit) : loop_{loop}, unit_{std::move(unit)} {}
    ~UnitAttempt() override { close(); }
    void start(Done done) override;
    std::string give_up() override;
    bool is_busy() const override { return done_ != nullptr; }
    // What systemd says of it.
    void take(const std::string& active_state);
    void end(const Result<void>& result);

private:
    Result<void> ask();
    void serve();
    void close();

    os::EventLoop& loop_;
    std::string unit_;
    Done done_;
    sd_bus* bus_ = nullptr;  // kept from one attempt to the next while it works
    os::Source source_;
};

}  // namespace holdfast::checker
