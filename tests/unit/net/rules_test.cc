#include "net/rules.h"

#include "unit/net/kernel_news.h"

namespace holdfast::net {
namespace {

using testing::messages_of;
using testing::prefix;

TEST(RuleRequest, SaysWhatWasAskedFor) {
    const Rule rule{.priority = 16384,
                    .table = 500,
                    .inverted = true,
                    .from = prefix("192.0.2.0/24"),
                    .to = prefix("198.51.100.1/32"),
                    .mark = 5,
                    .mark_mask = 0xff,
                    .iif = "eth0"};
    RequestBatch batch;
    ASSERT_TRUE(append(batch, RuleRequest{.rule = rule}));
    const auto news = rule_in(messages_of(batch).at(0));
    ASSERT_TRUE(news);
    EXPECT_EQ(news->happened, Operation::add);
    EXPECT_TRUE(same_rule(rule, news->rule));
    EXPECT_EQ(news->rule.table, 500u) << "more than a byte";
    EXPECT_EQ(news->rule.protocol, own_protocol);
    EXPECT_TRUE(news->rule.inverted);
}

TEST(RuleRequest, ForEverybodyIsTheSameAsWithoutAPrefix) {
    const Rule all{.priority = 1, .table = 254, .from = prefix("0.0.0.0/0")};
    const Rule none{.priority = 1, .table = 254};
    EXPECT_TRUE(same_rule(all, none));
}

TEST(RuleRequest, PutsTheTunnelIdInNetworkOrder) {
    RequestBatch batch;
    ASSERT_TRUE(append(batch, RuleRequest{.rule = {.table = 254, .tunnel_id = 0x0102030405060708}}));
    auto attributes = Attributes::after(messages_of(batch).at(0).payload, sizeof(fib_rule_hdr));
    while (const auto attribute = attributes.next())
        if (attribute->type == FRA_TUN_ID) {
            const std::vector<std::uint8_t> found(attribute->value.begin(), attribute->value.end());
            EXPECT_EQ(found, (std::vector<std::uint8_t>{1, 2, 3, 4, 5, 6, 7, 8}));
            return;
        }
    FAIL() << "no tunnel id";
}

TEST(RuleNews, OfAnImpossiblePrefixAreNone) {
    RequestBatch batch;
    fib_rule_hdr fixed{};
    fixed.family = AF_INET;
    fixed.src_len = 33;
    batch.begin(RTM_NEWRULE, 0, fixed);
    ASSERT_TRUE(batch.end());
    EXPECT_FALSE(rule_in(messages_of(batch).at(0)));
}

TEST(RuleText, ReadsLikeIpRule) {
    EXPECT_EQ(text(Rule{.priority = 100, .table = 254, .from = prefix("192.0.2.0/24"), .iif = "eth0"}),
              "100: from 192.0.2.0/24 iif eth0 lookup 254");
    EXPECT_EQ(
        text(Rule{.priority = 7, .action = FR_ACT_PROHIBIT, .inverted = true, .to = prefix("10.0.0.0/8")}),
        "7: not from all to 10.0.0.0/8 prohibit");
}

}  // namespace
}  // namespace holdfast::net
