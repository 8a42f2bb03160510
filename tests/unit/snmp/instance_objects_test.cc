#include <gtest/gtest.h>

#include "snmp/mibs.h"
#include "unit/snmp/served.h"

namespace holdfast::snmp {
namespace {

using namespace testing;

Rows rows_of(const Node& node, status::RoutersSnapshot routers) {
    return vrrp_rows(Facts{node, std::move(routers), {}, interfaces()});
}

const Value& value(const Rows& rows, const Oid& name) {
    static const Value none = text("there is none");
    const Row* row = rows.at(name);
    return row != nullptr ? row->value : none;
}

TEST(VrrpInstanceTable, SaysWhatIsConfiguredBeforeAnythingIsPublished) {
    const Node served = node();
    const Rows rows = rows_of(served, {});
    EXPECT_EQ(value(rows, {3, 1, 2, 1}), text("VI_1"));
    EXPECT_EQ(value(rows, {3, 1, 4, 1}), integer(0));
    EXPECT_EQ(value(rows, {3, 1, 5, 1}), integer(2));
    EXPECT_EQ(value(rows, {3, 1, 8, 1}), integer(150));
    EXPECT_EQ(value(rows, {3, 1, 12, 1}), unsigned32(1));
    EXPECT_EQ(value(rows, {3, 1, 12, 2}), unsigned32(100));
    EXPECT_EQ(value(rows, {3, 1, 18, 2}), text("VG"));
}

TEST(VrrpInstanceTable, FollowsWhatIsPublished) {
    const Node served = node();
    status::Instance one = instance("VI_1", {change(Instant{5s}, status::RouterState::active)});
    one.priority = 130;
    one.addresses_total = one.addresses_in_place = 1;
    one.held.addresses = {true};
    const Rows rows = rows_of(served, snapshot(Instant{9s}, {one}));
    EXPECT_EQ(value(rows, {3, 1, 4, 1}), integer(2));
    EXPECT_EQ(value(rows, {3, 1, 8, 1}), integer(130));
    EXPECT_EQ(value(rows, {3, 1, 9, 1}), truth(true));
    EXPECT_EQ(value(rows, {6, 1, 7, 1, 1}), integer(7));
    EXPECT_EQ(value(rows, {6, 1, 10, 1, 1}), truth(true));
    EXPECT_EQ(value(rows, {6, 1, 10, 2, 1}), truth(false));
}

TEST(VrrpInstanceTable, HasNoRowForWhatIsNotThere) {
    const Node served = node();
    const Rows rows = rows_of(served, snapshot(Instant{9s}, {instance("unknown")}));
    EXPECT_EQ(rows.at({3, 1, 2, 3}), nullptr);
    EXPECT_EQ(rows.at({3, 1, 23, 1}), nullptr);  // no notify_backup
}

TEST(AScript, IsShownWordByWordInQuotes) {
    const Node served = node();
    const Rows rows = rows_of(served, {});
    const std::string shown = value(rows, {3, 1, 22, 1}).bytes;
    EXPECT_TRUE(shown.ends_with("/true' 'a b'")) << shown;
    EXPECT_EQ(shown.front(), '\'');
}

TEST(VrrpSyncGroupTable, ListsItsMembers) {
    const Node served = node();
    status::RoutersSnapshot routers;
    routers.groups = {{.name = "VG", .state = status::RouterState::fault}};
    const Rows rows = rows_of(served, std::move(routers));
    EXPECT_EQ(value(rows, {1, 1, 3, 1}), integer(3));
    EXPECT_EQ(value(rows, {2, 1, 2, 1, 2}), text("VI_2"));
}

}  // namespace
}  // namespace holdfast::snmp
