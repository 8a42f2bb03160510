// Accept rules of our own in real chains: they are where they are needed, tools of others can read them, and
// when they go everything is as it was.
#include "net/firewall_change.h"

#include <gmock/gmock.h>
#include <netinet/in.h>  // before the kernel's headers, which declare the same

#include <linux/netfilter.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "kernel/net/namespaces.h"
#include "net/firewall.h"

namespace holdfast::net::firewall::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

struct Command {
    int status = 0;
    std::string said;
};

Command run(const std::string& words) {
    Command done;
    FILE* pipe = popen((words + " 2>&1").c_str(), "r");
    char chunk[4096];
    while (const std::size_t length = fread(chunk, 1, sizeof chunk, pipe))
        done.said.append(chunk, length);
    done.status = pclose(pipe);
    return done;
}

void load(const std::string& ruleset) {
    const std::string file = "/tmp/holdfast-firewall-change-" + std::to_string(getpid());
    std::ofstream{file} << ruleset;
    const Command done = run("nft -f " + file);
    unlink(file.c_str());
    ASSERT_EQ(done.status, 0) << done.said << ruleset;
}

std::string ruleset() {
    return run("nft list ruleset").said;
}

os::AcceptRule rule(std::uint8_t family = NFPROTO_INET) {
    return {.table_family = family,
            .table = "filter",
            .chain = "input",
            .link = "near0",
            .source = std::nullopt,
            .destination = *IpAddress::parse("224.0.0.18")};
}

os::AcceptRule rule_v6(std::uint8_t family = NFPROTO_INET) {
    os::AcceptRule v6 = rule(family);
    v6.destination = *IpAddress::parse("ff02::12");
    return v6;
}

os::AcceptRule heartbeat(std::uint8_t family = NFPROTO_INET) {
    os::AcceptRule udp = rule(family);
    udp.source = IpAddress::parse("192.0.2.2");
    udp.destination = *IpAddress::parse("192.0.2.1");
    udp.protocol = os::AcceptRule::udp;
    udp.port = 1112;
    return udp;
}

constexpr const char* drops_input =
    "table inet filter {\n chain input {\n  type filter hook input priority 0; policy drop;\n"
    "  ct state established accept\n  jump more\n }\n chain more {\n  ip protocol 112 drop\n }\n}\n";

Answer judged(const Probe& probe) {
    Reader reader = Reader::open().value();
    reader.ask({probe}, true);
    for (int pieces = 0; reader.busy() && pieces < 100'000; ++pieces)
        EXPECT_TRUE(reader.work());
    EXPECT_EQ(reader.answers().size(), 1U);
    return reader.answers().empty() ? Answer{} : reader.answers()[0];
}

Probe incoming(Family family = Family::ipv4) {
    return {.family = family, .link = "near0", .ifindex = 77, .destination = vrrp_multicast_group(family)};
}

class FirewallChange : public holdfast::net::testing::KernelTest {
protected:
    void SetUp() override {
        KernelTest::SetUp();
        if (IsSkipped()) return;
        holdfast::net::testing::run_ip("link add near0 index 77 type veth peer name far0");
    }
    static Changes keep(const std::vector<os::AcceptRule>& wanted, std::string_view owner = "") {
        const auto changer = Changer::open();
        if (!changer) {
            ADD_FAILURE() << changer.error().text();
            return {};
        }
        const auto changes = changer->keep_exactly(wanted, owner);
        EXPECT_TRUE(changes) << changes.error().text();
        return changes.value_or(Changes{});
    }
};

TEST_F(FirewallChange, TheRuleStandsAtTheHeadAndLetsAdvertsPass) {
    load(drops_input);
    ASSERT_EQ(judged(incoming()).kind, Answer::Kind::dropped);
    const Changes changes = keep({rule()});
    EXPECT_THAT(
        changes.inserted,
        ElementsAre("inet filter input iifname \"near0\" ip daddr 224.0.0.18 meta l4proto 112 accept"));
    EXPECT_EQ(judged(incoming()).kind, Answer::Kind::passes);
    const std::string listed = run("nft list chain inet filter input").said;
    EXPECT_THAT(listed,
                HasSubstr("policy drop;\n\t\tiifname \"near0\" ip daddr 224.0.0.18 meta l4proto vrrp counter "
                          "packets 0 bytes 0 accept comment \"holdfast firewall_accept: vrrp in near0 "
                          "224.0.0.18\"\n\t\tct state"));
}

TEST_F(FirewallChange, WhatIsThereStaysAndWhatIsNotWantedGoes) {
    load(drops_input);
    const std::string before = ruleset();
    keep({rule(), rule_v6(), heartbeat()});
    const std::string there = ruleset();
    const Changes again = keep({heartbeat(), rule_v6(), rule()});
    EXPECT_THAT(again.inserted, IsEmpty());
    EXPECT_THAT(again.removed, IsEmpty());
    EXPECT_EQ(ruleset(), there);
    const Changes fewer = keep({rule_v6()});
    EXPECT_THAT(fewer.inserted, IsEmpty());
    EXPECT_EQ(fewer.removed.size(), 2U);
    EXPECT_EQ(judged(incoming()).kind, Answer::Kind::dropped);
    EXPECT_EQ(judged(incoming(Family::ipv6)).kind, Answer::Kind::passes);
    keep({});
    EXPECT_EQ(ruleset(), before);
}

TEST_F(FirewallChange, ACopyOfOurRuleIsRemovedToo) {
    load(drops_input);
    const std::string before = ruleset();
    keep({rule()});
    load(
        "insert rule inet filter input ip daddr 224.0.0.18 accept comment \"holdfast firewall_accept: vrrp "
        "in near0 "
        "224.0.0.18\"\n");
    EXPECT_EQ(keep({rule()}).removed.size(), 1U);
    keep({});
    EXPECT_EQ(ruleset(), before);
}

TEST_F(FirewallChange, RulesOfOthersAreNotTouched) {
    load(drops_input);
    load("insert rule inet filter input accept comment \"not holdfast\"\n");
    keep({rule()}, "first");
    const std::string of_one = ruleset();
    keep({rule()}, "second");
    EXPECT_THAT(ruleset(), HasSubstr("\"holdfast firewall_accept second: vrrp"));
    EXPECT_THAT(keep({}).removed, IsEmpty()) << "of a daemon without a name";
    EXPECT_EQ(keep({}, "second").removed.size(), 1U);
    EXPECT_EQ(ruleset(), of_one);
}

TEST_F(FirewallChange, AChainThatIsGoneIsLeftOut) {
    load(drops_input);
    os::AcceptRule other = rule();
    other.chain = "elsewhere";
    const Changes changes = keep({other, rule()});
    EXPECT_EQ(changes.inserted.size(), 1U);
    EXPECT_THAT(changes.no_such_chain, ElementsAre("inet filter elsewhere"));
}

TEST_F(FirewallChange, AThousandRulesComeAndGoInOneStep) {
    load(drops_input);
    const std::string before = ruleset();
    std::vector<os::AcceptRule> many;
    for (int at = 0; at < 1000; ++at) {
        many.push_back(heartbeat());
        many.back().port = static_cast<std::uint16_t>(2000 + at);
    }
    EXPECT_EQ(keep(many).inserted.size(), many.size());
    EXPECT_EQ(keep({}).removed.size(), many.size());
    EXPECT_EQ(ruleset(), before);
}

TEST_F(FirewallChange, NetdevChainsHaveTheirDeviceAlready) {
    load(
        "table netdev filter {\n chain input {\n  type filter hook ingress device near0 priority 0; policy "
        "drop;\n }\n}\n");
    ASSERT_EQ(judged(incoming()).kind, Answer::Kind::dropped);
    keep({rule(NFPROTO_NETDEV), rule_v6(NFPROTO_NETDEV)});
    EXPECT_EQ(judged(incoming()).kind, Answer::Kind::passes);
    EXPECT_EQ(judged(incoming(Family::ipv6)).kind, Answer::Kind::passes);
    EXPECT_THAT(ruleset(), HasSubstr("ip daddr 224.0.0.18 meta l4proto vrrp"));
}

TEST_F(FirewallChange, IptablesReadsSavesAndRestoresOurRules) {
    if (run("iptables-nft --version").status != 0) GTEST_SKIP() << "iptables-nft is not installed";
    for (const char* tables : {"iptables", "ip6tables"})
        for (const char* policy : {" -P INPUT DROP", " -A INPUT -p tcp -j ACCEPT"})
            ASSERT_EQ(run(std::string{tables} + "-nft" + policy).status, 0);
    const auto input_chains = [] {
        return run("nft list chain ip filter INPUT; nft list chain ip6 filter INPUT").said;
    };
    const std::string before = input_chains();
    os::AcceptRule v4 = rule(NFPROTO_IPV4);
    os::AcceptRule udp = heartbeat(NFPROTO_IPV4);
    os::AcceptRule v6 = rule_v6(NFPROTO_IPV6);
    for (os::AcceptRule* one : {&v4, &udp, &v6})
        one->chain = "INPUT";
    keep({v4, udp, v6});
    const Command saved = run("iptables-nft-save");
    EXPECT_EQ(saved.status, 0);
    EXPECT_THAT(saved.said, Not(HasSubstr("incompatible")));
    EXPECT_THAT(saved.said,
                HasSubstr("-A INPUT -d 224.0.0.18/32 -i near0 -p vrrp -m comment --comment \"holdfast "
                          "firewall_accept: vrrp in near0 224.0.0.18\" -j ACCEPT"));
    EXPECT_THAT(saved.said,
                HasSubstr("-A INPUT -s 192.0.2.2/32 -d 192.0.2.1/32 -i near0 -p udp -m udp --dport 1112"));
    EXPECT_THAT(run("ip6tables-nft-save").said, HasSubstr("-A INPUT -d ff02::12/128 -i near0 -p vrrp"));
    for (const char* words : {"iptables-nft -S", "iptables-nft -L -n -v", "ip6tables-nft -L -n"})
        EXPECT_EQ(run(words).status, 0) << words;
    ASSERT_EQ(
        run("iptables-nft-save >/tmp/holdfast-saved && iptables-nft-restore </tmp/holdfast-saved").status, 0);
    EXPECT_THAT(keep({v4, udp, v6}).inserted, IsEmpty()) << "what was restored is known again";
    keep({});
    EXPECT_EQ(input_chains(), before);
    unlink("/tmp/holdfast-saved");
}

TEST_F(FirewallChange, WhatIsNeededIsAskedAsIfOurRulesWereNotThere) {
    load(drops_input);
    load(
        "table ip raw {\n chain pre {\n  type filter hook prerouting priority raw;\n  ip protocol 112 drop\n "
        "}\n}\n");
    const ChainKey pre{NFPROTO_IPV4, "raw", "pre"};
    const ChainKey input{NFPROTO_INET, "filter", "input"};
    EXPECT_THAT(judged(incoming()).needs, ElementsAre(pre, input)) << "each hook's chain that drops it";
    os::AcceptRule raw = rule(NFPROTO_IPV4);
    raw.table = "raw";
    raw.chain = "pre";
    keep({raw, rule()});
    const Answer answer = judged(incoming());
    EXPECT_EQ(answer.kind, Answer::Kind::passes);
    EXPECT_THAT(answer.needs, ElementsAre(pre, input));
    Probe loud = incoming();
    loud.port = 1112;
    EXPECT_THAT(judged(loud).needs, ElementsAre(input)) << "the other chain drops adverts only";
}

TEST_F(FirewallChange, HeartbeatsOfTwoPeersAnswerEachOther) {
    load(
        "table inet filter {\n chain input {\n  type filter hook input priority 0; policy drop;\n"
        "  ct state established,related accept\n }\n}\n");
    Probe probe = incoming();
    probe.port = 1112;
    EXPECT_EQ(judged(probe).kind, Answer::Kind::dropped) << "to the group";
    probe.destination = *IpAddress::parse("192.0.2.1");
    EXPECT_EQ(judged(probe).kind, Answer::Kind::passes);
    load(
        "table inet filter {\n chain first {\n  type filter hook input priority -1;\n  udp dport 1112 drop\n "
        "}\n}\n");
    EXPECT_EQ(judged(probe).kind, Answer::Kind::dropped);
    probe.port = 1113;
    EXPECT_EQ(judged(probe).kind, Answer::Kind::passes);
}

TEST_F(FirewallChange, CommentsFitAndTellRulesApart) {
    os::AcceptRule longest = rule_v6();
    longest.link = "abcdefghijklmn\"";
    longest.source = IpAddress::parse("2001:db8:1111:2222:3333:4444:5555:6666");
    longest.destination = *IpAddress::parse("2001:db8:1111:2222:3333:4444:5555:7777");
    longest.protocol = os::AcceptRule::udp;
    longest.port = 65535;
    os::AcceptRule other = longest;
    other.destination = *IpAddress::parse("2001:db8:1111:2222:3333:4444:5555:7778");
    const std::string owner(60, 'o');
    EXPECT_LE(comment_of(longest, owner).size(), 127U);
    EXPECT_NE(comment_of(longest, owner), comment_of(other, owner));
    EXPECT_THAT(comment_of(longest, "a\"b"), Not(HasSubstr("\"")));
    load(drops_input);
    longest.link = "abcdefghijklmn_";
    other.link = longest.link;
    keep({longest, other}, owner);
    const std::string listed = ruleset();
    load("flush ruleset\n" + listed);
    EXPECT_EQ(ruleset(), listed) << "nft reads what it has written";
    EXPECT_THAT(keep({longest, other}, owner).inserted, IsEmpty());
}

}  // namespace
}  // namespace holdfast::net::firewall::testing
