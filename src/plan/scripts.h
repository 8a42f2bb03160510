// Scripts of the configuration as commands to run.
#pragma once

#include "config/config.h"
#include "plan/plan.h"

namespace holdfast::plan {

Command plan_command(const config::Script& script);
NotifyPlan plan_notify(const config::NotifyScripts& scripts);

}  // namespace holdfast::plan
