// One vrrp_instance as the settings of a virtual router: every default, every inheritance from global_defs,
// every change that strict mode makes (the facts are those of keepalived 2.4; RFC 9568 section 6.1 for the
// parameters).
#pragma once

#include "config/config.h"
#include "plan/links.h"
#include "plan/plan.h"

namespace holdfast::plan {

// Advertisement interval as it is used: whole seconds in version 2, centiseconds up to 40.95 s in version 3.
Duration advert_interval(Version version, Duration configured);

struct PlannedRouter {
    engine::RouterSettings settings;
    RouterPlan plan;
};

PlannedRouter plan_router(const config::Instance& instance, const config::GlobalDefs& global,
                          LinkNames& links);

}  // namespace holdfast::plan
