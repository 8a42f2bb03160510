// One setting of one instance changes, and nothing else does.
#include "config/amend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "config/dump.h"
#include "config/parse.h"
#include "unit/config/invented_host.h"

namespace holdfast::config::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* two_instances = R"(
vrrp_instance one {
    interface eth0
    virtual_router_id 1
    priority 100
    track_interface {
        eth1 weight 5
    }
    virtual_ipaddress {
        192.0.2.10
    }
}
vrrp_instance two {
    interface eth0
    virtual_router_id 2
    priority 100
    nopreempt
    virtual_ipaddress {
        192.0.2.11
    }
}
)";

Amendment priority_of(const std::string& instance, int priority) {
    return {.instance = instance,
            .words = "priority " + std::to_string(priority),
            .replaced = {"priority"},
            .origin = "SNMP"};
}

Parsed read_again(const std::string& consolidated) {
    return parse_consolidated(consolidated, InventedHost{}, {});
}

TEST(AnAmendment, ChangesOneSettingOfOneInstance) {
    const Parsed before = parse_text(two_instances);
    const auto text = amended(before.consolidated, {priority_of("one", 150)});
    ASSERT_TRUE(text) << text.error().text();
    const Parsed after = read_again(*text);
    EXPECT_EQ(after.config.instances[0].priority.value_or(0), 150);
    EXPECT_EQ(after.config.instances[1].priority.value_or(0), 100);
    Config expected = before.config;
    expected.instances[0].priority = after.config.instances[0].priority;
    EXPECT_EQ(dump(after.config), dump(expected));
    EXPECT_THAT(after.diagnostics.all(), IsEmpty());
}

TEST(AnAmendment, TakesThePlaceOfTheOneBefore) {
    const Parsed before = parse_text(two_instances);
    auto once = amended(before.consolidated, {priority_of("one", 150)});
    const auto twice = amended(*once, {priority_of("one", 160)});
    const auto back = amended(*once, {priority_of("one", 150)});
    EXPECT_EQ(read_again(*twice).config.instances[0].priority.value_or(0), 160);
    EXPECT_EQ(*back, *once);
    EXPECT_EQ(twice->size(), once->size());
}

TEST(AnAmendment, TakesTheOppositeKeywordAway) {
    const Parsed before = parse_text(two_instances);
    const auto text = amended(
        before.consolidated,
        {{.instance = "two", .words = "preempt", .replaced = {"preempt", "nopreempt"}, .origin = "SNMP"}});
    ASSERT_TRUE(text);
    EXPECT_THAT(*text, Not(HasSubstr("nopreempt")));
    EXPECT_FALSE(read_again(*text).config.instances[1].nopreempt.value_or(true));
}

TEST(AnAmendment, IsNamedByItsOriginInFindings) {
    const Parsed before = parse_text(two_instances);
    const auto text = amended(before.consolidated, {priority_of("two", 999)});
    const Parsed after = read_again(*text);
    ASSERT_EQ(after.diagnostics.all().size(), 1U);
    EXPECT_THAT(after.diagnostics.render(after.diagnostics.all()[0]), HasSubstr("SNMP:1"));
}

TEST(AnAmendment, LeavesTheWordsInBlocksOfTheInstance) {
    const Parsed before = parse_text(two_instances);
    const auto text = amended(before.consolidated, {{.instance = "one",
                                                     .words = "priority 7",
                                                     .replaced = {"priority", "eth1", "192.0.2.10"},
                                                     .origin = "SNMP"}});
    const Parsed after = read_again(*text);
    EXPECT_EQ(after.config.instances[0].track_interfaces.size(), 1U);
    EXPECT_EQ(after.config.instances[0].virtual_addresses.size(), 1U);
}

TEST(AnAmendment, MayBeOneOfSeveralWhichAreMadeTogetherOrNotAtAll) {
    const Parsed before = parse_text(two_instances);
    const Amendment preempt{
        .instance = "two", .words = "preempt", .replaced = {"preempt", "nopreempt"}, .origin = "SNMP"};
    const auto text = amended(before.consolidated, {priority_of("one", 7), priority_of("two", 8), preempt});
    ASSERT_TRUE(text);
    const Parsed after = read_again(*text);
    EXPECT_EQ(after.config.instances[0].priority.value_or(0), 7);
    EXPECT_EQ(after.config.instances[1].priority.value_or(0), 8);
    EXPECT_FALSE(after.config.instances[1].nopreempt.value_or(true));
    EXPECT_FALSE(amended(before.consolidated, {priority_of("one", 7), priority_of("three", 8)}));
}

TEST(AnAmendment, OfAnUnknownInstanceFails) {
    const Parsed before = parse_text(two_instances);
    const auto text = amended(before.consolidated, {priority_of("three", 150)});
    ASSERT_FALSE(text);
    EXPECT_THAT(text.error().text(), HasSubstr("three"));
}

TEST(AnAmendment, OfABrokenTextFails) {
    EXPECT_FALSE(amended("W nonsense\n", {priority_of("one", 150)}));
}

}  // namespace
}  // namespace holdfast::config::testing
