// What holdfast-fw is for: the accept rules that were asked for are there, no others of ours, and each that
// came or went is told.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "net/firewall_change.h"
#include "os/accept_rule.h"

namespace holdfast::firewall {

// owner: the instance of the daemon.
Result<void> keep(const net::firewall::Changer& changer, const std::vector<os::AcceptRule>& wanted,
                  const std::string& owner);

}  // namespace holdfast::firewall
