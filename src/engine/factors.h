// What tells for a router at the moment, of all that it tracks: what moves its priority, or is a fault. As
// plain numbers, because it is written down in the middle of a transition.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/event.h"

namespace holdfast::engine {

class LinkTable;
class Verdicts;
struct Router;

struct Factor {
    bool is_link = false;
    std::uint32_t number = 0;  // its LinkId or TrackerId
    Health health = Health::unknown;
    bool forbids = false;
    std::int32_t amount = 0;
};

// How many there are; those for which there is room are written.
std::size_t factors_of(const Router& router, const LinkTable& links, const Verdicts& verdicts,
                       std::span<Factor> out);

}  // namespace holdfast::engine
