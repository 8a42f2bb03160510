// What is spoken where metrics are offered: HTTP. A page is written anew only when something has been
// published since; what changes all the time stands at its end.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "monitor/http.h"
#include "monitor/server.h"
#include "status/metrics.h"

namespace holdfast::monitor {

class MetricsPages {
public:
    // What is published, and the same object as long as nothing new is.
    using Source = std::function<std::shared_ptr<const status::Published>()>;
    // counters: what the server knows; the pages know the rest.
    using Counters = std::function<status::MonitorCounters()>;

    MetricsPages(Source source, Counters counters)
        : source_{std::move(source)}, counters_{std::move(counters)} {}
    // Fit for many addresses. This has to live as long as it.
    Protocol protocol();

private:
    Reply answer(const http::Request& request);
    Reply page(const http::Request& request, status::MetricNames names);

    Source source_;
    Counters counters_;
    std::shared_ptr<const status::Published> shown_;  // in the texts
    std::map<std::pair<status::MetricNames, status::MetricsFormat>, std::shared_ptr<const std::string>>
        texts_;
    std::uint64_t scrapes_ = 0;
    std::uint64_t renderings_ = 0;
    Duration rendering_duration_{0};
};

}  // namespace holdfast::monitor
