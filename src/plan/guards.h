// Guards against split brain: which unit has one, by which ways it hears of its peers, how it fences.
#pragma once

#include "config/config.h"
#include "plan/plan.h"
#include "plan/trackers.h"

namespace holdfast::plan {

// Adds to plan.guards, plan.paths, what the engine has of both, and the trackers of references. Routers and
// groups are in place.
void plan_guards(Plan& plan, const config::Config& config, Trackers& trackers);

}  // namespace holdfast::plan
