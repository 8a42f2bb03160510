#include "engine/announcements.h"

#include <gtest/gtest.h>

#include <utility>

#include "support/node.h"

namespace holdfast::test {
namespace {

using Bursts = std::vector<std::pair<Duration, int>>;

engine::RouterSettings announcing(const engine::AnnouncePolicy& policy) {
    auto own = v3(255);
    own.announce = policy;
    return own;
}

// When, and how often, the router announces until then.
Bursts bursts_until(Node& node, Duration end) {
    Bursts bursts;
    while (node.engine().next_deadline() <= at(end)) {
        const Duration now = node.engine().next_deadline() - at(0s);
        node.happens(engine::TimePassed{}, now);
        for (const auto& announce : node.asked<engine::Announce>())
            bursts.emplace_back(now, announce.repeat);
    }
    return bursts;
}

TEST(Announcements, SecondBurstComesAfterTheDelay) {
    Node node = active_of(announcing({.repeat = 5, .delay = 5s}));
    EXPECT_EQ(node.asked<engine::Announce>().at(0).repeat, 5);
    EXPECT_EQ(bursts_until(node, 60s), (Bursts{{5s, 5}}));
}

TEST(Announcements, NoDelayMeansNoSecondBurst) {
    Node node = active_of(announcing({.repeat = 3, .delay = 0s}));
    EXPECT_EQ(bursts_until(node, 60s), Bursts{});
}

TEST(Announcements, RefreshBeginsAfterDelayAndOnePeriodAndGoesOn) {
    Node node = active_of(announcing({.repeat = 2, .delay = 5s, .refresh = 10s, .refresh_repeat = 1}));
    EXPECT_EQ(bursts_until(node, 40s), (Bursts{{5s, 2}, {15s, 1}, {25s, 1}, {35s, 1}}));
}

TEST(Announcements, LowerPriorityIsAnsweredNowAndAfterItsDelay) {
    Node node =
        active_of(announcing({.delay = 0s, .lower_priority_repeat = 4, .lower_priority_delay = 2500ms}));
    node.hears({.priority = 50}, 1s);
    ASSERT_EQ(node.asked<engine::Announce>().size(), 1u);
    EXPECT_EQ(node.asked<engine::Announce>()[0].repeat, 4);
    node.hears({.priority = 50}, 2s);  // does not put the later burst off
    EXPECT_EQ(bursts_until(node, 10s), (Bursts{{3500ms, 4}}));
}

TEST(Announcements, LowerPriorityIsNotAnsweredWhenTheCountIsZero) {
    Node node = active_of(announcing({.delay = 0s, .lower_priority_repeat = 0, .lower_priority_delay = 2s}));
    node.hears({.priority = 50}, 1s);
    EXPECT_TRUE(node.asked<engine::Announce>().empty());
    EXPECT_EQ(bursts_until(node, 10s), Bursts{});
}

TEST(Announcements, EndWithTheReign) {
    auto own = announcing({.repeat = 5, .delay = 5s, .refresh = 1s});
    own.priority = *Priority::from(100);
    own.starts_active = true;
    Node node = backup_of(own);
    node.lives_until(2s).hears({.priority = 200}, 2500ms);
    ASSERT_EQ(node.state(), engine::State::backup);
    node.hears({.priority = 200}, 5s);
    EXPECT_EQ(node.engine().next_deadline(), node.deadline());
}

TEST(Announcements, NoneWhenTheCountIsZero) {
    Node node = active_of(announcing({.repeat = 0, .delay = 5s}));
    EXPECT_TRUE(node.asked<engine::Announce>().empty());
    EXPECT_EQ(bursts_until(node, 10s), Bursts{});
}

}  // namespace
}  // namespace holdfast::test
