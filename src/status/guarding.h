// What a guard against split brain found and did last, as the outside may know it: the rows of the engine's
// table by their names in holdfast-split-brain(7), and what may follow.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/names.h"

namespace holdfast::status {

// In the order of engine::Situation.
enum class GuardSituation : std::uint8_t {
    none,
    ordered,
    heard_elsewhere,
    resigned,
    quiet_time,
    preempting,
    fenced,
    isolated,
    fencing,
    gave_way,
    fence_failed,
    fence_failed_promotes,
    answered,
    answered_once,
    standing_by,
    silent,
    resumed,
    adverts_pass,
    adverts_blocked,
    other_is_deaf,
    ours_lower,
    other_unyielding,
    ours_higher,
    cut_off_withdraws,
    cut_off_keeps,
    reference_gone_here,
    reference_gone,
    claim_suspected,
    undisputed,
    unmet,
};
constexpr auto names_of(GuardSituation) {
    using enum GuardSituation;
    return std::array{Name{none, "none"},
                      Name{ordered, "ordered"},
                      Name{heard_elsewhere, "heard elsewhere"},
                      Name{resigned, "farewell"},
                      Name{quiet_time, "quiet time"},
                      Name{preempting, "preempting"},
                      Name{fenced, "fenced"},
                      Name{isolated, "isolated"},
                      Name{fencing, "fencing"},
                      Name{gave_way, "gave way"},
                      Name{fence_failed, "fencing failed, on_failure hold"},
                      Name{fence_failed_promotes, "fencing failed, on_failure takeover"},
                      Name{answered, "answered"},
                      Name{answered_once, "answered once"},
                      Name{standing_by, "standing by"},
                      Name{silent, "silent"},
                      Name{resumed, "resumed after a pause"},
                      Name{adverts_pass, "both active, adverts pass"},
                      Name{adverts_blocked, "both active, adverts blocked"},
                      Name{other_is_deaf, "both active, the other is deaf"},
                      Name{ours_lower, "both active, our MAC address is the lower one"},
                      Name{other_unyielding, "both active, the other goes on"},
                      Name{ours_higher, "both active, our MAC address is the higher one"},
                      Name{cut_off_withdraws, "isolated, isolated_active withdraw"},
                      Name{cut_off_keeps, "isolated, isolated_active keep"},
                      Name{reference_gone_here, "reference gone here only"},
                      Name{reference_gone, "reference gone"},
                      Name{claim_suspected, "claim"},
                      Name{undisputed, "undisputed"},
                      Name{unmet, "never met"}};
}

// In the order of engine::Verdict.
enum class GuardVerdict : std::uint8_t { promote, stay, ask_again, fence, tell, withdraw, hand_over, listen };
constexpr auto names_of(GuardVerdict) {
    using enum GuardVerdict;
    return std::array{Name{promote, "promote"},     Name{stay, "stay"},
                      Name{ask_again, "ask again"}, Name{fence, "fence, then promote"},
                      Name{tell, "tell the other"}, Name{withdraw, "withdraw"},
                      Name{hand_over, "hand over"}, Name{listen, "withdraw and listen"}};
}

// A guard, of an instance or of a sync group.
struct GuardState {
    std::string unit;  // "VI_1", "group VG_1"
    GuardSituation situation{};
    GuardVerdict verdict = GuardVerdict::stay;
    bool holds_back = false;  // the unit would be Active but for its guard
};

}  // namespace holdfast::status
