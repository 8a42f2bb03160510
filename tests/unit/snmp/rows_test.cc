#include "snmp/rows.h"

#include <gtest/gtest.h>

namespace holdfast::snmp {
namespace {

Rows some() {
    Rows rows;
    rows.add({3, 1, 2}, {10}, text("ten"));
    rows.add({3, 1, 2}, {9}, text("nine"));
    rows.add({3, 1, 1}, {10}, integer(1));
    rows.scalar({2}, truth(true));
    rows.settle();
    return rows;
}

TEST(Rows, AreInTheOrderOfTheirNumbers) {
    std::vector<Oid> names;
    const Rows rows = some();
    for (const Row& row : rows.all())
        names.push_back(row.name);
    EXPECT_EQ(names, (std::vector<Oid>{{2, 0}, {3, 1, 1, 10}, {3, 1, 2, 9}, {3, 1, 2, 10}}));
}

TEST(Rows, AreFoundByTheirWholeName) {
    const Rows rows = some();
    ASSERT_NE(rows.at({3, 1, 2, 9}), nullptr);
    EXPECT_EQ(rows.at({3, 1, 2, 9})->value, text("nine"));
    EXPECT_EQ(rows.at({3, 1, 2}), nullptr);
    EXPECT_EQ(rows.at({3, 1, 2, 9, 0}), nullptr);
}

TEST(Rows, AreWalkedFromWhereverOneBegins) {
    const Rows rows = some();
    EXPECT_EQ(rows.after({})->name, (Oid{2, 0}));
    EXPECT_EQ(rows.after({2, 0})->name, (Oid{3, 1, 1, 10}));
    EXPECT_EQ(rows.from({2, 0})->name, (Oid{2, 0}));
    EXPECT_EQ(rows.after({3, 1, 2, 9, 5})->name, (Oid{3, 1, 2, 10}));
    EXPECT_EQ(rows.after({3, 1, 2, 10}), nullptr);
}

TEST(Rows, OfOneNameAreOne) {
    Rows rows;
    rows.scalar({1}, integer(1));
    rows.scalar({1}, integer(2));
    rows.settle();
    ASSERT_EQ(rows.all().size(), 1u);
    EXPECT_EQ(rows.at({1, 0})->value, integer(1));
}

TEST(Values, FitTheirTypes) {
    EXPECT_EQ(unsigned32(std::uint64_t{1} << 40).number, 0xffffffffu);
    EXPECT_EQ(counter32((std::uint64_t{1} << 32) + 7).number, 7u);
    EXPECT_EQ(static_cast<std::int64_t>(integer(-3).number), -3);
    EXPECT_EQ(inet(*IpAddress::parse("192.0.2.1")).bytes, (std::string{"\xc0\x00\x02\x01", 4}));
}

}  // namespace
}  // namespace holdfast::snmp
