#include "os/channel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holdfast::os {
namespace {

using testing::ElementsAre;
using namespace std::chrono_literals;

Message through(const Message& message) {
    return decode(encode(message)).value();
}

TEST(Messages, ComeBackAsTheyWere) {
    EXPECT_EQ(std::get<Order>(through(Order::hand_over)), Order::hand_over);
    EXPECT_EQ(std::get<Progress>(through(Progress::running)), Progress::running);
    const Notice sent{.of_group = true,
                      .name = "VG1",
                      .happening = Happening::fault,
                      .is_master = true,
                      .priority = 100,
                      .at_reload = true,
                      .former = Former::master,
                      .cause_kind = "link-down",
                      .cause = "interface eth0 is down",
                      .time = WallTime{1'795'247'499'123ms}};
    const auto got = std::get<Notice>(through(sent));
    EXPECT_EQ(got.name, "VG1");
    EXPECT_EQ(got.happening, Happening::fault);
    EXPECT_EQ(got.priority, 100);
    EXPECT_TRUE(got.of_group && got.is_master && got.at_reload);
    EXPECT_EQ(got.former, Former::master);
    EXPECT_EQ(got.cause_kind, "link-down");
    EXPECT_EQ(got.cause, "interface eth0 is down");
    EXPECT_EQ(got.time, sent.time);
    const auto judged = std::get<Judgement>(through(Judgement{.tracker = 70000, .good = true, .value = -3}));
    EXPECT_EQ(judged.tracker, 70000U);
    EXPECT_TRUE(judged.good);
    EXPECT_EQ(judged.value, -3);
}

TEST(Messages, OfGuardsComeBackAsTheyWere) {
    EXPECT_EQ(std::get<FenceOrder>(through(FenceOrder{.guard = 70000})).guard, 70000U);
    const auto report = std::get<FenceReport>(through(FenceReport{.guard = 7, .confirmed = true}));
    EXPECT_EQ(report.guard, 7U);
    EXPECT_TRUE(report.confirmed);
    const IncidentNews sent{.guard = 9,
                            .chapter = Chapter::worse,
                            .unit = "group VG",
                            .id = "5b3f-19a2c4e1-3",
                            .kind = "both active",
                            .text = "stays MASTER",
                            .choices = {"withdraw", "close"},
                            .time = WallTime{1'795'247'499'123ms}};
    const auto got = std::get<IncidentNews>(through(sent));
    EXPECT_EQ(got.guard, 9U);
    EXPECT_EQ(got.chapter, Chapter::worse);
    EXPECT_EQ(got.unit, sent.unit);
    EXPECT_EQ(got.id, sent.id);
    EXPECT_EQ(got.kind, sent.kind);
    EXPECT_EQ(got.text, sent.text);
    EXPECT_THAT(got.choices, ElementsAre("withdraw", "close"));
    EXPECT_EQ(got.time, sent.time);
    const auto choice =
        std::get<IncidentChoice>(through(IncidentChoice{.guard = 9, .id = sent.id, .choice = "take over"}));
    EXPECT_EQ(choice.guard, 9U);
    EXPECT_EQ(choice.id, sent.id);
    EXPECT_EQ(choice.choice, "take over");
}

TEST(Messages, OfAnnouncementsArriveAsTheyWere) {
    EXPECT_EQ(std::get<AnnounceOrder>(through(AnnounceOrder{.instance = "VI_1"})).instance, "VI_1");
}

TEST(Messages, OfPetitionsArriveAsTheyWere) {
    const auto petition =
        std::get<Petition>(through(Petition{.number = 3, .request = {.wish = Wish::dump_stats}}));
    EXPECT_EQ(petition.number, 3U);
    EXPECT_EQ(petition.request.wish, Wish::dump_stats);
}

TEST(Messages, OfValuesWantedArriveAsTheyWere) {
    const auto wanted = std::get<ValueWanted>(through(ValueWanted{.number = 4,
                                                                  .position = 2,
                                                                  .count = 3,
                                                                  .instance = "VI_1",
                                                                  .what = InstanceValue::priority,
                                                                  .value = 255,
                                                                  .only_asked = true}));
    EXPECT_EQ(wanted.number, 4U);
    EXPECT_EQ(wanted.position, 2U);
    EXPECT_EQ(wanted.count, 3U);
    EXPECT_EQ(wanted.instance, "VI_1");
    EXPECT_EQ(wanted.what, InstanceValue::priority);
    EXPECT_EQ(wanted.value, 255);
    EXPECT_TRUE(wanted.only_asked);
}

TEST(Messages, OfValuesBeyondTheirRangeAreRefused) {
    EXPECT_FALSE(decode(encode(ValueWanted{.what = InstanceValue::priority, .value = 0})));
    EXPECT_FALSE(decode(encode(ValueWanted{.what = InstanceValue::preempt, .value = 2})));
    EXPECT_TRUE(decode(encode(ValueWanted{.what = InstanceValue::accept, .value = 1})));
    EXPECT_FALSE(decode(encode(ValueWanted{.position = 1, .count = 1, .value = 1})));
    EXPECT_FALSE(decode(encode(ValueWanted{.position = 0, .count = ValueWanted::most + 1, .value = 1})));
}

TEST(Messages, OfRepliesToAlertsArriveAsTheyWere) {
    const auto reply = std::get<IncidentReply>(through(IncidentReply{.number = 7, .code = "ABCDE12345"}));
    EXPECT_EQ(reply.number, 7U);
    EXPECT_EQ(reply.code, "ABCDE12345");
    const auto outcome = std::get<ReplyOutcome>(
        through(ReplyOutcome{.number = 7, .answer = {.outcome = Outcome::code_used, .text = "used"}}));
    EXPECT_EQ(outcome.number, 7U);
    EXPECT_EQ(outcome.answer.outcome, Outcome::code_used);
    EXPECT_EQ(outcome.answer.text, "used");
    const auto chosen = std::get<ChoiceOutcome>(
        through(ChoiceOutcome{.id = "5b-1-1", .choice = "take over", .done = true, .text = "it takes over"}));
    EXPECT_EQ(chosen.id, "5b-1-1");
    EXPECT_EQ(chosen.choice, "take over");
    EXPECT_TRUE(chosen.done);
    EXPECT_EQ(chosen.text, "it takes over");
}

TEST(Messages, OfWantedAcceptRulesArriveAsTheyWere) {
    const AcceptRule rule{.table_family = 1,
                          .table = std::string(AcceptRule::longest_name, 't'),
                          .chain = std::string(AcceptRule::longest_name, 'c'),
                          .outgoing = true,
                          .link = "eth0.1234567890",
                          .source = IpAddress::parse("2001:db8::1"),
                          .destination = *IpAddress::parse("ff02::12"),
                          .protocol = AcceptRule::udp,
                          .port = 1112};
    const auto wanted =
        std::get<AcceptWanted>(through(AcceptWanted{.position = 7, .count = 8, .rule = rule}));
    EXPECT_EQ(wanted.position, 7);
    EXPECT_EQ(wanted.count, 8);
    EXPECT_EQ(wanted.rule, rule);
    const auto none = std::get<AcceptWanted>(through(AcceptWanted{}));
    EXPECT_EQ(none.count, 0);
    EXPECT_FALSE(none.rule);
    EXPECT_FALSE(decode(encode(AcceptWanted{.position = 8, .count = 8, .rule = rule})));
    EXPECT_FALSE(decode(encode(AcceptWanted{.position = 0, .count = AcceptWanted::most + 1, .rule = rule})));
}

TEST(Messages, OfOrdersArriveAsTheyWere) {
    for (const Wish wish : {Wish::failover, Wish::hand_over, Wish::drain, Wish::resume}) {
        const auto order =
            std::get<SteeringOrder>(through(SteeringOrder{.number = 8, .wish = wish, .name = "VG_1"}));
        EXPECT_EQ(order.number, 8U);
        EXPECT_EQ(order.wish, wish);
        EXPECT_EQ(order.name, "VG_1");
    }
    EXPECT_EQ(std::get<LogDetail>(through(LogDetail{.least = Level::warning})).least, Level::warning);
    const auto stray = encode(SteeringOrder{.wish = Wish::reload});
    EXPECT_FALSE(decode(stray)) << "the vrrp process does not do that";
    EXPECT_FALSE(decode(std::vector<std::uint8_t>{4, 14, 2})) << "no level";
}

TEST(Messages, OfTheLongestIncidentFit) {
    const std::string endless(2000, 'x');
    const auto got = std::get<IncidentNews>(through(IncidentNews{
        .unit = endless, .id = endless, .kind = endless, .text = endless, .choices = {9, endless}}));
    EXPECT_EQ(got.unit.size(), Notice::longest_name);
    EXPECT_EQ(got.text.size(), IncidentNews::longest_text);
    EXPECT_LT(got.choices.size(), 9U);
}

TEST(Messages, ThatNobodySendsAreRefused) {
    EXPECT_FALSE(decode({}));
    EXPECT_FALSE(decode(std::vector<std::uint8_t>{1, 1, 0})) << "another version";
    EXPECT_FALSE(decode(std::vector<std::uint8_t>{4, 99, 0})) << "unknown kind";
    EXPECT_FALSE(decode(std::vector<std::uint8_t>{4, 1, 200})) << "unknown order";
    EXPECT_FALSE(decode(std::vector<std::uint8_t>{4, 1, 0, 0})) << "too long";
    EXPECT_FALSE(decode(std::vector<std::uint8_t>{4, 4, 0, 0, 1})) << "no verdict";
    EXPECT_FALSE(decode(std::vector<std::uint8_t>{4, 4, 0, 0, 0, 1, 2, 0, 0, 0, 0})) << "unknown verdict";
}

TEST(Messages, OfDamagedNoticesAreRefused) {
    const auto whole = encode(Notice{.name = "VI_1", .cause_kind = "started", .cause = "first step"});
    ASSERT_TRUE(decode(whole));
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(decode(ByteView{whole}.first(size))) << size;
    const auto with = [&](std::size_t at, std::uint8_t value) {
        auto changed = whole;
        changed[at] = value;
        return decode(changed).has_value();
    };
    EXPECT_FALSE(with(2, 8)) << "unknown flags";
    EXPECT_FALSE(with(3, 99)) << "unknown happening";
    EXPECT_FALSE(with(5, 99)) << "unknown former state";
    EXPECT_FALSE(with(14, 1)) << "a name longer than names may be";
}

TEST(Messages, WhatIsTooLongIsCutBetweenCharacters) {
    std::string name(254, 'n');
    name += "\u00e9";  // two bytes: 256 in all
    const auto got = std::get<Notice>(
        through(Notice{.name = name, .cause_kind = std::string(100, 'k'), .cause = std::string(5000, 'c')}));
    EXPECT_EQ(got.name, std::string(254, 'n'));
    EXPECT_EQ(got.cause_kind.size(), Notice::longest_cause_kind);
    EXPECT_EQ(got.cause.size(), Notice::longest_cause);
    EXPECT_LE(encode(got).size(), max_message_size);
}

class TwoEnds : public testing::Test {
protected:
    void SetUp() override {
        auto ends = Channel::pair();
        ASSERT_TRUE(ends);
        far_ = std::move(ends->second);
        auto made = Channel::create(
            *loop_, std::move(ends->first),
            {.received = [this](const Message& message) { got_.push_back(std::get<Order>(message)); },
             .closed = [this] { ++closed_; }});
        ASSERT_TRUE(made);
        near_ = std::move(*made);
    }

    std::unique_ptr<EventLoop> loop_ = std::move(*EventLoop::create());
    UniqueFd far_;
    std::unique_ptr<Channel> near_;
    std::vector<Order> got_;
    int closed_ = 0;
};

TEST_F(TwoEnds, WhatCannotBeDecodedIsCountedAndTheRestArrives) {
    const auto good = encode(Order::go);
    ASSERT_EQ(write(far_.get(), "garbage", 7), 7);
    ASSERT_EQ(write(far_.get(), good.data(), good.size()), static_cast<ssize_t>(good.size()));
    ASSERT_TRUE(loop_->turn(1s));
    EXPECT_THAT(got_, ElementsAre(Order::go));
    EXPECT_EQ(near_->refused(), 1u);
}

TEST_F(TwoEnds, AnEndThatNobodyReadsNeverBlocksAndLosesNothingBelowTheBound) {
    constexpr int many = 5000;
    for (int i = 0; i < many; ++i)
        near_->send(Order::go);
    EXPECT_GT(near_->waiting(), 0u) << "the socket took them all: the test shows nothing";
    EXPECT_EQ(near_->lost(), 0u);
    int received = 0;
    for (char room[64]; received < many;) {
        while (read(far_.get(), room, sizeof room) > 0)
            ++received;
        ASSERT_TRUE(loop_->turn(1s));
    }
    EXPECT_EQ(near_->waiting(), 0u);
}

TEST_F(TwoEnds, TheOtherEndsDeathIsToldOnce) {
    far_.reset();
    ASSERT_TRUE(loop_->turn(1s));
    near_->send(Order::go);
    EXPECT_EQ(closed_, 1);
}

}  // namespace
}  // namespace holdfast::os
