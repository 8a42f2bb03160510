#include "snmp/process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "snmp/mibs.h"
#include "unit/snmp/served.h"

namespace holdfast::snmp {
namespace {

using namespace testing;
using enum status::RouterState;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// The pages, with a writer, and processes that come and go.
struct Pages {
    void publish(const status::RoutersSnapshot& routers) {
        ByteWriter out{writer.begin()};
        status::write(out, routers.head);
        for (const status::Instance& one : routers.instances)
            status::write(out, one);
        status::write_end(out);
        writer.publish(out.size());
    }
    Process process() const {
        return {node(), *os::PublishedReader::map(page.get()), std::nullopt, *os::Ledger::map(ledger.get())};
    }

    os::UniqueFd page = *os::create_published_page(std::size_t{1} << 16);
    os::PublishedPage writer = *os::PublishedPage::map(page.get());
    os::UniqueFd ledger = *os::Ledger::create(Instant{10s});
};

TEST(TheSnmpProcess, MakesRowsAnewOnlyWhenSomethingIsPublished) {
    Pages pages;
    Process process = pages.process();
    pages.publish(snapshot(Instant{20s}, {instance("VI_1", {change(Instant{11s}, backup)})}));
    const Rows* first = &process.rows(vrrp_rows);
    const Row* row = first->at({3, 1, 4, 1});
    ASSERT_NE(row, nullptr);
    EXPECT_EQ(row->value, integer(1));
    EXPECT_EQ(process.rows(vrrp_rows).at({3, 1, 4, 1}), row);
    process.rows(global_rows);
    EXPECT_EQ(process.rows(vrrp_rows).at({3, 1, 4, 1}), row);
    pages.publish(snapshot(Instant{30s}, {instance("VI_1", {change(Instant{25s}, fault)})}));
    EXPECT_EQ(process.rows(vrrp_rows).at({3, 1, 4, 1})->value, integer(3));
}

TEST(TheSnmpProcess, ServesWhatIsConfiguredWithoutAPage) {
    const os::UniqueFd ledger = *os::Ledger::create(Instant{10s});
    Process process{node(), std::nullopt, std::nullopt, *os::Ledger::map(ledger.get())};
    EXPECT_EQ(process.rows(vrrp_rows).at({3, 1, 2, 1})->value, text("VI_1"));
    EXPECT_THAT(process.news(), IsEmpty());
}

TEST(TheSnmpProcess, FollowsAnotherGenerationAndTellsOnlyWhatIsNew) {
    Pages pages;
    pages.publish(snapshot(Instant{20s}, {instance("VI_1", {change(Instant{11s}, backup)})}));
    Process process = pages.process();
    EXPECT_THAT(process.news(), SizeIs(1));
    process.settle_news();
    Pages next;
    next.publish(snapshot(Instant{30s},
                          {instance("VI_1", {change(Instant{11s}, backup), change(Instant{25s}, active)})}));
    std::string text = two_in_a_group;
    text.replace(text.find("priority 150"), 12, "priority 160");
    process.follow(node(text), *os::PublishedReader::map(next.page.get()), std::nullopt);
    EXPECT_EQ(process.rows(vrrp_rows).at({3, 1, 7, 1})->value, integer(160));
    EXPECT_EQ(process.rows(vrrp_rows).at({3, 1, 4, 1})->value, integer(2));
    EXPECT_GE(process.news().size(), 1U);
    process.settle_news();
    process.follow(node(), std::nullopt, std::nullopt);
    EXPECT_EQ(process.rows(vrrp_rows).at({3, 1, 7, 1})->value, integer(150));
    EXPECT_THAT(process.news(), IsEmpty());
}

TEST(TheSnmpProcess, TellsNothingTwiceAndNothingThatTheOneBeforeHasTold) {
    Pages pages;
    pages.publish(snapshot(Instant{20s}, {instance("VI_1", {change(Instant{11s}, backup)})}));
    Process process = pages.process();
    EXPECT_THAT(process.news(), SizeIs(1));
    process.settle_news();
    EXPECT_THAT(process.news(), IsEmpty());
    Process next = pages.process();
    EXPECT_THAT(next.news(), IsEmpty());
    pages.publish(snapshot(Instant{30s},
                           {instance("VI_1", {change(Instant{11s}, backup), change(Instant{25s}, fault)})}));
    EXPECT_THAT(next.news(), SizeIs(1));
}

TEST(TheSnmpProcess, GoesOnBehindTheLastThatWasSent) {
    Pages pages;
    pages.publish(snapshot(Instant{20s},
                           {instance("VI_1", {change(Instant{11s}, backup), change(Instant{12s}, fault)})}));
    Process process = pages.process();
    const auto all = process.news();
    ASSERT_THAT(all, SizeIs(2));
    process.settle(all[0]);  // then the connection broke
    EXPECT_THAT(process.news(), SizeIs(1));
    EXPECT_THAT(pages.process().news(), SizeIs(1));
}

}  // namespace
}  // namespace holdfast::snmp
