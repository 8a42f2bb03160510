// Addresses of the configuration as addresses for the kernel: interface, lifetimes, flags, broadcast.
#pragma once

#include <string>

#include "config/config.h"
#include "plan/links.h"
#include "plan/plan.h"

namespace holdfast::plan {

// default_link: for an address without `dev`.
VirtualAddress plan_address(const config::Address& address, const std::string& default_link,
                            LinkNames& links);

}  // namespace holdfast::plan
