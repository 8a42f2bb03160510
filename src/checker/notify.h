// From what happened to whom it is told: which script with which arguments, which line in the FIFOs, in
// keepalived's order. Scripts are started in that order and never waited for; FIFO lines are in order.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "os/channel.h"
#include "plan/plan.h"

namespace holdfast::checker {

class Notifier {
public:
    using Run = std::function<void(const plan::Command&, const std::vector<std::string>& arguments,
                                   const std::string& what)>;
    using WriteLine = std::function<void(const std::string&)>;
    Notifier(const plan::Plan& plan, Run run, WriteLine write);

    void tell(const os::Notice& notice);

private:
    const plan::NotifyPlan* plan_of(const os::Notice& notice) const;
    void run_scripts(const os::Notice& notice, const plan::NotifyPlan& scripts);

    Run run_;
    WriteLine write_;
    std::map<std::string, const plan::NotifyPlan*> routers_;
    std::map<std::string, const plan::NotifyPlan*> groups_;
};

}  // namespace holdfast::checker
