#include "status/exposition.h"

#include <array>
#include <charconv>

#include "base/result.h"

namespace holdfast::status {

namespace {

template <class Number>
void append(std::string& out, Number value) {
    std::array<char, 24> room{};
    const auto [end, error] = std::to_chars(room.data(), room.data() + room.size(), value);
    HF_ASSERT(error == std::errc{});
    out.append(room.data(), end);
}

void append_escaped(std::string& out, std::string_view value) {
    for (const char character : value) {
        if (character == '\n') {
            out += "\\n";
            continue;
        }
        if (character == '"' || character == '\\') out += '\\';
        out += character;
    }
}

std::string_view without(std::string_view name, std::string_view ending) {
    if (name.ends_with(ending)) name.remove_suffix(ending.size());
    return name;
}

}  // namespace

std::string label_text(Labels labels) {
    std::string text;
    for (const auto& [name, value] : labels) {
        if (!text.empty()) text += ',';
        text.append(name).append("=\"");
        append_escaped(text, value);
        text += '"';
    }
    return text;
}

// OpenMetrics names the family without the ending of its samples, and knows no counter without one.
void Exposition::family(std::string_view name, MetricType type, std::string_view unit,
                        std::string_view help) {
    name_ = name;
    std::string_view shown = name;
    std::string_view word = name_of(type);
    if (format_ == MetricsFormat::text) {
        if (type == MetricType::info) word = name_of(MetricType::gauge);
        if (type == MetricType::unknown) word = "untyped";
    } else if (type == MetricType::counter && name.ends_with("_total")) {
        shown = without(name, "_total");
    } else if (type == MetricType::counter) {
        word = name_of(MetricType::unknown);
    } else if (type == MetricType::info) {
        shown = without(name, "_info");
    }
    out_.append("# HELP ").append(shown).append(" ").append(help).append("\n");
    out_.append("# TYPE ").append(shown).append(" ").append(word).append("\n");
    if (format_ == MetricsFormat::openmetrics && !unit.empty())
        out_.append("# UNIT ").append(shown).append(" ").append(unit).append("\n");
}

void Exposition::begin_sample(std::string_view labels) {
    out_ += name_;
    if (!labels.empty()) out_.append("{").append(labels).append("}");
    out_ += ' ';
}

void Exposition::sample(std::string_view labels, std::int64_t value) {
    begin_sample(labels);
    append(out_, value);
    out_ += '\n';
}

void Exposition::count(std::string_view labels, std::uint64_t value) {
    begin_sample(labels);
    append(out_, value);
    out_ += '\n';
}

void Exposition::seconds(std::string_view labels, std::int64_t milliseconds) {
    begin_sample(labels);
    const bool negative = milliseconds < 0;
    const std::uint64_t size = negative ? std::uint64_t{0} - static_cast<std::uint64_t>(milliseconds)
                                        : static_cast<std::uint64_t>(milliseconds);
    if (negative) out_ += '-';
    append(out_, size / 1000);
    out_ += '.';
    const std::uint64_t rest = size % 1000;
    out_ += static_cast<char>('0' + rest / 100);
    out_ += static_cast<char>('0' + rest / 10 % 10);
    out_ += static_cast<char>('0' + rest % 10);
    out_ += '\n';
}

std::string_view Exposition::end(MetricsFormat format) {
    return format == MetricsFormat::openmetrics ? "# EOF\n" : "";
}

}  // namespace holdfast::status
