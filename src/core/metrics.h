// Where metrics are offered: core opens the sockets, because the monitor may not, and keeps them while the
// monitor comes and goes, so that who asks in between waits instead of failing. What cannot be opened is said
// once and tried again: an address may come later, and is no reason not to serve virtual routers.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "os/control.h"
#include "os/event_loop.h"
#include "os/unique_fd.h"

namespace holdfast::core {

class MetricsSockets {
public:
    // changed: there is another socket than before, without open() having been called.
    static Result<std::unique_ptr<MetricsSockets>> create(os::EventLoop& loop, std::string runtime_directory,
                                                          std::function<void()> changed);
    ~MetricsSockets();

    // Exactly these from now on. access: to the unix socket.
    void open(const std::vector<config::MetricsListen>& wanted, const os::SocketAccess& access);
    // Those that are open.
    std::vector<int> descriptors() const;

private:
    struct Listener {
        os::UniqueFd socket;
        bool said = false;  // that it cannot be opened
    };

    MetricsSockets(std::string runtime_directory, std::function<void()> changed)
        : runtime_directory_{std::move(runtime_directory)}, changed_{std::move(changed)} {}
    bool open_missing();
    Result<os::UniqueFd> open_one(const config::MetricsPlace& place) const;
    void close(const config::MetricsPlace& place);

    std::string runtime_directory_;
    std::function<void()> changed_;
    os::SocketAccess access_;
    std::map<config::MetricsPlace, Listener> listeners_;
    os::Timer again_;
};

}  // namespace holdfast::core
