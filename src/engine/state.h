// States of a virtual router (RFC 9568 section 6.4) and keepalived's fourth one, fault.
#pragma once

#include <array>
#include <cstdint>

#include "base/names.h"

namespace holdfast::engine {

enum class State : std::uint8_t {
    initialize,
    backup,
    active,
    fault,  // not taking part: a link, an address or the configuration forbids it
};

constexpr auto names_of(State) {
    using enum State;
    return std::array{Name{initialize, "Initialize"}, Name{backup, "Backup"}, Name{active, "Active"},
                      Name{fault, "Fault"}};
}

}  // namespace holdfast::engine
