// When an operator's order is settled, and what whoever asked hears.
#include "vrrp/orders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/node.h"

namespace holdfast::vrrp {
namespace {

using namespace test;
using engine::State;
using os::Outcome;
using os::Wish;
using testing::HasSubstr;
using testing::StartsWith;

constexpr Duration down = 3s + 609'375us;  // of v2(100)

// A node whose orders are carried out as the process does it: after each event they are looked at.
struct Ordered {
    explicit Ordered(Node given) : node{std::move(given)} {}

    Ordered& order(Wish wish, Duration when, const std::string& name = "VI_1") {
        now = when;
        orders.take({.number = ++number, .wish = wish, .name = name}, at(when));
        return *this;
    }
    Ordered& hears(int priority, Duration when, const std::string& source = "10.0.0.2") {
        now = when;
        node.hears({.priority = priority, .source = source}, when);
        for (const auto& rival : node.asked<engine::LowerPriorityHeard>())
            orders.hear_rival(rival.router, at(when));
        orders.look(at(when));
        return *this;
    }
    Ordered& lives_until(Duration when) {
        now = when;
        node.lives_until(when);
        orders.look(at(when));
        return *this;
    }

    Node node;
    std::uint32_t number = 0;
    Duration now{0};
    std::vector<std::pair<std::uint32_t, os::Answer>> answers;
    Orders orders{
        {.engine = node.engine(),
         .step = [this](const engine::Event& event) { node.happens(event, now); },
         .answer = [this](std::uint32_t of, const os::Answer& answer) { answers.emplace_back(of, answer); }}};
};

Ordered active() {
    return Ordered{active_of(v2(100))};
}

Ordered backup_below(int priority) {
    Node node = backup_of(v2(100));
    node.hears({.priority = priority}, 1s);
    return Ordered{std::move(node)};
}

void expect_answer(const Ordered& host, Outcome outcome, const std::string& text) {
    ASSERT_EQ(host.answers.size(), 1u);
    EXPECT_EQ(host.answers[0].first, 1u);
    EXPECT_EQ(host.answers[0].second.outcome, outcome);
    EXPECT_EQ(host.answers[0].second.text, text);
}

TEST(AFailoverAway, IsSettledByTheFirstAdvertOfWhoTookOver) {
    Ordered host = active();
    host.order(Wish::failover, 1s);
    EXPECT_TRUE(host.answers.empty());
    EXPECT_EQ(host.orders.next_due(), at(1s + 2 * down));
    host.hears(50, 1600ms);
    expect_answer(host, Outcome::done,
                  "VI_1: 10.0.0.2 (priority 50) is Active, 0.6 s after this node resigned; "
                  "`holdfast resume VI_1` ends that");
    EXPECT_EQ(host.orders.next_due(), never);
}

TEST(AFailoverAway, ToNobodySaysThatThisNodeIsActiveAgain) {
    Ordered host = active();
    host.order(Wish::hand_over, 1s).lives_until(1s + down);
    expect_answer(host, Outcome::nobody_took_over,
                  "VI_1: nobody took over within 3.6 s: this node is Active again");
}

TEST(AFailoverAway, ThatASecondOrderOvertakesSaysSo) {
    Ordered host = active();
    host.order(Wish::failover, 1s).order(Wish::drain, 2s);
    ASSERT_EQ(host.answers.size(), 2u);
    EXPECT_EQ(host.answers[0].second.text, "VI_1: another order came meanwhile");
    EXPECT_EQ(host.answers[0].second.outcome, Outcome::refused);
    EXPECT_THAT(host.answers[1].second.text, StartsWith("VI_1 is drained, it was not Active"));
}

TEST(AFailoverAway, IntoAFaultSaysSo) {
    Ordered host = active();
    host.order(Wish::failover, 1s);
    host.node.link(link_0, false, 2s);
    host.orders.look(at(2s));
    expect_answer(host, Outcome::nobody_took_over, "VI_1: handed over, and in fault since: link eno1 down");
}

TEST(AFailoverToHere, IsSettledOnceTheFormerActiveIsSilent) {
    Ordered host = backup_below(150);
    host.order(Wish::failover, 1500ms);
    EXPECT_EQ(host.node.state(), State::active);
    EXPECT_TRUE(host.answers.empty());
    EXPECT_EQ(host.orders.next_due(), at(3500ms));
    host.hears(150, 1600ms).lives_until(3500ms);  // it was on its way
    expect_answer(host, Outcome::done,
                  "VI_1: this node is Active, with priority 254, and 10.0.0.2 has given way; "
                  "`holdfast resume VI_1` ends that");
}

TEST(AFailoverToHere, IsTakenBackWhereTheOtherDoesNotGiveWay) {
    Ordered host = backup_below(150);
    host.order(Wish::failover, 1500ms).hears(150, 2s).hears(150, 3s).lives_until(3500ms);
    expect_answer(host, Outcome::refused,
                  "VI_1: 10.0.0.2 goes on advertising and does not give way: the order is taken back");
    EXPECT_EQ(host.node.view().steering, engine::Steering::none);
    host.hears(150, 4s);
    EXPECT_EQ(host.node.state(), State::backup);
}

TEST(AFailoverToHere, ThatIsLostAgainSaysWhy) {
    Ordered host = backup_below(150);
    host.order(Wish::failover, 1500ms).hears(255, 2s);
    expect_answer(host, Outcome::refused,
                  "VI_1: it took over, and is Backup again: higher priority 255 heard from 10.0.0.2 (ours "
                  "254)");
}

TEST(AnOrder, ThatDoesNotFitIsRefusedAtOnce) {
    Ordered host = backup_below(150);
    host.order(Wish::hand_over, 1500ms);
    expect_answer(host, Outcome::refused, "VI_1: it is not Active here; 10.0.0.2 is, with priority 150");
    Ordered stranger = active();
    stranger.order(Wish::failover, 1s, "VI_7");
    expect_answer(stranger, Outcome::refused, "no instance and no sync group is named VI_7");
}

TEST(ADrain, OfABackupSaysWhoIsActive) {
    Ordered host = backup_below(150);
    host.order(Wish::drain, 1500ms);
    expect_answer(host, Outcome::done,
                  "VI_1 is drained, it was not Active; 10.0.0.2 (priority 150) is Active");
    host.order(Wish::drain, 2s).order(Wish::resume, 3s).order(Wish::resume, 4s);
    ASSERT_EQ(host.answers.size(), 4u);
    EXPECT_EQ(host.answers[1].second.text, "VI_1 was drained before");
    EXPECT_EQ(host.answers[2].second.text, "VI_1 takes part again, and listens first");
    EXPECT_EQ(host.answers[3].second.text, "VI_1: no order stood");
}

TEST(ADrain, OfAnActiveWaitsForItsSuccessor) {
    Ordered host = active();
    host.order(Wish::drain, 1s).hears(50, 1700ms);
    expect_answer(host, Outcome::done,
                  "VI_1: drained; 10.0.0.2 (priority 50) is Active, 0.7 s after this node resigned; "
                  "`holdfast resume VI_1` ends that");
}

TEST(ADrain, OfTheOnlyOneSaysThatTheServiceIsStopped) {
    Ordered host = active();
    host.order(Wish::drain, 1s).lives_until(1s + down);
    expect_answer(host, Outcome::nobody_took_over,
                  "VI_1: drained, and nobody has been heard for 3.6 s: the service is stopped here, and "
                  "nobody else runs it; `holdfast resume VI_1` ends that");
}

TEST(AnOrder, ForOneMemberOrItsGroupOrAllIsOneForTheGroup) {
    for (const std::string& name : {std::string{"VI_2"}, std::string{"VG1"}, std::string{}}) {
        Node node{grouped(v2(100))};
        node.starts().hears({.priority = 150}, 1s, router_0).hears({.priority = 150}, 1s, router_1);
        Ordered host{std::move(node)};
        host.order(Wish::drain, 1500ms, name);
        expect_answer(host, Outcome::done,
                      "VG1 is drained, it was not Active; 10.0.0.2 (priority 150) is Active");
    }
}

TEST(AnOrder, IsAnsweredBeforeTheProcessLeaves) {
    Ordered host = active();
    host.order(Wish::failover, 1s);
    host.orders.leave();
    ASSERT_EQ(host.answers.size(), 1u);
    EXPECT_EQ(host.answers[0].second.outcome, Outcome::refused);
    EXPECT_THAT(host.answers[0].second.text, HasSubstr("the process ends before it is settled"));
}

TEST(ASummary, PutsTheWorstFirstAndFits) {
    std::vector<os::Answer> answers(200, {.outcome = Outcome::done, .text = "VI_1: all is well"});
    answers.push_back({.outcome = Outcome::refused, .text = "VI_9: no"});
    answers.push_back({.outcome = Outcome::nobody_took_over, .text = "VI_8: nobody"});
    const os::Answer all = summary(answers);
    EXPECT_EQ(all.outcome, Outcome::refused);
    EXPECT_THAT(all.text, StartsWith("VI_9: no; VI_8: nobody; VI_1: all is well"));
    EXPECT_THAT(all.text, testing::ContainsRegex("; and [0-9]+ more$"));
    EXPECT_LE(all.text.size(), os::Answer::longest_text);
}

}  // namespace
}  // namespace holdfast::vrrp
