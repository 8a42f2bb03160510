// Weights and faults of what is judged outside the engine (keepalived's rules for vrrp_script).
#include <gtest/gtest.h>

#include "engine/tracking.h"
#include "support/node.h"

namespace holdfast::test {
namespace {

using engine::Health;
using engine::State;
using engine::TrackedHealth;
using engine::TrackerId;

constexpr TrackerId check{0};

engine::Settings tracking(engine::RouterSettings own, int weight, bool reverse = false) {
    own.tracked_health = {{.tracker = check, .weight = weight, .reverse = reverse}};
    engine::Settings settings = alone(own);
    settings.trackers = {{.name = "check chk"}};
    return settings;
}

struct Row {
    int weight;
    bool reverse;
    Health health;
    int priority;  // of 100
    bool fault;
};

class Judged : public testing::TestWithParam<Row> {};

TEST_P(Judged, GivesPriorityAndFault) {
    const Row& row = GetParam();
    Node node{tracking(v2(100), row.weight, row.reverse)};
    node.happens(engine::TrackerJudged{check, row.health}, 0s);
    node.starts();
    EXPECT_EQ(node.view().effective_priority.wire(), row.priority);
    EXPECT_EQ(node.state() == State::fault, row.fault);
}

TEST(Adjustments, NameWhatTheEffectivePriorityComesFrom) {
    engine::Settings settings = tracking(v2(100), -30);
    settings.routers[0].tracked_links = {{.link = engine::LinkId{0}, .weight = 5}};
    Node node{settings};
    node.happens(engine::TrackerJudged{check, Health::bad}, 0s);
    node.starts();
    std::vector<engine::Adjustment> found;
    node.engine().adjustments(engine::RouterId{0}, found);
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].link, engine::LinkId{0});
    EXPECT_EQ(found[0].amount, 5);
    EXPECT_EQ(found[1].tracker, check);
    EXPECT_EQ(found[1].amount, -30);
    EXPECT_EQ(node.view().effective_priority.wire(), 75);
    EXPECT_EQ(node.engine().verdict(check).health, Health::bad);
}

TEST(Factors, AreWhatTellsAtTheMomentAndAreCountedBeyondTheRoom) {
    engine::Settings settings = tracking(v2(100), 0);
    settings.routers[0].tracked_links = {{.link = engine::LinkId{0}, .weight = 5}};
    Node node{settings};
    node.happens(engine::TrackerJudged{check, Health::bad}, 0s);
    node.starts();
    std::array<engine::Factor, 4> room{};
    ASSERT_EQ(node.engine().factors(engine::RouterId{0}, room), 2u);
    EXPECT_TRUE(room[0].is_link);
    EXPECT_EQ(room[0].amount, 5);
    EXPECT_FALSE(room[0].forbids);
    EXPECT_FALSE(room[1].is_link);
    EXPECT_EQ(room[1].health, Health::bad);
    EXPECT_TRUE(room[1].forbids);
    EXPECT_EQ(node.engine().factors(engine::RouterId{0}, std::span{room}.first(1)), 2u);
    node.happens(engine::TrackerJudged{check, Health::good}, 1s);
    EXPECT_EQ(node.engine().factors(engine::RouterId{0}, room), 1u);
}

struct FileRow {
    int weight;
    bool reverse;
    std::int32_t value;
    int priority;  // of 100
    bool fault;
};

class InAFile : public testing::TestWithParam<FileRow> {};

TEST_P(InAFile, TheNumberIsMultiplied) {
    const FileRow& row = GetParam();
    engine::Settings settings = tracking(v2(100), row.weight, row.reverse);
    settings.routers[0].tracked_health[0].by_value = true;
    Node node{settings};
    node.happens(engine::TrackerJudged{check, Health::good, row.value}, 0s);
    node.starts();
    ASSERT_EQ(node.state() == State::fault, row.fault);
    if (row.fault) return;
    EXPECT_EQ(node.view().effective_priority.wire(), row.priority);
}

INSTANTIATE_TEST_SUITE_P(, InAFile,
                         testing::Values(FileRow{1, false, 5, 105, false},  //
                                         FileRow{2, false, -5, 90, false},  //
                                         FileRow{2, true, -5, 110, false},  //
                                         FileRow{1, false, 0, 100, false},
                                         FileRow{1, false, -253, 1, false},  //
                                         FileRow{1, false, -254, 0, true},   //
                                         FileRow{2, false, -127, 0, true},   //
                                         FileRow{-1, false, 254, 0, true},   //
                                         FileRow{1, false, 2147483647, 254, false},
                                         FileRow{254, false, -2147483647 - 1, 0, true},
                                         FileRow{0, false, 0, 100, false},  //
                                         FileRow{0, false, 1, 0, true},     //
                                         FileRow{0, true, 1, 100, false},   //
                                         FileRow{0, true, 0, 0, true}));

TEST(TrackedFile, WithoutANumberYetHoldsItsRouterBack) {
    engine::Settings settings = tracking(v2(100), 1);
    settings.routers[0].tracked_health[0].by_value = true;
    settings.trackers = {{.name = "file f", .bad = "says", .good = "no longer says so"}};
    Node node{settings};
    node.starts();
    EXPECT_EQ(node.state(), State::initialize);
    node.happens(engine::TrackerJudged{check, Health::good, -300}, 1s);
    EXPECT_EQ(node.state(), State::fault);
    EXPECT_EQ(describe(node.view().cause, settings, std::nullopt), "file f says -300");
    node.happens(engine::TrackerJudged{check, Health::good, 3}, 2s);
    EXPECT_EQ(node.state(), State::backup);
    EXPECT_EQ(describe(node.view().cause, settings, std::nullopt), "file f no longer says so");
    node.happens(engine::TrackerJudged{check, Health::good, 7}, 3s);
    const auto changed = node.asked<engine::PriorityChanged>();
    ASSERT_EQ(changed.size(), 1U);
    EXPECT_EQ(describe(changed[0].cause, settings, std::nullopt), "file f says 7");
}

INSTANTIATE_TEST_SUITE_P(, Judged,
                         testing::Values(Row{20, false, Health::good, 120, false},  //
                                         Row{20, false, Health::bad, 100, false},   //
                                         Row{20, false, Health::unknown, 100, false},
                                         Row{-20, false, Health::good, 100, false},  //
                                         Row{-20, false, Health::bad, 80, false},    //
                                         Row{-20, false, Health::unknown, 100, false},
                                         Row{20, true, Health::good, 80, false},     //
                                         Row{20, true, Health::bad, 100, false},     //
                                         Row{-20, true, Health::bad, 120, false},    //
                                         Row{-20, true, Health::good, 100, false},   //
                                         Row{253, false, Health::good, 254, false},  // limited
                                         Row{-253, false, Health::bad, 1, false},    //
                                         Row{0, false, Health::good, 100, false},    //
                                         Row{0, false, Health::bad, 100, true},      //
                                         Row{0, true, Health::good, 100, true},      //
                                         Row{0, true, Health::bad, 100, false}));

TEST(Health, WithoutWeightNobodyBeginsBeforeItIsKnown) {
    Node node{tracking(v2(100), 0)};
    node.starts().lives_until(60s);
    EXPECT_EQ(node.state(), State::initialize);
    node.happens(engine::TrackerJudged{check, Health::good}, 60s);
    EXPECT_EQ(node.state(), State::backup);
    EXPECT_EQ(node.deadline(), at(60s + 3s + 609'375us));
}

TEST(Health, BadIsAFaultWithAFarewellAndAReason) {
    Node node{tracking(v2(100), 0)};
    node.happens(engine::TrackerJudged{check, Health::good}, 0s);
    node.starts().lives_until(10s);
    ASSERT_EQ(node.state(), State::active);
    node.happens(engine::TrackerJudged{check, Health::bad}, 10s);
    EXPECT_EQ(node.state(), State::fault);
    EXPECT_EQ(node.farewells(), 1);
    EXPECT_EQ(node.why(), "check chk fails");
    node.happens(engine::TrackerJudged{check, Health::good}, 20s);
    EXPECT_EQ(node.state(), State::backup);
    EXPECT_EQ(node.why(), "check chk succeeds");
}

TEST(Health, ThatCountsSaysHowManyWhileItIsAFault) {
    engine::Settings settings = tracking(v2(100), 0);
    settings.routers[0].tracked_health[0].counts = true;
    settings.trackers = {
        {.name = "references R", .bad = "do not answer", .good = "answer", .counted = " of 3 answer"}};
    Node node{settings};
    node.happens(engine::TrackerJudged{check, Health::good, 3}, 0s);
    node.starts().lives_until(10s);
    node.happens(engine::TrackerJudged{check, Health::bad, 0}, 10s);
    EXPECT_EQ(node.why(), "references R: 0 of 3 answer");
    node.happens(engine::TrackerJudged{check, Health::good, 2}, 20s);
    EXPECT_EQ(node.why(), "references R answer");
}

TEST(Health, ThatCountsSaysHowManyWhenItChangesThePriority) {
    engine::Settings settings = tracking(v2(100), -20);
    settings.routers[0].tracked_health[0].counts = true;
    settings.trackers = {{.name = "references R", .counted = " of 3 answer"}};
    Node node{settings};
    node.starts().lives_until(10s);
    node.happens(engine::TrackerJudged{check, Health::bad, 1}, 10s);
    const auto changed = node.asked<engine::PriorityChanged>();
    ASSERT_EQ(changed.size(), 1U);
    EXPECT_EQ(describe(changed[0].cause, settings, std::nullopt), "references R: 1 of 3 answer");
}

TEST(Health, OfAGroupConcernsAllItsMembers) {
    engine::Settings settings = grouped(v2(100));
    settings.trackers = {{.name = "check chk"}};
    settings.groups[0].tracked_health = {{.tracker = check}};
    Node node{settings};
    node.happens(engine::TrackerJudged{check, Health::good}, 0s);
    node.starts().lives_until(10s);
    ASSERT_EQ(node.state(router_1), State::active);
    node.happens(engine::TrackerJudged{check, Health::bad}, 10s);
    EXPECT_EQ(node.state(router_0), State::fault);
    EXPECT_EQ(node.state(router_1), State::fault);
}

TEST(Health, OfOneMemberHoldsItsGroupBackUntilItIsKnown) {
    engine::Settings settings = grouped(v2(100));
    settings.trackers = {{.name = "check chk"}};
    settings.routers[1].tracked_health = {{.tracker = check}};
    Node node{settings};
    node.starts().lives_until(10s);
    EXPECT_EQ(node.state(router_0), State::initialize);
    node.happens(engine::TrackerJudged{check, Health::bad}, 10s);
    EXPECT_EQ(node.state(router_0), State::fault);
}

TEST(Health, OfTheGroupWinsUnlessTheMembersOwnHasNoWeight) {
    for (const int own : {0, 5}) {
        engine::Settings settings = grouped(v2(100));
        settings.routers[0].tracked_health = {{.tracker = check, .weight = own}};
        settings.groups[0].tracked_health = {{.tracker = check, .weight = 9}};
        const auto merged = engine::tracked_health_of(settings.routers[0], settings);
        ASSERT_EQ(merged.size(), 1u);
        EXPECT_EQ(merged[0].weight, own == 0 ? 0 : 9);
    }
}

}  // namespace
}  // namespace holdfast::test
