#include "status/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "status/document.h"

#include <nlohmann/json.hpp>

#include "unit/status/examples.h"

namespace holdfast::status {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

Transition step(Instant when, RouterState to, RouterState from = RouterState::backup) {
    return {.when = when, .told = when, .from = from, .to = to, .kind = "k", .cause = "because"};
}

status::Run run(std::vector<Transition> transitions, std::optional<RunEnd> end = {}, std::string boot = "b") {
    status::Run made{.routers = example_routers(), .boot = std::move(boot), .end = end, .ended_ms = 5};
    made.routers.instances[0].transitions = std::move(transitions);
    made.routers.groups[0].transitions = {step(Instant{870s}, RouterState::backup)};
    return made;
}

std::vector<std::string> told(const History& history) {
    std::vector<std::string> lines;
    for (const HistoryEvent& event : history.events())
        lines.push_back(std::to_string(event.run) + " " + std::string{event.unit} + " " +
                        std::string{name_of(event.transition->to)});
    return lines;
}

TEST(AHistory, MergesInstancesAndGroupsInTheOrderOfTime) {
    const History history{
        {run({step(Instant{860s}, RouterState::backup), step(Instant{880s}, RouterState::active)})}, {}, {}};
    EXPECT_THAT(told(history), ElementsAre("0 VI_1 Backup", "0 VG_1 Backup", "0 VI_1 Active"));
    EXPECT_EQ(history.events()[2].wall_ms, 1795248000000 - 120000);
}

TEST(AHistory, KeepsTheLastWordsOfWhatAReloadRemoved) {
    const auto removed = [](std::vector<std::string> names) {
        status::Run one = run({step(Instant{860s}, RouterState::backup)});
        one.routers.departed = {example_departed()};
        return History{{one}, names, {}};
    };
    EXPECT_THAT(told(removed({})), ElementsAre("0 VI_old Initialize", "0 VI_1 Backup", "0 VG_1 Backup"));
    EXPECT_THAT(told(removed({"VI_old"})), ElementsAre("0 VI_old Initialize"));
    EXPECT_TRUE(removed({}).knows("VI_old"));
    EXPECT_EQ(removed({"VG_1"}).events().size(), 3u);  // it was a member
}

TEST(AHistory, TellsOnceWhatARunTookOverFromTheOneBefore) {
    const Transition taken = step(Instant{880s}, RouterState::active);
    const History history{
        {run({step(Instant{800s}, RouterState::fault), taken}, RunEnd::crashed), run({taken})}, {"VI_1"}, {}};
    EXPECT_THAT(told(history), ElementsAre("0 VI_1 Fault", "1 VI_1 Active"));
}

TEST(AHistory, PrefersWhoWasToldWhereTheTransitionCameFrom) {
    const History history{{run({step(Instant{880s}, RouterState::active)}, RunEnd::crashed),
                           run({step(Instant{880s}, RouterState::active, RouterState::active)})},
                          {"VI_1"},
                          {}};
    ASSERT_THAT(history.events(), SizeIs(1));
    EXPECT_EQ(history.events()[0].transition->from, RouterState::backup);
}

TEST(AHistory, OfAnotherBootIsAnotherOneWhateverItsTimes) {
    const Transition one = step(Instant{880s}, RouterState::active);
    const History history{{run({one}, RunEnd::ended, "a"), run({one})}, {"VI_1"}, {}};
    EXPECT_THAT(history.events(), SizeIs(2));
}

TEST(AHistory, LeavesOutWhatWasBeforeOrIsNotMeant) {
    const auto runs = [] {
        return std::vector{
            run({step(Instant{860s}, RouterState::backup), step(Instant{880s}, RouterState::active)})};
    };
    EXPECT_THAT(told(History{runs(), {}, 1795248000000 - 125000}), ElementsAre("0 VI_1 Active"));
    EXPECT_THAT(told(History{runs(), {"VG_1"}, {}}), SizeIs(3));  // the group, and its members
    EXPECT_THAT(told(History{runs(), {"other"}, {}}), SizeIs(0));
    EXPECT_TRUE((History{runs(), {}, {}}.knows("VG_1")));
    EXPECT_FALSE((History{runs(), {}, {}}.knows("other")));
}

TEST(AHistory, IsOneJsonObjectWithRunsAndEvents) {
    status::Run before = run({}, RunEnd::crashed);
    before.routers.groups.clear();
    before.routers.instances[0].transitions = {example_instance().transitions[0]};
    const History history{{before, run({step(Instant{990s}, RouterState::active)})}, {"VI_1"}, {}};
    const auto json = nlohmann::json::parse(to_json(history, 1795248000000));
    EXPECT_EQ(json["schema"], 1);
    EXPECT_EQ(json["runs"][0]["state"], "crashed");
    EXPECT_EQ(json["runs"][0]["ended"], "1970-01-01T00:00:00.005Z");
    EXPECT_EQ(json["runs"][1]["state"], "running");
    EXPECT_TRUE(json["runs"][1]["ended"].is_null());
    const auto& first = json["events"][0];
    EXPECT_EQ(first["when"], "2026-11-21T07:58:00.000Z");
    EXPECT_EQ(first["seconds_ago"], 120.0);
    EXPECT_EQ(first["run"], 0);
    EXPECT_EQ(first["evidence"]["heard_last"]["address"], "fe80::2");
    EXPECT_EQ(first["evidence"]["factors"][0]["amount"], -20);
    EXPECT_EQ(first["evidence"]["guard"]["row"], 15);
    EXPECT_TRUE(json["events"][1]["evidence"].is_null());
    EXPECT_TRUE(first["member"].is_null());
}

TEST(AHistory, NamesTheMemberThatLedAGroupAndWhatThatKnew) {
    status::Run only{.routers = example_routers(), .boot = "b", .end = {}, .ended_ms = 0};
    const History history{{only}, {}, {}};
    const auto json = nlohmann::json::parse(to_json(history, 1795248000000));
    for (const auto& event : json["events"]) {
        if (event["name"] != "VG_1") continue;
        EXPECT_EQ(event["is_group"], true);
        EXPECT_EQ(event["member"], "VI_1");
        EXPECT_EQ(event["evidence"]["heard_last"]["address"], "fe80::2");
    }
    EXPECT_EQ(json["events"].size(), 2);
}

}  // namespace
}  // namespace holdfast::status
