// Brings alerts to one receiver: an outbox, a carrier and the time between attempts. What goes wrong is said
// once, and again when it ends; the receiver's outages are not the operator's log.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "checker/carrier.h"
#include "checker/outbox.h"
#include "os/event_loop.h"
#include "os/log.h"

namespace holdfast::checker {

class Courier {
public:
    // name: for messages, "mail to 192.0.2.25". changed: called when something has left or been given up.
    static Result<std::unique_ptr<Courier>> create(os::EventLoop& loop, std::string name,
                                                   std::unique_ptr<Carrier> carrier,
                                                   std::function<void()> changed);
    Courier(const Courier&) = delete;
    Courier& operator=(const Courier&) = delete;
    ~Courier() { carrier_->cancel(); }

    void post(Letter letter);
    bool is_empty() const { return outbox_.empty(); }
    // Nothing is on its way, and nothing may go before some time has passed.
    bool is_resting() const;
    // What waits is forgotten, and that is said.
    void give_up(const std::string& why);

private:
    Courier(std::string name, std::unique_ptr<Carrier> carrier, std::function<void()> changed)
        : name_{std::move(name)}, carrier_{std::move(carrier)}, changed_{std::move(changed)} {}
    void go_on();
    void arrived(const Outcome& outcome);
    void say_delay(const std::string& what, const Outcome& outcome);
    void say_recovery();

    std::string name_;
    std::unique_ptr<Carrier> carrier_;
    std::function<void()> changed_;
    Outbox outbox_;
    os::Timer timer_;
    std::string on_its_way_;    // what
    Instant troubled_since_{};  // with troubled_
    bool troubled_ = false;
    bool sending_ = false;
    std::uint64_t lost_ = 0;  // to newer ones
    os::RateLimit limit_{std::chrono::minutes{10}};
};

}  // namespace holdfast::checker
