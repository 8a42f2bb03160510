// Who is told of what; how each of them is reached is tests/e2e/test_alerts.py.
#include "checker/alerts.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "unit/checker/scratch.h"

namespace holdfast::checker::testing {
namespace {

using os::Happening;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

class AlertsTest : public Scratch {
protected:
    Alerts alerts() {
        return {*loop_,
                plan_,
                {.router_id = "lb1", .host = "node"},
                [this](Job job) { jobs_.push_back(std::move(job)); },
                [] {}};
    }
    static os::Notice notice(Happening happening) { return {.name = "VI_1", .happening = happening}; }

    plan::AlertPlan plan_;
    std::vector<Job> jobs_;
};

TEST_F(AlertsTest, EveryCommandGetsEveryChangeOfState) {
    plan_.commands = {{.path = "/one"}, {.path = "/two"}};
    Alerts told = alerts();
    told.tell(notice(Happening::became_master), false);
    ASSERT_THAT(jobs_, SizeIs(2));
    EXPECT_EQ(jobs_[0].owner, "INSTANCE VI_1") << "in one line with its notify scripts";
    EXPECT_EQ(jobs_[1].command.path, "/two");
    EXPECT_THAT(jobs_[0].environment, Contains("HOLDFAST_STATE=MASTER"));
    const auto object = nlohmann::json::parse(jobs_[0].input);
    EXPECT_EQ(object["subject"], "VI_1");
    EXPECT_EQ(object["id"], nlohmann::json::parse(jobs_[1].input)["id"]) << "one event, one id";
    told.tell(notice(Happening::priority_changed), false);
    told.tell(notice(Happening::lower_priority_heard), false);
    EXPECT_THAT(jobs_, SizeIs(2));
}

TEST_F(AlertsTest, OfAnIncidentCarryACodeForEachChoice) {
    plan_.commands = {{.path = "/one"}};
    Alerts told = alerts();
    told.tell({.chapter = os::Chapter::opened, .unit = "VI_1", .id = "5b-1-1"},
              {{.choice = "take over", .code = "ABCDE12345", .expires = os::WallTime{1'795'247'499s}},
               {.choice = "close", .code = "67890FGHJK", .expires = {}}});
    ASSERT_THAT(jobs_, SizeIs(1));
    EXPECT_THAT(jobs_[0].environment, Contains("HOLDFAST_CHOICES=take over=ABCDE12345;close=67890FGHJK"));
    const auto choices = nlohmann::json::parse(jobs_[0].input)["choices"];
    ASSERT_EQ(choices.size(), 2U);
    EXPECT_EQ(choices[0]["choice"], "take over");
    EXPECT_EQ(choices[0]["code"], "ABCDE12345");
    EXPECT_EQ(choices[0]["expires"], "2026-11-21T07:51:39.000Z");
    EXPECT_FALSE(logged("ABCDE12345"));
}

TEST_F(AlertsTest, NobodyIsToldAgainAfterAReload) {
    plan_.commands = {{.path = "/one"}};
    os::Notice again = notice(Happening::became_master);
    again.at_reload = true;
    alerts().tell(again, true);
    EXPECT_THAT(jobs_, IsEmpty());
}

TEST_F(AlertsTest, MailIsForThoseWhoAskForIt) {
    plan_.mail = plan::MailPlan{.server = "127.0.0.1", .port = 1};
    plan_.mail->from.address = "lb1@example.org";
    plan_.mail->recipients = {{.display = {}, .address = "ops@example.org"}};
    Alerts told = alerts();
    told.tell(notice(Happening::became_backup), false);
    EXPECT_TRUE(told.is_empty());
    told.tell(notice(Happening::became_backup), true);
    EXPECT_FALSE(told.is_empty());
    told.give_up("the daemon ends");
    EXPECT_TRUE(told.is_empty() && told.is_resting());
    EXPECT_TRUE(logged("HF2425 mail to 127.0.0.1: 1 alert is not delivered"));
}

TEST_F(AlertsTest, AWebhookWhoseKeyIsGoneIsLeftOutAndTheOthersWork) {
    plan_.webhooks = {{.url = "http://user:word@h/secret", .key_file = path("nonesuch")}};
    plan_.commands = {{.path = "/one"}};
    Alerts told = alerts();
    EXPECT_TRUE(logged("HF2426 no webhook http://h: key_file: read " + path("nonesuch")));
    EXPECT_FALSE(logged("word"));
    told.tell(notice(Happening::fault), false);
    EXPECT_TRUE(told.is_empty());
    EXPECT_THAT(jobs_, SizeIs(1));
}

}  // namespace
}  // namespace holdfast::checker::testing
