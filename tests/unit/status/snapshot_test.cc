#include "status/snapshot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/status/examples.h"

namespace holdfast::status {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

TEST(News, AreWhatWasToldSinceAndIsComplete) {
    const Head head{.version = {}, .node = {}, .configuration = {}, .taken = Instant{1000s}};
    const auto told = [](Duration when) { return Transition{.when = Instant{1s}, .told = Instant{when}}; };
    EXPECT_TRUE(is_news(told(990s), Instant{980s}, head));
    EXPECT_FALSE(is_news(told(990s), Instant{990s}, head)) << "told before";
    EXPECT_FALSE(is_news(told(1001s), Instant{980s}, head)) << "others may be missing";
    EXPECT_FALSE(is_news(told(690s), Instant{0s}, head)) << "old";
}

TEST(RoutersSnapshot, IsReadAsItWasWritten) {
    RoutersSnapshot routers = example_routers();
    routers.instances[0].order = Order::taken_over;
    routers.instances[0].ordered = Instant{900s};
    routers.departed = {example_departed()};
    const auto bytes = written(routers);
    const auto read = read_routers(bytes);
    ASSERT_TRUE(read) << read.error().text();
    EXPECT_EQ(read->head.node, "node-a");
    EXPECT_EQ(read->head.taken, Instant{1000s});
    ASSERT_THAT(read->instances, SizeIs(1));
    const Instance& one = read->instances[0];
    const Instance& was = example_instance();
    EXPECT_EQ(one.name, was.name);
    EXPECT_EQ(one.family, Family::ipv6);
    EXPECT_EQ(one.state, RouterState::backup);
    EXPECT_EQ(one.since, was.since);
    EXPECT_EQ(one.order, Order::taken_over);
    EXPECT_EQ(one.ordered, Instant{900s});
    EXPECT_EQ(one.source, was.source);
    EXPECT_EQ(one.down_interval, was.down_interval);
    ASSERT_THAT(one.addresses, SizeIs(1));
    EXPECT_EQ(one.addresses[0].prefix, was.addresses[0].prefix);
    EXPECT_TRUE(one.addresses[0].in_place);
    ASSERT_THAT(one.adjustments, SizeIs(1));
    EXPECT_EQ(one.adjustments[0].amount, -20);
    ASSERT_THAT(one.peers, SizeIs(1));
    EXPECT_EQ(one.peers[0].heard, Instant{999s});
    EXPECT_TRUE(one.peers[0].is_followed);
    ASSERT_THAT(one.transitions, SizeIs(1));
    EXPECT_EQ(one.transitions[0].cause, "started");
    ASSERT_TRUE(one.transitions[0].evidence);
    const Evidence& known = *one.transitions[0].evidence;
    EXPECT_EQ(known.priority, 80);
    EXPECT_EQ(known.former_priority, 100);
    EXPECT_EQ(known.priority_moved, Instant{870s});
    ASSERT_TRUE(known.heard);
    EXPECT_EQ(known.heard->address, IpAddress::parse("fe80::2"));
    EXPECT_EQ(known.heard->when, Instant{876s});
    EXPECT_EQ(known.down_interval, 3609ms);
    ASSERT_THAT(known.factors, SizeIs(1));
    EXPECT_EQ(known.factors[0].name, "check web");
    EXPECT_EQ(known.factors[0].amount, -20);
    EXPECT_EQ(known.factors_total, 9u);
    EXPECT_EQ(known.guard_row, 15);
    EXPECT_EQ(known.guard_verdict, "promote");
    ASSERT_THAT(one.counters, SizeIs(1));
    EXPECT_EQ(one.counters[0].value, 1ULL << 40);
    EXPECT_EQ(one.last_error, ProtocolError::checksum);
    EXPECT_EQ(one.error_source, was.error_source);
    EXPECT_EQ(one.held.addresses, was.held.addresses);
    EXPECT_EQ(one.held.routes, was.held.routes);
    EXPECT_THAT(one.held.rules, SizeIs(0));
    ASSERT_THAT(read->groups, SizeIs(1));
    EXPECT_THAT(read->groups[0].members, testing::ElementsAre("VI_1", "VI_2"));
    ASSERT_THAT(read->groups[0].transitions, SizeIs(1));
    EXPECT_EQ(read->groups[0].transitions[0].told, Instant{881s});
    EXPECT_EQ(read->groups[0].transitions[0].member, "VI_1");
    EXPECT_EQ(read->groups[0].transitions[0].evidence->guard_found, "silent");
    EXPECT_EQ(read->statics.addresses, (std::vector<bool>{false, true}));
    EXPECT_EQ(read->statics.rules, std::vector<bool>{true});
    ASSERT_THAT(read->trackers, SizeIs(1));
    EXPECT_EQ(read->trackers[0].value, -7);
    ASSERT_THAT(read->guards, SizeIs(1));
    EXPECT_EQ(read->guards[0].unit, "VI_1");
    EXPECT_EQ(read->guards[0].situation, GuardSituation::ours_lower);
    EXPECT_EQ(read->guards[0].verdict, GuardVerdict::withdraw);
    EXPECT_TRUE(read->guards[0].holds_back);
    ASSERT_THAT(read->departed, SizeIs(1));
    const Departed& gone = read->departed[0];
    EXPECT_EQ(gone.name, "VI_old");
    EXPECT_EQ(gone.vrid, 77);
    EXPECT_EQ(gone.family, Family::ipv6);
    EXPECT_EQ(gone.link, "eth1");
    EXPECT_EQ(gone.group, "VG_1");
    EXPECT_TRUE(gone.begins_active);
    EXPECT_EQ(gone.word, LastWord::deleted);
    ASSERT_THAT(gone.transitions, SizeIs(1));
    EXPECT_EQ(gone.transitions[0].told, Instant{701s});
}

TEST(RoutersSnapshot, HasABoundForThoseThatDeparted) {
    RoutersSnapshot routers = example_routers();
    routers.departed.assign(most_departed, example_departed());
    EXPECT_TRUE(read_routers(written(routers)));
    routers.departed.push_back(example_departed());
    EXPECT_FALSE(read_routers(written(routers)));
}

TEST(ChecksSnapshot, IsReadAsItWasWritten) {
    const auto read = read_checks(written(example_checks()));
    ASSERT_TRUE(read) << read.error().text();
    ASSERT_THAT(read->checks, SizeIs(2));
    const Check& one = read->checks[0];
    EXPECT_EQ(one.name, "check web");
    EXPECT_EQ(one.verdict, Verdict::bad);
    EXPECT_EQ(one.last_end, Instant{990s});
    EXPECT_EQ(one.output, "disk is full");
    EXPECT_EQ(one.runs, 12u);
    EXPECT_EQ(one.value, std::nullopt);
    EXPECT_EQ(read->checks[1].value, 5);
}

TEST(ASnapshot, ThatIsCutAnywhereIsRefused) {
    for (const auto& bytes : {written(example_routers()), written(example_checks())})
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            EXPECT_FALSE(read_routers(ByteView{bytes}.first(size))) << size;
            EXPECT_FALSE(read_checks(ByteView{bytes}.first(size))) << size;
        }
}

TEST(ASnapshot, OfTheOtherKindIsRefused) {
    EXPECT_FALSE(read_checks(written(example_routers())));
    EXPECT_FALSE(read_routers(written(example_checks())));
}

TEST(ASnapshot, WithAnythingBehindItsEndIsRefused) {
    auto bytes = written(example_checks());
    bytes.push_back(0);
    EXPECT_FALSE(read_checks(bytes));
}

TEST(ASnapshot, OfAnotherFormSaysBothNumbers) {
    auto bytes = written(example_routers());
    bytes[2] = 9;
    EXPECT_THAT(read_routers(bytes).error().text(), HasSubstr("form 9"));
    EXPECT_THAT(read_routers(bytes).error().text(), HasSubstr("form " + std::to_string(snapshot_version)));
}

TEST(ASnapshot, KeepsTheNewestOfAListThatIsTooLong) {
    RoutersSnapshot routers = example_routers();
    routers.instances[0].counters.clear();
    for (std::uint64_t number = 0; number < 2 * most_entries; ++number)
        routers.instances[0].counters.push_back({.name = "n", .value = number});
    const auto read = read_routers(written(routers));
    ASSERT_TRUE(read);
    EXPECT_THAT(read->instances[0].counters, SizeIs(most_entries));
    EXPECT_EQ(read->instances[0].counters.back().value, 2 * most_entries - 1);
}

TEST(ASnapshot, CutsTextBetweenCharacters) {
    ChecksSnapshot checks = example_checks();
    checks.checks[0].output = std::string(most_output - 1, 'a') + "\u00fc";
    const auto read = read_checks(written(checks));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->checks[0].output, std::string(most_output - 1, 'a'));
}

TEST(ASnapshot, FitsTheMemoryThatIsMadeForIt) {
    RoutersSnapshot routers;
    Instance large = example_instance();
    large.name = std::string(most_name, 'n');
    large.addresses.assign(most_addresses, large.addresses[0]);
    large.transitions.assign(8, large.transitions[0]);
    large.counters.assign(25, {.name = std::string(30, 'c'), .value = 1});
    large.peers.assign(16, large.peers[0]);
    large.adjustments.assign(8, {.name = "check something", .amount = 1});
    routers.instances.assign(500, large);
    EXPECT_LE(written(routers).size(), routers_capacity(500, 0, 0));
    ChecksSnapshot checks;
    Check check = example_checks().checks[0];
    check.name = check.kind = std::string(most_name, 'n');
    check.target = check.outcome = std::string(most_text, 't');
    check.output = std::string(most_output, 'o');
    checks.checks.assign(500, check);
    EXPECT_LE(written(checks).size(), checks_capacity(500, 0));
}

TEST(PrintableText, KeepsWhatATerminalShows) {
    EXPECT_EQ(printable("plain \u00e4\u20ac\U0001F600"), "plain \u00e4\u20ac\U0001F600");
}

TEST(PrintableText, HasNothingThatATerminalObeys) {
    EXPECT_EQ(printable("a\x1b[31mb"), "a?[31mb");
    EXPECT_EQ(printable("a\nb\tc\rd\x7f"), "a b c?d?");
    EXPECT_EQ(printable("\xc2\x9b"), "??");            // a C1 control
    EXPECT_EQ(printable("\xe2\x80\xae"), "???");       // from right to left
    EXPECT_EQ(printable("\xc0\xaf"), "??");            // overlong
    EXPECT_EQ(printable("\xed\xa0\x80"), "???");       // surrogate
    EXPECT_EQ(printable("\xf4\x90\x80\x80"), "????");  // beyond the last
    EXPECT_EQ(printable("\xe2\x82"), "??");            // cut
    EXPECT_EQ(printable(std::string_view{"\0", 1}), "?");
}

}  // namespace
}  // namespace holdfast::status
