// Incidents: what went wrong between the hosts of a unit, as a time line of decisions and what they rested
// on. A unit has one open incident at a time, whose kind grows with what is found. Kept in the engine only
// as long as it is the latest; storage is outside.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/names.h"
#include "base/time.h"
#include "engine/cause.h"
#include "engine/guard_table.h"
#include "engine/ids.h"

namespace holdfast::engine {

enum class IncidentKind : std::uint8_t {  // the later, the worse
    mismatch,     // the adverts of a peer are refused, or another router uses our VRID
    suspected,    // adverts are lost, and the other lives or may live
    isolation,    // this host was cut off, or thought so
    fencing,      // an agent was called
    both_active,  // two held the addresses
    flap          // it came again too soon
};

constexpr auto names_of(IncidentKind) {
    using enum IncidentKind;
    return std::array{Name{mismatch, "mismatch"},       Name{suspected, "suspected split brain"},
                      Name{isolation, "isolation"},     Name{fencing, "fencing"},
                      Name{both_active, "both active"}, Name{flap, "flap"}};
}

// What an operator may choose.
enum class Choice : std::uint8_t {
    take_over,  // Backup: become Active in spite of what the guard knows
    withdraw,   // Active: leave it to the other
    fence,      // Backup under policy fence: call the agent now, again
    close       // nothing more is to be said about it
};

constexpr auto names_of(Choice) {
    using enum Choice;
    return std::array{Name{take_over, "take over"}, Name{withdraw, "withdraw"}, Name{fence, "fence"},
                      Name{close, "close"}};
}

// The same after a reload, and on no other host or start.
struct IncidentId {
    std::uint64_t unit = 0;  // of the unit's key
    std::uint64_t incarnation = 0;
    std::uint32_t number = 0;
    std::string text() const;  // "5b3f-19a2c4e1-3"
    bool operator==(const IncidentId&) const = default;
};

struct IncidentEntry {
    Instant at{};
    Situation situation = Situation::none;
    Verdict verdict = Verdict::stay;
    Cause cause;
};

inline constexpr std::size_t first_entries = 8;  // of an incident that are kept for good
inline constexpr std::size_t last_entries = 24;  // and behind them the latest

class Incident {
public:
    Incident() = default;
    Incident(IncidentId id, IncidentKind kind, GuardId unit, Instant opened)
        : id_{id}, kind_{kind}, unit_{unit}, opened_{opened} {}

    const IncidentId& id() const { return id_; }
    IncidentKind kind() const { return kind_; }
    GuardId unit() const { return unit_; }
    Instant opened() const { return opened_; }
    std::optional<Instant> closed() const { return closed_; }
    bool is_open() const { return id_.number != 0 && !closed_; }
    // In order; how many between the first and the latest are missing.
    std::vector<IncidentEntry> entries() const;
    std::uint64_t left_out() const;

    // False: the kind is no worse than known.
    bool grow(IncidentKind kind);
    void add(const IncidentEntry& entry);
    void close(Instant now) { closed_ = now; }

private:
    IncidentId id_;
    IncidentKind kind_ = IncidentKind::suspected;
    GuardId unit_{};
    Instant opened_{};
    std::optional<Instant> closed_;
    std::array<IncidentEntry, first_entries> first_{};
    std::array<IncidentEntry, last_entries> last_{};
    std::uint64_t count_ = 0;
};

// What a situation is an incident of.
IncidentKind kind_of(Situation situation);
// What an operator may choose now, while the unit is Active or Backup.
std::vector<Choice> choices(const Incident& incident, GuardPolicy policy, bool active);

// "stays BACKUP: nobody advertises, but 00:16:3e:00:00:01 still answers for 192.0.2.1 (guard hold)"
std::string describe(const IncidentEntry& entry, const Settings& settings);

}  // namespace holdfast::engine
