// What is asked about a firewall, the rule that helps, and when to stop insisting. The rest needs a kernel:
// tests/e2e/test_firewall.py.
#include "vrrp/firewall_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>  // before the kernel's headers, which declare the same

#include <linux/netfilter.h>

#include "unit/vrrp/host.h"

namespace holdfast::vrrp::testing {
namespace {

using net::firewall::Answer;
using net::firewall::Probe;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const net::firewall::ChainKey input{NFPROTO_INET, "filter", "input"};

std::vector<Probe> heartbeat_probes(const Host& host, const std::string& heartbeat) {
    const auto plan =
        plan_of(instance("split_brain {\npolicy alert\nheartbeat_port 1112\nheartbeat " + heartbeat + "\n}"));
    const engine::Engine engine{plan.engine};
    std::vector<Probe> probes = probes_of(plan, engine, host.table());
    std::erase_if(probes, [](const Probe& probe) { return probe.port == 0; });
    return probes;
}

TEST(ProbesOfHeartbeats, ToTheGroupGoEachWayInEachFamilyOfTheInterface) {
    Host host;
    host.link(2, "eth1");
    host.address(2, "198.51.100.1/24");
    auto probes = heartbeat_probes(host, "interface eth1");
    ASSERT_THAT(probes, SizeIs(2));
    EXPECT_TRUE(probes[0].outgoing);
    EXPECT_EQ(probes[0].source, Prefix::parse("198.51.100.1/32"));
    EXPECT_EQ(probes[0].destination, vrrp_multicast_group(Family::ipv4));
    EXPECT_EQ(probes[0].port, 1112);
    EXPECT_FALSE(probes[1].outgoing);
    EXPECT_EQ(probes[1].source, Prefix::parse("198.51.100.1/24")) << "somebody in that network";
    host.address(2, "fe80::1/64");
    EXPECT_THAT(heartbeat_probes(host, "interface eth1"), SizeIs(4));
    EXPECT_THAT(heartbeat_probes(Host{}, "interface eth1"), IsEmpty()) << "without an interface";
}

TEST(ProbesOfHeartbeats, ToAPeerGoFromTheAddressInItsNetwork) {
    Host host;
    host.link(2, "eth1");
    host.address(2, "203.0.113.1/25");
    host.address(2, "198.51.100.1/24");
    const auto probes = heartbeat_probes(host, "unicast 198.51.100.2");
    ASSERT_THAT(probes, SizeIs(2));
    EXPECT_EQ(probes[0].destination, IpAddress::parse("198.51.100.2"));
    EXPECT_EQ(probes[1].destination, IpAddress::parse("198.51.100.1"));
    EXPECT_EQ(probes[1].source, Prefix::parse("198.51.100.2/32"));
    EXPECT_EQ(probes[1].link, "eth1");
    EXPECT_THAT(heartbeat_probes(host, "unicast 192.0.2.7"), IsEmpty()) << "no address in its network";
}

TEST(RulesForTheFirewall, AreOneForEachProbeAndChainThatNeedsIt) {
    const Probe in{.link = "eth0", .destination = vrrp_multicast_group(Family::ipv4)};
    Probe from_peer = in;
    from_peer.source = Prefix::parse("192.0.2.2/32");
    from_peer.destination = *IpAddress::parse("192.0.2.1");
    Probe from_network = in;
    from_network.source = Prefix::parse("192.0.2.1/24");
    const net::firewall::ChainKey pre{NFPROTO_IPV4, "raw", "pre"};
    const auto rules =
        rules_for({in, from_peer, from_network},
                  {Answer{.needs = {pre, input}}, Answer{.needs = {input}}, Answer{.needs = {input}}});
    ASSERT_THAT(rules, SizeIs(3)) << "the network's is the same as anybody's";
    EXPECT_EQ(rules[0].table, "raw");
    EXPECT_EQ(rules[1].chain, "input");
    EXPECT_FALSE(rules[1].source);
    EXPECT_EQ(rules[2].source, IpAddress::parse("192.0.2.2"));
    EXPECT_THAT(rules_for({in}, {Answer{}}), IsEmpty());
}

TEST(RulesForTheFirewall, AreTheRemedyThatIsPrinted) {
    const Probe out{.outgoing = true, .link = "eth0", .destination = vrrp_multicast_group(Family::ipv4)};
    EXPECT_EQ(
        remedy(out, {.base = input}),
        "nft insert rule inet filter input oifname \"eth0\" ip daddr 224.0.0.18 meta l4proto 112 accept");
    Probe heartbeat = out;
    heartbeat.outgoing = false;
    heartbeat.port = 1112;
    heartbeat.family = Family::ipv6;
    heartbeat.destination = vrrp_multicast_group(Family::ipv6);
    EXPECT_EQ(remedy(heartbeat, {.base = input}),
              "nft insert rule inet filter input iifname \"eth0\" ip6 daddr ff02::12 udp dport 1112 accept");
}

TEST(InsistenceOnRules, PausesAndEndsInAFight) {
    Insistence insistence;
    Instant now = Instant{} + 1h;
    EXPECT_EQ(insistence.ask(true, now), Insistence::May::ask) << "the first time";
    for (int repair = 0; repair < 5; ++repair) {
        EXPECT_EQ(insistence.ask(false, now), Insistence::May::wait);
        now = insistence.next();
        EXPECT_EQ(insistence.ask(false, now), Insistence::May::ask) << repair;
    }
    now = insistence.next();
    EXPECT_EQ(insistence.ask(false, now), Insistence::May::never_again);
    EXPECT_EQ(insistence.ask(true, now + 24h), Insistence::May::never_again) << "until the next process";
}

TEST(InsistenceOnRules, GoesOnWhereItIsSeldomOrWhereTheHostChanges) {
    Insistence insistence;
    Instant now = Instant{} + 1h;
    for (int repair = 0; repair < 100; ++repair, now += 15s)
        EXPECT_EQ(insistence.ask(false, now), Insistence::May::ask);
    for (int change = 0; change < 100; ++change, now = insistence.next())
        EXPECT_EQ(insistence.ask(true, now), Insistence::May::ask);
}

}  // namespace
}  // namespace holdfast::vrrp::testing
