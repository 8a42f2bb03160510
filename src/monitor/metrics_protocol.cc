#include "monitor/metrics_protocol.h"

#include <chrono>

namespace holdfast::monitor {

namespace {

using status::MetricNames;
using status::MetricsFormat;

constexpr std::string_view plain_text = "text/plain; charset=utf-8";
constexpr std::string_view hint =
    "Holdfast: /metrics has the metrics of this node, /metrics/keepalived the same under the names of the\n"
    "exporters for keepalived. holdfast-metrics(7) says what they mean.\n";

std::string_view content_type(MetricsFormat format) {
    return format == MetricsFormat::openmetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                                : "text/plain; version=0.0.4; charset=utf-8";
}

Reply short_reply(const http::Status& status, std::string_view text, bool with_text) {
    return {.begin = http::head(status, plain_text, text.size()) + std::string{with_text ? text : ""},
            .middle = {},
            .end = {},
            .refusal = {}};
}

}  // namespace

Protocol MetricsPages::protocol() {
    const auto reply = [this](std::string_view said) -> std::optional<Reply> {
        auto reading = http::read(said);
        if (!reading) return std::nullopt;
        if (reading->request) return answer(*reading->request);
        Reply refused = short_reply(reading->status, reading->why + "\n", true);
        refused.refusal = std::move(reading->why);
        return refused;
    };
    return {.name = "metrics",
            .refused = status::Number::metrics_reader_refused,
            .longest_request = http::longest_request,
            .answer = reply,
            .lingers = true};
}

Reply MetricsPages::answer(const http::Request& request) {
    if (request.path == "/metrics") return page(request, MetricNames::own);
    if (request.path == "/metrics/keepalived") return page(request, MetricNames::keepalived);
    const bool with_text = request.method == http::Method::get;
    if (request.path == "/") return short_reply({}, hint, with_text);
    return short_reply(http::not_found, "not found; the metrics are at /metrics\n", with_text);
}

Reply MetricsPages::page(const http::Request& request, MetricNames names) {
    ++scrapes_;
    auto published = source_();
    if (published != shown_) texts_.clear();
    shown_ = std::move(published);
    const MetricsFormat format = request.openmetrics ? MetricsFormat::openmetrics : MetricsFormat::text;
    std::shared_ptr<const std::string>& text = texts_[{names, format}];
    const Instant now = os::EventLoop::now();
    if (!text) {
        text = std::make_shared<const std::string>(status::to_metrics(*shown_, names, format));
        ++renderings_;
        rendering_duration_ += os::EventLoop::now() - now;
    }
    status::MonitorCounters counters = counters_();
    counters.scrapes = scrapes_;
    counters.renderings = renderings_;
    counters.rendering_duration = rendering_duration_;
    std::string end = status::to_scrape_metrics(
        *shown_, counters, now, std::chrono::system_clock::now().time_since_epoch(), names, format);
    std::string begin = http::head({}, content_type(format), text->size() + end.size());
    Reply reply{.begin = std::move(begin), .middle = text, .end = std::move(end), .refusal = {}};
    if (request.method == http::Method::head) {
        reply.middle.reset();
        reply.end.clear();
    }
    return reply;
}

}  // namespace holdfast::monitor
