#include "cli/watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/status/examples.h"

namespace holdfast::cli {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

using namespace std::chrono_literals;

status::Published many(std::size_t count) {
    status::Published published{.routers = status::example_routers()};
    status::Instance plain = status::example_instance();
    plain.priority = plain.configured_priority;
    plain.adjustments.clear();
    plain.group.clear();
    published.routers->instances.clear();
    for (std::size_t number = 0; number < count; ++number) {
        plain.name = "VI_" + std::to_string(number);
        published.routers->instances.push_back(plain);
    }
    return published;
}

TEST(TheLiveScreen, HasALineForEachInstanceAndTheLastTransitions) {
    const auto lines = watch_lines(many(2), {}, Instant{1000s}, {.lines = 24, .columns = 100}, false);
    EXPECT_THAT(lines[0], AllOf(StartsWith("node-a, "), HasSubstr(": 2 instances: 2 Backup")));
    EXPECT_THAT(lines[3], AllOf(StartsWith("VI_0 "), HasSubstr("Backup"), HasSubstr("2 min 0 s"),
                                HasSubstr("100"), HasSubstr("started")));
    EXPECT_THAT(lines, Contains("LAST TRANSITIONS"));
    EXPECT_THAT(lines, Contains(HasSubstr("VI_1  Initialize -> Backup: started")));
    EXPECT_THAT(lines, Each(Not(HasSubstr("\x1b"))));
}

TEST(TheLiveScreen, ShowsWhatIsOutOfTheOrdinaryFirstAndSaysHowManyMoreThereAre) {
    status::Published published = many(100);
    published.routers->instances[40].priority = 50;
    published.routers->instances[60].state = status::RouterState::active;
    published.routers->instances[60].addresses_in_place = 0;
    published.routers->instances[99].state = status::RouterState::fault;
    const auto lines = watch_lines(published, {}, Instant{1000s}, {.lines = 10, .columns = 100}, false);
    ASSERT_THAT(lines, SizeIs(10));
    EXPECT_THAT(lines[3], StartsWith("VI_99 "));
    EXPECT_THAT(lines[4], AllOf(StartsWith("VI_60 "), HasSubstr("0 of 1 addresses in place")));
    EXPECT_THAT(lines[5], AllOf(StartsWith("VI_40 "), HasSubstr("50 (of 100)")));
    EXPECT_THAT(lines[6], StartsWith("VI_0 "));
    EXPECT_EQ(lines[9], "and 94 more");
}

TEST(TheLiveScreen, FitsEverySize) {
    status::Published published = many(30);
    published.routers->instances[3].state = status::RouterState::fault;
    published.routers->instances[4].name = "\u00fc\u00fc\u00fc\u00fc" + std::string(100, 'n');
    for (std::size_t height = 1; height < 50; ++height)
        for (const std::size_t columns : {1U, 9U, 20U, 80U}) {
            const auto lines =
                watch_lines(published, {}, Instant{1000s}, {.lines = height, .columns = columns}, false);
            EXPECT_LE(lines.size(), height);
            for (const std::string& line : lines)
                EXPECT_LE(
                    std::count_if(line.begin(), line.end(), [](char one) { return (one & 0xc0) != 0x80; }),
                    static_cast<std::ptrdiff_t>(columns));
        }
}

TEST(TheLiveScreen, ShowsOnlyWhoIsMeantAndColoursStates) {
    status::Published published = many(3);
    published.routers->instances[1].state = status::RouterState::active;
    const auto lines = watch_lines(published, {"VI_1"}, Instant{1000s}, {}, true);
    EXPECT_THAT(lines[0], HasSubstr(": 1 instance: 1 Active"));
    EXPECT_THAT(lines[3], HasSubstr("VI_1      \x1b[32mActive    \x1b[0m"));
    EXPECT_THAT(lines, Each(Not(HasSubstr("VI_2"))));
}

TEST(TheLiveScreen, SaysThatNothingRuns) {
    EXPECT_THAT(watch_lines({}, {}, Instant{1s}, {}, false),
                testing::ElementsAre("No virtual router runs here."));
}

}  // namespace
}  // namespace holdfast::cli
