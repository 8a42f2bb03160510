// Planned addresses, routes and rules as the kernel's: interface names become the indexes they have now.
#pragma once

#include <map>
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
// False: it asks for a tunnel or a VRF, and without that it would lead elsewhere.
bool is_supported(const config::Route& route);
net::Placement placement_of(const config::Route& route);
// automatic_priority: for a rule that names none.
net::Rule to_kernel(const config::Rule& rule, std::uint32_t automatic_priority);

// What the rules of a plan that name no preference get: they count down from 16384, one counter for each
// family, as keepalived's do.
using RulePriorities = std::map<const config::Rule*, std::uint32_t>;
RulePriorities automatic_priorities(const plan::Plan& plan);

// Does this kernel keep who added an address (5.18 and later)? The loopback address and link-local addresses
// carry the kernel's own mark then.
bool kernel_marks_addresses(const net::LinkTable& links);

}  // namespace holdfast::vrrp
