// Planned addresses, routes and rules as the kernel's: interface names become the indexes they have now.
#pragma once

#include <optional>

#include "config/config.h"
#include "net/addresses.h"
#include "net/links.h"
#include "net/routes.h"
#include "net/rules.h"
#include "plan/plan.h"

namespace holdfast::vrrp {

// Nothing: an interface that it needs does not exist.
std::optional<net::InterfaceAddress> to_kernel(const plan::VirtualAddress& address, const std::string& link,
                                               const net::LinkTable& links);
std::optional<net::Route> to_kernel(const config::Route& route, const net::LinkTable& links);
net::Placement placement_of(const config::Route& route);
// automatic_priority: for a rule that names none.
net::Rule to_kernel(const config::Rule& rule, std::uint32_t automatic_priority);

}  // namespace holdfast::vrrp
