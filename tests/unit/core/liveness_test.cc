#include "core/liveness.h"

#include <gtest/gtest.h>

#include "os/event_loop.h"

namespace holdfast::core {
namespace {

using namespace std::chrono_literals;

class AWatchedPage : public testing::Test {
protected:
    void SetUp() override {
        loop_ = std::move(*os::EventLoop::create());
        fd_ = std::move(*os::RecordPage::create(1, 8));
        page_.emplace(std::move(*os::RecordPage::map(fd_.get())));
        liveness_ = std::move(*Liveness::create(*loop_, [this](Duration silent) {
            silent_ = silent;
            loop_->quit(0);
        }));
    }

    std::unique_ptr<os::EventLoop> loop_;
    os::UniqueFd fd_;
    std::optional<os::RecordPage> page_;
    std::unique_ptr<Liveness> liveness_;
    std::optional<Duration> silent_;
};

TEST_F(AWatchedPage, WithoutABeatIsReportedOnce) {
    page_->beat(os::EventLoop::now());
    liveness_->watch(fd_.get(), 5ms, Duration{0});
    ASSERT_TRUE(loop_->run());
    ASSERT_TRUE(silent_);
    EXPECT_GE(*silent_, 15ms);
}

TEST_F(AWatchedPage, WithBeatsIsLeftInPeace) {
    auto beating = *loop_->timer(os::Urgency::control, [] {});
    int beats = 0;
    beating = *loop_->timer(os::Urgency::control, [&] {
        page_->beat(os::EventLoop::now());
        if (++beats == 40) return loop_->quit(0);
        beating.arm(os::EventLoop::now() + 2ms);
    });
    beating.arm(os::EventLoop::now());
    liveness_->watch(fd_.get(), 10ms, Duration{0});
    ASSERT_TRUE(loop_->run());
    EXPECT_FALSE(silent_);
}

TEST_F(AWatchedPage, ThatNobodyLooksAtAnyMoreIsNotReported) {
    liveness_->watch(fd_.get(), 1ms, Duration{0});
    liveness_->rest();
    auto end = *loop_->timer(os::Urgency::background, [&] { loop_->quit(0); });
    end.arm(os::EventLoop::now() + 20ms);
    ASSERT_TRUE(loop_->run());
    EXPECT_FALSE(silent_);
}

TEST(BeatPeriod, IsAQuarterOfTheShortestIntervalWithinBounds) {
    config::Config config;
    EXPECT_EQ(beat_period(config), 250ms);
    config.instances.resize(2);
    config.instances[0].advert_int.value = Duration{40s};
    config.instances[1].advert_int.value = Duration{20s};
    EXPECT_EQ(beat_period(config), 1s);
    config.instances[1].advert_int.value = Duration{400ms};
    EXPECT_EQ(beat_period(config), 100ms);
    config.instances[0].advert_int.value = Duration{10ms};
    EXPECT_EQ(beat_period(config), 25ms);
}

}  // namespace
}  // namespace holdfast::core
