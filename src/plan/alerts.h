// Whom this node tells of state changes by mail, webhook and command, and how.
#pragma once

#include "config/config.h"
#include "plan/plan.h"

namespace holdfast::plan {

AlertPlan plan_alerts(const config::GlobalDefs& global, const PlanOptions& options);

// smtp_alert of an instance or a group, with what it inherits.
bool sends_mail(const config::Setting<bool>& own, const config::GlobalDefs& global);

}  // namespace holdfast::plan
