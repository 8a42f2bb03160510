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

TEST(Cause, MismatchSaysWhatBothHaveAndWhichKeywordToCompare) {
    const auto text = [](engine::Remark remark, std::uint32_t found, std::uint32_t expected) {
        return text_of({.kind = CauseKind::guard_mismatch,
                        .peer = ip("10.0.0.2"),
                        .remark = remark,
                        .found = found,
                        .expected = expected});
    };
    EXPECT_EQ(text(engine::Remark::bad_version, 2, 3),
              "10.0.0.2 speaks VRRP version 2, this host 3 (vrrp_version)");
    EXPECT_EQ(text(engine::Remark::other_interval_v2, 200, 100),
              "10.0.0.2 says that it advertises each 2.00 s, this host each 1.00 s (advert_int)");
    EXPECT_EQ(text(engine::Remark::wrong_link, 1, 77),
              "adverts of 10.0.0.2 for these addresses come in by eno2, not by another link (interface)");
    for (const auto& [remark, name] : names_of(engine::Remark{})) {
        if (is_mismatch(remark)) {
            EXPECT_NE(text(remark, 64, 255).find("10.0.0.2"), std::string::npos) << name;
        }
    }
}

TEST(Cause, NumbersOutOfRangeNameNothing) {
    EXPECT_EQ(describe({.kind = CauseKind::link_down, .link = engine::LinkId{77}}, grouped(v2(100)),
                       engine::GroupId{9}),
              "link down");
}

}  // namespace
}  // namespace holdfast::test
