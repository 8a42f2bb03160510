// What is known at the moment of a transition, taken down at once as plain numbers: names are looked up
// later, when there is time to tell it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <type_traits>

#include "engine/effect.h"
#include "engine/engine.h"
#include "plan/plan.h"
#include "status/snapshot.h"

namespace holdfast::vrrp {

struct Moment {
    std::uint8_t priority = 0;
    std::uint8_t former_priority = 0;  // before it last moved; 0: it never has
    Instant priority_moved{};
    bool somebody_heard = false;
    std::uint8_t heard_priority = 0;
    IpAddress heard_from;
    Instant heard_when{};
    std::array<engine::Factor, status::most_factors> factors{};
    std::uint32_t factors_total = 0;
    engine::Situation situation = engine::Situation::none;  // of the row that the guard went by
    engine::Verdict verdict = engine::Verdict::stay;

    // when: of the change.
    status::Evidence evidence(const engine::StateChanged& change, Instant when,
                              const engine::Settings& settings) const;
};
static_assert(std::is_trivially_copyable_v<Moment>);

status::Verdict shown(engine::Health health);

}  // namespace holdfast::vrrp
