// What the outside may know as metrics. Each is one row of a table, from which the manual is checked:
// holdfast-metrics(7) says which there are. Beside our own names there are those of the public exporters for
// keepalived, where they mean the same.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "status/document.h"
#include "status/exposition.h"

namespace holdfast::status {

enum class MetricNames : std::uint8_t { own, keepalived };

// All that changes only when something new is published. Without the end of the document.
std::string to_metrics(const Published& published, MetricNames names, MetricsFormat format);

// What the monitor counts of itself.
struct MonitorCounters {
    Instant started{};
    std::uint64_t status_connections = 0;
    std::uint64_t status_refused = 0;
    std::uint64_t metrics_connections = 0;
    std::uint64_t metrics_refused = 0;
    std::uint64_t scrapes = 0;
    std::uint64_t renderings = 0;    // scrapes for which something new had been published
    Duration rendering_duration{0};  // of all of them
};

// The rest, with the end of the document: what is another one each time. wall: now, since 1970.
std::string to_scrape_metrics(const Published& published, const MonitorCounters& monitor, Instant now,
                              Duration wall, MetricNames names, MetricsFormat format);

// The rows, for the manual's test.
struct MetricRow {
    MetricNames names{};
    std::string_view name;
    MetricType type{};
    std::string_view unit;
    std::string_view labels;  // names, parted by blanks
    std::string_view help;
};
std::vector<MetricRow> metric_rows();

}  // namespace holdfast::status
