#include "status/document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "unit/status/examples.h"

namespace holdfast::status {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr Instant now{1001s};
constexpr Parts everything{.instances = true,
                           .transitions = true,
                           .peers = true,
                           .counters = true,
                           .groups = true,
                           .trackers = true,
                           .checks = true};

TEST(Document, TellsTimesBothAsDatesAndAsAges) {
    const std::string json = to_json({.routers = example_routers(), .checks = {}}, everything, {}, now);
    EXPECT_THAT(json, HasSubstr(R"("schema": 1)"));
    EXPECT_THAT(json, HasSubstr(R"("since": "2026-11-21T07:58:00.000Z", "for_seconds": 121.000)"));
    EXPECT_THAT(json, HasSubstr(R"("heard": "2026-11-21T07:59:59.000Z", "heard_seconds_ago": 2.000)"));
}

TEST(Document, HasTheSameKeysForWhateverIsUnknown) {
    RoutersSnapshot routers = example_routers();
    routers.instances[0].peers[0].heard.reset();
    routers.instances[0].link.clear();
    const std::string json = to_json({.routers = routers, .checks = {}}, everything, {}, now);
    EXPECT_THAT(json, HasSubstr(R"("heard": null, "heard_seconds_ago": null)"));
    EXPECT_THAT(json, HasSubstr(R"("interface": null)"));
    EXPECT_THAT(json, HasSubstr(R"("checker": null)"));
}

TEST(Document, SaysWhatAnOperatorOrdered) {
    RoutersSnapshot routers = example_routers();
    EXPECT_THAT(to_json({.routers = routers, .checks = {}}, everything, {}, now),
                HasSubstr(R"("order": null)"));
    routers.instances[0].order = Order::drained;
    routers.instances[0].ordered = Instant{880s};
    EXPECT_THAT(
        to_json({.routers = routers, .checks = {}}, everything, {}, now),
        HasSubstr(
            R"("order": {"kind": "drained", "since": "2026-11-21T07:58:00.000Z", "for_seconds": 121.000})"));
}

TEST(Document, HasOnlyThePartsThatAreWanted) {
    const Published published{.routers = example_routers(), .checks = example_checks()};
    const std::string json = to_json(published, {.checks = true}, {}, now);
    EXPECT_THAT(json, HasSubstr("disk is full"));
    EXPECT_THAT(json, Not(HasSubstr("transitions")));
    EXPECT_THAT(json, Not(HasSubstr("\"groups\"")));
}

TEST(Document, HasOnlyTheNamesThatAreWanted) {
    const Published published{.routers = example_routers(), .checks = example_checks()};
    const std::string json = to_json(published, everything, {"web"}, now);
    EXPECT_THAT(json, HasSubstr("\"instances\": []"));
    EXPECT_THAT(json, HasSubstr("check web"));
    EXPECT_THAT(json, Not(HasSubstr("/run/load")));
}

TEST(Document, OfNothingIsADocumentToo) {
    EXPECT_EQ(to_json({}, everything, {}, now),
              "{\"schema\": 1, \"daemon\": {\"vrrp\": null, \"checker\": null}}\n");
}

TEST(ADate, IsUtcAlsoBefore1970) {
    EXPECT_EQ(utc(0), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(utc(-1), "1969-12-31T23:59:59.999Z");
}

TEST(Ages, OfAnyNumbersDoNotOverflow) {
    const Instant least = Instant::min();
    const Instant most = Instant::max();
    EXPECT_LT(age_ms(least, most), 0);
    EXPECT_GT(age_ms(most, least), 0);
    Head head = example_head();
    head.taken = least;
    head.taken_wall = Duration::max();
    EXPECT_NE(wall_ms(head, most), 0);
}

}  // namespace
}  // namespace holdfast::status
