// Alerts as mails (RFC 5322) and their way to the relay (RFC 5321). Subject and headers are keepalived's,
// which people's filters know; what stands in names cannot make headers of its own.
#pragma once

#include <map>
#include <string>

#include "checker/alert.h"
#include "checker/carrier.h"
#include "checker/transfer_client.h"
#include "plan/plan.h"

namespace holdfast::checker {

// The whole message, headers and body; lines end in \r\n.
std::string mail_text(const Alert& alert, const plan::MailPlan& plan);
Letter mail_letter(const Alert& alert, const plan::MailPlan& plan);

// What is mailed: each state once until another one comes, and no FAULT with no_email_faults.
class MailFilter {
public:
    explicit MailFilter(bool skips_faults) : skips_faults_{skips_faults} {}
    bool passes(const Alert& alert);

private:
    bool skips_faults_;
    std::map<std::string, std::string> mailed_;  // kind and name -> state
};

class MailCarrier final : public Carrier {
public:
    // client and plan outlive this.
    MailCarrier(TransferClient& client, const plan::MailPlan& plan) : client_{client}, plan_{plan} {}
    ~MailCarrier() override { cancel(); }
    void send(const Letter& letter, Done done) override;
    void cancel() override;

private:
    TransferClient& client_;
    const plan::MailPlan& plan_;
    TransferClient::Id running_ = nullptr;
};

// What becomes of the letter; refusals that are final are in `words`.
Outcome judge(const MailAnswer& answer);

}  // namespace holdfast::checker
