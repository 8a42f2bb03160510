#include "cli/screen.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "unit/status/examples.h"

namespace holdfast::cli {
namespace {

using namespace std::chrono_literals;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

status::Published example() {
    return {.routers = status::example_routers(), .checks = status::example_checks()};
}

std::string shown(const status::Published& published, void (Screen::*show)(),
                  const std::vector<std::string>& names = {}, bool colour = false,
                  Instant now = Instant{1001s}) {
    std::ostringstream out;
    std::ostringstream err;
    Terminal terminal{.out = out, .err = err, .interactive = colour, .colour = colour};
    Screen screen{published, names, now, terminal};
    (screen.*show)();
    return out.str();
}

TEST(Spans, AreSaidInTheTwoLargestUnits) {
    for (const auto& [milliseconds, text] :
         {std::pair{-5, "0.0 s"}, std::pair{400, "0.4 s"}, std::pair{12345, "12 s"},
          std::pair{200000, "3 min 20 s"}, std::pair{7500000, "2 h 5 min"}, std::pair{273600000, "3 d 4 h"}})
        EXPECT_EQ(span_text(milliseconds), text);
}

TEST(PrioritySum, NamesEachPartAndTheLimits) {
    status::Instance one = status::example_instance();
    EXPECT_EQ(priority_sum(one), "100 - 20 (check web) = 80");
    one.adjustments.clear();
    one.priority = 100;
    EXPECT_EQ(priority_sum(one), "100");
    one = status::example_instance();
    one.adjustments.push_back({.name = "link eth1", .amount = 200});
    one.priority = 254;
    EXPECT_EQ(priority_sum(one), "100 - 20 (check web) + 200 (link eth1) = 280, limited to 254");
}

TEST(StatusScreen, HasALineForEachInstanceAndSaysWhatIsOutOfTheOrdinary) {
    const std::string text = shown(example(), &Screen::status);
    EXPECT_THAT(text, HasSubstr("node-a: Holdfast 1.2.3, /etc/holdfast/holdfast.conf\n"));
    EXPECT_THAT(text,
                ContainsRegex(
                    "VI_1 +Backup +2 min 1 s +.* 80 \\(of 100\\) +fe80::2, priority 150, heard 2.0 s ago\n"));
    EXPECT_THAT(text, HasSubstr("    priority: 100 - 20 (check web) = 80\n"));
    EXPECT_THAT(text, HasSubstr("    because: started\n"));
    EXPECT_THAT(text, ContainsRegex("VG_1 +Backup +VI_1 VI_2"));
    EXPECT_THAT(text, ContainsRegex("check web +bad +1 min 1 s +exit status 3: disk is full"));
    EXPECT_THAT(text, ContainsRegex("file load +good .* says 5"));
}

TEST(StatusScreen, SaysWhatAnOperatorOrderedAndHowItEnds) {
    status::Published published = example();
    status::Instance& one = published.routers->instances[0];
    EXPECT_THAT(shown(published, &Screen::status), Not(HasSubstr("operator")));
    one.order = status::Order::handed_over;
    one.ordered = Instant{990s};
    for (const auto screen : {&Screen::status, &Screen::why})
        EXPECT_THAT(shown(published, screen),
                    HasSubstr("    handed over by an operator 11 s ago; `holdfast resume VG_1` ends it\n"));
    one.order = status::Order::taken_over;
    one.priority = 254;
    EXPECT_EQ(priority_sum(one), "100 - 20 (check web) = 80, raised to 254 by an operator");
}

TEST(StatusScreen, SaysWhichAddressesAreMissing) {
    status::Published published = example();
    status::Instance& one = published.routers->instances[0];
    one.state = status::RouterState::active;
    one.addresses_total = 7;
    EXPECT_THAT(shown(published, &Screen::status),
                HasSubstr("addresses: 2001:db8::100/64 dev eth0 and 3 more (1 of 7 in place)"));
}

TEST(StatusScreen, OfManyInstancesIsALineEachUnlessSomethingIsWrong) {
    status::Published published = example();
    status::Instance plain = published.routers->instances[0];
    plain.adjustments.clear();
    plain.group.clear();
    published.routers->instances.assign(50, plain);
    published.routers->instances[7].state = status::RouterState::fault;
    published.routers->instances[7].fault = "no interface";
    published.routers->groups.clear();
    published.routers->trackers.clear();
    published.checks.reset();
    const std::string text = shown(published, &Screen::status);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1 + 1 + 1 + 50 + 2);
    EXPECT_THAT(text, HasSubstr("fault: no interface"));
}

TEST(StatusScreen, SaysWhenItIsOld) {
    EXPECT_THAT(shown(example(), &Screen::status), Not(HasSubstr("said nothing")));
    EXPECT_THAT(shown(example(), &Screen::status, {}, false, Instant{1060s}),
                HasSubstr("This is how it was 1 min 0 s ago"));
}

TEST(StatusScreen, HasColoursOnlyWhereTheyAreWanted) {
    EXPECT_THAT(shown(example(), &Screen::status), Not(HasSubstr("\x1b")));
    EXPECT_THAT(shown(example(), &Screen::status, {}, true), HasSubstr("\x1b[31mbad\x1b[0m"));
}

TEST(StatusScreen, OfNothingSaysSo) {
    EXPECT_THAT(shown({}, &Screen::status), HasSubstr("nothing to do"));
}

TEST(WhyScreen, HasTheNewestTransitionFirstAndTheTimesInForce) {
    status::Published published = example();
    published.routers->instances[0].transitions.push_back({.when = Instant{990s},
                                                           .from = status::RouterState::backup,
                                                           .to = status::RouterState::active,
                                                           .kind = "peer-silent",
                                                           .cause = "no advert"});
    const std::string text = shown(published, &Screen::why);
    EXPECT_THAT(text, HasSubstr("VI_1 is Backup for 2 min 1 s\n"));
    EXPECT_LT(text.find("Backup -> Active"), text.find("Initialize -> Backup"));
    EXPECT_THAT(text, HasSubstr("an advert each 1 s, silence is taken for death after 3.609 s"));
}

TEST(WhyScreen, TellsOfGroupsWithTheMemberThatLedAndWhatThatKnew) {
    const std::string text = shown(example(), &Screen::why);
    EXPECT_THAT(
        text, ContainsRegex("group VG_1 is Backup\n    .* 2 min 1 s ago +Initialize -> Backup +link eth0 up "
                            "\\(member VI_1\\)\n +VI_1 heard last: fe80::2 "));
    EXPECT_THAT(shown(example(), &Screen::why, {"VI_1"}), Not(HasSubstr("group VG_1")));
}

TEST(PeersScreen, SaysWhoWasHeardAndWhoNever) {
    status::Published published = example();
    published.routers->instances[0].peers.push_back(
        {.address = *IpAddress::parse("fe80::3"), .is_configured = true});
    const std::string text = shown(published, &Screen::peers);
    EXPECT_THAT(text, ContainsRegex("VI_1 +fe80::2 +150 +2.0 s ago +120 +Active router"));
    EXPECT_THAT(text, ContainsRegex("VI_1 +fe80::3 +- +never +0 +unicast peer"));
}

TEST(ChecksScreen, HasTheTargetAndTheOutputBelow) {
    const std::string text = shown(example(), &Screen::checks, {"web"});
    EXPECT_THAT(text, ContainsRegex("check web +script +bad .* 12 +4 +exit status 3, 11 s ago, took 0.021 s\n"
                                    "    /usr/bin/check web\n    output: disk is full\n"));
    EXPECT_THAT(text, Not(HasSubstr("load")));
}

TEST(StatsScreen, HasTheRareCountersBelow) {
    status::Published published = example();
    published.routers->instances[0].counters.push_back({.name = "refused_bad_ttl", .value = 3});
    const std::string text = shown(published, &Screen::stats);
    EXPECT_THAT(text, ContainsRegex("VI_1 +1099511627776 +-"));
    EXPECT_THAT(text, HasSubstr("    refused_bad_ttl 3\n"));
}

}  // namespace
}  // namespace holdfast::cli
