#include "checker/mail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace holdfast::checker::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

Alert an_alert(const std::string& state = "MASTER") {
    return {.id = "0af3",
            .time = os::WallTime{1'795'247'499'123ms},
            .kind = AlertKind::instance_state,
            .subject = "VI_1",
            .state = state,
            .former_state = "BACKUP",
            .priority = 150,
            .cause = "peer-silent",
            .text = "no advert from 192.0.2.2 for 3.61 s",
            .router_id = "lb1",
            .host = "node1"};
}

plan::MailPlan a_plan() {
    plan::MailPlan plan;
    plan.from = {.display = {}, .address = "lb1@example.org"};
    plan.recipients = {{.display = {}, .address = "ops@example.org"},
                       {.display = "Call, \"On\"", .address = "pager@example.org"}};
    return plan;
}

class MailText : public ::testing::Test {
protected:
    MailText() {
        setenv("TZ", "UTC-5:30", 1);  // east of Greenwich
        tzset();
    }
    ~MailText() override {
        unsetenv("TZ");
        tzset();
    }
};

TEST_F(MailText, HasKeepalivedsSubjectAndHeaders) {
    EXPECT_EQ(mail_text(an_alert(), a_plan()),
              "Date: Sat, 21 Nov 2026 13:21:39 +0530\r\n"
              "From: lb1@example.org\r\n"
              "Subject: [lb1] VRRP Instance VI_1 - Entering MASTER state\r\n"
              "X-Mailer: Keepalived\r\n"
              "To: ops@example.org,\r\n \"Call, \\\"On\\\"\" <pager@example.org>\r\n"
              "Message-ID: <0af3@example.org>\r\n"
              "\r\n"
              "=> Instance VI_1 is now MASTER (it was BACKUP): no advert from 192.0.2.2 for 3.61 s <=\r\n");
}

TEST_F(MailText, NamesTheEndOfAnInstanceAndGroupsAsKeepalivedDoes) {
    EXPECT_THAT(mail_text(an_alert("STOP"), a_plan()),
                HasSubstr("Subject: [lb1] VRRP Instance VI_1 - Stopping\r\n"));
    EXPECT_THAT(mail_text(an_alert("DELETED"), a_plan()),
                HasSubstr("Subject: [lb1] VRRP Instance VI_1 - Deleted\r\n"));
    Alert group = an_alert("FAULT");
    group.kind = AlertKind::group_state;
    EXPECT_THAT(mail_text(group, a_plan()),
                HasSubstr("Subject: [lb1] VRRP Group VI_1 - Entering FAULT state\r\n"));
}

TEST_F(MailText, NothingInANameMakesAHeader) {
    Alert alert = an_alert();
    alert.subject = "x\r\nBcc: everybody@example.org\r\n\r\nread this";
    alert.router_id = "y\nTo: z";
    alert.text = "one\r\n.\r\nQUIT";
    const std::string text = mail_text(alert, a_plan());
    EXPECT_THAT(text, Not(HasSubstr("\nBcc")));
    EXPECT_THAT(text, Not(HasSubstr("\nTo: z")));
    EXPECT_THAT(text, HasSubstr("one  .  QUIT <=\r\n"));
    EXPECT_THAT(text,
                HasSubstr("Subject: [y To: z] VRRP Instance x  Bcc: everybody@example.org    read this"));
}

TEST_F(MailText, OtherLettersThanAsciiAreEncoded) {
    Alert alert = an_alert();
    alert.subject = "Z\xc3\xbcrich";
    const std::string text = mail_text(alert, a_plan());
    EXPECT_THAT(text,
                HasSubstr("Subject: =?UTF-8?B?W2xiMV0gVlJSUCBJbnN0YW5jZSBaw7xyaWNoIC0gRW50ZXJpbmcgTUFT?=\r\n"
                          " =?UTF-8?B?VEVSIHN0YXRl?=\r\n"));
    EXPECT_THAT(text, HasSubstr("Content-Transfer-Encoding: base64\r\n\r\nPT4gSW5zdGFuY2UgWsO8cmljaC"));
    EXPECT_EQ(text.find_first_of("\xc3\xbc"), std::string::npos);
}

TEST_F(MailText, NoLineIsLongerThanALineMayBe) {
    Alert alert = an_alert();
    alert.subject = std::string(255, 's');
    alert.text = std::string(5000, 't');
    alert.router_id = std::string(5000, 'r');
    std::size_t longest = 0;
    const std::string text = mail_text(alert, a_plan());
    for (std::size_t at = 0, end = 0; (end = text.find("\r\n", at)) != std::string::npos; at = end + 2)
        longest = std::max(longest, end - at);
    EXPECT_LE(longest, 998u);
}

TEST_F(MailText, OfAnIncidentSaysHowToAnswerIt) {
    Alert alert = an_alert();
    alert.kind = AlertKind::incident;
    alert.choices = {{.choice = "take over", .code = "ABCDE12345", .expires = os::WallTime{}}};
    const std::string text = mail_text(alert, a_plan());
    EXPECT_THAT(
        text,
        HasSubstr(
            "\r\nTo take over, until 1970-01-01T00:00:00.000Z: holdfast incident reply ABCDE12345\r\n"));
    alert.choices.clear();
    EXPECT_THAT(mail_text(alert, a_plan()), Not(HasSubstr("Once, as root")));
}

TEST(MailFilterTest, AStateIsMailedOnceUntilAnotherOneComes) {
    MailFilter filter{false};
    EXPECT_TRUE(filter.passes(an_alert("BACKUP")));
    EXPECT_FALSE(filter.passes(an_alert("BACKUP")));
    EXPECT_TRUE(filter.passes(an_alert("FAULT")));
    EXPECT_TRUE(filter.passes(an_alert("BACKUP")));
    Alert other = an_alert("BACKUP");
    other.kind = AlertKind::group_state;
    EXPECT_TRUE(filter.passes(other)) << "a group of the same name";
}

TEST(MailFilterTest, FaultsAreNotMailedWhenThatIsNotWanted) {
    MailFilter filter{true};
    EXPECT_TRUE(filter.passes(an_alert("BACKUP")));
    EXPECT_FALSE(filter.passes(an_alert("FAULT")));
    EXPECT_FALSE(filter.passes(an_alert("BACKUP"))) << "the last mail still says what is";
}

TEST(MailOutcome, FollowsTheServersAnswer) {
    const auto outcome_of = [](MailAnswer answer) { return judge(answer).kind; };
    using enum Outcome::Kind;
    EXPECT_EQ(outcome_of({.accepted = true, .refusal = {}, .recipients = {}}), delivered);
    EXPECT_EQ(outcome_of({.accepted = false, .refusal = Refusal{"", 451, "later"}, .recipients = {}}),
              delayed);
    EXPECT_EQ(outcome_of({.accepted = false, .refusal = Refusal{"", 550, "never"}, .recipients = {}}),
              refused);
    EXPECT_EQ(outcome_of({.accepted = true, .refusal = {}, .recipients = {{"a", 550, "no"}}}), delivered);
    EXPECT_EQ(outcome_of({.accepted = false, .refusal = {}, .recipients = {{"a", 550, "no"}}}), refused);
}

TEST(MailOutcome, OnlyRecipientsWhoMayGetItLaterAreTriedAgain) {
    const Outcome outcome = judge({.accepted = true,
                                   .refusal = {},
                                   .recipients = {{"a@x", 550, "550 never"}, {"b@x", 450, "450 later"}}});
    EXPECT_EQ(outcome.kind, Outcome::Kind::delayed);
    EXPECT_THAT(outcome.delay.recipients, ElementsAre("b@x"));
    EXPECT_EQ(outcome.words, "a@x: 550 never; b@x: 450 later");
}

}  // namespace
}  // namespace holdfast::checker::testing
