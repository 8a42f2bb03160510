#include "plan/alerts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/plan/planned.h"

namespace holdfast::plan::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

const std::string a_recipient = "notification_email {\nops@example.org\n}\n";

bool mails(const std::string& own, const std::string& global) {
    return plan_with(own, global).routers.at(0).notify.mails;
}

TEST(PlannedMail, NeedsARelayAndARecipient) {
    EXPECT_FALSE(plan_with("").alerts.mail);
    EXPECT_FALSE(plan_with("", "smtp_server 192.0.2.25\n").alerts.mail);
    EXPECT_FALSE(plan_with("", a_recipient).alerts.mail);
    EXPECT_TRUE(plan_with("", a_recipient + "smtp_server 192.0.2.25\n").alerts.mail);
}

TEST(PlannedMail, HasKeepalivedsDefaults) {
    const Plan plan = plan_of(instance_text("", a_recipient + "smtp_server localhost\n"),
                              {.host_name = "node.example.org", .user_name = "holdfast"});
    const MailPlan& mail = *plan.alerts.mail;
    EXPECT_EQ(mail.server, "localhost");
    EXPECT_EQ(mail.port, 25);
    EXPECT_EQ(mail.connect_timeout, 30s);
    EXPECT_EQ(mail.hello, "node.example.org");
    EXPECT_EQ(mail.from.address, "holdfast@node.example.org");
    EXPECT_FALSE(mail.skips_faults);
}

TEST(PlannedMail, TheNearestSmtpAlertCounts) {
    EXPECT_FALSE(mails("", ""));
    EXPECT_TRUE(mails("", "smtp_alert"));
    EXPECT_FALSE(mails("", "smtp_alert\nsmtp_alert_vrrp off"));
    EXPECT_TRUE(mails("", "smtp_alert off\nsmtp_alert_vrrp"));
    EXPECT_TRUE(mails("smtp_alert", "smtp_alert_vrrp off"));
    EXPECT_FALSE(mails("smtp_alert no", "smtp_alert"));
}

TEST(PlannedMail, AGroupHasItsOwn) {
    const Plan plan = plan_of("vrrp_sync_group VG {\ngroup {\nVI\n}\nsmtp_alert\n}\n" + instance_text(""));
    EXPECT_TRUE(plan.groups.at(0).notify.mails);
    EXPECT_FALSE(plan.routers.at(0).notify.mails);
}

TEST(PlannedWebhooks, AreVerifiedAndHaveTenSecondsUnlessTheySayOtherwise) {
    const auto webhooks =
        plan_with("", "alert_webhook https://a/\nalert_webhook https://b/ insecure timeout 2\n")
            .alerts.webhooks;
    ASSERT_THAT(webhooks, SizeIs(2));
    EXPECT_EQ(webhooks[0],
              (WebhookPlan{.url = "https://a/", .key_file = {}, .timeout = 10s, .verified = true}));
    EXPECT_EQ(webhooks[1],
              (WebhookPlan{.url = "https://b/", .key_file = {}, .timeout = 2s, .verified = false}));
}

TEST(PlannedCommands, AreThoseOfTheConfiguration) {
    const auto commands =
        plan_with("", "script_user root\nalert_command \"/bin/tell all\"\n").alerts.commands;
    ASSERT_THAT(commands, SizeIs(1));
    EXPECT_THAT(commands[0].argv, ElementsAre("/bin/tell", "all"));
}

}  // namespace
}  // namespace holdfast::plan::testing
