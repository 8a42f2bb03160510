#include "checker/alerts.h"

#include <algorithm>

#include "checker/webhook.h"
#include "config/alerts.h"
#include "os/log.h"
#include "os/secret_file.h"
#include "status/messages.h"

namespace holdfast::checker {

namespace {

using os::Level;
using status::labelled;
using status::Number;

void say_unusable(const std::string& name, const Error& why) {
    os::log(Level::error, labelled(Number::alerts_unusable, "no " + name + ": " + why.text()));
}

}  // namespace

Alerts::Alerts(os::EventLoop& loop, const plan::AlertPlan& plan, Sender sender, Run run,
               std::function<void()> changed)
    : loop_{loop},
      plan_{plan},
      sender_{std::move(sender)},
      run_{std::move(run)},
      changed_{std::move(changed)},
      filter_{plan_.mail && plan_.mail->skips_faults} {
    if (plan_.mail || !plan_.webhooks.empty()) open_receivers();
}

void Alerts::open_receivers() {
    auto client = TransferClient::create(loop_);
    if (!client) return say_unusable("mail and webhooks", client.error());
    client_ = std::move(*client);
    open_mail();
    for (const plan::WebhookPlan& webhook : plan_.webhooks)
        open_webhook(webhook);
}

std::unique_ptr<Courier> Alerts::courier(const std::string& name, std::unique_ptr<Carrier> carrier) {
    auto made = Courier::create(loop_, name, std::move(carrier), changed_);
    if (made) return std::move(*made);
    say_unusable(name, made.error());
    return nullptr;
}

void Alerts::open_mail() {
    if (!plan_.mail) return;
    mail_ = courier("mail to " + plan_.mail->server, std::make_unique<MailCarrier>(*client_, *plan_.mail));
}

void Alerts::open_webhook(const plan::WebhookPlan& webhook) {
    const std::string name = "webhook " + config::public_part(webhook.url);
    std::string key;
    if (!webhook.key_file.empty()) {
        auto secret = os::read_secret(webhook.key_file);
        if (!secret) return say_unusable(name, std::move(secret).error().during("key_file"));
        key = std::move(*secret);
    }
    auto made = courier(name, std::make_unique<WebhookCarrier>(*client_, webhook, std::move(key)));
    if (made) webhooks_.push_back(std::move(made));
}

bool Alerts::has_receivers() const {
    return mail_ || !webhooks_.empty() || !plan_.commands.empty();
}

void Alerts::tell(const os::Notice& notice, bool mails) {
    if (!has_receivers()) return;
    const auto alert = alert_of(notice, sender_, new_alert_id());
    if (!alert) return;
    if (mails && mail_ && plan_.mail && filter_.passes(*alert)) mail_->post(mail_letter(*alert, *plan_.mail));
    post(*alert);
}

void Alerts::tell(const os::IncidentNews& news, std::vector<OfferedChoice> choices) {
    if (!has_receivers() || news.chapter == os::Chapter::more) return;
    Alert alert = alert_of(news, sender_, new_alert_id());
    alert.choices = std::move(choices);
    if (mail_ && plan_.mail) mail_->post(mail_letter(alert, *plan_.mail));
    post(alert);
}

void Alerts::post(const Alert& alert) {
    for (const auto& webhook : webhooks_)
        webhook->post(webhook_letter(alert));
    run_commands(alert);
}

void Alerts::run_commands(const Alert& alert) {
    for (const plan::Command& command : plan_.commands)
        run_({.owner = (alert.kind == AlertKind::group_state ? "GROUP " : "INSTANCE ") + alert.subject,
              .what = "alert_command for " + alert.subject,
              .command = command,
              .arguments = {},
              .environment = environment_of(alert),
              .input = json_of(alert) + "\n"});
}

bool Alerts::is_empty() const {
    return (!mail_ || mail_->is_empty()) &&
           std::all_of(webhooks_.begin(), webhooks_.end(), [](const auto& one) { return one->is_empty(); });
}

bool Alerts::is_resting() const {
    return (!mail_ || mail_->is_resting()) &&
           std::all_of(webhooks_.begin(), webhooks_.end(), [](const auto& one) { return one->is_resting(); });
}

void Alerts::give_up(const std::string& why) {
    if (mail_) mail_->give_up(why);
    for (const auto& webhook : webhooks_)
        webhook->give_up(why);
}

}  // namespace holdfast::checker
