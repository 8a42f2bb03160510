// Rulesets as people write them, made with nft and iptables-nft, and what the doctor finds of them. That the
// kernel does the same is shown by the frames that arrive.
#include "net/firewall.h"

#include <gmock/gmock.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "kernel/net/namespaces.h"

namespace holdfast::net::firewall::testing {
namespace {

using Kind = Answer::Kind;

struct Command {
    int status = 0;
    std::string said;
};

Command run(const std::string& words, const std::string& input = {}) {
    const std::string file = "/tmp/holdfast-firewall-" + std::to_string(getpid());
    std::ofstream{file} << input;
    Command done;
    FILE* pipe = popen((words + " <" + file + " 2>&1").c_str(), "r");
    char chunk[4096];
    while (const std::size_t length = fread(chunk, 1, sizeof chunk, pipe))
        done.said.append(chunk, length);
    done.status = pclose(pipe);
    unlink(file.c_str());
    return done;
}

// nft wants each closing brace of a block on a line of its own.
void load(std::string ruleset) {
    for (std::size_t at = 0; (at = ruleset.find(" }", at)) != std::string::npos; ++at)
        if (at > 0 && (ruleset[at - 1] == ';' || ruleset[at - 1] == '}' || ruleset[at - 1] == '\n'))
            ruleset.replace(at, 2, "\n}\n");
    const Command done = run("nft -f -", ruleset);
    ASSERT_EQ(done.status, 0) << done.said << ruleset;
}

// At most so many pieces: each is bounded, and so is their number.
std::vector<Answer> answers(Reader& reader, const std::vector<Probe>& probes) {
    reader.ask(probes);
    for (int pieces = 0; reader.busy() && pieces < 100'000; ++pieces) {
        const auto done = reader.work();
        EXPECT_TRUE(done) << done.error().text();
    }
    EXPECT_FALSE(reader.busy());
    return reader.answers();
}

Probe incoming(Family family = Family::ipv4) {
    const bool v4 = family == Family::ipv4;
    return {.outgoing = false,
            .family = family,
            .link = "near0",
            .ifindex = 77,
            .source = Prefix::parse(v4 ? "192.0.2.1/24" : "fe80::/10"),
            .destination = vrrp_multicast_group(family)};
}

Probe outgoing(Family family = Family::ipv4) {
    Probe probe = incoming(family);
    probe.outgoing = true;
    probe.source = Prefix::parse(family == Family::ipv4 ? "192.0.2.1/32" : "fe80::1/128");
    return probe;
}

struct Row {
    const char* name;
    std::string rules;  // of table inet t, chain in: input hook, policy accept unless it says so
    Kind kind = Kind::passes;
};

const std::vector<Row> rows{
    {"Nothing", "", Kind::passes},
    {"PolicyDrop", "policy drop;", Kind::dropped},
    {"AcceptsVrrp", "policy drop; ip protocol vrrp accept", Kind::passes},
    {"AcceptsByNumber", "policy drop; meta l4proto 112 accept", Kind::passes},
    {"AcceptsInASet", "policy drop; meta l4proto { icmp, vrrp } accept", Kind::passes},
    {"AcceptsInAnotherSet", "policy drop; meta l4proto { icmp, tcp } accept", Kind::dropped},
    {"AcceptsTheGroup", "policy drop; ip daddr 224.0.0.18 accept", Kind::passes},
    {"AcceptsMulticast", "policy drop; ip daddr 224.0.0.0/4 accept", Kind::passes},
    {"AcceptsARange", "policy drop; ip daddr 224.0.0.1-224.0.0.30 accept", Kind::passes},
    {"AcceptsAnIntervalSet", "policy drop; ip daddr { 10.0.0.0/8, 224.0.0.0/24 } accept", Kind::passes},
    {"AcceptsAnotherIntervalSet", "policy drop; ip daddr { 10.0.0.0/8, 230.0.0.0/24 } accept", Kind::dropped},
    {"AcceptsOtherProtocols", "policy drop; tcp dport 22 accept\nicmp type echo-request accept",
     Kind::dropped},
    {"AcceptsTheInterface", "policy drop; iifname near0 accept", Kind::passes},
    {"AcceptsAnInterfaceByPattern", "policy drop; iifname \"near*\" accept", Kind::passes},
    {"AcceptsAnInterfaceByNumber", "policy drop; iif near0 accept", Kind::passes},
    {"AcceptsAnotherInterface", "policy drop; iifname { lo, far0 } accept", Kind::dropped},
    {"AcceptsTheNetwork", "policy drop; ip saddr 192.0.2.0/24 accept", Kind::passes},
    {"AcceptsAPartOfTheNetwork", "policy drop; ip saddr 192.0.2.128/25 accept", Kind::may_be_dropped},
    {"AcceptsAnotherNetwork", "policy drop; ip saddr 198.51.100.0/24 accept", Kind::dropped},
    {"AcceptsMulticastPackets", "policy drop; meta pkttype multicast accept", Kind::passes},
    {"AcceptsMulticastByRoute", "policy drop; fib daddr type multicast accept", Kind::passes},
    {"AcceptsEstablished", "policy drop; ct state established,related accept", Kind::dropped},
    {"AcceptsNew", "policy drop; ct state new accept", Kind::passes},
    {"AVerdictMapOfStates", "policy drop; ct state vmap { established : accept, new : accept }",
     Kind::passes},
    {"AVerdictMapOfProtocols", "meta l4proto vmap { tcp : accept, 112 : drop }", Kind::dropped},
    {"DropsInvalid", "ct state invalid drop", Kind::passes},
    {"DropsVrrp", "ip protocol 112 drop", Kind::dropped},
    {"DropsOtherProtocols", "meta l4proto { tcp, udp } drop", Kind::passes},
    {"DropsAllBut", "meta l4proto != { tcp, udp } drop", Kind::dropped},
    {"Rejects", "ip protocol 112 reject", Kind::dropped},
    {"DropsOtherHopLimits", "ip ttl != 255 drop", Kind::passes},
    {"DropsBehindAnAccept", "ip protocol 112 accept\ndrop", Kind::passes},
    {"Limits", "ip protocol 112 limit rate over 10/second drop", Kind::may_be_dropped},
    {"LimitsBehindAll", "limit rate 10/second accept\ndrop", Kind::may_be_dropped},
    {"Marks", "meta mark set 5\nmeta mark 5 drop", Kind::dropped},
    {"AsksForAMark", "meta mark 5 drop", Kind::passes},
    {"Counts", "counter\nlog\nip protocol 112 counter accept\ndrop", Kind::passes},
    {"Jumps", "policy drop; jump ok", Kind::passes},
    {"JumpsAndComesBack", "policy drop; jump nothing", Kind::dropped},
    {"GoesToAndNeverComesBack", "goto nothing\ndrop", Kind::passes},
    {"ReturnsFromTheBase", "ip protocol 112 return\ndrop", Kind::passes},
    {"Concatenates", "policy drop; iifname . meta l4proto { \"near0\" . vrrp } accept", Kind::passes},
    {"ConcatenatesOtherwise", "policy drop; iifname . meta l4proto { \"far0\" . vrrp } accept",
     Kind::dropped},
    {"ANamedSet", "policy drop; ip daddr @groups accept", Kind::passes},
    {"AMap", "meta mark set meta l4proto map { vrrp : 7, tcp : 8 }\nmeta mark 7 drop", Kind::dropped},
};

class Firewall : public holdfast::net::testing::KernelTest {
protected:
    void SetUp() override {
        KernelTest::SetUp();
        if (IsSkipped()) return;
        holdfast::net::testing::run_ip("link add near0 index 77 type veth peer name far0");
        auto opened = Reader::open();
        ASSERT_TRUE(opened) << opened.error().text();
        reader_ = std::make_unique<Reader>(std::move(*opened));
    }
    Answer answer(const Probe& probe) {
        const auto all = answers(*reader_, {probe});
        return all.size() == 1 ? all[0] : Answer{};
    }

    std::unique_ptr<Reader> reader_;
};

class InputRules : public Firewall, public ::testing::WithParamInterface<Row> {};

TEST_P(InputRules, AreJudgedAsTheyAre) {
    load(
        "table inet t {\nset groups { type ipv4_addr; elements = { 224.0.0.18 }; }\n"
        "chain ok { ip protocol vrrp accept; }\nchain nothing { tcp dport 1 drop; }\n"
        "chain in { type filter hook input priority 0;\n" +
        GetParam().rules + "\n}\n}\n");
    const Answer found = answer(incoming());
    EXPECT_EQ(found.kind, GetParam().kind) << found.reason;
    if (found.kind == Kind::passes) return;
    EXPECT_EQ(found.base.table, "t");
    EXPECT_EQ(found.base.name, "in");
    EXPECT_FALSE(found.reason.empty());
}

INSTANTIATE_TEST_SUITE_P(Nft, InputRules, ::testing::ValuesIn(rows),
                         [](const auto& row) { return std::string{row.param.name}; });

TEST_F(Firewall, AnEmptyRulesetDropsNothing) {
    for (const Probe& probe : {incoming(), outgoing(), incoming(Family::ipv6), outgoing(Family::ipv6)})
        EXPECT_EQ(answer(probe).kind, Kind::passes);
}

TEST_F(Firewall, TheRuleIsNamedWithItsHandle) {
    load(
        "table ip filter { chain INPUT { type filter hook input priority 0; tcp dport 1 drop; ip protocol "
        "112 drop; } }");
    const Answer found = answer(incoming());
    ASSERT_EQ(found.kind, Kind::dropped);
    EXPECT_THAT(describe(found.place),
                ::testing::MatchesRegex("ip table filter, chain INPUT, rule with handle [0-9]+"));
    const std::string listed = run("nft -a list chain ip filter INPUT").said;
    EXPECT_THAT(listed, ::testing::HasSubstr("drop # handle " + std::to_string(found.place.handle)));
    EXPECT_THAT(listed, ::testing::ContainsRegex("protocol (vrrp|112) drop # handle " +
                                                 std::to_string(found.place.handle)));
}

TEST_F(Firewall, EachDirectionHasItsHooks) {
    load("table inet t { chain o { type filter hook output priority 0; meta l4proto 112 drop; } }");
    EXPECT_EQ(answer(incoming()).kind, Kind::passes);
    EXPECT_EQ(answer(outgoing()).kind, Kind::dropped);
    load(
        "flush ruleset\ntable inet t { chain o { type filter hook prerouting priority raw; meta l4proto 112 "
        "drop; } }");
    EXPECT_EQ(answer(incoming()).kind, Kind::dropped);
    EXPECT_EQ(answer(outgoing()).kind, Kind::passes);
    load(
        "flush ruleset\ntable inet t { chain o { type filter hook postrouting priority 0; oifname near0 "
        "drop; } }");
    EXPECT_EQ(answer(outgoing()).kind, Kind::dropped);
    load("flush ruleset\ntable inet t { chain f { type filter hook forward priority 0; policy drop; } }");
    EXPECT_EQ(answer(incoming()).kind, Kind::passes);
}

TEST_F(Firewall, EachFamilyHasItsTables) {
    load("table ip6 t { chain i { type filter hook input priority 0; policy drop; } }");
    EXPECT_EQ(answer(incoming()).kind, Kind::passes);
    EXPECT_EQ(answer(incoming(Family::ipv6)).kind, Kind::dropped);
    load("table ip6 t { chain i { ip6 daddr ff02::12 accept; } }");
    EXPECT_EQ(answer(incoming(Family::ipv6)).kind, Kind::passes);
}

TEST_F(Firewall, AnAcceptInOneBaseChainDoesNotOverruleADropInAnother) {
    load(
        "table inet a { chain i { type filter hook input priority -10; meta l4proto 112 accept; } }\n"
        "table inet b { chain i { type filter hook input priority 10; policy drop; } }");
    const Answer found = answer(incoming());
    EXPECT_EQ(found.kind, Kind::dropped);
    EXPECT_EQ(found.base.table, "b");
}

TEST_F(Firewall, IngressConcernsItsDeviceOnly) {
    load(
        "table netdev t {\nchain i { type filter hook ingress device far0 priority 0;\nip protocol 112 "
        "drop\n}\n}");
    EXPECT_EQ(answer(incoming()).kind, Kind::passes);
    load(
        "flush ruleset\ntable netdev t {\nchain i { type filter hook ingress device near0 priority 0;\n"
        "ip protocol 112 drop\n}\n}");
    EXPECT_EQ(answer(incoming()).kind, Kind::dropped);
}

TEST_F(Firewall, UntrackedPacketsAreNotNew) {
    load(
        "table inet t { chain p { type filter hook prerouting priority raw; ip protocol 112 notrack; }\n"
        "chain i { type filter hook input priority 0; policy drop; ct state new accept; } }");
    EXPECT_EQ(answer(incoming()).kind, Kind::dropped);
}

TEST_F(Firewall, UnicastAdvertsAreJudgedByTheirPeers) {
    load(
        "table inet t { chain i { type filter hook input priority 0; policy drop; ip saddr 192.0.2.2 accept; "
        "} }");
    Probe probe = incoming();
    probe.destination = *IpAddress::parse("192.0.2.1");
    probe.source = Prefix::parse("192.0.2.2/32");
    EXPECT_EQ(answer(probe).kind, Kind::passes);
    probe.source = Prefix::parse("192.0.2.3/32");
    EXPECT_EQ(answer(probe).kind, Kind::dropped);
}

TEST_F(Firewall, IptablesWithConntrackIsUnderstood) {
    if (run("iptables-nft --version").status != 0) GTEST_SKIP() << "iptables-nft is not installed";
    for (const char* rule :
         {"-A INPUT -i lo -j ACCEPT", "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
          "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT", "-A INPUT -m comment --comment no -j REJECT"})
        ASSERT_EQ(run("iptables-nft " + std::string{rule}).status, 0) << rule;
    EXPECT_EQ(answer(incoming()).kind, Kind::dropped);
    ASSERT_EQ(run("iptables-nft -I INPUT -p vrrp -d 224.0.0.18/32 -j ACCEPT").status, 0);
    EXPECT_EQ(answer(incoming()).kind, Kind::passes);
    ASSERT_EQ(run("iptables-nft -F INPUT").status, 0);
    ASSERT_EQ(run("iptables-nft -P INPUT DROP").status, 0);
    ASSERT_EQ(
        run("iptables-nft -A INPUT -m conntrack --ctstate NEW -m pkttype --pkt-type multicast -j ACCEPT")
            .status,
        0);
    EXPECT_EQ(answer(incoming()).kind, Kind::passes);
}

TEST_F(Firewall, AChangeIsNoticed) {
    EXPECT_FALSE(reader_->take_news());
    load("table inet t { chain i { type filter hook input priority 0; } }");
    ASSERT_TRUE(holdfast::net::testing::readable_within(reader_->news_fd(), 5000));
    EXPECT_TRUE(reader_->take_news());
    EXPECT_FALSE(reader_->take_news());
}

TEST_F(Firewall, ThousandsOfRulesAreReadInManyPieces) {
    std::string rules = "table ip t {\nchain far {\n";
    for (int at = 0; at < 5000; ++at)
        rules += "ip saddr 10.0." + std::to_string(at / 250) + "." + std::to_string(at % 250) + " drop\n";
    load(rules + "}\nchain i { type filter hook input priority 0; jump far; }\n}");
    reader_->ask({incoming()});
    int pieces = 0;
    for (; reader_->busy() && pieces < 100'000; ++pieces)
        ASSERT_TRUE(reader_->work());
    EXPECT_GT(pieces, 10);
    EXPECT_EQ(reader_->answers().at(0).kind, Kind::passes);
}

TEST_F(Firewall, AChainThatIsTooLongIsNotJudged) {
    std::string rules = "table ip t {\nchain i { type filter hook input priority 0;\n";
    for (int at = 0; at < 9000; ++at)
        rules += "ip saddr 10.0.0.1 drop\n";
    load(rules + "}\n}");
    EXPECT_EQ(answer(incoming()).kind, Kind::may_be_dropped);
}

}  // namespace
}  // namespace holdfast::net::firewall::testing
