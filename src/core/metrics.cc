#include "core/metrics.h"

#include <unistd.h>

#include <algorithm>
#include <set>

#include "os/listen.h"
#include "os/log.h"
#include "status/messages.h"

namespace holdfast::core {

namespace {

using config::MetricsPlace;
using os::Level;
using status::labelled;
using status::Number;

constexpr Duration retry_gap = std::chrono::seconds{5};

}  // namespace

Result<std::unique_ptr<MetricsSockets>> MetricsSockets::create(os::EventLoop& loop,
                                                               std::string runtime_directory,
                                                               std::function<void()> changed) {
    std::unique_ptr<MetricsSockets> made{
        new MetricsSockets{std::move(runtime_directory), std::move(changed)}};
    auto again = loop.timer(os::Urgency::background, [self = made.get()] {
        if (self->open_missing()) self->changed_();
    });
    if (!again) return std::move(again).error();
    made->again_ = std::move(*again);
    return made;
}

MetricsSockets::~MetricsSockets() {
    for (const auto& [place, listener] : listeners_)
        close(place);
}

void MetricsSockets::open(const std::vector<config::MetricsListen>& wanted, const os::SocketAccess& access) {
    std::set<MetricsPlace> places;
    for (const config::MetricsListen& listen : wanted)
        if (const auto place = config::parse_metrics_place(listen.where)) places.insert(*place);
    std::erase_if(listeners_, [&](const auto& one) {
        if (places.contains(one.first)) return false;
        close(one.first);
        return true;
    });
    for (const MetricsPlace& place : places)
        listeners_.try_emplace(place);
    access_ = access;
    if (const auto unix_socket = listeners_.find(MetricsPlace{});
        unix_socket != listeners_.end() && unix_socket->second.socket)
        if (const auto given = os::give_access(runtime_directory_, access_, os::metrics_socket); !given)
            os::log(Level::warning, labelled(Number::metrics_unavailable, given.error().text()));
    open_missing();
}

std::vector<int> MetricsSockets::descriptors() const {
    std::vector<int> all;
    for (const auto& [place, listener] : listeners_)
        if (listener.socket) all.push_back(listener.socket.get());
    return all;
}

// Whether something new is open.
bool MetricsSockets::open_missing() {
    bool opened = false;
    bool missing = false;
    for (auto& [place, listener] : listeners_) {
        if (listener.socket) continue;
        auto socket = open_one(place);
        if (socket) {
            listener.socket = std::move(*socket);
            opened = true;
            os::log(Level::notice,
                    labelled(Number::metrics_offered, "metrics are offered at " + place.text()));
            continue;
        }
        missing = true;
        if (!std::exchange(listener.said, true))
            os::log(Level::warning,
                    labelled(Number::metrics_unavailable, "metrics are not offered at " + place.text() +
                                                              " so far: " + socket.error().text()));
    }
    if (missing)
        again_.arm(os::EventLoop::now() + retry_gap);
    else
        again_.disarm();
    return opened;
}

Result<os::UniqueFd> MetricsSockets::open_one(const MetricsPlace& place) const {
    if (place.address) return os::listen_on(*place.address, place.port);
    auto socket = os::listen_for_readers(runtime_directory_, os::metrics_socket);
    if (!socket) return socket;
    if (auto given = os::give_access(runtime_directory_, access_, os::metrics_socket); !given)
        return std::move(given).error();
    return socket;
}

void MetricsSockets::close(const MetricsPlace& place) {
    if (!place.address) unlink((runtime_directory_ + "/" + os::metrics_socket).c_str());
}

}  // namespace holdfast::core
