#include "checker/alert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holdfast::checker::testing {
namespace {

using os::Happening;
using ::testing::Contains;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

const Sender sender{.router_id = "lb1", .host = "node1"};

os::Notice a_fault() {
    return {.name = "VI_1",
            .happening = Happening::fault,
            .priority = 100,
            .former = os::Former::master,
            .cause_kind = "link-down",
            .cause = "interface eth0 is down",
            .time = os::WallTime{1'795'247'499'045ms}};
}

TEST(AlertOfANotice, SaysWhatHappenedWhereAndWhyInOneObject) {
    EXPECT_EQ(
        json_of(*alert_of(a_fault(), sender, "0af3")),
        "{\"schema\":1,\"id\":\"0af3\",\"time\":\"2026-11-21T07:51:39.045Z\",\"severity\":\"error\","
        "\"event\":\"instance-state\",\"subject\":\"VI_1\",\"state\":\"FAULT\",\"former_state\":\"MASTER\","
        "\"priority\":100,\"cause\":\"link-down\",\"incident\":\"\",\"text\":\"interface eth0 is "
        "down\",\"router_id\":\"lb1\","
        "\"host\":\"node1\",\"choices\":[]}");
}

TEST(AlertOfANotice, IsMadeOfChangesOfStateOnly) {
    for (const auto& [happening, word] : names_of(Happening{})) {
        os::Notice notice = a_fault();
        notice.happening = happening;
        const auto alert = alert_of(notice, sender, "1");
        const bool is_state =
            happening != Happening::lower_priority_heard && happening != Happening::priority_changed;
        ASSERT_EQ(alert.has_value(), is_state) << word;
        EXPECT_EQ(alert ? alert->state : word, word);
        notice.at_reload = true;
        EXPECT_FALSE(alert_of(notice, sender, "1")) << word << " told again";
    }
}

TEST(AlertOfANotice, OfAGroupIsOne) {
    os::Notice notice = a_fault();
    notice.of_group = true;
    EXPECT_EQ(alert_of(notice, sender, "1")->kind, AlertKind::group_state);
}

TEST(AlertAsJson, TakesWhateverANameHolds) {
    os::Notice notice = a_fault();
    notice.name = "a\"b\\c\n\xff";
    EXPECT_THAT(json_of(*alert_of(notice, sender, "1")),
                HasSubstr("\"subject\":\"a\\\"b\\\\c\\n\xef\xbf\xbd\""));
}

TEST(AlertAsEnvironment, HasOneLineForEachFact) {
    os::Notice notice = a_fault();
    notice.cause = "two\nlines";
    const auto variables = environment_of(*alert_of(notice, sender, "0af3"));
    EXPECT_THAT(variables, Contains("HOLDFAST_STATE=FAULT"));
    EXPECT_THAT(variables, Contains("HOLDFAST_PRIORITY=100"));
    EXPECT_THAT(variables, Contains("HOLDFAST_TEXT=two lines"));
    EXPECT_THAT(variables, Contains("HOLDFAST_TIME=2026-11-21T07:51:39.045Z"));
}

TEST(AlertId, IsNewEachTime) {
    const std::string id = new_alert_id();
    EXPECT_EQ(id.size(), 32u);
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
    EXPECT_NE(new_alert_id(), id);
}

}  // namespace
}  // namespace holdfast::checker::testing
