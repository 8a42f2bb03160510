// One vrrp_instance as the settings of a virtual router: a default, an inheritance or a change by strict mode
// in each row.
#include "plan/routers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "unit/plan/planned.h"

namespace holdfast::plan::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

IpAddress ip(const std::string& text) {
    return IpAddress::parse(text).value();
}

// --- Version and interval

TEST(PlannedVersion, IsTwoForIpv4AndThreeForIpv6UnlessWritten) {
    EXPECT_EQ(router_with("").version, Version::v2);
    EXPECT_EQ(router_with("version 3").version, Version::v3);
    EXPECT_EQ(router_with("", "vrrp_version 3").version, Version::v3);
    EXPECT_EQ(router_with("version 2", "vrrp_version 3").version, Version::v2);
    EXPECT_EQ(router_with("", "", an_ipv6_address).version, Version::v3);
    EXPECT_EQ(router_with("", "vrrp_version 2", an_ipv6_address).version, Version::v3);
    EXPECT_EQ(router_with("version 2", "", an_ipv6_address).version, Version::v2);
    EXPECT_EQ(router_with("version 2\nstrict_mode", "", an_ipv6_address).version, Version::v3);
}

TEST(PlannedVersion, FamilyIsThatOfTheFirstAddress) {
    EXPECT_EQ(router_with("").family, Family::ipv4);
    EXPECT_EQ(router_with("", "", an_ipv6_address).family, Family::ipv6);
    EXPECT_EQ(router_with("", "", an_ipv6_address).group, ip("ff02::12"));
}

TEST(PlannedInterval, VersionTwoCountsWholeSecondsRoundedHalfUp) {
    const std::map<std::string, Duration> rows{{"", 1s},    {"1", 1s},   {"1.4", 1s},  {"1.5", 2s},
                                               {"0.2", 1s}, {"2.5", 3s}, {"255", 255s}};
    for (const auto& [written, used] : rows)
        EXPECT_EQ(router_with(written.empty() ? "" : "advert_int " + written).advert_interval, used)
            << written;
}

TEST(PlannedInterval, VersionThreeCountsCentisecondsUpToItsTwelveBits) {
    const std::map<std::string, Duration> rows{{"0.1", 100ms},   {"0.01", 10ms}, {"0.255", 260ms},
                                               {"0.254", 250ms}, {"1", 1s},      {"40.95", 40950ms},
                                               {"60", 40950ms}};
    for (const auto& [written, used] : rows)
        EXPECT_EQ(router_with("version 3\nadvert_int " + written).advert_interval, used) << written;
}

// --- Election

TEST(PlannedPriority, IsHundredOrThatOfAnOwnerForStateMaster) {
    EXPECT_EQ(router_with("").priority.wire(), 100);
    EXPECT_EQ(router_with("state BACKUP").priority.wire(), 100);
    EXPECT_EQ(router_with("state MASTER").priority.wire(), 255);
    EXPECT_EQ(router_with("state MASTER\npriority 150").priority.wire(), 150);
}

TEST(PlannedStart, IsActiveForStateMasterAndForAnOwner) {
    EXPECT_FALSE(router_with("").starts_active);
    EXPECT_TRUE(router_with("state MASTER\npriority 150").starts_active);
    EXPECT_TRUE(router_with("priority 255").starts_active);
    EXPECT_FALSE(router_with("state BACKUP\npriority 255").starts_active);
}

TEST(PlannedStart, InStrictModeFollowsThePriority) {
    EXPECT_FALSE(router_with("state MASTER\npriority 150\nstrict_mode").starts_active);
    EXPECT_TRUE(router_with("state BACKUP\npriority 255\nstrict_mode").starts_active);
    EXPECT_FALSE(router_with("state MASTER\npriority 150", "vrrp_strict").starts_active);
}

TEST(PlannedPreemption, IsOnUnlessForbidden) {
    EXPECT_TRUE(router_with("").preempt);
    EXPECT_FALSE(router_with("nopreempt").preempt);
    EXPECT_TRUE(router_with("nopreempt\npreempt").preempt);
}

TEST(PlannedPreemption, AnOwnerAndAConfiguredMasterCannotForgoIt) {
    EXPECT_TRUE(router_with("nopreempt\npriority 255").preempt);
    EXPECT_TRUE(router_with("nopreempt\nstate MASTER\npriority 100").preempt);
}

TEST(PlannedPreemption, DelayNeedsPreemptionFromBackup) {
    EXPECT_EQ(router_with("preempt_delay 90").preempt_delay, 90s);
    EXPECT_EQ(router_with("preempt_delay 0.5").preempt_delay, 500ms);
    EXPECT_EQ(router_with("preempt_delay 90\nnopreempt").preempt_delay, 0s);
    EXPECT_EQ(router_with("preempt_delay 90\nstate MASTER\npriority 100").preempt_delay, 0s);
    EXPECT_EQ(router_with("preempt_delay 90\nstrict_mode").preempt_delay, 0s);
}

TEST(PlannedDownTimer, TakesThreeAdvertsUnlessWritten) {
    EXPECT_EQ(router_with("").down_timer_adverts, 3);
    EXPECT_EQ(router_with("down_timer_adverts 5").down_timer_adverts, 5);
    EXPECT_EQ(router_with("", "vrrp_down_timer_adverts 4").down_timer_adverts, 4);
    EXPECT_EQ(router_with("down_timer_adverts 5", "vrrp_down_timer_adverts 4").down_timer_adverts, 5);
    EXPECT_EQ(router_with("down_timer_adverts 5\nstrict_mode").down_timer_adverts, 3);
}

TEST(PlannedAnswers, ToLowerAndHigherPrioritiesAreInheritedAndFixedInStrictMode) {
    EXPECT_TRUE(router_with("").answers_lower_priority);
    EXPECT_FALSE(router_with("lower_prio_no_advert").answers_lower_priority);
    EXPECT_FALSE(router_with("", "vrrp_lower_prio_no_advert").answers_lower_priority);
    EXPECT_TRUE(router_with("lower_prio_no_advert off", "vrrp_lower_prio_no_advert").answers_lower_priority);
    EXPECT_FALSE(router_with("strict_mode").answers_lower_priority);
    EXPECT_FALSE(router_with("").advert_before_yielding);
    EXPECT_TRUE(router_with("higher_prio_send_advert").advert_before_yielding);
    EXPECT_TRUE(router_with("", "vrrp_higher_prio_send_advert").advert_before_yielding);
    EXPECT_FALSE(router_with("higher_prio_send_advert\nstrict_mode").advert_before_yielding);
}

TEST(PlannedOwner, IgnoresOtherOwnersOnlyWhenToldToOrStrict) {
    EXPECT_FALSE(router_with("priority 255").owner_ignores_adverts);
    EXPECT_TRUE(router_with("priority 255\nowner_ignore_adverts").owner_ignores_adverts);
    EXPECT_TRUE(router_with("priority 255", "vrrp_owner_ignore_adverts").owner_ignores_adverts);
    EXPECT_TRUE(router_with("priority 255\nstrict_mode").owner_ignores_adverts);
    EXPECT_FALSE(router_with("priority 200\nowner_ignore_adverts").owner_ignores_adverts);
}

// keepalived switches it on again whatever is written; a written "off" means off here.
TEST(PlannedOwner, ListensToOthersWhenThatIsWritten) {
    EXPECT_FALSE(router_with("priority 255\nowner_ignore_adverts off", "vrrp_owner_ignore_adverts")
                     .owner_ignores_adverts);
}

// --- Where adverts go, and from where

TEST(PlannedAddressing, TheGroupIsTheInstancesElseTheGlobalElseTheStandard) {
    EXPECT_EQ(router_with("").group, ip("224.0.0.18"));
    EXPECT_EQ(router_with("", "vrrp_mcast_group4 224.0.0.19").group, ip("224.0.0.19"));
    EXPECT_EQ(router_with("mcast_dst_ip 224.0.0.20", "vrrp_mcast_group4 224.0.0.19").group, ip("224.0.0.20"));
    EXPECT_EQ(router_with("", "vrrp_mcast_group6 ff02::13", an_ipv6_address).group, ip("ff02::13"));
}

TEST(PlannedAddressing, PeersMakeItUnicastAndBringTheirTtlLimits) {
    const auto router =
        router_with("unicast_peer {\n192.0.2.2\n192.0.2.3 min_ttl 254 max_ttl 255\n}\ncheck_unicast_src");
    EXPECT_TRUE(router.unicast);
    EXPECT_TRUE(router.only_from_peers);
    ASSERT_THAT(router.peers, SizeIs(2));
    EXPECT_EQ(router.peers[0].address, ip("192.0.2.2"));
    EXPECT_EQ(router.peers[0].min_ttl, 0);
    EXPECT_EQ(router.peers[0].max_ttl, 255);
    EXPECT_EQ(router.peers[1].min_ttl, 254);
    EXPECT_FALSE(router_with("unicast_src_ip 192.0.2.1").unicast);
}

TEST(PlannedAddressing, AMissingPeerIsAFaultOnlyOnRequest) {
    EXPECT_EQ(router_with("unicast_src_ip 192.0.2.1").fault, std::nullopt);
    EXPECT_EQ(router_with("unicast_src_ip 192.0.2.1\nunicast_fault_no_peer").fault,
              engine::ConfigurationFault::no_peer);
}

// keepalived sends with TTL 0 then, which reaches nobody.
TEST(PlannedAddressing, UnicastTtlCountsOnlyForUnicast) {
    EXPECT_EQ(plan_with("unicast_ttl 64").routers.at(0).unicast_ttl, std::nullopt);
    EXPECT_EQ(plan_with("unicast_ttl 64\nunicast_peer {\n192.0.2.2\n}").routers.at(0).unicast_ttl, 64);
    EXPECT_EQ(plan_with("unicast_peer {\n192.0.2.2\n}").routers.at(0).unicast_ttl, std::nullopt);
}

TEST(PlannedAddressing, ASourceIsTrackedOnlyWhenThereIsOne) {
    EXPECT_FALSE(router_with("track_src_ip").track_source);
    EXPECT_TRUE(router_with("mcast_src_ip 192.0.2.1\ntrack_src_ip").track_source);
    EXPECT_FALSE(router_with("mcast_src_ip 192.0.2.1").track_source);
}

// --- Authentication

TEST(PlannedAuthentication, APasswordIsEightBytesPaddedWithZeros) {
    const auto router = router_with("authentication {\nauth_type PASS\nauth_pass 1111\n}");
    EXPECT_EQ(router.password, (engine::Password{'1', '1', '1', '1', 0, 0, 0, 0}));
    EXPECT_EQ(router_with("authentication {\nauth_type PASS\nauth_pass 123456789\n}").password,
              (engine::Password{'1', '2', '3', '4', '5', '6', '7', '8'}));
}

TEST(PlannedAuthentication, NeedsVersionTwoWithoutStrictModeAndAPassword) {
    const std::string lines = "authentication {\nauth_type PASS\nauth_pass 1111\n}\n";
    EXPECT_EQ(router_with(lines + "version 3").password, std::nullopt);
    EXPECT_EQ(router_with(lines + "strict_mode").password, std::nullopt);
    EXPECT_EQ(router_with("authentication {\nauth_type PASS\n}").password, std::nullopt);
}

TEST(PlannedAuthentication, WhatWeCannotSpeakIsAFaultRatherThanASecondActive) {
    EXPECT_EQ(router_with("authentication {\nauth_type AH\nauth_pass 1111\n}").fault,
              engine::ConfigurationFault::unsupported_auth);
    EXPECT_EQ(router_with("version 3\nauth_hmac {\nkey 1 00112233445566778899aabbccddeeff"
                          "00112233445566778899aabbccddeeff\n}")
                  .fault,
              engine::ConfigurationFault::unsupported_auth);
}

TEST(PlannedAuthentication, AhIsIgnoredWhereKeepalivedIgnoresIt) {
    const std::string lines = "authentication {\nauth_type AH\nauth_pass 1111\n}\n";
    EXPECT_EQ(router_with(lines + "version 3").fault, std::nullopt);
    EXPECT_EQ(router_with(lines + "strict_mode").fault, std::nullopt);
}

// --- Announcements

struct AnnounceRow {
    const char* lines;
    const char* global;
    engine::AnnouncePolicy expected;
};

TEST(PlannedAnnouncements, AreInheritedValueByValue) {
    const engine::AnnouncePolicy standard;
    EXPECT_EQ(standard.repeat, 5);
    const AnnounceRow rows[] = {
        {"", "", {5, 5s, 0s, 1, 5, 5s}},
        {"garp_master_repeat 2\ngarp_master_delay 1", "", {2, 1s, 0s, 1, 5, 5s}},
        {"", "vrrp_garp_master_repeat 3\nvrrp_garp_master_delay 7", {3, 7s, 0s, 1, 3, 7s}},
        {"garp_master_repeat 2", "vrrp_garp_master_repeat 3", {2, 5s, 0s, 1, 3, 5s}},
        {"garp_lower_prio_repeat 0\ngarp_lower_prio_delay 0", "", {5, 5s, 0s, 1, 0, 0s}},
        {"", "vrrp_garp_lower_prio_repeat 1\nvrrp_garp_lower_prio_delay 2", {5, 5s, 0s, 1, 1, 2s}},
        {"garp_master_refresh 60\ngarp_master_refresh_repeat 2", "", {5, 5s, 60s, 2, 5, 5s}},
        {"", "vrrp_garp_master_refresh 30\nvrrp_garp_master_refresh_repeat 3", {5, 5s, 30s, 3, 5, 5s}},
        {"", "vrrp_min_garp", {1, 0s, 0s, 1, 1, 0s}},
        {"garp_master_repeat 4", "vrrp_min_garp", {4, 0s, 0s, 1, 1, 0s}},
        {"garp_master_delay 0", "", {5, 0s, 0s, 1, 5, 5s}},
        {"strict_mode", "", {5, 5s, 0s, 1, 0, 0s}},
    };
    for (const AnnounceRow& row : rows) {
        const auto policy = router_with(row.lines, row.global).announce;
        const std::string where = std::string{row.lines} + " / " + row.global;
        EXPECT_EQ(policy.repeat, row.expected.repeat) << where;
        EXPECT_EQ(policy.delay, row.expected.delay) << where;
        EXPECT_EQ(policy.refresh, row.expected.refresh) << where;
        EXPECT_EQ(policy.refresh_repeat, row.expected.refresh_repeat) << where;
        EXPECT_EQ(policy.lower_priority_repeat, row.expected.lower_priority_repeat) << where;
        EXPECT_EQ(policy.lower_priority_delay, row.expected.lower_priority_delay) << where;
    }
}

// --- Tracking

std::vector<std::string> tracked_by(const Plan& plan) {
    std::vector<std::string> words;
    for (const engine::TrackedLink& link : plan.engine.routers.at(0).tracked_links)
        words.push_back(plan.links[index(link.link)].name + " " + std::to_string(link.weight) +
                        (link.reverse ? " reverse" : ""));
    return words;
}

TEST(PlannedTracking, OwnLinkCountsUnlessForbidden) {
    EXPECT_TRUE(router_with("").tracks_own_link);
    EXPECT_FALSE(router_with("dont_track_primary").tracks_own_link);
}

TEST(PlannedTracking, InterfacesAreTrackedAsWrittenAndTheOwnOneNotTwice) {
    EXPECT_THAT(
        tracked_by(plan_with("track_interface {\neth0\neth1\neth2 weight -20\neth3 weight 5 reverse\n}")),
        ElementsAre("eth1 0", "eth2 -20", "eth3 5 reverse"));
}

TEST(PlannedTracking, AnOwnersPriorityIsNeverAdjusted) {
    EXPECT_THAT(tracked_by(plan_with("priority 255\ntrack_interface {\neth1\neth2 weight 10\n}")),
                ElementsAre("eth1 0"));
}

TEST(PlannedTracking, WhatAddressesRoutesAndRulesNeedIsTrackedUnlessForbidden) {
    EXPECT_THAT(tracked_by(plan_with(
                    "virtual_ipaddress {\n192.0.2.101/24 dev eth1\n192.0.2.102/24 dev eth2 no_track\n}"
                    "\nvirtual_ipaddress_excluded {\n192.0.2.103/24 dev eth3\n}"
                    "\nvirtual_routes {\n203.0.113.0/24 dev eth4\n198.51.100.0/24 dev eth5 no_track\n}"
                    "\nvirtual_rules {\nfrom 192.0.2.0/24 iif eth6 table 7\n}")),
                ElementsAre("eth1 0", "eth3 0", "eth4 0", "eth6 0"));
}

TEST(PlannedTracking, AWrittenWeightWinsOverTheOneOfAnAddress) {
    EXPECT_THAT(tracked_by(plan_with("track_interface {\neth1 weight 10\n}\nvirtual_ipaddress {\n"
                                     "192.0.2.101/24 dev eth1\n}")),
                ElementsAre("eth1 10"));
}

// --- Addresses in the adverts

TEST(PlannedAdvert, ListsTheAddressesInOrderAndLeavesOutTheExcluded) {
    const Plan plan =
        plan_with("virtual_ipaddress {\n192.0.2.50/24\n}\nvirtual_ipaddress_excluded {\n192.0.2.60/24\n}");
    EXPECT_THAT(plan.engine.routers.at(0).addresses, ElementsAre(ip("192.0.2.100"), ip("192.0.2.50")));
    ASSERT_THAT(plan.routers.at(0).addresses, SizeIs(3));
    EXPECT_FALSE(plan.routers.at(0).addresses[2].advertised);
}

TEST(PlannedAdvert, WhatItCannotHoldComesAlongExcluded) {
    std::string many = "virtual_ipaddress {\n";
    for (int at = 0; at < 300; ++at)
        many += "10." + std::to_string(at / 250) + ".0." + std::to_string(at % 250 + 1) + "/32\n";
    const Plan plan = plan_with(many + "}");
    EXPECT_THAT(plan.engine.routers.at(0).addresses, SizeIs(255));
    EXPECT_THAT(plan.routers.at(0).addresses, SizeIs(301));
    EXPECT_FALSE(plan.routers.at(0).addresses[255].advertised);
}

TEST(PlannedAdvert, OverIpv6HoldsEightyNine) {
    std::string many = "virtual_ipaddress {\n";
    for (int at = 1; at <= 100; ++at)
        many += "2001:db8::" + std::to_string(at) + "/64\n";
    EXPECT_THAT(router_with(many + "}", "", an_ipv6_address).addresses, SizeIs(89));
}

// --- Buffers and checks

TEST(PlannedReceiving, ChecksAreInherited) {
    EXPECT_FALSE(router_with("").skip_address_check);
    EXPECT_TRUE(router_with("skip_check_adv_addr").skip_address_check);
    EXPECT_TRUE(router_with("", "vrrp_skip_check_adv_addr").skip_address_check);
    EXPECT_TRUE(router_with("", "vrrp_check_unicast_src").only_from_peers);
    EXPECT_TRUE(router_with("v3_checksum_as_v2\nversion 3").checksum_without_pseudo_header);
    EXPECT_TRUE(router_with("version 3", "v3_checksum_as_v2").checksum_without_pseudo_header);
}

TEST(PlannedReceiving, BufferSizeFollowsThePolicy) {
    const auto bytes = [](const std::string& lines, const std::string& global) {
        return plan_with(lines, global).routers.at(0).receive_buffer_bytes;
    };
    EXPECT_EQ(bytes("", ""), 0u);
    EXPECT_EQ(bytes("kernel_rx_buf_size 4096", "vrrp_rx_bufs_policy MTU"), 4096u);
    EXPECT_EQ(bytes("", "vrrp_rx_bufs_policy MTU"), 4500u);
    EXPECT_EQ(bytes("", "vrrp_rx_bufs_policy MTU\nvrrp_rx_bufs_multiplier 2"), 3000u);
    EXPECT_EQ(bytes("", "vrrp_rx_bufs_policy ADVERT"), (20u + 16 + 4) * 3);
    EXPECT_EQ(bytes("", "vrrp_rx_bufs_policy 65536"), 65536u);
}

}  // namespace
}  // namespace holdfast::plan::testing
