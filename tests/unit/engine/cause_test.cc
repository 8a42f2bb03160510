#include "engine/cause.h"

#include <gtest/gtest.h>

#include "support/builders.h"

namespace holdfast::test {
namespace {

using engine::Cause;
using engine::CauseKind;

std::string text_of(const Cause& cause) {
    return describe(cause, grouped(v2(100)), std::nullopt);
}

TEST(Cause, SilenceNamesThePeerAndTheTime) {
    EXPECT_EQ(text_of({.kind = CauseKind::peer_silent, .peer = ip("192.168.1.104"), .elapsed = 3'609'375us}),
              "no advert from 192.168.1.104 for 3.61 s");
    EXPECT_EQ(text_of({.kind = CauseKind::peer_silent, .peer = ip("fe80::1"), .elapsed = 36'100us}),
              "no advert from fe80::1 for 36.1 ms");
    EXPECT_EQ(text_of({.kind = CauseKind::never_heard, .elapsed = 361ms}),
              "no advert from anyone for 361 ms");
}

TEST(Cause, GroupIsNamedWhenThereIsOne) {
    EXPECT_EQ(describe({.kind = CauseKind::tracked_link_down, .link = link_1}, grouped(v2(100)), group_0),
              "link eno2 down (group VG1)");
    EXPECT_EQ(describe({.kind = CauseKind::group_member,
                        .link = link_1,
                        .member = router_1,
                        .member_kind = CauseKind::link_down},
                       grouped(v2(100)), group_0),
              "link eno2 down (group VG1)");
}

TEST(Cause, ContestNamesBothPriorities) {
    EXPECT_EQ(text_of({.kind = CauseKind::higher_priority,
                       .peer = ip("10.0.0.2"),
                       .peer_priority = Priority::from(200),
                       .own_priority = Priority::from(100)}),
              "higher priority 200 heard from 10.0.0.2 (ours 100)");
}

TEST(Cause, EveryKindHasANameAndAClause) {
    for (const auto& known : names_of(CauseKind{})) {
        EXPECT_NE(text_of({.kind = known.value}), "unknown") << known.text;
        EXPECT_EQ(value_named<CauseKind>(known.text), known.value);
    }
}

TEST(Cause, NumbersOutOfRangeNameNothing) {
    EXPECT_EQ(describe({.kind = CauseKind::link_down, .link = engine::LinkId{77}}, grouped(v2(100)),
                       engine::GroupId{9}),
              "link down");
}

}  // namespace
}  // namespace holdfast::test
