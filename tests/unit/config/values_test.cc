// The grammars of values, each tried in a keyword that uses it.
#include "config/values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/config/invented_host.h"

namespace holdfast::config::testing {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

Parsed with_global(const std::string& line, const InventedHost& host = {}) {
    return parse_text("global_defs {\n" + line + "\n}\n", host);
}

Parsed with_instance(const std::string& line, const InventedHost& host = {}) {
    return parse_text(
        "vrrp_instance V {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1\n}\n" + line +
            "\n}\n",
        host);
}

const Instance& first(const Parsed& parsed) {
    return parsed.config.instances.at(0);
}

TEST(ValueNumber, TakesASignAndBlanksInQuotes) {
    EXPECT_EQ(*first(with_instance("priority +50")).priority, 50);
    EXPECT_EQ(*first(with_instance("priority \" 50\"")).priority, 50);
}

TEST(ValueNumber, OutOfRangeIsRefused) {
    for (const char* line : {"priority 0", "priority 256", "priority -1", "priority 99999999999999999999"}) {
        const Parsed parsed = with_instance(line);
        EXPECT_THAT(findings(parsed), ElementsAre("7 HF1202")) << line;
        EXPECT_FALSE(first(parsed).priority) << line;
    }
}

TEST(ValueNumber, WithSomethingBehindItIsFaultyAndCountsByItsLeadingPart) {
    const Parsed parsed = with_instance("priority 100abc");
    EXPECT_THAT(findings(parsed), ElementsAre("7 HF1201"));
    EXPECT_EQ(*first(parsed).priority, 100);
    EXPECT_FALSE(first(with_instance("priority 300abc")).priority);
    EXPECT_FALSE(first(with_instance("priority abc")).priority);
}

TEST(ValueNumber, ZeroRepeatsBecomeOne) {
    const Parsed parsed = with_instance("garp_master_repeat 0");
    EXPECT_THAT(findings(parsed), ElementsAre("7 HF1203"));
    EXPECT_EQ(*first(parsed).garp_master_repeat, 1U);
}

TEST(ValueNumber, WeightsThatWouldFaultBecomeTheLargestOnes) {
    const Parsed parsed = with_instance("track_interface {\neth1 weight -254\neth2 weight 255\n}");
    EXPECT_THAT(findings(parsed), ElementsAre("8 HF1203", "9 HF1202"));
    EXPECT_EQ(*first(parsed).track_interfaces.at(0).weight, -253);
}

TEST(ValueNumber, RealTimePrioritiesAreClamped) {
    const Parsed parsed = with_global("vrrp_rt_priority 130");
    EXPECT_THAT(findings(parsed), ElementsAre("2 HF1202"));
    EXPECT_EQ(*parsed.config.global.vrrp.rt_priority, 99);
}

TEST(ValueSeconds, HaveUpToSixPlacesAndRoundHalfUp) {
    EXPECT_EQ(*first(with_instance("version 3\nadvert_int 0.25")).advert_int, Duration{milliseconds{250}});
    EXPECT_EQ(*with_global("vrrp_garp_interval 0.000001").config.global.vrrp_garp_interval,
              Duration{microseconds{1}});
    const Parsed parsed = with_global("vrrp_garp_interval 0.0000015");
    EXPECT_THAT(findings(parsed), ElementsAre("2 HF1203"));
    EXPECT_EQ(*parsed.config.global.vrrp_garp_interval, Duration{microseconds{2}});
}

TEST(ValueSeconds, WithAUnitAreNoNumberAndNotMicroseconds) {
    const Parsed parsed = with_global("vrrp_garp_interval 10s");
    EXPECT_THAT(findings(parsed), ElementsAre("2 HF1201"));
    EXPECT_FALSE(parsed.config.global.vrrp_garp_interval);
}

TEST(ValueSeconds, OfAGarpIntervalMustNotBeZero) {
    EXPECT_THAT(findings(with_global("vrrp_garp_interval 0")), ElementsAre("2 HF1202"));
}

TEST(ValueSeconds, OfExtraInterfacesStandAloneOrBehindAll) {
    for (const char* name : {"garp_extra_if", "vmac_garp_intvl"})
        for (const char* words : {" 60", " all 60", " 0", " all 86400"})
            EXPECT_THAT(findings(with_instance(name + std::string{words})),
                        Not(Contains(StartsWith("7 HF12"))))
                << name << words;
    for (const char* name : {"vrrp_garp_extra_if", "vrrp_vmac_garp_intvl"})
        for (const char* words : {" 1", " all 1", " 60"})
            EXPECT_THAT(findings(with_global(name + std::string{words})), Not(Contains(StartsWith("2 HF12"))))
                << name << words;
}

TEST(ValueSeconds, OfExtraInterfacesAreNeededAndJudgedBehindAllAsWell) {
    EXPECT_THAT(findings(with_instance("garp_extra_if all")), Contains("7 HF1102"));
    EXPECT_THAT(findings(with_instance("garp_extra_if")), Contains("7 HF1102"));
    EXPECT_THAT(findings(with_instance("garp_extra_if all 86401")), Contains("7 HF1202"));
    EXPECT_THAT(findings(with_instance("garp_extra_if 86401")), Contains("7 HF1202"));
    EXPECT_THAT(findings(with_instance("garp_extra_if al 60")), Contains("7 HF1201"));
    EXPECT_THAT(findings(with_global("vrrp_garp_extra_if 0")), Contains("2 HF1202"));
}

TEST(ValueChoice, ThatIsNotKnownIsSaidWhereNothingElseCanBeMeant) {
    EXPECT_THAT(findings(with_global("dynamic_interfaces allow")), ElementsAre("2 HF1206"));
}

TEST(ValueBoolean, IsSixLowerCaseWordsAndBareMeansOn) {
    for (const char* word : {"on", "true", "yes", ""})
        EXPECT_TRUE(*with_global("vrrp_strict " + std::string{word}).config.global.vrrp_strict) << word;
    for (const char* word : {"off", "false", "no"})
        EXPECT_FALSE(*with_global("vrrp_strict " + std::string{word}).config.global.vrrp_strict) << word;
    EXPECT_THAT(findings(with_global("vrrp_strict ON")), ElementsAre("2 HF1206"));
}

TEST(ValueAddress, LosesAPrefixLengthWithoutAFinding) {
    const Parsed parsed = with_instance("mcast_src_ip 10.0.0.9/24");
    EXPECT_THAT(findings(parsed), IsEmpty());
    EXPECT_EQ(first(parsed).source_ip->text(), "10.0.0.9");
    ASSERT_THAT(parsed.diagnostics.all(), SizeIs(1));  // but it is said
    EXPECT_EQ(parsed.diagnostics.all()[0].rank, Class::notice);
}

TEST(ValuePrefix, WithANetmaskStandsForTheHost) {
    const Parsed parsed = with_instance("virtual_ipaddress {\n10.0.0.2/255.255.255.0\n}");
    EXPECT_THAT(findings(parsed), ElementsAre("8 HF1204"));
    EXPECT_EQ(first(parsed).virtual_addresses.at(1).prefix.text(), Prefix::parse("10.0.0.2/32")->text());
}

TEST(ValueWord, IsCutWhereTheProtocolHasNoRoom) {
    const Parsed parsed = with_instance("authentication {\nauth_type PASS\nauth_pass 123456789\n}");
    EXPECT_THAT(findings(parsed), ElementsAre("9 HF1211"));
    EXPECT_EQ(*first(parsed).authentication.auth_pass, "12345678");
}

TEST(ValueUmask, IsANumberOrBits) {
    EXPECT_EQ(*with_global("umask 0022").config.global.umask, 022U);
    EXPECT_EQ(*with_global("umask IWGRP | IWOTH").config.global.umask, 022U);
    EXPECT_THAT(findings(with_global("umask IFOO")), ElementsAre("2 HF1212"));
}

TEST(ValueGroup, ExistsOnThisHost) {
    EXPECT_EQ(*with_global("control_socket_group root").config.global.control_socket_group, "root");
    const Parsed parsed = with_global("control_socket_group nobody-knows-it");
    EXPECT_THAT(findings(parsed), ElementsAre("2 HF1208"));
    EXPECT_FALSE(parsed.config.global.control_socket_group);
}

TEST(ValueProcessors, ExistOnThisHost) {
    const Parsed parsed = with_global("vrrp_cpu_affinity 0 3 4");
    EXPECT_THAT(findings(parsed), ElementsAre("2 HF1202"));
    EXPECT_THAT(*parsed.config.global.vrrp.cpu_affinity, ElementsAre(0, 3));
}

const std::string secure = "enable_script_security\nscript_user root\n";

TEST(ValueScript, IsSplitIntoCommandUserAndGroup) {
    const Parsed parsed = with_global(secure + "startup_script \"/bin/x 'a b' c\" root :root");
    EXPECT_THAT(findings(parsed), IsEmpty());
    const Script& script = *parsed.config.global.startup_script;
    EXPECT_THAT(script.argv, ElementsAre("/bin/x", "a b", "c"));
    EXPECT_TRUE(script.supplementary_groups);
}

TEST(ValueScript, WithAnUnknownUserIsLeftOut) {
    const Parsed parsed = with_global(secure + "startup_script /bin/x a b");
    EXPECT_THAT(findings(parsed), ElementsAre("4 HF1208"));
    EXPECT_FALSE(parsed.config.global.startup_script);
}

TEST(ValueScript, ThatIsNotThereIsLeftOut) {
    InventedHost host;
    host.every_script = false;
    const Parsed parsed = with_global(secure + "startup_script /bin/x", host);
    EXPECT_THAT(findings(parsed), ElementsAre("4 HF1209"));
    EXPECT_FALSE(parsed.config.global.startup_script);
}

TEST(ValueScript, RunsAsTheScriptUserOfThatLine) {
    InventedHost host;
    host.users.insert("ops");
    const Parsed parsed = with_global(
        "enable_script_security\nstartup_script /bin/x\nscript_user ops\n"
        "shutdown_script /bin/x",
        host);
    EXPECT_EQ(parsed.config.global.startup_script->uid, 0U);
    EXPECT_EQ(parsed.config.global.shutdown_script->uid, 1000U);
}

TEST(ValueScript, ThatOthersCanAlterIsRefusedOnlyWithScriptSecurity) {
    InventedHost host;
    host.insecure_scripts.insert("/tmp/x");
    const Parsed open = with_instance("notify /tmp/x", host);
    EXPECT_EQ(open.diagnostics.test_status(), 6);
    EXPECT_NE(first(open).notify.of(NotifyEvent::any), nullptr);
    const Parsed closed = parse_text(
        "global_defs {\nenable_script_security\n}\nvrrp_instance V {\ninterface eth0\n"
        "virtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1\n}\nnotify /tmp/x\n}\n",
        host);
    EXPECT_EQ(closed.diagnostics.test_status(), 6);
    EXPECT_EQ(first(closed).notify.of(NotifyEvent::any), nullptr);
}

TEST(ValueScript, OfACheckThatCannotRunCountsForNobody) {
    const std::string text =
        "vrrp_script a {\nscript /tmp/x\n}\nvrrp_script b {\nscript /bin/x\n}\n"
        "vrrp_instance V {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1\n}\n"
        "track_script {\na\nb\n}\n}\n";
    InventedHost host;
    host.insecure_scripts.insert("/tmp/x");
    EXPECT_THAT(first(parse_text("global_defs {\n}\n" + text, host)).trackers, SizeIs(2));
    const Parsed closed = parse_text("global_defs {\nenable_script_security\n}\n" + text, host);
    ASSERT_THAT(closed.config.scripts, SizeIs(1));
    ASSERT_THAT(first(closed).trackers, SizeIs(1));
    EXPECT_EQ(first(closed).trackers[0].name, "b");
    host.insecure_scripts.clear();
    host.every_script = false;
    const Parsed missing = parse_text(text, host);
    EXPECT_THAT(findings(missing), ElementsAre("2 HF1209", "5 HF1209"));
    EXPECT_THAT(first(missing).trackers, IsEmpty());
}

TEST(ValueScript, OfACheckWithAWeightDoesNotCountForAnOwner) {
    const Parsed parsed = parse_text(
        "global_defs {\nenable_script_security\n}\n"
        "vrrp_script a {\nscript /bin/x\nweight 5\n}\nvrrp_script b {\nscript /bin/x\n}\n"
        "vrrp_instance V {\ninterface eth0\nvirtual_router_id 1\npriority 255\nvirtual_ipaddress "
        "{\n10.0.0.1\n}\n"
        "track_script {\na\nb\n}\n}\n");
    EXPECT_THAT(findings(parsed), ElementsAre("19 HF1316"));
    ASSERT_THAT(first(parsed).trackers, SizeIs(1));
}

TEST(ValueScript, ThatStartsWithALessThanSignTestsAFile) {
    const Parsed parsed = with_global(secure + "startup_script \"</dev/tcp/127.0.0.1/80\"");
    EXPECT_TRUE(parsed.config.global.startup_script->through_shell);
}

TEST(ValueRoute, TakesTypesMetricsAndHops) {
    const Parsed parsed = parse_text(
        "static_routes {\nblackhole 10.9.0.0/16\n"
        "default via 10.0.0.9 dev eth0 mtu lock 1400 rtt 20ms table main\n"
        "10.8.0.0/16 nexthop via 10.0.0.2 dev eth0 weight 2 nexthop via 10.0.0.3 dev eth1\n"
        "2001:db8::/32 via inet6 fe80::1 dev eth0 pref high encap mpls 16/17\n}\n");
    EXPECT_THAT(findings(parsed), IsEmpty());
    const auto& routes = parsed.config.static_routes;
    ASSERT_THAT(routes, SizeIs(4));
    EXPECT_EQ(routes[0].type, 6);
    EXPECT_EQ(routes[1].destination.length, 0);
    EXPECT_EQ(*routes[1].mtu, (RouteMetric{1400, true}));
    EXPECT_EQ(routes[1].rtt->value, 160U);
    EXPECT_EQ(*routes[1].table, 254U);
    ASSERT_THAT(routes[2].next_hops, SizeIs(2));
    EXPECT_EQ(*routes[2].next_hops[0].weight, 2);
    EXPECT_EQ(routes[2].next_hops[1].dev, "eth1");
    EXPECT_EQ(routes[3].family, Family::ipv6);
    EXPECT_THAT(routes[3].encap.labels, ElementsAre(16, 17));
}

TEST(ValueRoute, NeedsADestinationAndKnownWords) {
    EXPECT_THAT(findings(parse_text("static_routes {\nvia 10.0.0.9 dev eth0\n}\n")), ElementsAre("2 HF1320"));
    EXPECT_THAT(findings(parse_text("static_routes {\n10.0.0.0/8 dev eth0 metrik 5\n}\n")),
                ElementsAre("2 HF1204", "2 HF1204"));
}

TEST(ValueRule, NeedsAnActionAndAsksForAPreference) {
    EXPECT_THAT(findings(parse_text("static_rules {\nfrom 10.0.0.0/8 preference 5\n}\n")),
                ElementsAre("2 HF1321"));
    EXPECT_THAT(findings(parse_text("static_rules {\nfrom 10.0.0.0/8 table 5\n}\n")),
                ElementsAre("2 HF1321"));
    const Parsed parsed =
        parse_text("static_rules {\nnot to all fwmark 0x10/0xff sport 1-5 goto 90 preference 5\n}\n");
    EXPECT_THAT(findings(parsed), IsEmpty());
    const Rule& rule = parsed.config.static_rules.at(0);
    EXPECT_TRUE(rule.invert);
    EXPECT_EQ(*rule.fwmark_mask, 255U);
    EXPECT_EQ(rule.action, RuleAction::goto_preference);
}

}  // namespace
}  // namespace holdfast::config::testing
