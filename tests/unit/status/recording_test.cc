#include "status/recording.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "unit/status/examples.h"

namespace holdfast::status {
namespace {

using Json = nlohmann::ordered_json;
using testing::ElementsAre;
using testing::EndsWith;
using testing::SizeIs;
using testing::StartsWith;

const RecordingHead head{
    .end = RunEnd::crashed, .boot = "5f0c2a36-0000-4000-8000-123456789abc", .saved_ms = 1795248000123};

// The lines of the example: its head, an instance, a group, the end.
std::vector<Json> example_lines() {
    std::vector<Json> lines;
    std::istringstream text{*encode(head, example_routers())};
    for (std::string line; std::getline(text, line);)
        lines.push_back(Json::parse(line));
    return lines;
}

std::string file_of(const std::vector<Json>& lines) {
    std::string file;
    for (const Json& line : lines)
        file += line.dump() + "\n";
    return file;
}

Recording read(const std::vector<Json>& lines) {
    auto recording = decode_recording(file_of(lines));
    EXPECT_TRUE(recording) << recording.error().text();
    return recording ? std::move(*recording) : Recording{};
}

TEST(ARecording, IsReadAsItWasWritten) {
    RoutersSnapshot written = example_routers();
    written.departed.push_back(example_departed());
    const auto read = decode_recording(*encode(head, written));
    ASSERT_TRUE(read) << read.error().text();
    EXPECT_EQ(read->head, head);
    EXPECT_EQ(read->left_out, "");
    const Head& of_status = read->routers.head;
    EXPECT_EQ(of_status.version, "1.2.3");
    EXPECT_EQ(of_status.node, "node-a");
    EXPECT_EQ(of_status.configuration, "/etc/holdfast/holdfast.conf");
    EXPECT_EQ(of_status.started, Instant{100s});
    EXPECT_EQ(of_status.taken, Instant{1000s});
    EXPECT_EQ(of_status.taken_wall, 1795248000s);
    ASSERT_THAT(read->routers.instances, SizeIs(1));
    const Instance& one = read->routers.instances[0];
    EXPECT_EQ(one.name, "VI_1");
    EXPECT_EQ(one.vrid, 51);
    EXPECT_EQ(one.version, 3);
    EXPECT_EQ(one.family, Family::ipv6);
    EXPECT_EQ(one.link, "eth0");
    EXPECT_EQ(one.group, "VG_1");
    EXPECT_EQ(one.state, RouterState::backup);
    EXPECT_EQ(one.since, Instant{880s});
    EXPECT_EQ(one.order, Order::none);
    EXPECT_EQ(one.priority, 80);
    EXPECT_EQ(one.configured_priority, 100);
    EXPECT_EQ(one.down_interval, 3609ms);
    ASSERT_THAT(one.adjustments, SizeIs(1));
    EXPECT_EQ(one.adjustments[0].name, "check web");
    EXPECT_EQ(one.adjustments[0].amount, -20);
    ASSERT_THAT(read->routers.groups, SizeIs(1));
    EXPECT_EQ(read->routers.groups[0].state, RouterState::backup);
    EXPECT_THAT(read->routers.groups[0].members, ElementsAre("VI_1", "VI_2"));
    ASSERT_THAT(read->routers.groups[0].transitions, SizeIs(1));
    EXPECT_EQ(read->routers.groups[0].transitions[0].member, "VI_1");
    const Departed expected = example_departed();
    ASSERT_THAT(read->routers.departed, SizeIs(1));
    EXPECT_EQ(read->routers.departed[0].name, expected.name);
    EXPECT_EQ(read->routers.departed[0].vrid, expected.vrid);
    EXPECT_EQ(read->routers.departed[0].link, expected.link);
    ASSERT_THAT(read->routers.departed[0].transitions, SizeIs(expected.transitions.size()));
    EXPECT_EQ(read->routers.departed[0].transitions.back().cause, expected.transitions.back().cause);
}

TEST(ARecording, KeepsATransitionWithAllThatWasKnown) {
    const auto read = decode_recording(*encode(head, example_routers()));
    ASSERT_TRUE(read);
    const Transition& one = read->routers.instances.at(0).transitions.at(0);
    EXPECT_EQ(one.when, Instant{880s});
    EXPECT_EQ(one.from, RouterState::initialize);
    EXPECT_EQ(one.to, RouterState::backup);
    EXPECT_EQ(one.kind, "started");
    EXPECT_EQ(one.cause, "started");
    ASSERT_TRUE(one.evidence);
    const Evidence was = example_evidence();
    EXPECT_EQ(one.evidence->priority, was.priority);
    EXPECT_EQ(one.evidence->former_priority, was.former_priority);
    EXPECT_EQ(one.evidence->priority_moved, was.priority_moved);
    EXPECT_EQ(one.evidence->heard->address, was.heard->address);
    EXPECT_EQ(one.evidence->heard->priority, was.heard->priority);
    EXPECT_EQ(one.evidence->heard->when, was.heard->when);
    EXPECT_EQ(one.evidence->active_interval, was.active_interval);
    EXPECT_EQ(one.evidence->down_interval, was.down_interval);
    ASSERT_THAT(one.evidence->factors, SizeIs(1));
    EXPECT_EQ(one.evidence->factors[0].name, "check web");
    EXPECT_EQ(one.evidence->factors[0].verdict, Verdict::bad);
    EXPECT_EQ(one.evidence->factors[0].amount, -20);
    EXPECT_EQ(one.evidence->factors_total, 9u);
    EXPECT_EQ(one.evidence->guard_row, 15);
    EXPECT_EQ(one.evidence->guard_found, "silent");
    EXPECT_EQ(one.evidence->guard_verdict, "promote");
    EXPECT_EQ(read->routers.groups.at(0).transitions.at(0).told, Instant{881s});
}

// What a version that comes after may write by the rules.
TEST(ARecording, OfALaterVersionIsReadWithoutWhatIsNewInIt) {
    std::vector<Json> lines = example_lines();
    lines[0]["version"] = "9.0";
    lines[0]["kernel"] = "7.0";
    lines[1]["colour"] = {{"red", 1}};
    lines[1]["transitions"][0]["weather"] = {"rain", nullptr, 7};
    lines[1]["transitions"][0]["evidence"]["moon"] = "full";
    lines.insert(lines.begin() + 1, Json{{"entry", "cluster"}, {"name", {1, 2}}});
    const Recording recording = read(lines);
    EXPECT_EQ(recording.left_out, "");
    EXPECT_EQ(recording.routers.instances.at(0).transitions.at(0).cause, "started");
    EXPECT_EQ(recording.routers.groups.at(0).name, "VG_1");
}

TEST(ARecording, OfALaterVersionIsReadUpToNamesThatAreNotKnown) {
    std::vector<Json> lines = example_lines();
    lines[0]["version"] = "9.0";
    lines[1]["order"] = "postponed";
    Json another = lines[1]["transitions"][0];
    another["to"] = "Retired";
    lines[1]["transitions"].push_back(another);
    another["to"] = "Active";
    another["evidence"]["factors"][0]["verdict"] = "mixed";
    lines[1]["transitions"].push_back(another);
    const Recording recording = read(lines);
    EXPECT_EQ(recording.left_out, "3 values that this program does not understand, written by Holdfast 9.0");
    const Instance& one = recording.routers.instances.at(0);
    EXPECT_EQ(one.order, Order::none);
    ASSERT_THAT(one.transitions, SizeIs(2));
    EXPECT_EQ(one.transitions[1].to, RouterState::active);
    EXPECT_EQ(one.transitions[1].evidence->factors.at(0).verdict, Verdict::unknown);
}

TEST(ARecording, OfAnEarlierVersionIsReadWithoutWhatWasNotYetInIt) {
    const Recording recording = read(
        {{{"entry", "run"},
          {"schema", 1},
          {"end", "ended"},
          {"boot", head.boot},
          {"saved_ms", 5},
          {"taken_ns", 1000},
          {"taken_wall_ns", 2000}},
         {{"entry", "instance"}, {"name", "VI_1"}, {"transitions", {{{"when_ns", 7}, {"to", "Active"}}}}},
         {{"entry", "end"}}});
    EXPECT_EQ(recording.left_out, "");
    EXPECT_EQ(recording.head.end, RunEnd::ended);
    const Transition& one = recording.routers.instances.at(0).transitions.at(0);
    EXPECT_EQ(one.when, Instant{7ns});
    EXPECT_EQ(one.from, RouterState::active);  // as of one that was not told
    EXPECT_FALSE(one.evidence);
}

TEST(ARecording, OfAFormThatMeansSomethingElseIsRefusedWithAWord) {
    std::vector<Json> lines = example_lines();
    lines[0]["schema"] = 2;
    EXPECT_EQ(decode_recording(file_of(lines)).error().text(),
              "the history has form 2, this program reads form 1");
    for (const char* none : {"", "\n", "{}", "[]", "holdfast-history 1 ended x 1\n", "{\"entry\": \"end\"}"})
        EXPECT_EQ(decode_recording(none).error().text(), "it is no history") << none;
    for (const char* member : {"end", "boot", "saved_ms", "taken_ns", "taken_wall_ns"}) {
        lines = example_lines();
        lines[0][member] = "?";
        EXPECT_EQ(decode_recording(file_of(lines)).error().text(), "its first line is damaged") << member;
        lines[0].erase(member);
        EXPECT_FALSE(decode_recording(file_of(lines))) << member;
    }
}

TEST(ARecording, ThatIsCutAnywhereIsReadUpToThereAndSaysSo) {
    const std::string file = *encode(head, example_routers());
    const std::size_t first_line = file.find('\n');
    for (std::size_t size = 0; size + 1 < file.size(); ++size) {
        const auto read = decode_recording(std::string_view{file}.substr(0, size));
        EXPECT_EQ(read.has_value(), size >= first_line) << size;
        if (!read) continue;
        EXPECT_THAT(read->left_out, EndsWith("what stood behind its sudden end")) << size;
    }
}

TEST(ARecording, ThatIsDamagedInOneLineIsReadInTheOthers) {
    std::string file = *encode(head, example_routers());
    file.insert(file.find("{\"entry\": \"group\""), "{\"entry\": \"instance\", \"name\": \n\x01\xff\n");
    const auto read = decode_recording(file);
    ASSERT_TRUE(read);
    EXPECT_THAT(read->left_out, StartsWith("2 values"));
    EXPECT_THAT(read->routers.instances, SizeIs(1));
    EXPECT_THAT(read->routers.groups, SizeIs(1));
}

TEST(ARecording, TakesNoNumberOrTextThatNobodyCanHandle) {
    std::vector<Json> lines = example_lines();
    lines[1]["since_ns"] = -1;
    lines[1]["ordered_ns"] = 18446744073709551615U;
    lines[1]["vrid"] = 256;
    lines[1]["priority"] = 1.5;
    lines[1]["interface"] = std::string(300, 'x') + "\x1b[2J";
    lines[1]["group"] = "a\x1b[2J\nb";
    const Recording recording = read(lines);
    const Instance& one = recording.routers.instances.at(0);
    EXPECT_EQ(one.since, Instant{});
    EXPECT_EQ(one.ordered, Instant{});
    EXPECT_EQ(one.vrid, 0);
    EXPECT_EQ(one.priority, 0);
    EXPECT_EQ(one.link, std::string(most_name, 'x'));
    EXPECT_EQ(one.group, "a?[2J b");
    EXPECT_THAT(recording.left_out, StartsWith("4 values"));
}

TEST(ARecording, HasBoundsForEveryList) {
    std::vector<Json> lines = example_lines();
    const Json factor = lines[1]["transitions"][0]["evidence"]["factors"][0];
    for (std::size_t more = 0; more < most_factors; ++more)
        lines[1]["transitions"][0]["evidence"]["factors"].push_back(factor);
    const Json transition = lines[2]["transitions"][0];
    for (std::size_t more = 0; more < most_entries; ++more)
        lines[2]["transitions"].push_back(transition);
    for (std::size_t more = 0; more < most_addresses; ++more)
        lines[2]["members"].push_back("VI");
    const Recording recording = read(lines);
    EXPECT_THAT(recording.routers.instances.at(0).transitions.at(0).evidence->factors, SizeIs(most_factors));
    EXPECT_THAT(recording.routers.groups.at(0).transitions, SizeIs(most_entries));
    EXPECT_THAT(recording.routers.groups.at(0).members, SizeIs(most_addresses));
    EXPECT_THAT(recording.left_out, StartsWith("4 values"));
}

TEST(ARecording, HasABoundForAllItsUnitsAndTransitions) {
    std::string file = *encode(head, example_routers());
    file.resize(file.find("{\"entry\": \"end\""));
    std::string group = "{\"entry\":\"group\",\"name\":\"G\",\"transitions\":[";
    for (std::size_t more = 0; more < most_entries; ++more)
        group += more > 0 ? ",{\"when_ns\":1,\"to\":\"Active\"}" : "{\"when_ns\":1,\"to\":\"Active\"}";
    group += "]}\n";
    std::string many = file;
    for (std::size_t more = 0; more < most_recorded_transitions / most_entries + 2; ++more)
        many += group;
    auto read = decode_recording(many);
    ASSERT_TRUE(read);
    std::size_t transitions = 0;
    for (const Group& one : read->routers.groups)
        transitions += one.transitions.size();
    EXPECT_EQ(transitions + 1, most_recorded_transitions);  // the example's instance has one
    many = file;
    for (std::size_t more = 0; more < most_recorded_units; ++more)
        many += "{\"entry\":\"group\",\"name\":\"G\"}\n";
    read = decode_recording(many);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->routers.groups.size() + read->routers.instances.size(), most_recorded_units);
    EXPECT_FALSE(decode_recording(std::string(most_recording_bytes + 1, ' ')));
}

TEST(ARecording, ThatWouldBeTooMuchKeepsTheLastTransitionsOfEach) {
    RoutersSnapshot routers = example_routers();
    Instance one = example_instance();
    one.transitions.resize(8, one.transitions[0]);
    one.transitions[7].when += 1s;
    routers.instances.assign(100, one);
    const std::size_t whole = encode(head, routers)->size();
    const auto text = encode(head, routers, whole - 1);
    ASSERT_TRUE(text);
    const auto read = decode_recording(*text);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->left_out, "");
    ASSERT_THAT(read->routers.instances, SizeIs(100));
    EXPECT_THAT(read->routers.instances[99].transitions, SizeIs(4));
    EXPECT_EQ(read->routers.instances[99].transitions[3].when, one.transitions[7].when);
    for (Instance& each : routers.instances)
        each.transitions.clear();
    routers.groups[0].transitions.clear();
    const std::size_t least = encode(head, routers)->size();
    EXPECT_TRUE(encode(head, routers, least));
    EXPECT_FALSE(encode(head, routers, least - 1));
}

TEST(ARecordingsName, SaysItsPlaceInTheOrder) {
    EXPECT_EQ(recording_name(42), "00000042.run");
    EXPECT_EQ(recording_number("00000042.run"), 42u);
    EXPECT_EQ(recording_number(recording_name(4294967295U)), 4294967295U);
    for (const char* name :
         {"", ".run", "42.run", "00000042.ru", "0000004x.run", "000000042.run", "-0000042.run"})
        EXPECT_EQ(recording_number(name), std::nullopt) << name;
}

}  // namespace
}  // namespace holdfast::status
