// Alerts as signed HTTP requests. The signature covers the time and the body, so that a receiver can refuse
// what somebody else made, and what somebody sends again later.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checker/alert.h"
#include "checker/carrier.h"
#include "checker/transfer_client.h"
#include "plan/plan.h"

namespace holdfast::checker {

// HMAC-SHA256 (RFC 2104, FIPS 180-4) in hexadecimal digits.
std::string hmac_sha256(const std::string& key, const std::string& text);

// Headers of a request; key empty: not signed. now: seconds since 1970.
std::vector<std::string> webhook_headers(const Letter& letter, const std::string& key, std::int64_t now);
Letter webhook_letter(const Alert& alert);
// 2xx is delivered; 408, 425, 429 and 5xx may be delivered later; everything else never.
Outcome judge(const HttpAnswer& answer);

class WebhookCarrier final : public Carrier {
public:
    // client and plan outlive this.
    WebhookCarrier(TransferClient& client, const plan::WebhookPlan& plan, std::string key)
        : client_{client}, plan_{plan}, key_{std::move(key)} {}
    ~WebhookCarrier() override { cancel(); }
    void send(const Letter& letter, Done done) override;
    void cancel() override;

private:
    TransferClient& client_;
    const plan::WebhookPlan& plan_;
    std::string key_;
    TransferClient::Id running_ = nullptr;
};

}  // namespace holdfast::checker
