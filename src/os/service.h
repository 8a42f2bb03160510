// What the service manager is told (sd_notify(3)); nothing happens when there is none.
#pragma once

#include <string>

#include "base/time.h"

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
};

}  // namespace holdfast::os
