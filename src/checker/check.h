// A check that is made again and again (vrrp_script, vrrp_check): one attempt at each interval, never two at
// a time, given up at its time-out; results are counted, and a change of the verdict is said.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/health_counter.h"
#include "checker/tracker.h"
#include "os/event_loop.h"
#include "plan/plan.h"

namespace holdfast::checker {

// How a check is made.
class Attempt {
public:
    // An error says what failed. Called once for each start, perhaps before start() returns, and not after
    // give_up().
    using Done = std::function<void(const Result<void>&)>;

    Attempt() = default;
    Attempt(const Attempt&) = delete;
    Attempt& operator=(const Attempt&) = delete;
    virtual ~Attempt() = default;
    virtual void start(Done done) = 0;
    // Takes too long. Returns what is known of it, or nothing.
    virtual std::string give_up() = 0;
    // Whether the last one still holds something, so that no other may begin.
    virtual bool is_busy() const = 0;
    // What the last one that ended printed; empty: nothing.
    virtual std::string output() const { return {}; }
};

class Check final : public Tracker {
public:
    // name: as messages say it, "check web". name and schedule outlive this.
    static Result<std::unique_ptr<Tracker>> create(os::EventLoop& loop, const std::string& name,
                                                   const plan::Schedule& schedule,
                                                   std::unique_ptr<Attempt> attempt, Judged judged);
    void assume(Verdict known) override { counter_.assume(known.good); }
    void begin() override;
    void describe(status::Check& check) const override;

private:
    // The last run that ended.
    struct Run {
        bool good = false;
        std::string outcome;
        std::string output;
        Instant end{};
        Duration duration{0};
    };
    Check(const std::string& name, const plan::Schedule& schedule, std::unique_ptr<Attempt> attempt,
          Judged judged);
    void run();
    void on_time_out();
    void on_result(const Result<void>& result);
    void count(bool success, const std::string& why);
    void note(bool success, std::string outcome, std::string output);

    const std::string& name_;
    const plan::Schedule& schedule_;
    std::unique_ptr<Attempt> attempt_;
    Judged judged_;
    HealthCounter counter_;
    os::Timer next_;
    os::Timer time_out_;
    bool said_late_ = false;
    Instant begin_{};  // of the run
    std::optional<Run> last_;
    std::uint64_t runs_ = 0;
    std::uint64_t failures_ = 0;
};

}  // namespace holdfast::checker
