#include "engine/adoption.h"

#include <gtest/gtest.h>

#include <limits>

#include "support/node.h"

namespace holdfast::test {
namespace {

using engine::State;

// The process that goes on where another stopped: same routers, records taken over, clock started then.
Node successor_of(Node& before, const engine::Settings& settings, Duration when) {
    Node after{settings};
    for (std::size_t i = 0; i < settings.routers.size(); ++i) {
        const engine::RouterId id{static_cast<std::uint32_t>(i)};
        EXPECT_TRUE(after.engine().adopt(id, before.engine().record(id), at(when)));
    }
    after.starts(when);
    return after;
}

TEST(Adoption, ActiveRouterGoesOnWithItsNextAdvertAtTheRecordedTime) {
    Node before = active_of(v3(100));
    const Instant next = before.deadline();
    Node after = successor_of(before, alone(v3(100)), 500ms);
    EXPECT_EQ(after.state(), State::active);
    EXPECT_EQ(after.deadline(), next);
    EXPECT_EQ(after.view().since, before.view().since);
    ASSERT_EQ(after.effects().size(), 1u);
    EXPECT_TRUE(std::holds_alternative<engine::AddAddresses>(after.effects()[0]));
}

TEST(Adoption, ActiveRouterThatIsLateAdvertisesAtOnce) {
    Node before = active_of(v3(100));
    Node after = successor_of(before, alone(v3(100)), 1700ms);
    EXPECT_EQ(after.adverts(), 1);
    EXPECT_EQ(after.deadline(), at(2s));  // the phase is kept
}

TEST(Adoption, BackupKeepsItsDownDeadlineAndWhomItFollows) {
    Node before = backup_of(v3(128));
    before.hears({.priority = 200, .interval = 2s}, 1s);
    Node after = successor_of(before, alone(v3(128)), 1500ms);
    EXPECT_EQ(after.state(), State::backup);
    EXPECT_EQ(after.deadline(), at(8s));
    EXPECT_EQ(after.view().active_interval, 2s);
    EXPECT_EQ(after.view().active_address, ip("10.0.0.2"));
    EXPECT_EQ(after.view().active_priority, Priority::from(200));
    EXPECT_TRUE(after.effects().empty());
    after.lives_until(8s);
    EXPECT_EQ(after.why(), "no advert from 10.0.0.2 for 7.00 s");
}

TEST(Adoption, BackupWhoseTimerEndedWhileNobodyListenedListensOnceMore) {
    Node before = backup_of(v3(128));
    before.hears({.priority = 200}, 1s);
    Node after = successor_of(before, alone(v3(128)), 6s);
    EXPECT_EQ(after.deadline(), at(7500ms));  // one interval and the skew
}

TEST(Adoption, FarewellHeardBeforeIsRemembered) {
    Node before = backup_of(v3(128));
    before.hears({.priority = farewell}, 1s);
    Node after = successor_of(before, alone(v3(128)), 1200ms);
    EXPECT_EQ(after.deadline(), at(1500ms));
    after.lives_until(1500ms);
    EXPECT_EQ(after.why(), "10.0.0.2 resigned (priority 0)");
}

TEST(Adoption, CountersGoOn) {
    Node before = active_of(v3(100));
    before.lives_until(2500ms);
    const auto sent = before.view().counters->adverts_sent;
    Node after = successor_of(before, alone(v3(100)), 2600ms);
    EXPECT_EQ(after.view().counters->adverts_sent, sent);
    EXPECT_EQ(after.view().counters->became_active, 1u);
}

TEST(Adoption, FaultAtTheStartIsHandledAsAlways) {
    Node before = active_of(v3(100));
    Node after{alone(v3(100))};
    ASSERT_TRUE(after.engine().adopt(router_0, before.engine().record(router_0), at(0s)));
    after.link(link_0, false, 100ms).happens(engine::Started{}, 100ms);
    EXPECT_EQ(after.state(), State::fault);
    EXPECT_EQ(after.farewells(), 1);
    EXPECT_EQ(after.asked<engine::RemoveAddresses>().size(), 1u);
    EXPECT_TRUE(after.asked<engine::AddAddresses>().empty());
}

TEST(Adoption, FaultThatLastsIsNoNews) {
    Node before = backup_of(v3(100));
    before.link(link_0, false, 1s);
    Node after{alone(v3(100))};
    ASSERT_TRUE(after.engine().adopt(router_0, before.engine().record(router_0), at(0s)));
    after.link(link_0, false, 2s).happens(engine::Started{}, 2s);
    EXPECT_TRUE(after.effects().empty());
    after.link(link_0, true, 3s);
    EXPECT_EQ(after.state(), State::backup);
}

TEST(Adoption, GroupGoesOnAsItWas) {
    Node before{grouped(v2(100))};
    before.starts(-4s).lives_until(0s);
    Node after = successor_of(before, grouped(v2(100)), 100ms);
    EXPECT_EQ(after.engine().group(group_0), State::active);
    EXPECT_TRUE(after.asked<engine::GroupStateChanged>().empty());
    EXPECT_TRUE(after.asked<engine::StateChanged>().empty());
    EXPECT_EQ(after.asked<engine::AddAddresses>().size(), 2u);
    after.hears({.priority = 200}, 500ms, router_1);
    EXPECT_EQ(after.state(router_0), State::backup);
}

TEST(Adoption, WishOfAGroupMemberIsRemembered) {
    Node before{grouped(v2(100))};
    before.starts().hears({.priority = 200}, 3s, router_1).lives_until(4s);
    Node after = successor_of(before, grouped(v2(100)), 4s);
    EXPECT_EQ(after.view(router_0).wanted, State::active);
    after.lives_until(6s + 609'375us);
    EXPECT_EQ(after.state(router_0), State::active);
}

TEST(Adoption, NewPriorityShiftsTheAdoptedTimer) {
    Node before = backup_of(v3(128));
    Node after = successor_of(before, alone(v3(64)), 1s);
    EXPECT_EQ(after.deadline(), at(3750ms));
    EXPECT_EQ(after.asked<engine::PriorityChanged>().size(), 1u);
}

TEST(Adoption, StartupDelayDoesNotInterruptWhatWasAdopted) {
    auto settings = alone(v3(100));
    settings.startup_delay = 60s;
    Node before = active_of(v3(100));
    Node after = successor_of(before, settings, 500ms);
    after.lives_until(3500ms);
    EXPECT_EQ(after.adverts(), 3);
}

TEST(Adoption, PendingAnnouncementsGoOn) {
    auto own = v3(255);
    own.announce.delay = 5s;
    Node before = active_of(own);
    Node after = successor_of(before, alone(own), 2500ms);
    after.lives_until(6s);
    EXPECT_EQ(after.asked<engine::Announce>().size(), 1u);
}

TEST(Adoption, RecordOfAnotherRouterIsRefused) {
    Node before = active_of(v3(100));
    auto other = v3(100);
    other.vrid = *Vrid::from(52);
    Node after{alone(other)};
    EXPECT_FALSE(after.engine().adopt(router_0, before.engine().record(router_0), at(0s)));
    after.starts(100ms);
    EXPECT_EQ(after.state(), State::backup);
}

TEST(Adoption, NameAndPriorityDoNotBelongToTheKey) {
    auto renamed = v3(7);
    renamed.name = "other";
    EXPECT_EQ(record_key(v3(100), alone(v3(100))), record_key(renamed, alone(renamed)));
    EXPECT_FALSE(record_key(v3(100), alone(v3(100))) == record_key(over_ipv6(v3(100)), alone(v3(100))));
}

TEST(Adoption, RecordThatMakesNoSenseIsRefused) {
    Node before = active_of(v3(100));
    auto record = before.engine().record(router_0);
    Node after{alone(v3(100))};
    record.state = 9;
    EXPECT_FALSE(after.engine().adopt(router_0, record, at(0s)));
    record.state = 1;
    record.effective_priority = 0;
    EXPECT_FALSE(after.engine().adopt(router_0, record, at(0s)));
}

TEST(Adoption, TimesThatCannotBeAreBroughtBack) {
    for (const auto far : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1},
                           std::numeric_limits<std::int64_t>::max() - 1})
        for (const State state : {State::backup, State::active}) {
            Node before = active_of(v3(100));
            auto record = before.engine().record(router_0);
            record.state = static_cast<std::uint8_t>(state);
            record.advert_deadline = record.preempt_deadline = record.active_interval = far;
            record.last_heard = record.since = far;
            record.expects = record.active_family = record.rival_family = 200;
            Node after{alone(v3(100))};
            ASSERT_TRUE(after.engine().adopt(router_0, record, at(0s)));
            after.starts(0s);
            after.happens(engine::TimePassed{}, 0s);
            EXPECT_GT(after.engine().next_deadline(), at(0s));
            EXPECT_LE(after.engine().next_deadline(), at(4 * 41s));
        }
}

}  // namespace
}  // namespace holdfast::test
