#include "vrrp/moment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/vrrp/host.h"

namespace holdfast::vrrp::testing {
namespace {

using ::testing::SizeIs;

const engine::StateChanged change{.from = engine::State::backup,
                                  .to = engine::State::active,
                                  .active_interval = 1s,
                                  .down_interval = 3609ms};

TEST(AMoment, IsToldInNames) {
    const plan::Plan plan = plan_of("vrrp_track_file load {\nfile /run/load\n}\n" +
                                    instance("track_file {\nload weight -3\n}\n"));
    Moment moment{.priority = 85, .former_priority = 100, .priority_moved = Instant{90s}};
    moment.somebody_heard = true;
    moment.heard_from = *IpAddress::parse("192.0.2.2");
    moment.heard_priority = 150;
    moment.heard_when = Instant{96s};
    moment.factors[0] = {.health = engine::Health::good, .amount = -15};
    moment.factors[1] = {.is_link = true, .health = engine::Health::bad, .forbids = true};
    moment.factors_total = 2;
    moment.situation = engine::Situation::silent;
    moment.verdict = engine::Verdict::promote;
    const status::Evidence said = moment.evidence(change, Instant{100s}, plan.engine);
    EXPECT_EQ(said.priority, 85);
    EXPECT_EQ(said.former_priority, 100);
    EXPECT_EQ(said.priority_moved, Instant{90s});
    ASSERT_TRUE(said.heard);
    EXPECT_EQ(said.heard->priority, 150);
    EXPECT_EQ(said.heard->when, Instant{96s});
    EXPECT_EQ(said.active_interval, 1s);
    EXPECT_EQ(said.down_interval, 3609ms);
    ASSERT_THAT(said.factors, SizeIs(2));
    EXPECT_EQ(said.factors[0].name, "file load");
    EXPECT_EQ(said.factors[0].amount, -15);
    EXPECT_EQ(said.factors[1].name, "link eth0");
    EXPECT_EQ(said.factors[1].verdict, status::Verdict::bad);
    EXPECT_TRUE(said.factors[1].is_fault);
    EXPECT_GT(said.guard_row, 0);
    EXPECT_EQ(said.guard_found, engine::row_of(engine::Situation::silent)->name);
    EXPECT_EQ(said.guard_verdict, "promote");
}

TEST(AMoment, TakesWhomTheProcessBeforeHeardFromTheCause) {
    engine::StateChanged silent = change;
    silent.cause = {.peer = IpAddress::parse("192.0.2.9"), .elapsed = 3s};
    const status::Evidence said = Moment{}.evidence(silent, Instant{100s}, {});
    ASSERT_TRUE(said.heard);
    EXPECT_EQ(said.heard->address, IpAddress::parse("192.0.2.9"));
    EXPECT_EQ(said.heard->when, Instant{97s});
    EXPECT_EQ(said.guard_row, 0);
}

TEST(AMoment, NamesTheFirstFactorsAndSaysHowManyThereAre) {
    const plan::Plan plan = plan_of(instance());
    Moment moment;
    moment.factors.fill({.is_link = true});
    moment.factors_total = 300;
    const status::Evidence said = moment.evidence(change, Instant{1s}, plan.engine);
    EXPECT_THAT(said.factors, SizeIs(status::most_factors));
    EXPECT_EQ(said.factors_total, 300u);
}

}  // namespace
}  // namespace holdfast::vrrp::testing
