// From what happened to whom it is told: which script with which arguments, which line in the FIFOs, whether
// by mail, in keepalived's order. Scripts are started in that order and never waited for; FIFO lines are in
// order.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>

#include "checker/script.h"
#include "os/channel.h"
#include "plan/plan.h"

namespace holdfast::checker {

class Notifier {
public:
    using Run = std::function<void(Job)>;
    using WriteLine = std::function<void(const std::string&)>;
    using Alert = std::function<void(const os::Notice&, bool mails)>;
    // The plan before the last reload, for the instances that the new one no longer has; null: there is none.
    // Asked only when such an instance is told of.
    using FormerPlan = std::function<const plan::Plan*()>;
    // The plans must outlive the notifier.
    Notifier(const plan::Plan& plan, FormerPlan former, Run run, WriteLine write, Alert alert);

    void tell(const os::Notice& notice);
    // Notices about names that neither plan has.
    std::uint64_t refused() const { return refused_; }

private:
    using Known = std::unordered_map<std::string, const plan::NotifyPlan*>;
    static void learn(const plan::Plan& plan, Known& routers, Known& groups);
    const plan::NotifyPlan* plan_of(const os::Notice& notice);
    void run_scripts(const os::Notice& notice, const plan::NotifyPlan& scripts);

    FormerPlan former_;
    Run run_;
    WriteLine write_;
    Alert alert_;
    Known routers_;
    Known groups_;
    bool former_asked_ = false;
    std::uint64_t refused_ = 0;
};

}  // namespace holdfast::checker
