// Rounds of questions and what their answers mean. Time moves when the test says so.
#include "vrrp/reachability.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "unit/plan/planned.h"

namespace holdfast::vrrp {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;
using engine::Health;

constexpr Instant at(Duration since_the_story_began) {
    return Instant{1000s + since_the_story_began};
}

std::string instance(const std::string& lines, int vrid = 51) {
    return "vrrp_instance VI_" + std::to_string(vrid) + " {\ninterface eth0\nvirtual_router_id " +
           std::to_string(vrid) + "\nvirtual_ipaddress {\n10.0.0.200/24\n}\n" + lines + "\n}\n";
}

std::string tracking(const std::string& lines) {
    return instance("track_reachability {\n" + lines + "\n}");
}

// A network in which some hosts answer at once.
struct Scene {
    explicit Scene(const std::string& text) : plan{plan::testing::plan_of(text)} {}

    void begin() { reachability.begin(at(0s)); }
    // Lets what is due happen, up to and with that time; what changed, as "192 s good 2".
    std::vector<std::string> until(Duration end) {
        std::vector<std::string> said;
        while (reachability.next_due() <= at(end)) {
            ++wake_ups;
            const Instant now = std::max(reachability.next_due(), busy_until);
            std::vector<std::size_t> asked;
            std::vector<Reachability::Verdict> verdicts;
            reachability.turn(now, asked, verdicts);
            asks += asked.size();
            for (const std::size_t number : asked)
                if (answering.contains(reachability.references()[number].address.text()))
                    reachability.heard(reachability.references()[number].link,
                                       reachability.references()[number].address);
            for (const auto& verdict : verdicts) {
                std::ostringstream line;
                line << std::chrono::duration<double>(now - at(0s)).count() << " "
                     << (verdict.judged.health == Health::good ? "good" : "bad") << " "
                     << verdict.judged.value;
                said.push_back(line.str());
                silent = verdict.silent;
            }
        }
        return said;
    }

    plan::Plan plan;
    Reachability reachability{plan.trackers};
    std::set<std::string> answering;
    std::vector<std::size_t> silent;
    std::size_t wake_ups = 0;
    std::size_t asks = 0;
    Instant busy_until{};
};

TEST(AReference, ThatAnswersIsGoodSoonAfterTheFirstQuestion) {
    Scene scene{tracking("10.0.0.1")};
    scene.answering = {"10.0.0.1"};
    EXPECT_EQ(scene.reachability.next_due(), never);
    scene.begin();
    EXPECT_THAT(scene.until(1s), ElementsAre("0.05 good 1"));
}

TEST(AReference, ThatIsSilentIsBadAtTheEndOfTheFirstRound) {
    Scene scene{tracking("10.0.0.1")};
    scene.begin();
    EXPECT_THAT(scene.until(900ms), IsEmpty());
    EXPECT_THAT(scene.until(1s), ElementsAre("1 bad 0"));
    EXPECT_THAT(scene.silent, ElementsAre(0u));
}

TEST(AReference, MayMissARoundOrTwo) {
    Scene scene{tracking("10.0.0.1")};
    scene.answering = {"10.0.0.1"};
    scene.begin();
    scene.until(4500ms);
    scene.answering.clear();  // asked at 5, 6 and 7: silent at 6, 7 and 8
    EXPECT_THAT(scene.until(7500ms), IsEmpty());
    scene.answering = {"10.0.0.1"};  // at 8, for the round that begins then
    EXPECT_THAT(scene.until(8s), ElementsAre("8 bad 0"));
    EXPECT_THAT(scene.until(9s), ElementsAre("9 good 1"));
    scene.answering.clear();
    scene.until(10500ms);
    scene.answering = {"10.0.0.1"};
    EXPECT_THAT(scene.until(20s), IsEmpty());
}

TEST(AReference, RisesAndFallsAsItIsWritten) {
    Scene scene{tracking("10.0.0.1\ninterval 0.5\nrise 3\nfall 1")};
    scene.begin();
    EXPECT_THAT(scene.until(500ms), ElementsAre("0.5 bad 0"));
    scene.answering = {"10.0.0.1"};
    EXPECT_THAT(scene.until(5s), ElementsAre("2.5 good 1"));  // asked at 1, 1.5, 2
    scene.answering.clear();
    EXPECT_THAT(scene.until(6s), ElementsAre("6 bad 0"));
}

TEST(AQuorum, IsCounted) {
    Scene scene{tracking("10.0.0.1\n10.0.0.2\nfe80::1 dev eth1\nquorum 2\nfall 1")};
    scene.answering = {"10.0.0.1", "fe80::1"};
    scene.begin();
    EXPECT_THAT(scene.until(3500ms), ElementsAre("0.05 good 2"));
    scene.answering = {"10.0.0.1"};
    EXPECT_THAT(scene.until(5s), ElementsAre("5 bad 1"));
    EXPECT_THAT(scene.silent, ElementsAre(1u, 2u));
    scene.answering = {"10.0.0.1", "10.0.0.2", "fe80::1"};
    EXPECT_THAT(scene.until(8s), ElementsAre("7 good 3"));
}

TEST(AnAnswer, OnAnotherInterfaceOrFromAnotherAddressIsNone) {
    Scene scene{tracking("10.0.0.1")};
    scene.begin();
    scene.until(500ms);
    scene.reachability.heard("eth1", *IpAddress::parse("10.0.0.1"));
    scene.reachability.heard("eth0", *IpAddress::parse("10.0.0.7"));
    EXPECT_THAT(scene.until(1s), ElementsAre("1 bad 0"));
}

TEST(AVerdict, OfTheProcessBeforeHoldsUntilRoundsContradictIt) {
    Scene scene{tracking("10.0.0.1\nfall 2")};
    scene.reachability.assume({.tracker = engine::TrackerId{0}, .health = Health::good});
    scene.begin();
    EXPECT_THAT(scene.until(1500ms), IsEmpty());
    EXPECT_THAT(scene.until(2s), ElementsAre("2 bad 0"));
}

TEST(AnArpCheck, IsARoundLikeAnyOtherAndHasItsTimeOut) {
    Scene scene{
        "vrrp_check gw {\ncheck arp 10.0.0.1 dev eth0\ninterval 2\ntimeout 0.5\nfall 2\ninit_fail\n}\n" +
        instance("track_check {\ngw\n}")};
    scene.answering = {"10.0.0.1"};
    scene.begin();
    EXPECT_THAT(scene.until(3s), ElementsAre("0.5 good 1"));
    scene.answering.clear();
    scene.until(4500ms);
    scene.reachability.heard("eth0", *IpAddress::parse("10.0.0.1"));  // too late
    EXPECT_THAT(scene.until(7s), ElementsAre("6.5 bad 0"));
}

TEST(AHundredReferences, CostOneWakeUpARound) {
    std::string hosts;
    for (int host = 1; host <= 100; ++host)
        hosts += "10.0.0." + std::to_string(host) + "\n";
    Scene one{tracking("10.0.0.1")};
    Scene hundred{tracking(hosts)};
    for (Scene* scene : {&one, &hundred}) {
        scene->answering = {"10.0.0.1"};
        scene->begin();
        scene->until(60s);
    }
    EXPECT_EQ(one.wake_ups, 62u);  // 61 rounds, and the first look
    EXPECT_EQ(hundred.wake_ups, one.wake_ups);
    EXPECT_EQ(hundred.asks, 6100u);
}

TEST(TrackersOfDifferentIntervals, FallTogetherAndAskTheSameHostOnce) {
    Scene scene{tracking("10.0.0.1") +
                instance("track_reachability {\n10.0.0.1\n10.0.0.2\ninterval 3\n}", 52)};
    scene.answering = {"10.0.0.1", "10.0.0.2"};
    scene.begin();
    scene.until(500ms);
    const std::size_t before = scene.wake_ups;
    EXPECT_EQ(scene.asks, 2u);
    scene.until(6s);
    EXPECT_EQ(scene.wake_ups - before, 6u);
    EXPECT_EQ(scene.asks, 2u + 6 + 2);
}

TEST(ARound, ThatBeginsLateLeavesTimeToAnswer) {
    Scene scene{tracking("10.0.0.1\nfall 1")};
    scene.answering = {"10.0.0.1"};
    scene.begin();
    scene.until(4500ms);
    scene.busy_until = at(5900ms);
    EXPECT_THAT(scene.until(6500ms), IsEmpty());
    EXPECT_EQ(scene.reachability.next_due(), at(6900ms));
}

TEST(WithoutReferences, NothingIsEverDue) {
    Scene scene{instance("")};
    scene.begin();
    EXPECT_TRUE(scene.reachability.empty());
    EXPECT_EQ(scene.reachability.next_due(), never);
}

}  // namespace
}  // namespace holdfast::vrrp
