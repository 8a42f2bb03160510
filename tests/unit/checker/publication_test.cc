#include "checker/publication.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "unit/checker/scratch.h"
#include "unit/plan/planned.h"

namespace holdfast::checker {
namespace {

using namespace std::chrono_literals;

status::Check target_of(const plan::CheckPlan& plan) {
    status::Check check;
    name_target(plan, check);
    return check;
}

TEST(ATarget, IsShownAsTheOperatorKnowsIt) {
    plan::CheckPlan plan{.type = config::CheckType::http, .target = "http://user:secret@web.example/@x"};
    EXPECT_EQ(target_of(plan).target, "http://web.example/@x");
    EXPECT_EQ(target_of(plan).kind, "http");
    plan = {.type = config::CheckType::tcp, .endpoint = {.address = *IpAddress::parse("::1"), .port = 25}};
    EXPECT_EQ(target_of(plan).target, "[::1]:25");
    plan = {.type = config::CheckType::icmp, .endpoint = {.address = *IpAddress::parse("192.0.2.1")}};
    EXPECT_EQ(target_of(plan).target, "192.0.2.1");
    status::Check check;
    name_target(plan::ScriptPlan{.command = {.path = "/bin/x", .argv = {"/bin/x", "a b"}}}, check);
    EXPECT_EQ(check.target, "/bin/x a b");
}

class Publishing : public testing::Scratch {};

TEST_F(Publishing, HasEveryTrackerAndFollowsTheVerdicts) {
    const plan::Plan plan = plan::testing::plan_of(
        "vrrp_track_file load {\nfile " + path("load") +
        "\n}\nvrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\ntrack_file {\nload\n}\n}\n");
    const Guard guard = [](const plan::Command&) { return Result<void>{}; };
    status::ChecksSnapshot former;
    former.checks.push_back({.name = "file load", .verdict = status::Verdict::good, .since = Instant{7s}});
    Trackers trackers{
        *loop_, plan.trackers, guard, {.first = true, .former = former}, [](const os::Judgement&) {}};
    const os::UniqueFd page = *os::create_published_page(10000);
    bool has_incident = false;
    const auto guarded = [&] {
        return std::vector<status::GuardedUnit>{{.unit = "VI", .has_incident = has_incident}};
    };
    const auto publication =
        Publication::create(*loop_, page.get(), {.version = "1", .node = "n"}, trackers, guarded);
    ASSERT_TRUE(publication) << publication.error().text();
    const auto all = [&] { return read_former(os::UniqueFd{dup(page.get())}); };
    const auto published = [&] { return all().checks.at(0); };
    EXPECT_FALSE(all().guarded.at(0).has_incident);
    has_incident = true;
    EXPECT_EQ(published().name, "file load");
    EXPECT_EQ(published().verdict, status::Verdict::unknown);

    trackers.assume({.tracker = 0, .good = true, .value = 0});
    (*publication)->hurry();
    while (published().verdict == status::Verdict::unknown)
        ASSERT_TRUE(loop_->turn(1s));
    EXPECT_EQ(published().since, Instant{7s});  // as the process before had it
    EXPECT_TRUE(all().guarded.at(0).has_incident);
}

TEST(AFormerPage, ThatCannotBeReadIsEmpty) {
    EXPECT_TRUE(read_former({}).checks.empty());
    EXPECT_TRUE(read_former(*os::create_published_page(10)).checks.empty());
}

}  // namespace
}  // namespace holdfast::checker
