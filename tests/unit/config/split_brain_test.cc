#include "config/split_brain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/dump.h"
#include "unit/config/invented_host.h"

namespace holdfast::config::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string instance(const std::string& guard, const std::string& name = "V") {
    return "vrrp_instance " + name +
           " {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1\n}\n" + guard + "}\n";
}

std::string guard(const std::string& lines) {
    return "split_brain {\n" + lines + "}\n";
}

const std::string everything = guard(
    "policy fence\n"
    "heartbeat interface eth1\n"
    "heartbeat unicast 10.0.0.2 source 10.0.0.3 interface eth2\n"
    "heartbeat serial /dev/ttyS1 9600\n"
    "heartbeat serial /dev/ttyS2\n"
    "heartbeat_key file:/etc/holdfast/heartbeat.key\n"
    "heartbeat_port 1112\n"
    "probe_addresses off\n"
    "references quorum 2 {\n10.0.0.250\n10.0.0.251 dev eth1\n10.0.0.252\ninterval 0.2\nfall 3\nrise 2\n}\n"
    "isolated_active keep\n"
    "return_delay 2.5\n"
    "fence {\nagent fence_ipmilan\noption ip 10.0.0.99\noption password_file \"/etc/holdfast/ipmi key\"\n"
    "delay 1.5\ndelay_by_priority off\ntimeout 5\nretries 7\non_failure takeover\n}\n");

TEST(SplitBrain, IsReadWithEverythingThatItMaySay) {
    const Parsed parsed = parse_text(instance(everything));
    EXPECT_THAT(findings(parsed), IsEmpty());
    ASSERT_THAT(parsed.config.instances, SizeIs(1));
    const auto& read = parsed.config.instances[0].split_brain;
    ASSERT_TRUE(read);
    EXPECT_EQ(*read->policy, GuardPolicy::fence);
    ASSERT_THAT(read->heartbeats, SizeIs(4));
    EXPECT_EQ(read->heartbeats[0].interface, "eth1");
    EXPECT_EQ(read->heartbeats[1].peer->text(), "10.0.0.2");
    EXPECT_EQ(read->heartbeats[1].source->text(), "10.0.0.3");
    EXPECT_EQ(read->heartbeats[1].interface, "eth2");
    EXPECT_EQ(read->heartbeats[2].device, "/dev/ttyS1");
    EXPECT_EQ(read->heartbeats[2].speed, 9600U);
    EXPECT_EQ(read->heartbeats[3].speed, 115200U);
    EXPECT_EQ(*read->heartbeat_key, "file:/etc/holdfast/heartbeat.key");
    EXPECT_EQ(*read->heartbeat_port, 1112);
    EXPECT_FALSE(*read->probe_addresses);
    ASSERT_TRUE(read->references);
    ASSERT_THAT(read->references->hosts, SizeIs(3));
    EXPECT_EQ(read->references->hosts[1].dev, "eth1");
    EXPECT_EQ(*read->references->quorum, 2);
    EXPECT_EQ(*read->references->interval, std::chrono::milliseconds{200});
    EXPECT_EQ(*read->references->fall, 3);
    EXPECT_EQ(*read->references->rise, 2);
    EXPECT_EQ(*read->isolated_active, IsolatedActive::keep);
    EXPECT_EQ(*read->return_delay, std::chrono::milliseconds{2500});
    ASSERT_TRUE(read->fence);
    EXPECT_EQ(*read->fence->agent, "fence_ipmilan");
    ASSERT_THAT(read->fence->options, SizeIs(2));
    EXPECT_EQ(read->fence->options[1].name, "password_file");
    EXPECT_EQ(read->fence->options[1].value, "/etc/holdfast/ipmi key");
    EXPECT_EQ(*read->fence->timeout, std::chrono::seconds{5});
    EXPECT_EQ(*read->fence->retries, 7);
    EXPECT_EQ(*read->fence->on_failure, FenceFailure::takeover);
}

TEST(SplitBrain, IsDumpedAsItWasRead) {
    const std::string text = dump(parse_text(instance(everything)).config);
    EXPECT_EQ(dump(parse_text(text).config), text);
    EXPECT_THAT(text, HasSubstr("heartbeat interface eth2 unicast 10.0.0.2 source 10.0.0.3"));
    EXPECT_THAT(text, HasSubstr("option password_file \"/etc/holdfast/ipmi key\""));
}

TEST(SplitBrain, ALaterBlockTakesThePlaceOfAnEarlierOne) {
    const Parsed parsed =
        parse_text(instance(guard("policy hold\nheartbeat interface eth1\n") + guard("policy alert\n")));
    EXPECT_EQ(*parsed.config.instances[0].split_brain->policy, GuardPolicy::alert);
    EXPECT_THAT(parsed.config.instances[0].split_brain->heartbeats, IsEmpty());
}

TEST(SplitBrain, WithoutAPolicyItIsLeftOut) {
    const Parsed parsed = parse_text(instance(guard("heartbeat interface eth1\n")));
    EXPECT_THAT(findings(parsed), Contains("7 HF1113"));
    EXPECT_FALSE(parsed.config.instances[0].split_brain);
}

TEST(SplitBrain, AHeartbeatNeedsOneWayThatExists) {
    for (const char* wrong :
         {"heartbeat", "heartbeat source 10.0.0.1", "heartbeat serial ttyS1",
          "heartbeat serial /dev/ttyS1 9600 interface eth1", "heartbeat unicast 224.0.0.18",
          "heartbeat unicast 0.0.0.0", "heartbeat unicast 10.0.0.2 source fe80::1",
          "heartbeat interface eth9", "heartbeat unicast peer", "heartbeat serial /dev/ttyS1 5"}) {
        const Parsed parsed = parse_text(instance(guard("policy hold\n" + std::string{wrong} + "\n")));
        EXPECT_FALSE(findings(parsed).empty()) << wrong;
        const auto& read = parsed.config.instances[0].split_brain;
        ASSERT_TRUE(read) << wrong;
        for (const Heartbeat& heartbeat : read->heartbeats)
            EXPECT_TRUE(!heartbeat.device.empty() && heartbeat.device.front() == '/') << wrong;
    }
}

TEST(SplitBrain, AQuorumMayStandBeforeOrInTheBlockOfReferences) {
    const std::string hosts = "10.0.0.250\n10.0.0.251\n";
    const auto quorum = [](const Parsed& parsed) {
        return *parsed.config.instances[0].split_brain->references->quorum;
    };
    const Parsed before = parse_text(instance(guard("policy hold\nreferences quorum 2 {\n" + hosts + "}\n")));
    EXPECT_THAT(findings(before), IsEmpty());
    EXPECT_EQ(quorum(before), 2);
    const Parsed inside =
        parse_text(instance(guard("policy hold\nreferences {\nquorum 2\n" + hosts + "}\n")));
    EXPECT_EQ(quorum(inside), 2);
    EXPECT_EQ(dump(before.config), dump(inside.config));
    const Parsed wrong = parse_text(instance(guard("policy hold\nreferences quorums 2 {\n" + hosts + "}\n")));
    EXPECT_FALSE(findings(wrong).empty());
}

TEST(SplitBrain, ReferencesThatCannotAnswerAreLeftOut) {
    const auto references = [](const std::string& lines) {
        return parse_text(instance(guard("policy hold\nreferences {\n" + lines + "}\n")));
    };
    // 10.0.0.1 is the virtual address: who holds it does not answer itself.
    for (const char* host : {"10.0.0.1", "224.0.0.1", "127.0.0.1"}) {
        const Parsed parsed = references(std::string{host} + "\n");
        EXPECT_THAT(findings(parsed), Contains("9 HF1316")) << host;
        EXPECT_FALSE(parsed.config.instances[0].split_brain->references) << host;
    }
    const Parsed too_many = references("10.0.0.250\nquorum 2\n");
    EXPECT_EQ(*too_many.config.instances[0].split_brain->references->quorum, 1);
    EXPECT_FALSE(references("10.0.0.250\nweight 5\n").diagnostics.all().empty());
}

TEST(SplitBrain, WhoCannotFenceHolds) {
    for (const char* fence : {"", "fence {\nretries 1\n}\n", "fence {\nagent a\nfence_command /b\n}\n"}) {
        const Parsed parsed = parse_text(instance(guard("policy fence\n" + std::string{fence})));
        EXPECT_THAT(findings(parsed), Contains("8 HF1325")) << fence;
        EXPECT_EQ(*parsed.config.instances[0].split_brain->policy, GuardPolicy::hold);
    }
}

TEST(SplitBrain, WhoFencesHasToHearItsStandby) {
    const std::string fence = "policy fence\nfence {\nagent a\n}\n";
    EXPECT_THAT(findings(parse_text(instance(guard(fence)))), Contains("8 HF1325"));
    EXPECT_THAT(findings(parse_text(instance(guard(fence + "heartbeat interface eth1\n")))), IsEmpty());
}

TEST(SplitBrain, IsTheGroupsBusinessInAGroup) {
    const Parsed parsed =
        parse_text(instance(guard("policy hold\n")) + "vrrp_sync_group G {\ngroup {\nV\n}\n" +
                   guard("policy takeover\n") + "}\n");
    EXPECT_THAT(findings(parsed), Contains("7 HF1325"));
    EXPECT_FALSE(parsed.config.instances[0].split_brain);
    EXPECT_EQ(*parsed.config.sync_groups[0].split_brain->policy, GuardPolicy::takeover);
}

}  // namespace
}  // namespace holdfast::config::testing
