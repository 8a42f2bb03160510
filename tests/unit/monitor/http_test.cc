#include "monitor/http.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holdfast::monitor::http {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

std::string get(const std::string& fields, const std::string& target = "/metrics") {
    return "GET " + target + " HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n";
}

int code_of(const std::string& said) {
    const auto reading = read(said);
    return reading ? reading->status.code : 0;
}

TEST(AnHttpRequest, IsReadWhenItsHeaderHasEnded) {
    const std::string whole = get("User-Agent: x\r\n");
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(read(whole.substr(0, size))) << size;
    const auto reading = read(whole);
    ASSERT_TRUE(reading && reading->request);
    EXPECT_EQ(reading->request->method, Method::get);
    EXPECT_EQ(reading->request->path, "/metrics");
}

TEST(AnHttpRequest, MayBeOldOrAskForTheHeadOnlyOrNameTheHostInItsTarget) {
    EXPECT_TRUE(read("GET / HTTP/1.0\r\n\r\n")->request);
    EXPECT_TRUE(read("\r\nGET / HTTP/1.0\n\n")->request);
    EXPECT_EQ(read("HEAD /x HTTP/1.0\r\n\r\n")->request->method, Method::head);
    EXPECT_EQ(read(get("", "/metrics?name=x#y"))->request->path, "/metrics");
    EXPECT_EQ(read(get("", "http://h:9650/metrics?x"))->request->path, "/metrics");
    EXPECT_EQ(read(get("", "http://h:9650"))->request->path, "/");
}

TEST(AnHttpRequest, OfAnotherMethodOrVersionIsRefused) {
    EXPECT_EQ(code_of("POST /metrics HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"), 405);
    EXPECT_EQ(code_of("get /metrics HTTP/1.1\r\nHost: h\r\n\r\n"), 405);
    EXPECT_EQ(code_of("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505);
    EXPECT_EQ(code_of("GET / HTTP/1.2\r\nHost: h\r\n\r\n"), 505);
}

TEST(AnHttpRequest, ThatIsNotUnderstoodToTheLastByteIsRefused) {
    for (const std::string wrong :
         {"GET /metrics\r\n\r\n", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n", "GET / HTTP/1.1 \r\nHost: h\r\n\r\n",
          "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
          "GET / HTTP/1.1\r\nHost\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\n folded: x\r\n\r\n",
          "GET / HTTP/1.1\r\nHost : h\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\n: x\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", "GET /\x01 HTTP/1.1\r\nHost: h\r\n\r\n",
          "GET / HTTP/11\r\nHost: h\r\n\r\n", "\x16\x03\x01\x02", "{\"a\": 1}"})
        EXPECT_EQ(code_of(wrong), 400) << wrong;
    EXPECT_EQ(code_of(std::string{"GET / HTTP/1.1\r\nHost: \0\r\n\r\n", 28}), 400);
}

TEST(AnHttpRequest, HasABoundedSize) {
    const std::string long_one = get("X: " + std::string(2 * longest_request, 'x') + "\r\n");
    EXPECT_EQ(code_of(long_one.substr(0, longest_request - 1)), 0);
    EXPECT_EQ(code_of(long_one.substr(0, longest_request)), 431);
}

TEST(AnHttpRequest, GetsOpenMetricsWhenItPrefersThat) {
    const auto openmetrics = [](const std::string& accept) {
        return read(get("Accept: " + accept + "\r\n"))->request->openmetrics;
    };
    // Prometheus 2.42
    EXPECT_TRUE(openmetrics(
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
        "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"));
    EXPECT_TRUE(openmetrics("Application/OpenMetrics-Text ; VERSION=1.0.0 ; q=0.5, text/plain;q=0.3"));
    EXPECT_TRUE(openmetrics("application/openmetrics-text"));
    EXPECT_FALSE(openmetrics("application/openmetrics-text;version=0.0.1,text/plain;q=0.5"));
    EXPECT_FALSE(openmetrics("application/openmetrics-text;q=0.2, text/plain;q=0.5"));
    EXPECT_FALSE(openmetrics("application/openmetrics-text;q=0"));
    EXPECT_FALSE(openmetrics("application/openmetrics-text;q=nonsense"));
    EXPECT_FALSE(openmetrics("*/*"));
    EXPECT_FALSE(openmetrics(""));
    EXPECT_FALSE(read(get(""))->request->openmetrics);
    EXPECT_TRUE(read(get("Accept: text/plain;q=0.1\r\naccept: application/openmetrics-text\r\n"))
                    ->request->openmetrics);
}

TEST(AnHttpAnswer, SaysWhatFollowsAndThatTheConnectionEnds) {
    EXPECT_THAT(head({}, "text/plain", 17), StartsWith("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"));
    EXPECT_THAT(head({}, "text/plain", 17), HasSubstr("\r\nContent-Length: 17\r\n"));
    EXPECT_THAT(head({}, "text/plain", 17), EndsWith("\r\nConnection: close\r\n\r\n"));
    EXPECT_THAT(head(not_allowed, "text/plain", 0), HasSubstr("\r\nAllow: GET, HEAD\r\n"));
}

}  // namespace
}  // namespace holdfast::monitor::http
