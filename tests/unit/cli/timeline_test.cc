#include "cli/timeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/status/examples.h"

namespace holdfast::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr std::int64_t now_ms = 1795248000000;

status::Run example_run(std::optional<status::RunEnd> end = {}) {
    return {.routers = status::example_routers(), .boot = "b", .end = end, .ended_ms = now_ms};
}

TEST(ATimeline, HasALaneForEachAndALegend) {
    const std::string drawing = timeline_svg(status::History{{example_run()}, {}, {}}, now_ms);
    EXPECT_THAT(drawing,
                AllOf(HasSubstr(">VI_1</text>"), HasSubstr(">group VG_1</text>"), HasSubstr(">Active</text>"),
                      HasSubstr(">Fault</text>"),
                      HasSubstr("Initialize to Backup: started\nheard last: fe80::2 (priority 150)")));
}

TEST(ATimeline, EscapesNamesAndCauses) {
    status::Run run = example_run();
    run.routers.instances[0].name = "<script>alert('1')</script>&\"";
    run.routers.instances[0].transitions[0].cause = "a & b < c";
    const std::string drawing = timeline_svg(status::History{{run}, {}, {}}, now_ms);
    EXPECT_THAT(drawing, AllOf(Not(HasSubstr("<script")), HasSubstr("&lt;script&gt;alert(&#39;1&#39;)"),
                               HasSubstr("a &amp; b &lt; c")));
    EXPECT_EQ(xml_escaped("<>&\"'x"), "&lt;&gt;&amp;&quot;&#39;x");
}

TEST(ATimeline, OfNothingIsADrawingToo) {
    const std::string drawing = timeline_svg(status::History{{}, {}, {}}, now_ms);
    EXPECT_THAT(drawing, AllOf(HasSubstr("<svg "), HasSubstr("</svg>\n")));
}

}  // namespace
}  // namespace holdfast::cli
