// Which objects may be set, to what, and what core is asked for it.
#include "snmp/settable.h"

#include <gtest/gtest.h>

#include <limits>

#include "unit/snmp/served.h"

namespace holdfast::snmp {
namespace {

struct Fixture : ::testing::Test {
    Oid object(std::uint32_t column, std::uint32_t instance = 1) { return {3, 1, column, instance}; }

    Node node = testing::node();
    Facts facts{node, {}, {}, testing::interfaces()};
    std::vector<os::ValueWanted> asked;
    std::optional<os::Answer> answer = os::Answer{.outcome = os::Outcome::done, .text = "done"};
    InstanceValues values{[this]() -> const Facts& { return facts; },
                          [this](std::vector<os::ValueWanted> wanted) {
                              asked = std::move(wanted);
                              return answer;
                          }};
};
using TheSettableValues = Fixture;

TEST_F(TheSettableValues, AreThreeColumnsOfInstancesThatExist) {
    for (const std::uint32_t column : {7U, 13U, 27U})
        EXPECT_EQ(values.judge({object(column, 2), integer(1)}), SetOutcome::done) << column;
    EXPECT_EQ(values.judge({object(2), integer(1)}), SetOutcome::not_writable);
    EXPECT_EQ(values.judge({object(28), integer(1)}), SetOutcome::not_writable);
    EXPECT_EQ(values.judge({{1, 1, 7, 1}, integer(1)}), SetOutcome::not_writable);
    EXPECT_EQ(values.judge({{3, 1, 7}, integer(1)}), SetOutcome::not_writable);
    EXPECT_EQ(values.judge({{3, 1, 7, 1, 1}, integer(1)}), SetOutcome::not_writable);
    EXPECT_EQ(values.judge({{}, integer(1)}), SetOutcome::not_writable);
    EXPECT_EQ(values.judge({object(7, 3), integer(1)}), SetOutcome::no_creation);
    EXPECT_EQ(values.judge({object(7, 0), integer(1)}), SetOutcome::no_creation);
    EXPECT_TRUE(asked.empty());
}

TEST_F(TheSettableValues, HaveATypeAndARange) {
    EXPECT_EQ(values.judge({object(7), text("150")}), SetOutcome::wrong_type);
    EXPECT_EQ(values.judge({object(7), unsigned32(150)}), SetOutcome::wrong_type);
    for (const std::int64_t number :
         {std::int64_t{0}, std::int64_t{256}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::min()})
        EXPECT_EQ(values.judge({object(7), integer(number)}), SetOutcome::wrong_value) << number;
    EXPECT_EQ(values.judge({object(7), integer(255)}), SetOutcome::done);
    EXPECT_EQ(values.judge({object(13), integer(0)}), SetOutcome::wrong_value);
    EXPECT_EQ(values.judge({object(27), integer(3)}), SetOutcome::wrong_value);
}

TEST_F(TheSettableValues, AreCoreSToJudgeAndToSetAllTogether) {
    EXPECT_EQ(values.examine({{object(7, 2), integer(150)}}), SetOutcome::done);
    ASSERT_EQ(asked.size(), 1U);
    EXPECT_EQ(asked[0].instance, "VI_2");
    EXPECT_EQ(asked[0].what, os::InstanceValue::priority);
    EXPECT_EQ(asked[0].value, 150);
    EXPECT_TRUE(asked[0].only_asked);
    EXPECT_EQ(values.apply({{object(13, 2), integer(2)}, {object(7, 1), integer(9)}}), SetOutcome::done);
    ASSERT_EQ(asked.size(), 2U);
    EXPECT_EQ(asked[0].what, os::InstanceValue::preempt);
    EXPECT_EQ(asked[0].value, 0);
    EXPECT_FALSE(asked[0].only_asked);
    EXPECT_EQ(asked[1].instance, "VI_1");
    EXPECT_EQ(asked[1].value, 9);
}

TEST_F(TheSettableValues, AreNotAskedForWithoutNeed) {
    EXPECT_EQ(values.apply({{object(7), integer(9)}, {object(7), integer(0)}}), SetOutcome::wrong_value);
    const std::vector<Setting> too_many(os::ValueWanted::most + 1, Setting{object(7), integer(9)});
    EXPECT_EQ(values.examine(too_many), SetOutcome::unavailable);
    EXPECT_TRUE(asked.empty());
}

TEST_F(TheSettableValues, ThatCoreRefusesAreInconsistentAndWithoutAnAnswerUnavailable) {
    answer = os::Answer{.outcome = os::Outcome::refused, .text = "no"};
    EXPECT_EQ(values.examine({{object(7), integer(150)}}), SetOutcome::inconsistent_value);
    answer = os::Answer{.outcome = os::Outcome::busy, .text = "later"};
    EXPECT_EQ(values.examine({{object(7), integer(150)}}), SetOutcome::unavailable);
    answer.reset();
    EXPECT_EQ(values.apply({{object(7), integer(150)}}), SetOutcome::unavailable);
}

}  // namespace
}  // namespace holdfast::snmp
