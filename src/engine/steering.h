// What operators order of a unit, beside what it does by itself: standing orders, which hold until they are
// taken back or have come to their end, and why an order may be refused.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/address.h"
#include "base/names.h"
#include "base/time.h"
#include "engine/cause.h"
#include "engine/settings.h"

namespace holdfast::engine {

enum class Steering : std::uint8_t {  // the numbers are in records
    none,
    drained,   // in fault until it is resumed
    yielding,  // has handed over, and follows weaker Actives, too, until there is none
    raised     // has taken over, and advertises the highest priority of a router that owns no address
};
constexpr auto names_of(Steering) {
    using enum Steering;
    return std::array{Name{none, "none"}, Name{drained, "drained"}, Name{yielding, "yielding"},
                      Name{raised, "raised"}};
}
inline constexpr Priority raised_priority = *Priority::from(254);

// Why an order does not fit the unit as it is.
struct Objection {
    enum class Kind : std::uint8_t {
        not_begun,     // the unit does not take part yet, or no more
        drained,       // by an operator
        in_fault,      // cause
        not_active,    // peer: who is, if anybody is heard
        is_active,     // already
        nobody_heard,  // there is nobody to take over from
        too_strong,    // peer, priority: it would not give way
        guard,         // cause
    };
    Kind kind{};
    std::optional<Cause> cause;
    std::optional<IpAddress> peer;
    std::optional<Priority> priority;
};
// One clause: "192.0.2.2 is Active, with priority 150".
std::string describe(const Objection& objection, const Settings& settings);

}  // namespace holdfast::engine
