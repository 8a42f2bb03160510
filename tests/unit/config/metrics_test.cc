#include "config/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/dump.h"
#include "unit/config/invented_host.h"

namespace holdfast::config::testing {
namespace {

TEST(MetricsPlace, IsAnAddressWithItsPortOrTheUnixSocket) {
    EXPECT_EQ(parse_metrics_place("127.0.0.1:9650"),
              (MetricsPlace{.address = IpAddress::parse("127.0.0.1"), .port = 9650}));
    EXPECT_EQ(parse_metrics_place("[2001:db8::1]:1")->address, IpAddress::parse("2001:db8::1"));
    EXPECT_FALSE(parse_metrics_place("unix")->address);
    for (const std::string text : {"127.0.0.1:9650", "[::1]:65535", "0.0.0.0:80", "unix"})
        EXPECT_EQ(parse_metrics_place(text)->text(), text);
}

TEST(MetricsPlace, NamesNoHostAndGuessesNothing) {
    for (const std::string text :
         {"", ":", "9650", ":9650", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536",
          "127.0.0.1:9650x", "localhost:9650", "::1:9650", "[::1]", "[127.0.0.1]:9650", "[]:9650",
          "[::1:9650", "224.0.0.18:9650", "unix:/run/x", "127.0.0.1:+1"})
        EXPECT_FALSE(parse_metrics_place(text)) << text;
}

TEST(MetricsListenKeyword, MayBeWrittenSeveralTimesAndIsWrittenBack) {
    const Parsed parsed = parse_text(
        "global_defs {\nmetrics_listen 127.0.0.1:9650\nmetrics_listen somewhere\nmetrics_listen [::1]:9650\n"
        "metrics_listen unix\n}\n");
    const auto& listens = parsed.config.global.metrics_listens;
    ASSERT_EQ(listens.size(), 3u);
    EXPECT_EQ(listens[1].where, "[::1]:9650");
    EXPECT_EQ(parsed.diagnostics.count(), 1u);  // somewhere
    EXPECT_EQ(parse_text(dump(parsed.config)).config.global.metrics_listens, listens);
}

}  // namespace
}  // namespace holdfast::config::testing
