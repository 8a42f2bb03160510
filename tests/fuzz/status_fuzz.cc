// What is published, and the lines on the status socket: refused, or understood so that it can be written,
// shown and read again.
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "status/document.h"
#include "status/enquiry.h"
#include "status/metrics.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace holdfast;
    const ByteView view{bytes, size};
    const std::string_view text{reinterpret_cast<const char*>(bytes), size};
    if (const auto enquiry = status::decode_enquiry(text))
        HF_ASSERT(encode(*enquiry) == std::string{text} + "\n");
    if (const auto reply = status::decode_reply(text)) {
        std::string line = encode(*reply);
        line.pop_back();
        const auto again = status::decode_reply(line);
        HF_ASSERT(again && again->routers == reply->routers && again->checks == reply->checks);
    }
    status::Published published;
    if (auto routers = status::read_routers(view)) published.routers = std::move(*routers);
    if (auto checks = status::read_checks(view)) published.checks = std::move(*checks);
    if (!published.routers && !published.checks) return 0;
    const status::Parts all{.instances = true,
                            .transitions = true,
                            .peers = true,
                            .counters = true,
                            .groups = true,
                            .trackers = true,
                            .checks = true};
    for (const auto format : {status::MetricsFormat::text, status::MetricsFormat::openmetrics})
        for (const auto names : {status::MetricNames::own, status::MetricNames::keepalived})
            HF_ASSERT(status::to_metrics(published, names, format).ends_with("\n"));
    HF_ASSERT(status::to_json(published, all, {}, Instant{}).ends_with("}\n"));

    std::vector<std::uint8_t> room(4 * size + 4096);  // a character that was no UTF-8 may not grow
    ByteWriter out{room};
    if (published.routers) {
        write(out, published.routers->head);
        for (const auto& one : published.routers->instances)
            write(out, one);
        for (const auto& one : published.routers->groups)
            write(out, one);
        for (const auto& one : published.routers->trackers)
            write(out, one);
        for (const auto& one : published.routers->guards)
            write(out, one);
        write(out, published.routers->statics);
        for (const auto& one : published.routers->departed)
            write(out, one);
        status::write_end(out);
        HF_ASSERT(!out.overflowed() && status::read_routers(out.written()));
    } else {
        write(out, published.checks->head);
        for (const auto& one : published.checks->checks)
            write(out, one);
        for (const auto& one : published.checks->guarded)
            write(out, one);
        status::write_end(out);
        HF_ASSERT(!out.overflowed() && status::read_checks(out.written()));
    }
    return 0;
}
