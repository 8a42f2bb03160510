#include "config/alerts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/dump.h"
#include "unit/config/invented_host.h"

namespace holdfast::config::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string global(const std::string& lines) {
    return "global_defs {\n" + lines + "\n}\n";
}

TEST(Mailbox, IsAnAddressPerhapsWithADisplayName) {
    EXPECT_EQ(parse_mailbox("ops@example.org")->address, "ops@example.org");
    EXPECT_EQ(parse_mailbox("root")->address, "root");
    EXPECT_EQ(*parse_mailbox("On Call <pager@example.org>"),
              (Mailbox{.display = "On Call", .address = "pager@example.org"}));
    EXPECT_EQ(parse_mailbox("\"Call, On\" <pager@[192.0.2.1]>")->display, "Call, On");
    EXPECT_EQ(parse_mailbox("<ops@example.org>")->display, "");
}

TEST(Mailbox, ThatCouldSaySomethingElseInADialogueIsRefused) {
    for (const std::string text :
         {"", "<>", "a b@example.org", "a@example.org> RCPT TO:<b@example.org", "a@example.org\r\nDATA",
          "x <a@example.org", "x <a@example.org> y", "\r\nBcc: b <a@example.org>",
          "a@example.org,b@example.org", "m\xc3\xbcller@example.org"})
        EXPECT_FALSE(parse_mailbox(text)) << text;
    EXPECT_FALSE(parse_mailbox(std::string(255, 'a')));
}

TEST(Webhook, TakesOnlyUrlsThatCanBePostedTo) {
    EXPECT_FALSE(fault_of_webhook("https://hooks.example.org/x?token=1"));
    EXPECT_FALSE(fault_of_webhook("http://[2001:db8::1]:8080"));
    for (const std::string url :
         {"", "ftp://x/", "https://", "https:///path", "http://a b/", "http://a/\r\nX: y"})
        EXPECT_TRUE(fault_of_webhook(url)) << url;
    EXPECT_TRUE(fault_of_webhook("https://a/" + std::string(2000, 'x')));
}

TEST(Webhook, ShowsOfItsUrlOnlyWhatIsNoSecret) {
    EXPECT_EQ(public_part("https://user:word@hooks.example.org:8443/T0/B1?token=x"),
              "https://hooks.example.org:8443");
    EXPECT_EQ(public_part("http://h?user:x@y"), "http://h");
    EXPECT_EQ(public_part("http://h/user:x@y"), "http://h");
    EXPECT_EQ(public_part("http://a@b@h"), "http://h");
}

TEST(AlertKeywords, AreReadAndWrittenBack) {
    const std::string text = global(
        "notification_email_from \"Load Balancer <lb@example.org>\"\nnotification_email {\na@example.org\n"
        "b@example.org c@example.org\n}\nnotification_email {\nd@example.org\n}\nsmtp_server 192.0.2.25 "
        "2525\n"
        "smtp_helo_name lb.example.org\nsmtp_connect_timeout 0\nsmtp_alert\nsmtp_alert_vrrp "
        "off\nno_email_faults\n"
        "alert_webhook https://one.example.org/ insecure timeout 2.5 key_file /k\n"
        "alert_webhook http://two.example.org/\nalert_command \"/bin/tell all\" root\nalert_command "
        "/bin/log\n"
        "script_user root\nenable_script_security");
    const Parsed parsed = parse_text(text);
    const GlobalDefs& said = parsed.config.global;
    EXPECT_THAT(findings(parsed), ElementsAre("12 HF1203")) << "a time-out of 0";
    EXPECT_THAT(said.notification_email, SizeIs(4));
    EXPECT_EQ(*said.smtp_server, "192.0.2.25");
    EXPECT_EQ(*said.smtp_port, 2525);
    EXPECT_EQ(*said.smtp_connect_timeout, std::chrono::seconds{1});
    EXPECT_TRUE(*said.smtp_alert && !*said.smtp_alert_vrrp && *said.no_email_faults);
    ASSERT_THAT(said.alert_webhooks, SizeIs(2));
    EXPECT_EQ(said.alert_webhooks[0].key_file, "/k");
    EXPECT_EQ(said.alert_webhooks[0].timeout, std::chrono::milliseconds{2500});
    EXPECT_TRUE(said.alert_webhooks[0].insecure);
    EXPECT_FALSE(said.alert_webhooks[1].insecure);
    ASSERT_THAT(said.alert_commands, SizeIs(2));
    EXPECT_THAT(said.alert_commands[0].command.argv, ElementsAre("/bin/tell", "all"));
    const Parsed again = parse_text(dump(parsed.config));
    EXPECT_EQ(again.config, parsed.config) << dump(parsed.config);
    EXPECT_THAT(parsed.config.without_effect, IsEmpty());
}

TEST(AlertKeywords, ThatCannotBeUsedAreSaidAndLeftOut) {
    const Parsed parsed = parse_text(
        global("notification_email_from nobody<\nnotification_email {\n\"a b\"\n}\nsmtp_server mail/relay\n"
               "alert_webhook ftp://x/ \nalert_webhook https://x/ timeout 0\nalert_webhook"));
    EXPECT_THAT(findings(parsed), ElementsAre("2 HF1212", "4 HF1212", "3 HF1212", "7 HF1212", "8 HF1202",
                                              "9 HF1102", "6 HF1212"));
    EXPECT_FALSE(parsed.config.global.smtp_server);
    EXPECT_THAT(parsed.config.global.notification_email, IsEmpty());
    EXPECT_THAT(parsed.config.global.alert_webhooks, SizeIs(1));
}

class KeyHost : public InventedHost {
public:
    SecretFacts secret(const std::string& path) const override {
        if (path == "/open") return {.verdict = SecretVerdict::open_to_others, .detail = "/open is open"};
        if (path == "/gone") return {.verdict = SecretVerdict::unusable, .detail = "/gone is not there"};
        return {};
    }
};

TEST(AlertKeywords, AKeyThatCannotBeUsedLeavesItsWebhookOut) {
    const Parsed parsed = parse_text(
        global("alert_webhook https://h/secret key_file /gone\nalert_webhook https://h/ key_file /open\n"
               "alert_webhook https://h/ key_file /good"),
        KeyHost{});
    EXPECT_THAT(findings(parsed), ElementsAre("2 HF1215", "3 HF1216"));
    EXPECT_TRUE(says(parsed, "alert_webhook https://h: /gone is not there"));
    EXPECT_THAT(parsed.config.global.alert_webhooks, SizeIs(2));
}

TEST(AlertKeywords, AnInsecureCommandIsNotRunWithScriptSecurity) {
    InventedHost host;
    host.insecure_scripts.insert("/tmp/evil");
    const std::string command = "script_user root\nalert_command /tmp/evil";
    EXPECT_THAT(parse_text(global(command), host).config.global.alert_commands, SizeIs(1));
    EXPECT_THAT(parse_text(global(command + "\nenable_script_security"), host).config.global.alert_commands,
                IsEmpty());
    EXPECT_THAT(findings(parse_text(global("script_user root\nalert_command /bin/x"))),
                ElementsAre("3 HF1319"))
        << "it is a script as others are";
}

TEST(AlertKeywords, MailThatNobodyWouldGetIsSaid) {
    const Parsed parsed = parse_text(global("smtp_alert\nsmtp_server 192.0.2.25"));
    EXPECT_TRUE(says(parsed, "global_defs has no notification_email"));
    EXPECT_THAT(findings(parsed), IsEmpty()) << "as a notice: keepalived says nothing";
    EXPECT_FALSE(says(parse_text(global("smtp_alert off")), "smtp_alert is on"));
}

}  // namespace
}  // namespace holdfast::config::testing
