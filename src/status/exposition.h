// Writes metrics as Prometheus reads them: its text format (0.0.4) or OpenMetrics (1.0.0). A name is the same
// in both.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/names.h"

namespace holdfast::status {

enum class MetricsFormat : std::uint8_t { text, openmetrics };

enum class MetricType : std::uint8_t { gauge, counter, info, unknown };
constexpr auto names_of(MetricType) {
    using enum MetricType;
    return std::array{Name{gauge, "gauge"}, Name{counter, "counter"}, Name{info, "info"},
                      Name{unknown, "unknown"}};
}

// `name="value"` pairs, parted by commas. Values are taken as they come: what has to be escaped is.
using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;
std::string label_text(Labels labels);

class Exposition {
public:
    explicit Exposition(MetricsFormat format) : format_{format} {}

    // name: of the samples; a counter's ends in _total, an info's in _info, unless it is an exporter's that
    // does not know that. unit: a word of its name, or empty. help: one printable line.
    void family(std::string_view name, MetricType type, std::string_view unit, std::string_view help);

    // Samples of that family. labels: of label_text.
    void sample(std::string_view labels, std::int64_t value);
    void count(std::string_view labels, std::uint64_t value);
    void flag(std::string_view labels, bool value) { sample(labels, value ? 1 : 0); }
    void seconds(std::string_view labels, std::int64_t milliseconds);

    std::string take() { return std::move(out_); }
    // What ends a document.
    static std::string_view end(MetricsFormat format);

private:
    void begin_sample(std::string_view labels);

    MetricsFormat format_;
    std::string name_;
    std::string out_;
};

}  // namespace holdfast::status
