#include "plan/alerts.h"

#include "plan/scripts.h"

namespace holdfast::plan {

namespace {

using namespace std::chrono_literals;

std::optional<MailPlan> plan_mail(const config::GlobalDefs& global, const PlanOptions& options) {
    if (!global.smtp_server || global.notification_email.empty()) return std::nullopt;
    MailPlan plan;
    plan.server = *global.smtp_server;
    plan.port = static_cast<std::uint16_t>(global.smtp_port.value_or(plan.port));
    plan.hello = global.smtp_helo_name.value_or(options.host_name);
    plan.connect_timeout = global.smtp_connect_timeout.value_or(plan.connect_timeout);
    const std::string from =
        global.notification_email_from.value_or(options.user_name + "@" + options.host_name);
    plan.from = config::parse_mailbox(from).value_or(config::Mailbox{.display = {}, .address = "root"});
    for (const config::Named& recipient : global.notification_email)
        if (auto mailbox = config::parse_mailbox(recipient.name))
            plan.recipients.push_back(std::move(*mailbox));
    plan.skips_faults = global.no_email_faults.value_or(false);
    if (plan.recipients.empty()) return std::nullopt;
    return plan;
}

}  // namespace

AlertPlan plan_alerts(const config::GlobalDefs& global, const PlanOptions& options) {
    AlertPlan plan;
    plan.mail = plan_mail(global, options);
    for (const config::Webhook& webhook : global.alert_webhooks)
        plan.webhooks.push_back({.url = webhook.url,
                                 .key_file = webhook.key_file,
                                 .timeout = webhook.timeout.value_or(10s),
                                 .verified = !webhook.insecure});
    for (const config::AlertCommand& alert : global.alert_commands)
        plan.commands.push_back(plan_command(alert.command));
    plan.host_name = options.host_name;
    return plan;
}

bool sends_mail(const config::Setting<bool>& own, const config::GlobalDefs& global) {
    return own.value_or(global.smtp_alert_vrrp.value_or(global.smtp_alert.value_or(false)));
}

}  // namespace holdfast::plan
