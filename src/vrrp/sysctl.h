// The one setting of interfaces that a configuration may ask for: promote_secondaries, put back at stop.
#pragma once

#include <string>

namespace holdfast::vrrp {

// So that removing an interface's primary address does not take the others of its network along.
void promote_secondaries(const std::string& interface);
void restore_promote_secondaries();

}  // namespace holdfast::vrrp
