// Facts between values: what is said, what is mended, and what stops the start.
#include "config/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/config/invented_host.h"

namespace holdfast::config::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// An instance with what it needs and `body`; its first line of body is line 7.
std::string instance(const std::string& body = "", const std::string& name = "V",
                     const std::string& vrid = "1") {
    return "vrrp_instance " + name + " {\ninterface eth0\nvirtual_router_id " + vrid +
           "\nvirtual_ipaddress {\n10.0.0.1\n}\n" + body + "\n}\n";
}

void expect(const std::string& text, const std::vector<std::string>& wanted, bool stops = false) {
    const Parsed parsed = parse_text(text);
    EXPECT_EQ(findings(parsed), wanted) << text;
    EXPECT_EQ(parsed.diagnostics.stops(), stops) << text;
}

TEST(Rules, AnInstanceNeedsAVirtualRouterId) {
    expect("vrrp_instance V {\ninterface eth0\nvirtual_ipaddress {\n10.0.0.1\n}\n}\n", {"1 HF1304"}, true);
}

TEST(Rules, AnInstanceNeedsAnInterface) {
    expect("vrrp_instance V {\nvirtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1\n}\n}\n", {"1 HF1305"},
           true);
    expect("vrrp_instance V {\ninterface lo\nvirtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1\n}\n}\n",
           {"2 HF1323"}, true);
}

TEST(Rules, UnicastNeedsASourceOrAnInterface) {
    const std::string start = "vrrp_instance V {\nvirtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1\n}\n";
    expect(start + "unicast_peer {\n10.0.0.3\n}\n}\n", {"1 HF1309"}, true);
    expect(start + "unicast_peer {\n10.0.0.3\n}\nunicast_src_ip 10.0.0.2\n}\n", {});
}

TEST(Rules, TwoInstancesOfOneNumberOnOneInterfaceStop) {
    expect(instance() + instance("", "W"), {"11 HF1306"}, true);
    expect(instance() + instance("", "W", "2"), {});
}

TEST(Rules, UnicastInstancesMayShareANumberIfTheirPeersDiffer) {
    const std::string one = "unicast_peer {\n10.0.0.3\n}";
    const std::string two = "unicast_peer {\n10.0.0.4\n}";
    expect(instance(one) + instance(two, "W"), {});
    expect(instance(one) + instance(one, "W"), {"13 HF1306"}, true);
}

TEST(Rules, WithoutAVirtualAddressVersionTwoIsWarnedAndVersionThreeStops) {
    const std::string start = "vrrp_instance V {\ninterface eth0\nvirtual_router_id 1\n";
    expect(start + "}\n", {"1 HF1307"}, false);
    expect(start + "version 3\n}\n", {"1 HF1307"}, true);
    expect(start + "strict_mode\n}\n", {"1 HF1307"}, true);
    expect(start + "version 3\nno_virtual_ipaddress\n}\n", {});
}

TEST(Rules, AnAddressOfTheOtherFamilyIsLeftOut) {
    const Parsed parsed =
        parse_text(instance("virtual_ipaddress {\nfe80::1\n}\nvirtual_ipaddress_excluded {\nfe80::2\n}"));
    EXPECT_THAT(findings(parsed), ElementsAre("8 HF1301"));
    EXPECT_THAT(parsed.config.instances[0].virtual_addresses, SizeIs(1));
    EXPECT_THAT(parsed.config.instances[0].excluded_addresses, SizeIs(1));
}

TEST(Rules, ARepeatedAddressCountsOnceAndIsNoFinding) {
    const Parsed parsed = parse_text(instance("virtual_ipaddress {\n10.0.0.1/24\n}"));
    EXPECT_THAT(findings(parsed), IsEmpty());
    EXPECT_THAT(parsed.config.instances[0].virtual_addresses, SizeIs(1));
    EXPECT_TRUE(says(parsed, "stands there twice"));
}

TEST(Rules, AddressesThatNoAdvertHoldsAreMovedToTheExcludedOnes) {
    std::string addresses = "virtual_ipaddress {\n";
    for (int i = 2; i < 302; ++i)
        addresses += "10.1." + std::to_string(i / 250) + "." + std::to_string(i % 250) + "\n";
    const Parsed parsed = parse_text(instance(addresses + "}"));
    EXPECT_THAT(findings(parsed), SizeIs(1));
    EXPECT_THAT(parsed.config.instances[0].virtual_addresses, SizeIs(255));
    EXPECT_THAT(parsed.config.instances[0].excluded_addresses, SizeIs(46));
}

TEST(Rules, StateMasterTakesNopreemptAndPreemptDelayBack) {
    const Parsed parsed = parse_text(instance("state MASTER\nnopreempt\npreempt_delay 5"));
    EXPECT_THAT(findings(parsed), ElementsAre("8 HF1311", "9 HF1311"));
    EXPECT_FALSE(parsed.config.instances[0].nopreempt);
    EXPECT_FALSE(parsed.config.instances[0].preempt_delay);
    expect(instance("nopreempt\npreempt_delay 5"), {"8 HF1311"});
    expect(instance("priority 255\nnopreempt"), {"8 HF1311"});
}

TEST(Rules, StateMasterCannotBeTakenBack) {
    const Parsed parsed = parse_text(instance("state MASTER\nstate BACKUP"));
    EXPECT_THAT(findings(parsed), ElementsAre("8 HF1109"));
    EXPECT_EQ(*parsed.config.instances[0].state, InitialState::master);
    expect(instance("state BACKUP\nstate MASTER"), {});
}

TEST(Rules, UnicastWordsNeedPeers) {
    expect(instance("unicast_ttl 5"), {"7 HF1310"});
    expect(instance("check_unicast_src"), {"7 HF1310"});
    expect(instance("unicast_src_ip 10.0.0.2"), {"7 HF1310"});
    expect(instance("unicast_src_ip 10.0.0.2\nunicast_peer {\n10.0.0.3\n}"), {});
}

TEST(Rules, AnIntervalThatItsVersionCannotSendIsSaid) {
    expect(instance("advert_int 1.5"), {"7 HF1314"});
    expect(instance("version 3\nadvert_int 1.5"), {});
    expect(instance("version 3\nadvert_int 0.015"), {"8 HF1314"});
    expect(instance("version 3\nadvert_int 50"), {"8 HF1314"});
}

TEST(Rules, AuthenticationIsForVersionTwoWithAPassword) {
    const std::string pass = "authentication {\nauth_type PASS\nauth_pass x\n}";
    expect(instance(pass), {});
    expect(instance("version 3\n" + pass), {"9 HF1315"});
    expect(instance("strict_mode\n" + pass), {"9 HF1315"});
    expect(instance("authentication {\nauth_type PASS\n}"), {"8 HF1315"});
}

TEST(Rules, TheOwnInterfaceIsTrackedAnyway) {
    const Parsed parsed = parse_text(instance("track_interface {\neth0\neth1\n}"));
    EXPECT_THAT(findings(parsed), ElementsAre("8 HF1316"));
    ASSERT_THAT(parsed.config.instances[0].track_interfaces, SizeIs(1));
    EXPECT_EQ(parsed.config.instances[0].track_interfaces[0].name, "eth1");
}

TEST(Rules, AnAddressOwnerHasNoWeights) {
    expect(instance("priority 255\ntrack_interface {\neth1 weight 5\n}"), {"9 HF1316"});
    expect(instance("priority 255\ntrack_interface {\neth1\n}"), {});
}

TEST(Rules, SyncGroupMembersExistAndAreInOneGroup) {
    const Parsed parsed =
        parse_text(instance() + instance("", "W", "2") +
                   "vrrp_sync_group G {\ngroup {\nV\nX\nW\n}\n}\nvrrp_sync_group H {\ngroup {\nV\n}\n}\n");
    EXPECT_THAT(findings(parsed), ElementsAre("20 HF1317", "26 HF1317", "24 HF1317"));
    ASSERT_THAT(parsed.config.sync_groups, SizeIs(1));
    EXPECT_THAT(parsed.config.sync_groups[0].members, SizeIs(2));
}

TEST(Rules, ASyncGroupOfOneIsWarned) {
    const Parsed parsed = parse_text(instance() + "vrrp_sync_group G {\ngroup {\nV\n}\n}\n");
    EXPECT_THAT(findings(parsed), ElementsAre("9 HF1317"));
    EXPECT_THAT(parsed.config.sync_groups, SizeIs(1));
}

TEST(Rules, MembersOfAGroupHaveNoWeightsUnlessTheGroupAllows) {
    const std::string members = instance("track_interface {\neth1 weight 5\n}") + instance("", "W", "2");
    expect(members + "vrrp_sync_group G {\ngroup {\nV\nW\n}\n}\n", {"8 HF1316"});
    expect(members + "vrrp_sync_group G {\ngroup {\nV\nW\n}\nsync_group_tracking_weight\n}\n", {});
}

TEST(Rules, StrictModeRefusesWhatTheStandardDoesNotKnow) {
    expect(instance("strict_mode\npreempt_delay 5"), {"8 HF1311"});
    expect(instance("strict_mode\ndown_timer_adverts 4"), {"8 HF1313"});
    expect(instance("strict_mode\ngarp_lower_prio_repeat 1"), {"8 HF1313"});
    expect(instance("strict_mode\nhigher_prio_send_advert"), {"8 HF1313"});
    expect(instance("strict_mode\nstate MASTER\npriority 100"), {"8 HF1313"});
    expect(instance("strict_mode\nunicast_peer {\n10.0.0.3\n}"), {"9 HF1313"}, true);
    expect("global_defs {\nvrrp_strict\n}\n" + instance(), {});
}

TEST(Rules, ScriptsWithoutScriptSecurityAreASecurityMatter) {
    const Parsed parsed = parse_text(instance("notify /bin/x\nfoo"));
    EXPECT_EQ(parsed.diagnostics.test_status(), 6);
    EXPECT_FALSE(parsed.diagnostics.stops());
    const Parsed secure =
        parse_text("global_defs {\nenable_script_security\n}\n" + instance("notify /bin/x"));
    EXPECT_EQ(secure.diagnostics.test_status(), 0);
}

TEST(Rules, OptionsForTheOtherFamilyAreDropped) {
    const std::string start = "vrrp_instance V {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n";
    expect(start + "fe80::1/64 label eth0:1\n}\n}\n", {"5 HF1302"});
    expect(start + "fe80::1/64 scope link\n}\n}\n", {"5 HF1302"});
    expect(start + "10.0.0.1/32 brd +\n}\n}\n", {"5 HF1302"});
}

TEST(Rules, AVirtualServerNeedsProtocolSchedulerMethodAndServers) {
    const auto server = [](const std::string& body) {
        return "virtual_server 10.0.0.1 80 {\n" + body + "}\n";
    };
    const std::string real = "real_server 10.0.0.2 80 {\n}\n";
    expect(server("protocol TCP\nlb_algo rr\nlb_kind NAT\n" + real), {});
    expect(server("protocol TCP\nlb_algo rr\nlb_kind NAT\n"), {"1 HF1322"});
    expect(server(real), {"1 HF1322", "1 HF1322", "1 HF1322"});
    expect(server("protocol TCP\nlb_algo rr\nlb_kind NAT\n" + real + real), {"7 HF1322"});
    expect(server("protocol TCP\nlb_algo rr\nlb_kind NAT\nquorum 5\n" + real), {"5 HF1322"});
}

TEST(Rules, AMailRelayThatDoesNotResolveIsSaid) {
    expect("global_defs {\nsmtp_server mail.example.org\n}\n", {"2 HF1214"});
    expect("global_defs {\nsmtp_server localhost\n}\n", {});
}

}  // namespace
}  // namespace holdfast::config::testing
