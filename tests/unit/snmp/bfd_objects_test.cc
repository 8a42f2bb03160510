#include <gtest/gtest.h>

#include "snmp/mibs.h"
#include "unit/snmp/served.h"

namespace holdfast::snmp {
namespace {

using namespace testing;

const std::string sessions =
    "bfd_instance left {\nneighbor_ip 192.0.2.9\nweight 7\n}\n"
    "bfd_instance servers {\nneighbor_ip 192.0.2.10\nchecker\n}\n"
    "bfd_instance right {\nneighbor_ip 192.0.2.11\nweight -10 reverse\n}\n";

const Value& value(const Rows& rows, const Oid& name) {
    static const Value none = text("there is none");
    const Row* row = rows.at(name);
    return row != nullptr ? row->value : none;
}

Rows rows_of(const std::string& text) {
    const Node served = node(text);
    return vrrp_rows(Facts{served, {}, {}, interfaces()});
}

TEST(VrrpBfdTable, ListsSessionsOfVrrpThatAreNotUp) {
    const Rows rows = rows_of(sessions + two_in_a_group);
    EXPECT_EQ(value(rows, {18, 1, 2, 1}), text("left"));
    EXPECT_EQ(value(rows, {18, 1, 3, 1}), integer(0));
    EXPECT_EQ(value(rows, {18, 1, 4, 1}), integer(7));
    EXPECT_EQ(value(rows, {18, 1, 5, 1}), truth(false));
    EXPECT_EQ(value(rows, {18, 1, 2, 2}), text("right"));
    EXPECT_EQ(value(rows, {18, 1, 4, 2}), integer(-10));
    EXPECT_EQ(value(rows, {18, 1, 5, 2}), truth(true));
    EXPECT_EQ(rows.at({18, 1, 2, 3}), nullptr);
}

TEST(VrrpTrackedBfdTable, NumbersWhatAnInstanceTracks) {
    const Rows rows = rows_of(
        sessions +
        "vrrp_instance VI_1 {\ninterface lo\nvirtual_router_id 51\nvirtual_ipaddress "
        "{\n192.0.2.100/24\n}\n}\n"
        "vrrp_instance VI_2 {\ninterface lo\nvirtual_router_id 52\nvirtual_ipaddress {\n192.0.2.200/24\n}\n"
        "track_bfd {\nright\nleft weight 4\n}\n}\n");
    EXPECT_EQ(rows.at({17, 1, 2, 1, 1}), nullptr);
    EXPECT_EQ(value(rows, {17, 1, 2, 2, 1}), text("right"));
    EXPECT_EQ(value(rows, {17, 1, 3, 2, 1}), integer(-10));
    EXPECT_EQ(value(rows, {17, 1, 4, 2, 1}), truth(true));
    EXPECT_EQ(value(rows, {17, 1, 2, 2, 2}), text("left"));
    EXPECT_EQ(value(rows, {17, 1, 3, 2, 2}), integer(4));
}

TEST(VrrpSyncTrackedBfdTable, NumbersWhatAGroupTracks) {
    std::string text = sessions + two_in_a_group;
    text.insert(text.find("VI_2\n}\n") + 7, "track_bfd {\nleft weight 2\n}\n");
    const Rows rows = rows_of(text);
    EXPECT_EQ(value(rows, {19, 1, 2, 1, 1}), holdfast::snmp::text("left"));
    EXPECT_EQ(value(rows, {19, 1, 3, 1, 1}), integer(2));
    EXPECT_EQ(value(rows, {19, 1, 4, 1, 1}), truth(false));
}

TEST(BfdTables, AreEmptyWithoutSessions) {
    const Rows rows = rows_of(two_in_a_group);
    const Row* first = rows.from({17});
    EXPECT_TRUE(first == nullptr || first->name.front() > 19);
}

}  // namespace
}  // namespace holdfast::snmp
