// How blocks, lines and mistakes are read. A finding is named by its line and number.
#include "config/parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/config/invented_host.h"

namespace holdfast::config::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* two_networks = R"(! Configuration File for keepalived
global_defs {
router_id LVS_A
}
vrrp_sync_group VG1 {
group{
VI_1
VI_2
}
}
vrrp_instance VI_1 {
state BACKUP
interface eth0
virtual_router_id 51
priority 100
advert_int 1
nopreempt
authentication {
auth_type PASS
auth_pass 1111
}
track_interface {
eth1
}
virtual_ipaddress {
192.168.1.111/24 dev eth0 label eth0:1
}
}
vrrp_instance VI_2 {
state BACKUP
interface eth1
virtual_router_id 52
priority 100
advert_int 1
nopreempt
authentication {
auth_type PASS
auth_pass 2222
}
track_interface {
eth0
}
virtual_ipaddress {
192.168.1.112/24
}
}
)";

std::string instance(const std::string& body) {
    return "vrrp_instance V {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1\n}\n" +
           body + "\n}\n";
}

TEST(Parse, TheFileOfTwoHostsWithTwoNetworksHasNoFindings) {
    const Parsed parsed = parse_text(two_networks);
    EXPECT_THAT(findings(parsed), IsEmpty());
    EXPECT_EQ(parsed.diagnostics.test_status(), 0);
    ASSERT_THAT(parsed.config.instances, SizeIs(2));
    const Instance& first = parsed.config.instances[0];
    EXPECT_EQ(first.name, "VI_1");
    EXPECT_EQ(*first.state, InitialState::backup);
    EXPECT_EQ(*first.interface, "eth0");
    EXPECT_EQ(*first.virtual_router_id, 51);
    EXPECT_EQ(*first.priority, 100);
    EXPECT_EQ(*first.advert_int, Duration{std::chrono::seconds{1}});
    EXPECT_TRUE(*first.nopreempt);
    EXPECT_EQ(*first.authentication.auth_type, AuthType::pass);
    EXPECT_EQ(*first.authentication.auth_pass, "1111");
    EXPECT_EQ(first.family, Family::ipv4);
    ASSERT_THAT(first.track_interfaces, SizeIs(1));
    EXPECT_EQ(first.track_interfaces[0].name, "eth1");
    ASSERT_THAT(first.virtual_addresses, SizeIs(1));
    EXPECT_EQ(first.virtual_addresses[0].prefix.text(), "192.168.1.111/24");
    EXPECT_EQ(first.virtual_addresses[0].dev, "eth0");
    EXPECT_EQ(first.virtual_addresses[0].label, "eth0:1");
    ASSERT_THAT(parsed.config.sync_groups, SizeIs(1));
    EXPECT_EQ(parsed.config.sync_groups[0].members[1].name, "VI_2");
}

TEST(Parse, EverySettingKnowsWhereItWasWritten) {
    const Parsed parsed = parse_text(two_networks);
    EXPECT_EQ(parsed.config.instances[0].priority.place.line, 15U);
    EXPECT_EQ(parsed.config.instances[0].virtual_addresses[0].place.line, 26U);
}

TEST(Parse, AnUnknownKeywordCostsItsLineAndSuggestsTheNearest) {
    const Parsed parsed = parse_text(instance("prioriti 50\nnopreempt"));
    EXPECT_THAT(findings(parsed), ElementsAre("7 HF1101"));
    EXPECT_EQ(parsed.diagnostics.all()[0].suggestion, "priority");
    EXPECT_TRUE(*parsed.config.instances[0].nopreempt);
}

TEST(Parse, AnUnknownBlockIsSkippedToItsOwnBraceWithOneFinding) {
    const Parsed parsed = parse_text(instance("split {\npriority 7\ninner {\na\n}\n}\npriority 50"));
    EXPECT_THAT(findings(parsed), ElementsAre("7 HF1101"));
    EXPECT_EQ(*parsed.config.instances[0].priority, 50);
}

TEST(Parse, AMissingWordCostsItsLineAndOnlyTestModeEndsWithTwo) {
    const Parsed parsed = parse_text(instance("priority\nnopreempt\nfoo"));
    EXPECT_THAT(findings(parsed), ElementsAre("7 HF1102", "9 HF1101"));
    EXPECT_EQ(parsed.diagnostics.test_status(), 2);
    EXPECT_FALSE(parsed.diagnostics.stops());
    EXPECT_FALSE(parsed.config.instances[0].priority);
}

TEST(Parse, AMissingOpeningBraceIsSaidAndTheBlockGoesOn) {
    const Parsed parsed = parse_text(
        "vrrp_instance V\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress\n10.0.0.1\n}\n}\n");
    EXPECT_THAT(findings(parsed), ElementsAre("1 HF1103", "4 HF1103"));
    ASSERT_THAT(parsed.config.instances, SizeIs(1));
    EXPECT_THAT(parsed.config.instances[0].virtual_addresses, SizeIs(1));
}

TEST(Parse, AnUnclosedInstanceIsLeftOut) {
    const Parsed parsed = parse_text("vrrp_instance V {\ninterface eth0\nvirtual_router_id 1\n");
    EXPECT_THAT(findings(parsed), ElementsAre("3 HF1106"));
    EXPECT_THAT(parsed.config.instances, IsEmpty());
}

TEST(Parse, ABraceTooManyIsSaid) {
    const Parsed parsed = parse_text(instance("") + "}\nvrrp_version 3\n");
    EXPECT_THAT(findings(parsed), ElementsAre("9 HF1105", "10 HF1101"));
}

TEST(Parse, AKeywordWithoutABlockLosesTheOneBehindIt) {
    const Parsed parsed = parse_text(instance("priority 50 {\nnopreempt\n}\n"));
    EXPECT_THAT(findings(parsed), ElementsAre("7 HF1104"));
    EXPECT_EQ(*parsed.config.instances[0].priority, 50);
    EXPECT_FALSE(parsed.config.instances[0].nopreempt);
}

TEST(Parse, ASecondInstanceOfOneNameIsSkipped) {
    const Parsed parsed = parse_text(instance("priority 50") + instance("priority 60"));
    EXPECT_THAT(findings(parsed), ElementsAre("9 HF1110"));
    ASSERT_THAT(parsed.config.instances, SizeIs(1));
    EXPECT_EQ(*parsed.config.instances[0].priority, 50);
}

TEST(Parse, WordsBehindAValueAreIgnored) {
    EXPECT_THAT(findings(parse_text(instance("priority 100 please"))), IsEmpty());
}

TEST(Parse, AWordBeforeTheBraceOfAListIsSaid) {
    EXPECT_THAT(findings(parse_text("static_ipaddress foo {\n10.0.0.9 dev eth0\n}\n")),
                ElementsAre("1 HF1112"));
}

TEST(Parse, TheLastSettingWins) {
    EXPECT_EQ(*parse_text(instance("priority 50\npriority 60")).config.instances[0].priority, 60);
}

TEST(Parse, TheFirstNotifyScriptWins) {
    const Parsed parsed = parse_text("global_defs {\nenable_script_security\nscript_user root\n}\n" +
                                     instance("notify_master /bin/a\nnotify_master /bin/b"));
    EXPECT_THAT(findings(parsed), ElementsAre("12 HF1109"));
    EXPECT_EQ(parsed.config.instances[0].notify.of(NotifyEvent::master)->path, "/bin/a");
}

TEST(Parse, ListsAccumulate) {
    const Parsed parsed = parse_text(instance("virtual_ipaddress {\n10.0.0.2\n}"));
    EXPECT_THAT(parsed.config.instances[0].virtual_addresses, SizeIs(2));
}

TEST(Parse, AWordWithoutEffectIsSaidOnceWhereItStandsFirst) {
    const Parsed parsed = parse_text(instance("vmac_xmit_base\nvmac_xmit_base"));
    EXPECT_THAT(findings(parsed), IsEmpty());
    ASSERT_THAT(parsed.config.without_effect, SizeIs(1));
    EXPECT_EQ(parsed.config.without_effect[0].keyword, "vmac_xmit_base");
    EXPECT_EQ(parsed.config.without_effect[0].first.line, 7U);
    EXPECT_EQ(parsed.config.without_effect[0].times, 2U);
    EXPECT_THAT(parsed.diagnostics.all(), SizeIs(1));
}

TEST(Parse, AWordWithoutEffectHasItsArgumentsChecked) {
    EXPECT_THAT(findings(parse_text(
                    "virtual_server 10.0.0.1 80 {\ndelay_loop x\nlb_algo rr\nlb_kind NAT\nprotocol TCP\n"
                    "real_server 10.0.0.2 80 {\nweight -1\n}\n}\n")),
                ElementsAre("2 HF1201", "7 HF1202"));
}

TEST(Parse, ATrackedScriptMustStandBefore) {
    const std::string security = "global_defs {\nenable_script_security\nscript_user root\n}\n";
    const std::string script = "vrrp_script chk {\nscript /bin/true\n}\n";
    EXPECT_THAT(findings(parse_text(security + script + instance("track_script {\nchk weight 5\n}"))),
                IsEmpty());
    EXPECT_THAT(findings(parse_text(security + instance("track_script {\nchk\n}") + script)),
                ElementsAre("12 HF1111"));
}

TEST(Parse, AnInterfaceThatIsMissingStopsTheStartUnlessInterfacesAreDynamic) {
    const std::string text =
        "vrrp_instance V {\ninterface eth9\nvirtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1\n}\n}\n";
    const Parsed missing = parse_text(text);
    EXPECT_TRUE(missing.diagnostics.stops());
    EXPECT_EQ(missing.diagnostics.test_status(), 5);
    const Parsed dynamic = parse_text("global_defs {\ndynamic_interfaces\n}\n" + text);
    EXPECT_THAT(findings(dynamic), IsEmpty());
    EXPECT_EQ(*dynamic.config.instances[0].interface, "eth9");
    EXPECT_EQ(*dynamic.config.global.dynamic_interfaces, DynamicInterfaces::allowed);
}

TEST(Parse, StrictConfigMakesAFindingStopTheStart) {
    EXPECT_FALSE(parse_text(instance("foo")).diagnostics.stops());
    EXPECT_TRUE(parse_text(instance("foo"), InventedHost{}, {.strict = true}).diagnostics.stops());
    EXPECT_FALSE(
        parse_text(instance("vmac_xmit_base"), InventedHost{}, {.strict = true}).diagnostics.stops());
}

TEST(Parse, AnEmptyFileIsValid) {
    EXPECT_EQ(parse_text("").diagnostics.test_status(), 0);
}

}  // namespace
}  // namespace holdfast::config::testing
