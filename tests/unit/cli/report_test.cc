#include "cli/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/host_facts.h"

namespace holdfast::cli {
namespace {

using testing::HasSubstr;

TEST(AReport, HidesWhatTargetsOfChecksMayHold) {
    status::ChecksSnapshot checks{.checks = {{.kind = "script", .target = "/usr/bin/check --password 1234"},
                                             {.kind = "script", .target = "/usr/bin/check"},
                                             {.kind = "http", .target = "http://u:p@host/x y"}}};
    hide_secrets(checks);
    EXPECT_EQ(checks.checks[0].target, "/usr/bin/check ...");
    EXPECT_EQ(checks.checks[1].target, "/usr/bin/check");
    EXPECT_EQ(checks.checks[2].target, "http://********@host/x y");
}

TEST(HostFacts, NameVersionsAndInterfaces) {
    EXPECT_THAT(versions(), HasSubstr("holdfast " HOLDFAST_VERSION "\nkernel Linux "));
    EXPECT_THAT(versions(), HasSubstr("\nlibarchive "));
    const auto found = interfaces();
    ASSERT_TRUE(found);
    EXPECT_THAT(*found, HasSubstr("lo: "));
    EXPECT_THAT(*found, HasSubstr("loopback"));
}

TEST(HostFacts, PickWhatTheJournalSaysOfTheFirewall) {
    EXPECT_EQ(firewall_lines("a HF2650 table inet t\nb\nc HF2652 passes\nd HF2700 x\n"),
              "a HF2650 table inet t\nc HF2652 passes\n");
}

}  // namespace
}  // namespace holdfast::cli
