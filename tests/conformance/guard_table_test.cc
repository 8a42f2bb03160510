// The guard's two tables, row by row and policy by policy, and over every combination of facts.
#include "engine/guard_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>

#include "support/builders.h"

namespace holdfast::test {
namespace {

using engine::Answered;
using engine::Cell;
using engine::Facts;
using engine::Fencing;
using engine::GuardPolicy;
using engine::GuardSettings;
using engine::References;
using engine::Row;
using engine::Situation;
using engine::Verdict;

constexpr std::array policies{GuardPolicy::alert, GuardPolicy::hold, GuardPolicy::fence,
                              GuardPolicy::takeover};

// A scene that the row decides, and what each policy does: alert, hold, fence, takeover; ! is an incident.
struct Expected {
    Situation situation;
    Facts facts;
    std::array<std::string, 4> verdicts;
};

std::string text_of(const Cell& cell) {
    return std::string{name_of(cell.verdict)} + (cell.incident ? "!" : "");
}

std::array<std::string, 4> all(const std::string& verdict) {
    return {verdict, verdict, verdict, verdict};
}

const std::vector<Expected>& backup_rows() {
    static const std::vector<Expected> rows{
        {Situation::ordered, {.heard_elsewhere = true, .ordered = true}, all("promote!")},
        {Situation::heard_elsewhere, {.peer_heard = true, .heard_elsewhere = true}, all("stay!")},
        {Situation::resigned, {.resigned = true, .answered = Answered::repeatedly}, all("promote")},
        {Situation::quiet_time, {.weaker_heard = true, .quiet = true}, all("stay")},
        {Situation::preempting, {.weaker_heard = true, .answered = Answered::repeatedly}, all("promote")},
        {Situation::fenced,
         {.answered = Answered::repeatedly, .fencing = Fencing::succeeded},
         all("promote")},
        {Situation::isolated,
         {.references_bad = true, .fencing = Fencing::failed},
         {"promote!", "stay!", "stay!", "promote!"}},
        {Situation::fencing, {.fencing = Fencing::running}, all("stay!")},
        {Situation::gave_way,
         {.quiet = true,
          .answered = Answered::repeatedly,
          .fencing = Fencing::failed,
          .failure_promotes = true},
         {"promote!", "stay!", "stay!", "promote!"}},
        {Situation::fence_failed_promotes,
         {.fencing = Fencing::failed, .failure_promotes = true},
         all("promote!")},
        {Situation::fence_failed, {.fencing = Fencing::failed}, all("stay!")},
        {Situation::answered,
         {.references_bad = true, .answered = Answered::repeatedly},
         {"promote!", "stay!", "fence, then promote!", "promote!"}},
        {Situation::answered_once,
         {.answered = Answered::once},
         {"promote!", "ask again!", "fence, then promote!", "promote!"}},
        {Situation::standing_by, {.peer_heard = true, .peers_stand_by = true}, all("promote")},
        {Situation::unmet, {.unmet = true}, {"promote", "promote", "fence, then promote!", "promote"}},
        {Situation::silent, {}, {"promote", "promote", "fence, then promote!", "promote"}},
    };
    return rows;
}

const std::vector<Expected>& active_rows() {
    const std::array<std::string, 4> withdraws{"stay!", "withdraw!", "withdraw!", "stay!"};
    static const std::vector<Expected> rows{
        {Situation::resumed, {.stood_still = true, .claimed = true}, all("withdraw and listen")},
        {Situation::adverts_pass, {.rival_advert = true}, all("stay")},
        {Situation::adverts_blocked, {.claimed = true}, all("tell the other!")},
        {Situation::adverts_blocked, {.rival_elsewhere = true}, all("tell the other!")},
        {Situation::other_unyielding, {.claimed = true, .unsettled = true, .unyielding = true}, withdraws},
        {Situation::ours_lower, {.claimed = true, .unsettled = true, .ours_is_lower = true}, withdraws},
        {Situation::ours_lower,
         {.rival_advert = true, .claimed = true, .unsettled = true, .ours_is_lower = true},
         withdraws},
        {Situation::ours_higher, {.claimed = true, .unsettled = true}, all("stay!")},
        {Situation::other_is_deaf, {.rival_advert = true, .unsettled = true}, all("stay!")},
        {Situation::cut_off_withdraws,
         {.references_bad = true, .cut_off = true, .withdraws_when_isolated = true},
         all("withdraw!")},
        {Situation::cut_off_keeps, {.references_bad = true, .cut_off = true}, all("stay!")},
        {Situation::reference_gone_here,
         {.peer_heard = true, .references_bad = true, .peer_references = References::good},
         all("hand over!")},
        {Situation::reference_gone,
         {.peer_heard = true, .references_bad = true, .peer_references = References::bad},
         all("stay!")},
        {Situation::reference_gone, {.references_bad = true}, all("stay!")},
        {Situation::claim_suspected, {.suspected = true}, all("stay")},
        {Situation::undisputed, {}, all("stay")},
    };
    return rows;
}

void expect_rows(bool active, const std::vector<Expected>& rows) {
    for (const Expected& expected : rows) {
        const Row& row = engine::decide(active, expected.facts);
        EXPECT_EQ(row.situation, expected.situation) << row.name;
        for (std::size_t at = 0; at < policies.size(); ++at)
            EXPECT_EQ(text_of(row.cell(policies[at])), expected.verdicts[at])
                << row.number << " " << row.name << ", " << name_of(policies[at]);
    }
}

TEST(GuardTable, BackupWhoseDownTimerEnded_EachRowUnderEachPolicy) {
    expect_rows(false, backup_rows());
}

TEST(GuardTable, Active_EachRowUnderEachPolicy) {
    expect_rows(true, active_rows());
}

TEST(GuardTable, EachRowIsExpectedAboveAndSaysWhatItMeans) {
    std::set<Situation> expected;
    for (const auto* rows : {&backup_rows(), &active_rows()})
        for (const Expected& row : *rows)
            expected.insert(row.situation);
    std::set<int> numbers;
    for (const Row& row : engine::guard_rows()) {
        EXPECT_TRUE(expected.contains(row.situation)) << row.name;
        EXPECT_TRUE(numbers.insert(row.number).second) << row.number;
        EXPECT_FALSE(row.name.empty() || row.evidence.empty() || row.words.empty()) << row.number;
        EXPECT_EQ(engine::row_of(row.situation), &row);
    }
    EXPECT_EQ(engine::row_of(Situation::none), nullptr);
}

// Calls with every combination of the facts that one table looks at.
void for_each_backup(const std::function<void(const Facts&)>& call) {
    for (unsigned bits = 0; bits < 1u << 10; ++bits)
        for (const Answered answered : {Answered::no, Answered::once, Answered::repeatedly})
            for (const Fencing fencing :
                 {Fencing::none, Fencing::running, Fencing::succeeded, Fencing::failed})
                call({.peer_heard = (bits & 1) != 0,
                      .references_bad = (bits & 2) != 0,
                      .heard_elsewhere = (bits & 4) != 0,
                      .resigned = (bits & 8) != 0,
                      .weaker_heard = (bits & 16) != 0,
                      .peers_stand_by = (bits & 32) != 0,
                      .unmet = (bits & 512) != 0,
                      .quiet = (bits & 64) != 0,
                      .ordered = (bits & 128) != 0,
                      .answered = answered,
                      .fencing = fencing,
                      .failure_promotes = (bits & 256) != 0});
}

void for_each_active(const std::function<void(const Facts&)>& call) {
    for (unsigned bits = 0; bits < 1u << 12; ++bits)
        for (const References references : {References::unknown, References::good, References::bad})
            call({.peer_heard = (bits & 1) != 0,
                  .references_bad = (bits & 2) != 0,
                  .stood_still = (bits & 4) != 0,
                  .rival_advert = (bits & 8) != 0,
                  .rival_elsewhere = (bits & 16) != 0,
                  .claimed = (bits & 32) != 0,
                  .suspected = (bits & 64) != 0,
                  .unsettled = (bits & 128) != 0,
                  .unyielding = (bits & 256) != 0,
                  .ours_is_lower = (bits & 512) != 0,
                  .cut_off = (bits & 1024) != 0,
                  .withdraws_when_isolated = (bits & 2048) != 0,
                  .peer_references = references});
}

TEST(GuardTable, NoCombinationOfFactsFallsThrough) {
    std::set<Situation> met;
    const auto is_one_of = [](Verdict verdict, std::initializer_list<Verdict> allowed) {
        return std::find(allowed.begin(), allowed.end(), verdict) != allowed.end();
    };
    for_each_backup([&](const Facts& facts) {
        const Row& row = engine::decide(false, facts);
        met.insert(row.situation);
        for (const GuardPolicy policy : policies)
            ASSERT_TRUE(is_one_of(row.cell(policy).verdict,
                                  {Verdict::promote, Verdict::stay, Verdict::ask_again, Verdict::fence}));
    });
    for_each_active([&](const Facts& facts) {
        const Row& row = engine::decide(true, facts);
        met.insert(row.situation);
        for (const GuardPolicy policy : policies)
            ASSERT_TRUE(is_one_of(row.cell(policy).verdict, {Verdict::stay, Verdict::tell, Verdict::withdraw,
                                                             Verdict::hand_over, Verdict::listen}));
    });
    for (const Row& row : engine::guard_rows())
        EXPECT_TRUE(met.contains(row.situation)) << row.name << " never decides";
}

TEST(GuardTable, NothingIsKnownAgainstIt_AllButFencePromoteAtOnce) {
    for (const GuardPolicy policy : {GuardPolicy::alert, GuardPolicy::hold, GuardPolicy::takeover})
        EXPECT_EQ(engine::decide(false, {}).cell(policy).verdict, Verdict::promote);
}

TEST(GuardTable, HoldAndFenceNeverPromoteBesideALivingActive) {
    for_each_backup([](const Facts& facts) {
        if (facts.ordered) return;
        const Row& row = engine::decide(false, facts);
        if (facts.heard_elsewhere) {
            for (const GuardPolicy policy : policies)
                ASSERT_EQ(row.cell(policy).verdict, Verdict::stay);
        }
        const bool answered =
            facts.answered == Answered::repeatedly && !facts.resigned && !facts.weaker_heard;
        if (answered && facts.fencing == Fencing::none) {
            ASSERT_NE(row.cell(GuardPolicy::hold).verdict, Verdict::promote);
            ASSERT_NE(row.cell(GuardPolicy::fence).verdict, Verdict::promote);
        }
    });
}

TEST(GuardTable, IsolatedHostNeverFences) {
    for_each_backup([](const Facts& facts) {
        if (!facts.references_bad || facts.peer_heard || facts.answered != Answered::no) return;
        for (const GuardPolicy policy : policies)
            ASSERT_NE(engine::decide(false, facts).cell(policy).verdict, Verdict::fence);
    });
}

// Facts are mirrored where they are: each side sees the other's claim, one MAC address is the lower.
TEST(GuardTable, TwoThatProveEachOtherActiveAreNeverBothToldToStayNorBothToLeave) {
    for (const GuardPolicy policy : {GuardPolicy::hold, GuardPolicy::fence})
        for_each_active([&](const Facts& facts) {
            if (!facts.claimed || !facts.unsettled || facts.unyielding || facts.stood_still) return;
            Facts mirrored = facts;
            mirrored.ours_is_lower = !facts.ours_is_lower;
            const bool leaves = engine::decide(true, facts).cell(policy).verdict == Verdict::withdraw;
            const bool other_leaves =
                engine::decide(true, mirrored).cell(policy).verdict == Verdict::withdraw;
            ASSERT_NE(leaves, other_leaves);
        });
}

TEST(GuardTable, ReferencesAloneNeverMakeAnActiveLeave) {
    const Facts gone{.references_bad = true, .withdraws_when_isolated = true};
    for (const GuardPolicy policy : policies)
        EXPECT_EQ(engine::decide(true, gone).cell(policy).verdict, Verdict::stay);
}

TEST(Explain, ShowsTheRowsThatCanComeTrueAndNoOthers) {
    EXPECT_TRUE(engine::explain({}).empty());
    const auto situations = [](const GuardSettings& guard) {
        std::set<Situation> shown;
        for (const engine::ExplainedRow& row : engine::explain(guard)) {
            EXPECT_EQ(row.cell, row.row->cell(guard.policy));
            shown.insert(row.row->situation);
        }
        return shown;
    };
    const auto bare = situations({.policy = GuardPolicy::hold, .probes_addresses = false});
    EXPECT_TRUE(bare.contains(Situation::silent));
    EXPECT_FALSE(bare.contains(Situation::answered));
    EXPECT_FALSE(bare.contains(Situation::isolated));
    EXPECT_FALSE(bare.contains(Situation::fencing));
    const auto full = situations({.policy = GuardPolicy::fence,
                                  .references = engine::TrackerId{0},
                                  .heartbeats = {engine::PathId{0}},
                                  .withdraws_when_isolated = true});
    EXPECT_TRUE(full.contains(Situation::fence_failed));
    EXPECT_FALSE(full.contains(Situation::fence_failed_promotes));
    EXPECT_TRUE(full.contains(Situation::cut_off_withdraws));
    EXPECT_FALSE(full.contains(Situation::cut_off_keeps));
    EXPECT_TRUE(full.contains(Situation::standing_by));
}

TEST(FenceTurn, KeepsTwoApartThatKnowNothingOfEachOther) {
    EXPECT_NE(engine::fence_turn(ip("192.0.2.1")), engine::fence_turn(ip("192.0.2.2")));
    EXPECT_NE(engine::fence_turn(ip("192.0.2.10")), engine::fence_turn(ip("192.0.2.20")));
    EXPECT_NE(engine::fence_turn(ip("fe80::1:1")), engine::fence_turn(ip("fe80::1:2")));
    for (int last = 1; last < 255; ++last)
        EXPECT_LE(engine::fence_turn(ip("192.0.2." + std::to_string(last))), 30s);
}

TEST(FenceTurn, OfTwoThatKnowEachOtherTheHigherAddressGoesFirst) {
    EXPECT_EQ(engine::fence_turn(ip("192.0.2.2"), ip("192.0.2.1")), 0s);
    EXPECT_EQ(engine::fence_turn(ip("192.0.2.1"), ip("192.0.2.2")), 5s);
}

TEST(Explain, DetectionBoundFollowsFromThePathsThatThereAre) {
    GuardSettings guard{.policy = GuardPolicy::hold};
    EXPECT_EQ(engine::detection_bound(guard, 1s), 8s);
    EXPECT_EQ(engine::detection_bound(guard, 100ms), 800ms);
    guard.probes_addresses = false;
    EXPECT_EQ(engine::detection_bound(guard, 1s), std::nullopt);
    guard.heartbeats = {engine::PathId{0}};
    EXPECT_EQ(engine::detection_bound(guard, 1s), 2500ms);
    guard.policy = GuardPolicy::takeover;
    EXPECT_EQ(engine::detection_bound(guard, 1s), std::nullopt);
}

}  // namespace
}  // namespace holdfast::test
