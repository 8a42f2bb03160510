// What may be set of an instance, by the rules of its configuration.
#include "core/amendment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/amend.h"
#include "core/configuration.h"
#include "unit/config/invented_host.h"

namespace holdfast::core {
namespace {

using os::InstanceValue;
using ::testing::HasSubstr;

config::Parsed configuration(const std::string& words) {
    // Without an interface: what this host has makes no difference.
    return config::testing::parse_text(
        "vrrp_instance VI_1 {\nunicast_src_ip 192.0.2.1\nunicast_peer {\n192.0.2.2\n}\nvirtual_router_id "
        "1\n" +
        words + "\nvirtual_ipaddress {\n192.0.2.10 dev lo\n}\n}\n");
}

os::ValueWanted wanted(InstanceValue what, int value, const std::string& instance = "VI_1") {
    return {.instance = instance, .what = what, .value = static_cast<std::uint8_t>(value)};
}

TEST(ASetValue, IsInTheConfigurationThatComesOfIt) {
    const auto made = amend(configuration("priority 100"), {wanted(InstanceValue::priority, 150)}, {});
    ASSERT_TRUE(made) << made.error().text();
    ASSERT_TRUE(made->configuration);
    EXPECT_EQ(made->configuration->config.instances[0].priority.value_or(0), 150);
    EXPECT_EQ(made->text, "priority of VI_1 is 150, it was 100");
    const auto again = amend(*made->configuration, {wanted(InstanceValue::priority, 160)}, {});
    ASSERT_TRUE(again);
    EXPECT_EQ(again->text, "priority of VI_1 is 160, it was 150");
}

TEST(ASetValue, IsOneOfSeveralThatAreSetTogetherOrNotAtAll) {
    const config::Parsed before = configuration("priority 100\nstate BACKUP");
    const auto both =
        amend(before, {wanted(InstanceValue::priority, 150), wanted(InstanceValue::preempt, 0)}, {});
    ASSERT_TRUE(both) << both.error().text();
    EXPECT_EQ(both->text, "priority of VI_1 is 150, it was 100, preempt of VI_1 is off, it was on");
    EXPECT_TRUE(both->configuration->config.instances[0].nopreempt.value_or(false));
    // An owner always preempts.
    const auto neither =
        amend(before, {wanted(InstanceValue::priority, 255), wanted(InstanceValue::preempt, 0)}, {});
    ASSERT_FALSE(neither);
    EXPECT_THAT(neither.error().text(), HasSubstr("nopreempt does not go with priority 255"));
}

TEST(ASetValue, ThatIsThereAlreadyChangesNothing) {
    const auto priority = amend(configuration("priority 100"), {wanted(InstanceValue::priority, 100)}, {});
    ASSERT_TRUE(priority);
    EXPECT_FALSE(priority->configuration);
    const auto preempt = amend(configuration("state MASTER"), {wanted(InstanceValue::preempt, 1)}, {});
    ASSERT_TRUE(preempt);
    EXPECT_FALSE(preempt->configuration);
    const auto accept = amend(configuration("version 3"), {wanted(InstanceValue::accept, 1)}, {});
    ASSERT_TRUE(accept);
    EXPECT_FALSE(accept->configuration);
}

TEST(ASetValue, TurnsPreemptionOffAndOn) {
    const auto off = amend(configuration("state BACKUP"), {wanted(InstanceValue::preempt, 0)}, {});
    ASSERT_TRUE(off) << off.error().text();
    EXPECT_TRUE(off->configuration->config.instances[0].nopreempt.value_or(false));
    EXPECT_EQ(off->text, "preempt of VI_1 is off, it was on");
    const auto on = amend(*off->configuration, {wanted(InstanceValue::preempt, 1)}, {});
    ASSERT_TRUE(on);
    EXPECT_FALSE(on->configuration->config.instances[0].nopreempt.value_or(false));
}

TEST(ASetValue, ThatTheRestOfTheConfigurationForbidsIsRefusedWithTheReason) {
    const auto master = amend(configuration("state MASTER"), {wanted(InstanceValue::preempt, 0)}, {});
    ASSERT_FALSE(master);
    EXPECT_THAT(master.error().text(), HasSubstr("nopreempt does not go with state MASTER"));
    const auto accept = amend(configuration("version 3"), {wanted(InstanceValue::accept, 0)}, {});
    ASSERT_FALSE(accept);
    EXPECT_THAT(accept.error().text(), HasSubstr("always taken"));
    const auto version = amend(configuration("version 2"), {wanted(InstanceValue::accept, 1)}, {});
    ASSERT_FALSE(version);
    EXPECT_THAT(version.error().text(), HasSubstr("version 3"));
    const auto unknown = amend(configuration(""), {wanted(InstanceValue::priority, 9, "VI_2")}, {});
    ASSERT_FALSE(unknown);
    EXPECT_THAT(unknown.error().text(), HasSubstr("VI_2"));
}

}  // namespace
}  // namespace holdfast::core
