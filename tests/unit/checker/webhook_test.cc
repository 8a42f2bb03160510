#include "checker/webhook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holdfast::checker::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

TEST(Hmac, IsThatOfRfc4231) {
    EXPECT_EQ(hmac_sha256(std::string(20, '\x0b'), "Hi There"),
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    EXPECT_EQ(hmac_sha256("Jefe", "what do ya want for nothing?"),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(WebhookRequest, CarriesItsEventItsTimeAndTheSignatureOfBoth) {
    const Letter letter{.id = "0af3", .what = "VI_1 MASTER", .text = "{}", .recipients = {}};
    EXPECT_THAT(webhook_headers(letter, "key", 1'795'247'499),
                ElementsAre("Content-Type: application/json", "X-Holdfast-Id: 0af3",
                            "X-Holdfast-Timestamp: 1795247499",
                            "X-Holdfast-Signature: sha256=" + hmac_sha256("key", "1795247499.{}")));
    EXPECT_EQ(webhook_headers(letter, "", 1).size(), 3u) << "no key, no signature";
}

TEST(WebhookOutcome, FollowsTheStatus) {
    using enum Outcome::Kind;
    for (const auto& [status, kind] : std::vector<std::pair<long, Outcome::Kind>>{{200, delivered},
                                                                                  {204, delivered},
                                                                                  {301, refused},
                                                                                  {400, refused},
                                                                                  {404, refused},
                                                                                  {408, delayed},
                                                                                  {425, delayed},
                                                                                  {429, delayed},
                                                                                  {500, delayed},
                                                                                  {503, delayed},
                                                                                  {600, refused},
                                                                                  {0, refused}})
        EXPECT_EQ(judge(HttpAnswer{.status = status}).kind, kind) << status;
    EXPECT_THAT(judge(HttpAnswer{.status = 302}).words, HasSubstr("redirections are not followed"));
    EXPECT_EQ(judge(HttpAnswer{.status = 503, .body = {}, .retry_after = 7s}).delay.not_before, 7s);
}

}  // namespace
}  // namespace holdfast::checker::testing
