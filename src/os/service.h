// What the service manager is told (sd_notify(3)); nothing happens when there is none.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "os/unique_fd.h"

namespace holdfast::os {

class Service {
public:
    void ready(const std::string& status);
    // With the time, as Type=notify-reload wants it.
    void reloading(Instant now);
    void stopping();
    void status(const std::string& text);
    void failed(int error_number, const std::string& status);
    // The manager's watchdog period, zero when it has none; to be fed at half of it.
    Duration watchdog() const;
    void feed_watchdog();

    // Its store of descriptors keeps what shall outlive this process, under a name that need not be the only
    // one. Who is started next gets what is in it.
    void deposit(const std::string& name, int fd);
    void withdraw(const std::string& name);
    static std::vector<std::pair<std::string, UniqueFd>> take_deposits();

    // Whether the manager stops this service only to start it again. It is asked over D-Bus, for at most 0.5
    // s.
    static bool restart_under_way();
};

}  // namespace holdfast::os
