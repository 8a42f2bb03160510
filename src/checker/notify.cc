#include "checker/notify.h"

namespace holdfast::checker {

namespace {

using os::Happening;

struct Script {
    std::string_view keyword;
    const std::optional<plan::Command>* command = nullptr;
};

Script script_for(Happening happening, const plan::NotifyPlan& scripts) {
    switch (happening) {
        case Happening::became_master:
            return {"notify_master", &scripts.became_active};
        case Happening::became_backup:
            return {"notify_backup", &scripts.became_backup};
        case Happening::fault:
            return {"notify_fault", &scripts.fault};
        case Happening::stopped:
            return {"notify_stop", &scripts.stopped};
        case Happening::deleted:
            return {"notify_deleted", &scripts.deleted};
        case Happening::lower_priority_heard:
            return {"notify_master_rx_lower_pri", &scripts.lower_priority_heard};
        case Happening::priority_changed:
            break;
    }
    return {};
}

bool is_state(Happening happening) {
    return happening != Happening::lower_priority_heard && happening != Happening::priority_changed;
}

// `INSTANCE "name" MASTER 100`: parsed by other programs.
std::string fifo_line(const os::Notice& notice) {
    std::string state{name_of(notice.happening)};
    if (notice.happening == Happening::priority_changed)
        state = notice.is_master ? "MASTER_PRIORITY" : "BACKUP_PRIORITY";
    return std::string{notice.of_group ? "GROUP" : "INSTANCE"} + " \"" + notice.name + "\" " + state + " " +
           std::to_string(notice.priority) + "\n";
}

}  // namespace

Notifier::Notifier(const plan::Plan& plan, FormerPlan former, Run run, WriteLine write, Alert alert)
    : former_{std::move(former)}, run_{std::move(run)}, write_{std::move(write)}, alert_{std::move(alert)} {
    learn(plan, routers_, groups_);
}

// Names that are known already stay as they are.
void Notifier::learn(const plan::Plan& plan, Known& routers, Known& groups) {
    for (std::size_t at = 0; at < plan.routers.size(); ++at)
        routers.try_emplace(plan.engine.routers[at].name, &plan.routers[at].notify);
    for (std::size_t at = 0; at < plan.groups.size(); ++at)
        groups.try_emplace(plan.engine.groups[at].name, &plan.groups[at].notify);
}

const plan::NotifyPlan* Notifier::plan_of(const os::Notice& notice) {
    const Known& known = notice.of_group ? groups_ : routers_;
    auto found = known.find(notice.name);
    if (found == known.end() && !former_asked_) {
        former_asked_ = true;
        if (const plan::Plan* former = former_()) learn(*former, routers_, groups_);
        found = known.find(notice.name);
    }
    return found == known.end() ? nullptr : found->second;
}

void Notifier::tell(const os::Notice& notice) {
    const plan::NotifyPlan* scripts = plan_of(notice);
    if (scripts == nullptr) {
        ++refused_;
        return;
    }
    if (!notice.at_reload) run_scripts(notice, *scripts);
    if (notice.happening != Happening::priority_changed || scripts->reports_priority)
        write_(fifo_line(notice));
    alert_(notice, scripts->mails);
}

void Notifier::run_scripts(const os::Notice& notice, const plan::NotifyPlan& scripts) {
    const std::string kind = notice.of_group ? "GROUP" : "INSTANCE";
    const std::string owner = kind + " " + notice.name;
    const std::string whose = std::string{" of "} + (notice.of_group ? "group " : "") + notice.name;
    const Script own = script_for(notice.happening, scripts);
    if (own.command != nullptr && *own.command)
        run_({.owner = owner,
              .what = std::string{own.keyword} + whose,
              .command = **own.command,
              .arguments = {}});
    if (!scripts.any || !is_state(notice.happening)) return;
    run_({.owner = owner,
          .what = "notify" + whose,
          .command = *scripts.any,
          .arguments = {kind, notice.name, std::string{name_of(notice.happening)},
                        std::to_string(notice.priority)}});
}

}  // namespace holdfast::checker
