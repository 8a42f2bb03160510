#include "plan/scripts.h"

namespace holdfast::plan {

Command plan_command(const config::Script& script) {
    return {.path = script.path,
            .argv = script.argv,
            .uid = script.uid,
            .gid = script.gid,
            .supplementary_groups = script.supplementary_groups,
            .through_shell = script.through_shell};
}

NotifyPlan plan_notify(const config::NotifyScripts& scripts) {
    using config::NotifyEvent;
    const auto command = [&](NotifyEvent event) -> std::optional<Command> {
        const config::Script* script = scripts.of(event);
        if (script == nullptr) return std::nullopt;
        return plan_command(*script);
    };
    NotifyPlan plan;
    plan.became_active = command(NotifyEvent::master);
    plan.became_backup = command(NotifyEvent::backup);
    plan.fault = command(NotifyEvent::fault);
    plan.stopped = command(NotifyEvent::stop);
    plan.deleted = command(NotifyEvent::deleted);
    plan.lower_priority_heard = command(NotifyEvent::master_rx_lower_pri);
    plan.any = command(NotifyEvent::any);
    return plan;
}

}  // namespace holdfast::plan
