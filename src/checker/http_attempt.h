// One GET, judged by its status and text. No redirection is followed: where it leads is another service.
#pragma once

#include <string>

#include "checker/check.h"
#include "checker/transfer_client.h"

namespace holdfast::checker {

Result<void> judge(const HttpAnswer& answer, const plan::CheckPlan& plan);

class HttpAttempt final : public Attempt {
public:
    // client and plan outlive this.
    HttpAttempt(TransferClient& client, const plan::CheckPlan& plan) : client_{client}, plan_{plan} {}
    ~HttpAttempt() override;
    void start(Done done) override;
    std::string give_up() override;
    bool is_busy() const override { return running_ != nullptr; }

private:
    TransferClient& client_;
    const plan::CheckPlan& plan_;
    TransferClient::Id running_ = nullptr;
};

}  // namespace holdfast::checker
