#include "checker/http_attempt.h"

namespace holdfast::checker {

Result<void> judge(const HttpAnswer& answer, const plan::CheckPlan& plan) {
    const auto status = static_cast<std::uint32_t>(answer.status);
    if (answer.status < 0 || status < plan.status.first || status > plan.status.last)
        return Error::invalid(plan.target + " answers with status " + std::to_string(answer.status));
    if (answer.body.find(plan.contains) == std::string::npos)
        return Error::invalid("the answer of " + plan.target + " does not contain '" + plan.contains + "'");
    return {};
}

HttpAttempt::~HttpAttempt() {
    if (running_ != nullptr) client_.cancel(running_);
}

void HttpAttempt::start(Done done) {
    HttpRequest request;
    request.url = plan_.target;
    request.host = plan_.host;
    request.verified = plan_.verified;
    auto started = client_.start(request, [this, done](const Result<HttpAnswer>& answer) {
        running_ = nullptr;
        done(answer ? judge(*answer, plan_) : Result<void>{answer.error()});
    });
    if (!started) return done(started.error());
    running_ = *started;
}

std::string HttpAttempt::give_up() {
    if (running_ != nullptr) client_.cancel(running_);
    running_ = nullptr;
    return plan_.target + " does not answer";
}

}  // namespace holdfast::checker
