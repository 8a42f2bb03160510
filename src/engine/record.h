// Fixed-layout live record of a virtual router, for the process that adopts it (DESIGN section 4): written
// into a shared page by the process that runs, read by the one that goes on. Times are on CLOCK_MONOTONIC, so
// a record is worth nothing after a reboot; the page's owner checks that.
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

namespace holdfast::engine {

// Identity of a virtual router across a reload: its name may change, these may not.
struct RecordKey {
    std::array<char, 16> link;            // interface name, zero padded; empty when there is none
    std::array<std::uint8_t, 16> source;  // configured source of a unicast router, else zero
    std::uint8_t family;                  // 4 or 6
    std::uint8_t vrid;
    std::uint8_t unicast;  // 0 or 1
    std::uint8_t reserved;
    bool operator==(const RecordKey&) const = default;
};

// What the guard of a unit remembers; in the record of its leading router, else zeros.
struct GuardRecord {
    std::uint8_t version;      // 0: no guard
    std::uint8_t held;         // 0 or 1: the unit would be Active but for its guard
    std::uint8_t withdrew;     // 0 or 1
    std::uint8_t withdrawals;  // soon after one another
    std::uint8_t fencing;      // Fencing
    std::uint8_t incident_open;
    std::uint8_t incident_kind;  // IncidentKind
    std::uint8_t situation;      // Situation
    std::uint32_t incidents;     // so far; the number of the last
    std::uint8_t verdict;        // Verdict: of the row at that time, whatever the policy is now
    std::array<std::uint8_t, 3> reserved;
    std::int64_t incident_opened;
    std::int64_t quiet_since;  // what made it withdraw was last seen then
    std::int64_t fence_at;     // the agent was called, or ended
    std::uint64_t incarnation;
    std::uint64_t sequence;  // of heartbeats
};
inline constexpr std::uint8_t guard_record_version = 2;

struct Record {
    RecordKey key;
    std::uint8_t state;  // State
    std::uint8_t effective_priority;
    std::uint8_t active_priority;  // of the router followed; 0: none known
    std::uint8_t active_family;    // 4, 6, or 0: none known
    std::array<std::uint8_t, 16> active_address;
    std::array<std::uint8_t, 16> rival_address;  // of the router that `expects` is about
    std::uint8_t rival_family;                   // 4, 6, or 0: none
    std::uint8_t rival_priority;                 // 0: it resigned
    std::uint8_t expects;                        // CauseKind that the end of the down timer will have
    std::uint8_t wants_active;  // 0 or 1: the down timer ended, but the sync group held the router back
    std::uint8_t steering;      // Steering
    std::array<std::uint8_t, 3> reserved;
    std::int64_t advert_deadline;            // Active: next advert; Backup: down timer (nanoseconds)
    std::int64_t preempt_deadline;           // INT64_MAX: none
    std::int64_t active_interval;            // learned interval (nanoseconds)
    std::int64_t last_heard;                 // last accepted advert of the router followed; INT64_MIN: never
    std::int64_t since;                      // last transition
    std::array<std::uint64_t, 31> counters;  // Counters, in its order, then zeros
    std::int64_t steered;                    // since when an operator's order stands
    GuardRecord guard;
};
static_assert(std::is_trivially_copyable_v<Record>);

}  // namespace holdfast::engine
