#include "engine/incident.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/builders.h"

namespace holdfast::test {
namespace {

using engine::CauseKind;
using engine::Choice;
using engine::GuardPolicy;
using engine::Incident;
using engine::IncidentEntry;
using engine::IncidentKind;
using engine::Situation;
using engine::Verdict;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr engine::IncidentId id{.unit = 0xabcd1234, .incarnation = 0x77, .number = 3};
constexpr engine::GuardId guard{0};

IncidentEntry entry(Duration when) {
    return {.at = at(when), .situation = Situation::answered, .verdict = Verdict::stay, .cause = {}};
}

TEST(Incident, HasAnIdThatAPersonCanSay) {
    EXPECT_EQ(id.text(), "1234-77-3");
}

TEST(Incident, KeepsItsBeginningAndItsEndWhenItGrowsLong) {
    Incident incident{id, IncidentKind::suspected, guard, at(0s)};
    for (int second = 0; second < 100; ++second)
        incident.add(entry(second * 1s));
    const auto entries = incident.entries();
    ASSERT_EQ(entries.size(), engine::first_entries + engine::last_entries);
    EXPECT_EQ(entries.front().at, at(0s));
    EXPECT_EQ(entries[engine::first_entries - 1].at, at(7s));
    EXPECT_EQ(entries[engine::first_entries].at, at(76s));
    EXPECT_EQ(entries.back().at, at(99s));
    EXPECT_EQ(incident.left_out(), 68u);
}

TEST(Incident, ShortOneIsWhole) {
    Incident incident{id, IncidentKind::suspected, guard, at(0s)};
    for (int second = 0; second < 12; ++second)
        incident.add(entry(second * 1s));
    EXPECT_EQ(incident.entries().size(), 12u);
    EXPECT_EQ(incident.left_out(), 0u);
    EXPECT_EQ(incident.entries().back().at, at(11s));
}

TEST(Incident, GrowsWorseAndNeverBetter) {
    Incident incident{id, IncidentKind::suspected, guard, at(0s)};
    EXPECT_TRUE(incident.grow(IncidentKind::both_active));
    EXPECT_FALSE(incident.grow(IncidentKind::isolation));
    EXPECT_EQ(incident.kind(), IncidentKind::both_active);
}

TEST(Incident, OffersWhatFitsTheStateWhileItIsOpen) {
    Incident incident{id, IncidentKind::suspected, guard, at(0s)};
    EXPECT_THAT(choices(incident, GuardPolicy::hold, false), ElementsAre(Choice::take_over, Choice::close));
    EXPECT_THAT(choices(incident, GuardPolicy::fence, false),
                ElementsAre(Choice::take_over, Choice::fence, Choice::close));
    EXPECT_THAT(choices(incident, GuardPolicy::fence, true), ElementsAre(Choice::withdraw, Choice::close));
    incident.close(at(1s));
    EXPECT_THAT(choices(incident, GuardPolicy::hold, false), IsEmpty());
    EXPECT_THAT(choices(Incident{}, GuardPolicy::hold, false), IsEmpty());
}

TEST(Incident, EntryIsASentenceForWhoReadsAPager) {
    IncidentEntry held = entry(0s);
    held.cause = {.kind = CauseKind::guard_answered,
                  .mac = MacAddress{{0, 0x16, 0x3e, 0, 0, 1}},
                  .address = ip("192.0.2.1"),
                  .policy = GuardPolicy::hold};
    EXPECT_EQ(
        describe(held, alone(v2(100))),
        "stays BACKUP: nobody advertises, but 00:16:3e:00:00:01 still answers for 192.0.2.1 (guard hold)");
}

TEST(Incident, EachRowHasAVerbForEachVerdict) {
    for (const engine::Row& row : engine::guard_rows())
        for (const engine::Cell& cell : row.cells) {
            const std::string text =
                describe({.at = at(0s), .situation = row.situation, .verdict = cell.verdict, .cause = {}},
                         alone(v2(100)));
            EXPECT_NE(text.substr(0, 7), "decides") << row.name;
            EXPECT_EQ(text.find(row.active ? "BACKUP" : "MASTER") == std::string::npos ||
                          cell.verdict == Verdict::promote,
                      true)
                << text;
        }
}

}  // namespace
}  // namespace holdfast::test
