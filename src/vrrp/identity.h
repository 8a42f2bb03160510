// Who this host is among its peers, for heartbeats: a number that no other host has and that stays the same
// over restarts, and one that grows with every start.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "plan/plan.h"

namespace holdfast::vrrp {

// parts: whatever tells hosts apart. Cloned machines share a machine-id, containers share a host name, so no
// part alone will do.
std::uint64_t host_number(const std::vector<std::string>& parts);

// Of this host, with the addresses of the interfaces that the plan names, as they are now.
void identify(plan::Plan& plan);

}  // namespace holdfast::vrrp
