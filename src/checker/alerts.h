// Who is told of an alert: mail, webhooks and commands, each at its own pace. None of them can hold up
// another, nor scripts and verdicts.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "checker/alert.h"
#include "checker/courier.h"
#include "checker/mail.h"
#include "checker/script.h"
#include "checker/transfer_client.h"
#include "plan/plan.h"

namespace holdfast::checker {

class Alerts {
public:
    using Run = std::function<void(Job)>;
    // plan outlives this. changed: called when something has left or been given up. What cannot be used is
    // said, the others work.
    Alerts(os::EventLoop& loop, const plan::AlertPlan& plan, Sender sender, Run run,
           std::function<void()> changed);

    // mails: the instance or group has smtp_alert.
    void tell(const os::Notice& notice, bool mails);
    // To everybody there is: nobody configures a guard in order not to hear of it.
    void tell(const os::IncidentNews& news, std::vector<OfferedChoice> choices);
    // Nothing waits for delivery.
    bool is_empty() const;
    // And what waits may not go yet.
    bool is_resting() const;
    // What waits is forgotten, and that is said.
    void give_up(const std::string& why);

private:
    void open_receivers();
    void open_mail();
    void open_webhook(const plan::WebhookPlan& webhook);
    std::unique_ptr<Courier> courier(const std::string& name, std::unique_ptr<Carrier> carrier);
    bool has_receivers() const;
    void post(const Alert& alert);
    void run_commands(const Alert& alert);

    os::EventLoop& loop_;
    const plan::AlertPlan& plan_;
    Sender sender_;
    Run run_;
    std::function<void()> changed_;
    std::unique_ptr<TransferClient> client_;
    MailFilter filter_;
    std::unique_ptr<Courier> mail_;  // null: none
    std::vector<std::unique_ptr<Courier>> webhooks_;
};

}  // namespace holdfast::checker
