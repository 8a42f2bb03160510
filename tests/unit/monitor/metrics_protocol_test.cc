#include "monitor/metrics_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/status/examples.h"

namespace holdfast::monitor {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class Pages : public testing::Test {
protected:
    std::string ask(const std::string& target, const std::string& fields = {},
                    const std::string& method = "GET") {
        const auto reply =
            protocol_.answer(method + " " + target + " HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n");
        EXPECT_TRUE(reply);
        last_middle_ = reply->middle;
        return reply->begin + (reply->middle ? *reply->middle : "") + reply->end;
    }
    void publish(const std::string& name) {
        auto published = std::make_shared<status::Published>();
        published->routers = status::example_routers();
        published->routers->instances[0].name = name;
        published_ = std::move(published);
    }

    std::shared_ptr<const status::Published> published_ = std::make_shared<const status::Published>();
    MetricsPages pages_{[this] { return published_; },
                        [] { return status::MonitorCounters{.metrics_connections = 7}; }};
    Protocol protocol_ = pages_.protocol();
    std::shared_ptr<const std::string> last_middle_;
};

TEST_F(Pages, HaveTheMetricsInTheFormatThatIsAskedFor) {
    publish("VI_1");
    const std::string text = ask("/metrics");
    EXPECT_THAT(text, HasSubstr("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
    EXPECT_THAT(text, HasSubstr("\nholdfast_instance_priority{name=\"VI_1\"} 80\n"));
    EXPECT_THAT(text, HasSubstr("\nholdfast_monitor_connections_total{socket=\"metrics\"} 7\n"));
    const std::string open = ask("/metrics", "Accept: application/openmetrics-text; version=1.0.0\r\n");
    EXPECT_THAT(
        open, HasSubstr("\r\nContent-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n"));
    EXPECT_THAT(open, EndsWith("\n# EOF\n"));
    const std::size_t length = open.size() - open.find("\r\n\r\n") - 4;
    EXPECT_THAT(open, HasSubstr("\r\nContent-Length: " + std::to_string(length) + "\r\n"));
}

TEST_F(Pages, AreWrittenAnewOnlyWhenSomethingIsPublished) {
    publish("VI_1");
    ask("/metrics");
    const auto first = last_middle_;
    EXPECT_THAT(ask("/metrics"), HasSubstr("\nholdfast_monitor_scrapes_total 2\n"));
    EXPECT_EQ(last_middle_, first);
    publish("VI_2");
    EXPECT_THAT(ask("/metrics"), HasSubstr("name=\"VI_2\""));
    EXPECT_THAT(ask("/metrics"), HasSubstr("\nholdfast_monitor_renderings_total 2\n"));
}

TEST_F(Pages, HaveTheNamesOfTheExportersApart) {
    publish("VI_1");
    const std::string text = ask("/metrics/keepalived");
    EXPECT_THAT(text, HasSubstr("\nkeepalived_up 1\n"));
    EXPECT_THAT(text, Not(HasSubstr("holdfast_")));
    EXPECT_THAT(ask("/metrics"), Not(HasSubstr("keepalived_")));
}

TEST_F(Pages, SayThatNothingIsPublished) {
    EXPECT_THAT(ask("/metrics/keepalived"), HasSubstr("\nkeepalived_up 0\n"));
    EXPECT_THAT(ask("/metrics"), HasSubstr("\nholdfast_monitor_scrapes_total 2\n"));
}

TEST_F(Pages, HaveAHintAndNothingElse) {
    EXPECT_THAT(ask("/"), HasSubstr("/metrics"));
    EXPECT_THAT(ask("/metrics/x"), StartsWith("HTTP/1.1 404 "));
    EXPECT_THAT(ask("/../etc/passwd"), StartsWith("HTTP/1.1 404 "));
    EXPECT_THAT(ask("/metrics", "", "PUT"), StartsWith("HTTP/1.1 405 "));
}

TEST_F(Pages, AnswerHeadWithoutAPage) {
    publish("VI_1");
    const std::string text = ask("/metrics", "", "HEAD");
    EXPECT_THAT(text, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(text, EndsWith("\r\n\r\n"));
    EXPECT_THAT(text, Not(HasSubstr("Content-Length: 0\r\n")));
    EXPECT_THAT(ask("/x", "", "HEAD"), EndsWith("\r\n\r\n"));
}

}  // namespace
}  // namespace holdfast::monitor
