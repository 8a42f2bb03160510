#include "checker/webhook.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace holdfast::checker {

std::string hmac_sha256(const std::string& key, const std::string& text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned size = 0;
    const auto* made =
        HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(text.data()), text.size(), bytes.data(), &size);
    HF_ASSERT(made != nullptr);
    return fmt::format("{:02x}", fmt::join(bytes.begin(), bytes.begin() + size, ""));
}

std::vector<std::string> webhook_headers(const Letter& letter, const std::string& key, std::int64_t now) {
    const std::string time = std::to_string(now);
    std::vector<std::string> headers{"Content-Type: application/json", "X-Holdfast-Id: " + letter.id,
                                     "X-Holdfast-Timestamp: " + time};
    if (!key.empty())
        headers.push_back("X-Holdfast-Signature: sha256=" + hmac_sha256(key, time + "." + letter.text));
    return headers;
}

Letter webhook_letter(const Alert& alert) {
    return {
        .id = alert.id, .what = alert.subject + " " + alert.state, .text = json_of(alert), .recipients = {}};
}

Outcome judge(const HttpAnswer& answer) {
    constexpr std::array later{408L, 425L, 429L};
    if (answer.status >= 200 && answer.status < 300) return {};
    Outcome outcome{.kind = Outcome::Kind::refused, .words = "status " + std::to_string(answer.status)};
    if (answer.status >= 300 && answer.status < 400) outcome.words += " (redirections are not followed)";
    const bool is_later = std::find(later.begin(), later.end(), answer.status) != later.end();
    if (!is_later && (answer.status < 500 || answer.status > 599)) return outcome;
    outcome.kind = Outcome::Kind::delayed;
    outcome.delay = {.answered = true, .not_before = answer.retry_after};
    return outcome;
}

void WebhookCarrier::send(const Letter& letter, Done done) {
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    HttpRequest request;
    request.url = plan_.url;
    request.verified = plan_.verified;
    request.timeout = plan_.timeout;
    request.body = letter.text;
    request.headers = webhook_headers(letter, key_, now.time_since_epoch().count());
    auto started = client_.start(request, [this, done](const Result<HttpAnswer>& answer) {
        running_ = nullptr;
        done(answer ? judge(*answer)
                    : Outcome{.kind = Outcome::Kind::delayed, .words = answer.error().text()});
    });
    if (!started) return done({.kind = Outcome::Kind::delayed, .words = started.error().text()});
    running_ = *started;
}

void WebhookCarrier::cancel() {
    if (running_ != nullptr) client_.cancel(std::exchange(running_, nullptr));
}

}  // namespace holdfast::checker
