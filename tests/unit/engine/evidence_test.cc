#include "engine/evidence.h"

#include <gtest/gtest.h>

#include "support/builders.h"

namespace holdfast::test {
namespace {

using engine::Answered;
using engine::Asks;
using engine::Claimants;
using engine::Heartbeat;
using engine::Peers;

constexpr engine::PathId path_0{0};
const MacAddress theirs{{2, 0, 0, 0, 0, 9}};

Heartbeat from(std::uint64_t host, std::uint64_t sequence, std::uint64_t incarnation = 1) {
    return {.host = host, .incarnation = incarnation, .sequence = sequence, .interval = 1s};
}

TEST(Sighting, IsRepeatedWhenOneSourceIsSeenTwiceSoonAfterOneAnother) {
    engine::Sighting sighting;
    sighting.see(ip("10.0.0.2"), 1s, at(0s));
    EXPECT_FALSE(sighting.repeated(1s));
    sighting.see(ip("10.0.0.2"), 1s, at(3s));
    EXPECT_TRUE(sighting.repeated(1s));
    sighting.see(ip("10.0.0.3"), 1s, at(4s));
    EXPECT_FALSE(sighting.repeated(1s));
    sighting.see(ip("10.0.0.3"), 1s, at(8s));
    EXPECT_FALSE(sighting.repeated(1s));
    EXPECT_TRUE(sighting.fresh(1s, at(10s + 500ms)));
    EXPECT_FALSE(sighting.fresh(1s, at(10s + 501ms)));
}

TEST(Sighting, OneFrameThatComesTwiceIsNotRepeated) {
    engine::Sighting sighting;
    sighting.see(ip("10.0.0.2"), 1s, at(0s));
    sighting.see(ip("10.0.0.2"), 1s, at(0s));
    sighting.see(ip("10.0.0.2"), 1s, at(249ms));
    EXPECT_FALSE(sighting.repeated(1s));
    sighting.see(ip("10.0.0.2"), 1s, at(250ms));
    EXPECT_TRUE(sighting.repeated(1s));
}

engine::Mismatch another_version(const char* source) {
    return {.remark = engine::Remark::bad_version, .source = ip(source), .found = 2, .expected = 3};
}

TEST(Mismatches, AreNewsOnceTheyAreSaidAgain) {
    engine::Mismatches mismatches;
    EXPECT_EQ(mismatches.see(another_version("10.0.0.2"), 1s, at(0s)), nullptr);
    EXPECT_EQ(mismatches.see(another_version("10.0.0.2"), 1s, at(1ms)), nullptr);  // the same frame
    EXPECT_FALSE(mismatches.last(1s, at(1s)));
    const auto* news = mismatches.see(another_version("10.0.0.2"), 1s, at(5s));
    ASSERT_NE(news, nullptr);
    EXPECT_EQ(news->found, 2u);
    EXPECT_EQ(mismatches.see(another_version("10.0.0.2"), 1s, at(10s)), nullptr);
    EXPECT_TRUE(mismatches.last(1s, at(40s)));
    EXPECT_FALSE(mismatches.last(1s, at(41s)));
    EXPECT_EQ(mismatches.see(another_version("10.0.0.2"), 1s, at(50s)), nullptr);
    EXPECT_NE(mismatches.see(another_version("10.0.0.2"), 1s, at(51s)), nullptr);
}

TEST(Mismatches, NoiseDisplacesNothingThatWasTold) {
    engine::Mismatches mismatches;
    for (const Duration when : {0s, 1s})
        mismatches.see(another_version("10.0.0.2"), 1s, at(when));
    for (int stranger = 10; stranger < 60; ++stranger)
        mismatches.see(another_version(("10.0.0." + std::to_string(stranger)).c_str()), 1s, at(2s));
    EXPECT_EQ(mismatches.see(another_version("10.0.0.2"), 1s, at(3s)), nullptr);
    EXPECT_TRUE(mismatches.last(1s, at(3s)));
}

TEST(Strangers, AreForgottenTheOldestFirst) {
    engine::Strangers strangers;
    for (const char* source : {"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.5"})
        strangers.add(ip(source));
    EXPECT_FALSE(strangers.known(ip("10.0.0.1")));
    EXPECT_TRUE(strangers.known(ip("10.0.0.2")));
    EXPECT_TRUE(strangers.known(ip("10.0.0.5")));
    EXPECT_FALSE(strangers.known(IpAddress{}));
}

TEST(Peers, OldAndRepeatedMessagesAreNotTaken) {
    Peers peers;
    EXPECT_TRUE(peers.take(from(1, 10), path_0, at(0s)));
    EXPECT_FALSE(peers.take(from(1, 10), path_0, at(1s)));
    EXPECT_FALSE(peers.take(from(1, 9), path_0, at(1s)));
    EXPECT_FALSE(peers.take(from(1, 99, 0), path_0, at(1s)));
    EXPECT_EQ(peers.all()[0].last, at(0s));
    EXPECT_TRUE(peers.take(from(1, 1, 2), path_0, at(1s)));  // the host started again
    EXPECT_TRUE(peers.all()[0].repeated());
}

TEST(Peers, HostWhoseClockWentBackIsHeardAgainAfterAWhile) {
    Peers peers;
    EXPECT_TRUE(peers.take(from(1, 10, 5), path_0, at(0s)));
    EXPECT_FALSE(peers.take(from(1, 1, 4), path_0, at(40s)));
    EXPECT_TRUE(peers.take(from(1, 1, 4), path_0, at(41s)));
}

TEST(Peers, MoreHostsThanThereIsRoomForReplaceOnlyThoseThatAreSilent) {
    Peers peers;
    for (std::uint64_t host = 1; host <= 8; ++host)
        EXPECT_TRUE(peers.take(from(host, 1), path_0, at(0s)));
    EXPECT_FALSE(peers.take(from(9, 1), path_0, at(1s)));
    EXPECT_TRUE(peers.take(from(9, 2), path_0, at(3s)));
    EXPECT_EQ(peers.all().size(), 8u);
}

TEST(Peers, FarewellIsTheEndOfBeingActive) {
    Peers peers;
    Heartbeat heartbeat = from(1, 1);
    heartbeat.state = engine::State::active;
    heartbeat.farewell = true;
    peers.take(heartbeat, path_0, at(0s));
    EXPECT_EQ(peers.all()[0].state, engine::State::backup);
}

TEST(Claimants, OneFrameConfirmsNothing) {
    Claimants claimants;
    claimants.take({.router = router_0, .mac = theirs}, false, 1s, at(0s));
    claimants.take({.router = router_0, .mac = theirs}, false, 1s, at(1s));
    EXPECT_EQ(claimants.confirmed(1s, at(1s)), nullptr);  // repeated, but nobody was asked
    Claimants asked;
    asked.take({.router = router_0, .mac = theirs}, true, 1s, at(0s));
    asked.take({.router = router_0, .mac = theirs}, true, 1s, at(1ms));  // a duplicate is no repetition
    EXPECT_EQ(asked.confirmed(1s, at(1s)), nullptr);
    asked.take({.router = router_0, .mac = theirs}, true, 1s, at(1s));
    ASSERT_NE(asked.confirmed(1s, at(1s)), nullptr);
    EXPECT_EQ(asked.confirmed(1s, at(1s))->mac, theirs);
    EXPECT_EQ(asked.confirmed(1s, at(2251ms)), nullptr);  // it did not answer the next one
}

TEST(Claimants, TwoFramesFarApartAreTwoStories) {
    Claimants claimants;
    claimants.take({.router = router_0, .mac = theirs}, true, 1s, at(0s));
    claimants.take({.router = router_0, .mac = theirs}, true, 1s, at(4s));
    EXPECT_EQ(claimants.confirmed(1s, at(4s)), nullptr);
}

TEST(Claimants, AFloodOfForgedOnesHidesNobody) {
    Claimants claimants;
    claimants.take({.router = router_0, .mac = theirs}, true, 1s, at(0s));
    claimants.take({.router = router_0, .mac = theirs}, true, 1s, at(1s));
    for (std::uint8_t forged = 10; forged < 200; ++forged)
        claimants.take({.router = router_0, .mac = MacAddress{{2, 0, 0, 0, 0, forged}}}, false, 1s,
                       at(1100ms));
    ASSERT_NE(claimants.confirmed(1s, at(1100ms)), nullptr);
    EXPECT_EQ(claimants.confirmed(1s, at(1100ms))->mac, theirs);
}

TEST(Claimants, TheRouterOfTheLowestNumberDecidesOnBothSides) {
    Claimants claimants;
    for (const auto when : {0s, 1s})
        for (const engine::RouterId router : {router_1, router_0})
            claimants.take({.router = router, .mac = theirs}, true, 1s, at(when));
    EXPECT_EQ(claimants.confirmed(1s, at(1s))->router, router_0);
}

TEST(Asks, WithoutAnAnswerNobodyIsThere) {
    Asks asks;
    EXPECT_EQ(asks.standing(500ms, at(0s)), Answered::no);
    asks.answered();  // to what?
    asks.ask(at(0s));
    asks.ask(at(1s));
    EXPECT_EQ(asks.standing(500ms, at(2s)), Answered::no);
}

TEST(Asks, OneAnswerCountsUntilTwoAsksWereSilent) {
    Asks asks;
    asks.ask(at(0s));
    asks.answered();
    EXPECT_EQ(asks.standing(500ms, at(0s)), Answered::once);
    asks.ask(at(1s));
    EXPECT_EQ(asks.standing(500ms, at(1500ms)), Answered::once);
    asks.ask(at(2s));
    EXPECT_EQ(asks.standing(500ms, at(2499ms)), Answered::once);
    EXPECT_EQ(asks.standing(500ms, at(2500ms)), Answered::no);
}

TEST(Asks, RepeatedAnswersCountUntilThreeAsksWereSilent) {
    Asks asks;
    for (const auto when : {0s, 1s}) {
        asks.ask(at(when));
        asks.answered();
    }
    EXPECT_EQ(asks.standing(500ms, at(1s)), Answered::repeatedly);
    for (const auto when : {2s, 3s, 4s}) {
        asks.ask(at(when));
        EXPECT_EQ(asks.standing(500ms, at(when)), Answered::repeatedly);
    }
    EXPECT_EQ(asks.standing(500ms, at(4500ms)), Answered::no);
    asks.ask(at(5s));
    asks.answered();
    EXPECT_EQ(asks.standing(500ms, at(5s)), Answered::once);  // a story of its own
}

TEST(ReferenceWatch, DiscreditedReferencesSayNothingUntilTheyAnswerAgain) {
    engine::ReferenceWatch watch;
    watch.discredit();
    EXPECT_FALSE(watch.believed_bad());
    watch.judge(engine::References::bad, at(1s));
    EXPECT_TRUE(watch.believed_bad());
    EXPECT_EQ(watch.since(), at(1s));
    watch.discredit();
    watch.judge(engine::References::bad, at(2s));
    EXPECT_FALSE(watch.believed_bad());
    EXPECT_TRUE(watch.bad());
    watch.judge(engine::References::good, at(3s));
    watch.judge(engine::References::bad, at(4s));
    EXPECT_TRUE(watch.believed_bad());
}

}  // namespace
}  // namespace holdfast::test
