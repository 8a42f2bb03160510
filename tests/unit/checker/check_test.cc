#include "checker/check.h"

#include <gtest/gtest.h>

#include <string>

namespace holdfast::checker {
namespace {

// An attempt that never ends by itself.
class Endless final : public Attempt {
public:
    explicit Endless(int& begun) : begun_{begun} {}
    void start(Done) override {
        ++begun_;
        busy_ = true;
    }
    std::string give_up() override {
        busy_ = false;
        return "nobody there";
    }
    bool is_busy() const override { return busy_; }

private:
    int& begun_;
    bool busy_ = false;
};

TEST(Check, IsGivenUpAtItsTimeoutHoweverShortItsIntervalIs) {
    using namespace std::chrono_literals;
    auto loop = std::move(*os::EventLoop::create());
    plan::Schedule schedule;
    schedule.interval = 1ms;
    schedule.timeout = 20ms;
    const std::string name = "check c";
    int begun = 0;
    std::optional<bool> verdict;
    auto check = Check::create(*loop, name, schedule, std::make_unique<Endless>(begun),
                               [&](Verdict judged) { verdict = judged.good; });
    ASSERT_TRUE(check);
    (*check)->begin();
    while (!verdict)
        ASSERT_TRUE(loop->turn(10s));
    EXPECT_FALSE(*verdict);
    EXPECT_EQ(begun, 1) << "never two at a time";
}

}  // namespace
}  // namespace holdfast::checker
