// One packet through rules that are written here as values; what real rules look like is in the kernel test.
#include "net/firewall_judge.h"

#include <gtest/gtest.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <string>
#include <utility>
#include <vector>

namespace holdfast::net::firewall::testing {
namespace {

using Kind = Answer::Kind;
using Expressions = std::vector<Expression>;

constexpr Register data{.number = NFT_REG_1};
const ChainKey input{NFPROTO_INET, "t", "in"};

Expression verdict(Verdict::Kind kind, std::string chain = {}) {
    return GiveVerdict{{.kind = kind, .chain = std::move(chain)}};
}
const Expression accept = verdict(Verdict::Kind::accept);
const Expression drop = verdict(Verdict::Kind::drop);
const Expression give_back = verdict(Verdict::Kind::return_);
// An expression of which nobody here knows whether it matches.
const Expression perhaps = NotUnderstood{.name = "limit"};

Expressions protocol(std::uint8_t number, const Expression& then) {
    return {LoadMeta{NFT_META_L4PROTO, data}, Compare{NFT_CMP_EQ, data, {number}}, then};
}

Rule rule(Expressions expressions) {
    return {.handle = 0, .comment = {}, .expressions = std::move(expressions)};
}

class Rules {
public:
    explicit Rules(bool accepts = true) {
        chain(input).base = Base{.hook = Hook::input, .priority = 0, .accepts = accepts, .devices = {}};
    }
    Rules& add(Expressions expressions, const std::string& name = "in") {
        auto& rules = *chain({NFPROTO_INET, "t", name}).rules;
        rules.push_back(rule(std::move(expressions)));
        rules.back().handle = rules.size();
        return *this;
    }
    Chain& chain(const ChainKey& key) {
        Chain& known = ruleset.chains[key];
        if (!known.rules) known.rules.emplace();
        return known;
    }
    Set& set(const std::string& name) { return ruleset.sets[{NFPROTO_INET, "t", name}]; }

    Ruleset ruleset;
};

Probe arriving() {
    return {.outgoing = false,
            .family = Family::ipv4,
            .link = "eth0",
            .ifindex = 3,
            .source = Prefix::parse("192.0.2.1/24"),
            .destination = vrrp_multicast_group(Family::ipv4)};
}

Answer answer(const Rules& rules, const Probe& probe = arriving()) {
    const auto judged = judge(rules.ruleset, probe);
    EXPECT_TRUE(std::holds_alternative<Answer>(judged));
    return std::get<Answer>(judged);
}

Kind kind(const Rules& rules, const Probe& probe = arriving()) {
    return answer(rules, probe).kind;
}

TEST(Judge, ThePolicyCountsWhenNoRuleDoes) {
    EXPECT_EQ(kind(Rules{true}), Kind::passes);
    const Answer dropped = answer(Rules{false});
    EXPECT_EQ(dropped.kind, Kind::dropped);
    EXPECT_EQ(dropped.place, (Place{input, 0}));
    EXPECT_EQ(dropped.reason, "its policy is drop");
}

TEST(Judge, TheFirstVerdictOfABaseChainCounts) {
    EXPECT_EQ(kind(Rules{}.add(protocol(112, accept)).add({drop})), Kind::passes);
    const Answer dropped = answer(Rules{}.add(protocol(6, accept)).add(protocol(112, drop)).add({accept}));
    EXPECT_EQ(dropped.kind, Kind::dropped);
    EXPECT_EQ(dropped.place.handle, 2U);
}

TEST(Judge, WhatIsNotKnownLeavesBothWaysOpen) {
    EXPECT_EQ(kind(Rules{}.add({perhaps, drop})), Kind::may_be_dropped);
    EXPECT_EQ(kind(Rules{false}.add({perhaps, accept})), Kind::may_be_dropped);
    // Whether it matches or not, the end is the same.
    EXPECT_EQ(kind(Rules{}.add({perhaps, accept})), Kind::passes);
    EXPECT_EQ(kind(Rules{false}.add({perhaps, drop})), Kind::dropped);
    EXPECT_EQ(kind(Rules{}.add({perhaps, drop}).add({drop})), Kind::dropped);
    EXPECT_EQ(kind(Rules{false}.add({perhaps, accept}).add({accept})), Kind::passes);
    EXPECT_NE(answer(Rules{}.add({perhaps, drop})).reason.find("limit"), std::string::npos);
}

TEST(Judge, AnExpressionThatIsNotUnderstoodMayEndTheRules) {
    EXPECT_EQ(kind(Rules{}.add({NotUnderstood{.name = "queue", .ends = true}})), Kind::may_be_dropped);
    EXPECT_EQ(kind(Rules{}.add(protocol(6, NotUnderstood{.name = "queue", .ends = true}))), Kind::passes);
}

TEST(Judge, JumpsComeBackAndGotosDoNot) {
    const Expression jump = verdict(Verdict::Kind::jump, "sub");
    const Expression go_to = verdict(Verdict::Kind::go_to, "sub");
    EXPECT_EQ(kind(Rules{}.add({jump}).add({drop}).add(protocol(6, drop), "sub")), Kind::dropped);
    EXPECT_EQ(kind(Rules{}.add({go_to}).add({drop}).add(protocol(6, drop), "sub")), Kind::passes);
    EXPECT_EQ(kind(Rules{}.add({jump}).add({drop}).add(protocol(112, accept), "sub")), Kind::passes);
    EXPECT_EQ(kind(Rules{}.add({jump}).add({accept}).add(protocol(112, drop), "sub")), Kind::dropped);
    EXPECT_EQ(kind(Rules{}.add({jump}).add({drop}).add({give_back}, "sub").add({accept}, "sub")),
              Kind::dropped);
    EXPECT_EQ(kind(Rules{false}.add({go_to}).add({accept}).add({give_back}, "sub")), Kind::dropped);
}

TEST(Judge, JumpsThatMayBeTakenAreFollowedAndNotTaken) {
    const Expression jump = verdict(Verdict::Kind::jump, "sub");
    EXPECT_EQ(kind(Rules{}.add({perhaps, jump}).add({drop}).add({accept}, "sub")), Kind::may_be_dropped);
    EXPECT_EQ(kind(Rules{}.add({perhaps, jump}).add({accept}).add({drop}, "sub")), Kind::may_be_dropped);
    EXPECT_EQ(kind(Rules{}.add({perhaps, jump}).add({accept}).add({accept}, "sub")), Kind::passes);
    EXPECT_EQ(kind(Rules{}.add({perhaps, jump}).add({drop}).add(protocol(6, accept), "sub")), Kind::dropped);
    EXPECT_EQ(kind(Rules{}.add({jump}).add({drop}).add({perhaps, give_back}, "sub").add({drop}, "sub")),
              Kind::dropped);
}

TEST(Judge, ChainsThatLeadInACircleEnd) {
    Rules rules;
    rules.add({verdict(Verdict::Kind::jump, "in")});
    EXPECT_EQ(kind(rules), Kind::may_be_dropped);
    Rules broad;  // without a bound it would take 20 to the power of 16 rules
    for (int at = 0; at < 20; ++at)
        broad.add({verdict(Verdict::Kind::jump, "in")});
    EXPECT_EQ(kind(broad), Kind::may_be_dropped);
    EXPECT_EQ(kind(Rules{}.add({verdict(Verdict::Kind::jump, "nowhere")})), Kind::may_be_dropped);
}

TEST(Judge, WhatHasNotBeenReadIsAskedFor) {
    Rules rules;
    rules.chain({NFPROTO_INET, "t", "sub"}).rules.reset();
    rules.add({verdict(Verdict::Kind::jump, "sub")});
    const auto chain = judge(rules.ruleset, arriving());
    ASSERT_TRUE(std::holds_alternative<NeedsChain>(chain));
    EXPECT_EQ(std::get<NeedsChain>(chain).chain.name, "sub");
    Rules with_set;
    with_set.add({LoadMeta{NFT_META_L4PROTO, data}, Lookup{.from = data, .set = "s"}, drop});
    const auto set = judge(with_set.ruleset, arriving());
    ASSERT_TRUE(std::holds_alternative<NeedsSet>(set));
    EXPECT_EQ(std::get<NeedsSet>(set).set.name, "s");
    // A chain that no rule leads to is not read.
    Rules aside;
    aside.chain({NFPROTO_INET, "t", "sub"}).rules.reset();
    aside.add(protocol(6, verdict(Verdict::Kind::jump, "sub")));
    EXPECT_EQ(kind(aside), Kind::passes);
}

TEST(Judge, BaseChainsAreAskedInTheOrderOfTheirPriorities) {
    Rules rules;
    rules.add({LoadMeta{NFT_META_MARK, data}, Compare{NFT_CMP_EQ, data, {1, 0, 0, 0}}, drop});
    const ChainKey first{NFPROTO_INET, "t", "first"};
    rules.chain(first).base = Base{.hook = Hook::input, .priority = -1, .accepts = true, .devices = {}};
    rules.add({Immediate{data, {1, 0, 0, 0}}, SetMeta{NFT_META_MARK, data}}, "first");
    EXPECT_EQ(kind(rules), Kind::dropped);
    rules.chain(first).base->priority = 1;
    EXPECT_EQ(kind(rules), Kind::passes);
}

TEST(Judge, OtherHooksFamiliesAndDevicesDoNotConcernIt) {
    for (const Hook hook : {Hook::output, Hook::postrouting, Hook::egress, Hook::ingress}) {
        Rules rules{false};
        rules.chain(input).base->hook = hook;
        EXPECT_EQ(kind(rules), Kind::passes);
    }
    Rules other;
    other.chain({NFPROTO_IPV6, "t", "in"}).base =
        Base{.hook = Hook::input, .priority = 0, .accepts = false, .devices = {}};
    EXPECT_EQ(kind(other), Kind::passes);
    Rules device;
    device.chain({NFPROTO_NETDEV, "t", "in"}).base =
        Base{.hook = Hook::ingress, .priority = 0, .accepts = false, .devices = {"eth0"}};
    EXPECT_EQ(kind(device), Kind::dropped);
    Probe elsewhere = arriving();
    elsewhere.link = "eth1";
    EXPECT_EQ(kind(device, elsewhere), Kind::passes);
}

Element element(Bytes key, bool ends = false) {
    return {.key = std::move(key), .key_end = {}, .ends_interval = ends};
}

Expressions source_in(const std::string& set, const Expression& then) {
    return {LoadPayload{PayloadBase::network, 12, 4, data}, Lookup{.from = data, .set = set}, then};
}

TEST(Judge, ANetworkIsInASetOfIntervalsAsAWholeInPartOrNotAtAll) {
    const auto of_interval = [](Bytes first, Bytes behind) {
        Rules rules;
        rules.set("s").interval = true;
        rules.set("s").elements = {element({0, 0, 0, 0}, true), element(std::move(first)),
                                   element(std::move(behind), true)};
        return kind(rules.add(source_in("s", drop)));
    };
    EXPECT_EQ(of_interval({192, 0, 2, 0}, {192, 0, 3, 0}), Kind::dropped);
    EXPECT_EQ(of_interval({192, 0, 2, 128}, {192, 0, 3, 0}), Kind::may_be_dropped);
    EXPECT_EQ(of_interval({10, 0, 0, 0}, {11, 0, 0, 0}), Kind::passes);
}

TEST(Judge, ASetThatIsTooLargeIsNotKnown) {
    Rules rules;
    rules.set("s").too_large = true;
    EXPECT_EQ(kind(rules.add(source_in("s", drop))), Kind::may_be_dropped);
    Rules map;
    map.set("m").too_large = true;
    map.add({LoadMeta{NFT_META_L4PROTO, data},
             Lookup{.from = data, .set = "m", .is_map = true, .to = {NFT_REG_VERDICT}}});
    EXPECT_EQ(kind(map), Kind::may_be_dropped);
}

TEST(Judge, AMapOfVerdictsMayLeadToSeveral) {
    Rules rules;
    Element dropped = element({192, 0, 2, 7});
    dropped.verdict = Verdict{.kind = Verdict::Kind::drop, .chain = {}};
    Element elsewhere = element({10, 0, 0, 1});
    elsewhere.verdict = Verdict{.kind = Verdict::Kind::drop, .chain = {}};
    const Expressions by_source{LoadPayload{PayloadBase::network, 12, 4, data},
                                Lookup{.from = data, .set = "m", .is_map = true, .to = {NFT_REG_VERDICT}}};
    rules.set("m").elements = {elsewhere};
    rules.add(by_source);
    EXPECT_EQ(kind(rules), Kind::passes);
    rules.set("m").elements = {elsewhere, dropped};
    EXPECT_EQ(kind(rules), Kind::may_be_dropped);
    Element otherwise = element({});
    otherwise.catches_all = true;
    otherwise.verdict = Verdict{.kind = Verdict::Kind::drop, .chain = {}};
    rules.set("m").elements = {otherwise, elsewhere};
    EXPECT_EQ(kind(rules), Kind::dropped);
}

TEST(Judge, ExpressionsThatMakeNoSenseDoNoHarm) {
    const Register none{.number = 4711};
    Rules rules;
    rules.add({LoadMeta{4711, none}, LoadPayload{PayloadBase::network, 0xffffffff, 0xffffffff, data},
               LoadPayload{PayloadBase::inner, 0, 8, {NFT_REG32_15}}, Bitwise{none, data, Bytes(300, 1), {}},
               ByteOrder{data, none, 0xffffffff, 3}, ByteOrder{data, data, 64, 0},
               Compare{4711, none, Bytes(300, 7)}, InRange{.from = data}, drop});
    EXPECT_EQ(kind(rules), Kind::may_be_dropped);
}

TEST(Judge, APlaceIsDescribedAsNftIsAskedForIt) {
    EXPECT_EQ(describe({{NFPROTO_IPV4, "filter", "INPUT"}, 0}), "ip table filter, chain INPUT");
    EXPECT_EQ(describe({{NFPROTO_INET, "t", "c"}, 12}), "inet table t, chain c, rule with handle 12");
}

TEST(JudgeWithoutOurs, OurOwnRulesAndChainsThatAreLetPassDoNotCount) {
    Rules rules{false};
    rules.add({accept});
    rules.chain(input).rules->back().comment = std::string{own_mark} + ": vrrp in eth0 224.0.0.18";
    EXPECT_EQ(kind(rules), Kind::passes);
    const auto bare = std::get<Answer>(judge_without_ours(rules.ruleset, arriving(), {}));
    EXPECT_EQ(bare.kind, Kind::dropped);
    EXPECT_EQ(bare.base, input);
    EXPECT_EQ(std::get<Answer>(judge_without_ours(rules.ruleset, arriving(), {input})).kind, Kind::passes);
    rules.chain(input).rules->back().comment = "somebody else's";
    EXPECT_EQ(std::get<Answer>(judge_without_ours(rules.ruleset, arriving(), {})).kind, Kind::passes);
}

TEST(Judge, HeartbeatsAreUdpFromPortToPort) {
    Probe heartbeat = arriving();
    heartbeat.port = 1112;
    EXPECT_EQ(kind(Rules{}.add(protocol(112, drop)), heartbeat), Kind::passes);
    EXPECT_EQ(kind(Rules{}.add(protocol(17, drop)), heartbeat), Kind::dropped);
    for (const std::uint32_t offset : {0U, 2U}) {
        const Expression load =
            LoadPayload{.base = PayloadBase::transport, .offset = offset, .length = 2, .to = data};
        EXPECT_EQ(kind(Rules{}.add({load, Compare{NFT_CMP_EQ, data, {0x04, 0x58}}, drop}), heartbeat),
                  Kind::dropped);
        EXPECT_EQ(kind(Rules{}.add({load, Compare{NFT_CMP_EQ, data, {0x04, 0x59}}, drop}), heartbeat),
                  Kind::passes);
    }
}

}  // namespace
}  // namespace holdfast::net::firewall::testing
