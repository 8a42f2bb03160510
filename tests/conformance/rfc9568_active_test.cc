// RFC 9568 section 6.4.3. What the RFC says of ARP, ND and forwarding is the kernel's part: the addresses are
// there.
#include <gtest/gtest.h>

#include "support/node.h"

namespace holdfast::test {
namespace {

using engine::State;

TEST(Rfc9568Active, ShutdownSendsAFarewellAndEndsInInitialize) {
    Node node = active_of(v3(100));
    node.happens(engine::Stopped{}, 500ms);
    EXPECT_EQ(node.state(), State::initialize);
    EXPECT_EQ(node.farewells(), 1);
    EXPECT_EQ(node.asked<engine::RemoveAddresses>().size(), 1u);
    EXPECT_EQ(node.why(), "stopped");
    EXPECT_EQ(node.engine().next_deadline(), never);
}

TEST(Rfc9568Active, AdvertisesEveryInterval) {
    Node node = active_of(v3(255, 100ms));
    node.lives_until(1s);
    EXPECT_EQ(node.adverts(), 10);
    EXPECT_EQ(node.deadline(), at(1100ms));
}

TEST(Rfc9568Active, FarewellOfAnotherIsAnsweredAtOnceAndResetsTheTimer) {
    Node node = active_of(v3(255));
    node.hears({.priority = farewell}, 400ms);
    EXPECT_EQ(node.adverts(), 1);
    EXPECT_EQ(node.deadline(), at(1400ms));
    EXPECT_EQ(node.state(), State::active);
}

TEST(Rfc9568Active, HigherPriorityMakesBackupOfIt) {
    Node node = active_of(v3(128));
    node.hears({.priority = 200, .interval = 2s}, 500ms);
    EXPECT_EQ(node.state(), State::backup);
    EXPECT_EQ(node.view().active_interval, 2s);
    EXPECT_EQ(node.deadline(), at(500ms + 7s));  // 3 x 2 s + half of 2 s
    EXPECT_EQ(node.farewells(), 0);
    EXPECT_EQ(node.adverts(), 0);
    EXPECT_EQ(node.asked<engine::RemoveAddresses>().size(), 1u);
    EXPECT_EQ(node.why(), "higher priority 200 heard from 10.0.0.2 (ours 128)");
}

TEST(Rfc9568Active, EqualPriorityAndHigherAddressMakesBackupOfIt) {
    Node node = active_of(v3(100));
    node.hears({.priority = 100, .source = "10.0.0.2"}, 500ms);
    EXPECT_EQ(node.state(), State::backup);
    EXPECT_EQ(node.why(), "equal priority 100 heard from higher address 10.0.0.2");
}

TEST(Rfc9568Active, AddressesAreComparedAsUnsignedNumbersInNetworkOrder) {
    Node node = active_of(v3(100));
    node.hears({.priority = 100, .source = "200.0.0.0"}, 500ms);
    EXPECT_EQ(node.state(), State::backup);
}

TEST(Rfc9568Active, EqualPriorityAndLowerAddressIsAnsweredAtOnce) {
    Node node = active_of(v3(100));
    node.hears({.priority = 100, .source = "10.0.0.0"}, 500ms);
    EXPECT_EQ(node.state(), State::active);
    EXPECT_EQ(node.adverts(), 1);
}

TEST(Rfc9568Active, LowerPriorityIsAnsweredAtOnceToAssertTheActiveState) {
    Node node = active_of(v3(100));
    node.hears({.priority = 99}, 400ms);
    EXPECT_EQ(node.state(), State::active);
    EXPECT_EQ(node.adverts(), 1);
    EXPECT_EQ(node.deadline(), at(1400ms));
    ASSERT_EQ(node.asked<engine::LowerPriorityHeard>().size(), 1u);
    EXPECT_EQ(node.asked<engine::LowerPriorityHeard>()[0].peer, ip("10.0.0.2"));
}

TEST(Rfc9568Active, AFloodOfLowerPrioritiesOrFarewellsIsAnsweredTenTimesAnIntervalAtMost) {
    for (const int priority : {99, farewell}) {
        Node node = active_of(v3(100));
        std::ptrdiff_t answers = 0;
        for (int millisecond = 0; millisecond < 500; ++millisecond) {
            node.hears({.priority = priority}, 100ms + millisecond * 1ms);
            answers += node.adverts();
        }
        EXPECT_EQ(answers, 5) << priority;
        EXPECT_EQ(node.state(), State::active);
    }
}

TEST(Rfc9568Active, LowerPriorityUnansweredLeavesTheTimerAlone) {  // lower_prio_no_advert
    auto own = v3(255);
    own.answers_lower_priority = false;
    Node node = active_of(own);
    node.hears({.priority = 99}, 400ms);
    EXPECT_EQ(node.adverts(), 0);
    EXPECT_EQ(node.deadline(), at(1s));
}

TEST(Rfc9568Active, OneMoreAdvertBeforeYieldingWhenAskedFor) {  // higher_prio_send_advert
    auto own = v3(100);
    own.advert_before_yielding = true;
    Node node = active_of(own);
    node.hears({.priority = 200}, 500ms);
    EXPECT_EQ(node.state(), State::backup);
    EXPECT_EQ(node.adverts(), 1);
    EXPECT_EQ(node.farewells(), 0);
}

TEST(Rfc9568Active, OfTwoOwnersTheLowerAddressYields) {
    Node node = active_of(v3(255));
    node.hears({.priority = 255, .source = "10.0.0.0"}, 300ms);
    EXPECT_EQ(node.state(), State::active);
    node.hears({.priority = 255, .source = "10.0.0.2"}, 500ms);
    EXPECT_EQ(node.state(), State::backup);
    EXPECT_EQ(node.why(), "10.0.0.2 claims to own the addresses, too, and has the higher address");
}

TEST(Rfc9568Active, OverIpv6LinkLocalAddressesDecideATie) {
    Node node = active_of(over_ipv6(v3(100)));
    node.hears({.priority = 100, .source = "fe80::0:1:0"}, 500ms);
    EXPECT_EQ(node.state(), State::backup);
}

TEST(Rfc9568Active, SendsAtItsOwnIntervalWhateverItLearned) {
    Node node = backup_of(v3(128, 1s));
    node.hears({.priority = 200, .interval = 100ms}, 0s);
    node.lives_until(350ms);
    ASSERT_EQ(node.state(), State::active);
    EXPECT_EQ(node.deadline(), at(1350ms));
    EXPECT_EQ(node.view().active_interval, 1s);
}

}  // namespace
}  // namespace holdfast::test
