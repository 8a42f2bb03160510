// What a reload leaves behind: addresses, routes and rules that the configuration before put into the kernel
// and the new one does not know. Only what carries our mark, so that nothing of anybody else goes with it.
#pragma once

#include <vector>

#include "net/addresses.h"
#include "net/links.h"
#include "net/routes.h"
#include "net/rules.h"
#include "plan/plan.h"
#include "vrrp/translate.h"

namespace holdfast::vrrp {

struct Departed {
    std::vector<net::InterfaceAddress> addresses;
    std::vector<net::RouteRequest> routes;  // removals
    std::vector<net::RuleRequest> rules;    // removals
};

// was_active: by router of the plan before.
Departed departed(const plan::Plan& before, const std::vector<bool>& was_active, const plan::Plan& now,
                  const net::LinkTable& links);

}  // namespace holdfast::vrrp
