#include "status/exposition.h"

#include <gtest/gtest.h>

#include <limits>

namespace holdfast::status {
namespace {

std::string written(MetricsFormat format, std::string_view name, MetricType type,
                    std::string_view unit = {}) {
    Exposition out{format};
    out.family(name, type, unit, "Help.");
    out.sample("a=\"b\"", -7);
    return out.take();
}

TEST(AnExposition, NamesSamplesAlikeInBothFormats) {
    EXPECT_EQ(written(MetricsFormat::text, "x_total", MetricType::counter),
              "# HELP x_total Help.\n# TYPE x_total counter\nx_total{a=\"b\"} -7\n");
    EXPECT_EQ(written(MetricsFormat::openmetrics, "x_total", MetricType::counter),
              "# HELP x Help.\n# TYPE x counter\nx_total{a=\"b\"} -7\n");
    EXPECT_EQ(written(MetricsFormat::text, "x_info", MetricType::info),
              "# HELP x_info Help.\n# TYPE x_info gauge\nx_info{a=\"b\"} -7\n");
    EXPECT_EQ(written(MetricsFormat::openmetrics, "x_info", MetricType::info),
              "# HELP x Help.\n# TYPE x info\nx_info{a=\"b\"} -7\n");
}

TEST(AnExposition, KnowsNoCounterWithoutItsEndingInOpenMetrics) {
    EXPECT_EQ(written(MetricsFormat::text, "x", MetricType::counter),
              "# HELP x Help.\n# TYPE x counter\nx{a=\"b\"} -7\n");
    EXPECT_EQ(written(MetricsFormat::openmetrics, "x", MetricType::counter),
              "# HELP x Help.\n# TYPE x unknown\nx{a=\"b\"} -7\n");
}

TEST(AnExposition, HasUnitsInOpenMetrics) {
    EXPECT_EQ(written(MetricsFormat::text, "x_seconds", MetricType::gauge, "seconds"),
              "# HELP x_seconds Help.\n# TYPE x_seconds gauge\nx_seconds{a=\"b\"} -7\n");
    EXPECT_EQ(
        written(MetricsFormat::openmetrics, "x_seconds", MetricType::gauge, "seconds"),
        "# HELP x_seconds Help.\n# TYPE x_seconds gauge\n# UNIT x_seconds seconds\nx_seconds{a=\"b\"} -7\n");
}

TEST(AnExposition, EscapesWhatALabelMayNotHave) {
    EXPECT_EQ(label_text({{"a", "x\"y\\z\n"}, {"b", ""}}), "a=\"x\\\"y\\\\z\\n\",b=\"\"");
}

TEST(AnExposition, WritesEveryNumber) {
    Exposition out{MetricsFormat::text};
    out.family("x", MetricType::gauge, {}, "Help.");
    out.take();
    const auto seconds = [&](std::int64_t milliseconds) {
        out.seconds({}, milliseconds);
        return out.take();
    };
    EXPECT_EQ(seconds(0), "x 0.000\n");
    EXPECT_EQ(seconds(1795248000123), "x 1795248000.123\n");
    EXPECT_EQ(seconds(-1), "x -0.001\n");
    EXPECT_EQ(seconds(-61020), "x -61.020\n");
    EXPECT_EQ(seconds(std::numeric_limits<std::int64_t>::min()), "x -9223372036854775.808\n");
    out.count({}, std::numeric_limits<std::uint64_t>::max());
    out.sample({}, std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(out.take(), "x 18446744073709551615\nx -9223372036854775808\n");
}

}  // namespace
}  // namespace holdfast::status
