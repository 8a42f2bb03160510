#include "os/service.h"

#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <cinttypes>

namespace holdfast::os {

void Service::ready(const std::string& status) {
    sd_notifyf(0, "READY=1\nMAINPID=%d\nSTATUS=%s", static_cast<int>(getpid()), status.c_str());
}

void Service::reloading(Instant now) {
    const std::int64_t now_us =
        std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count();
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, now_us);
}

void Service::stopping() {
    sd_notify(0, "STOPPING=1");
}

void Service::status(const std::string& text) {
    sd_notifyf(0, "STATUS=%s", text.c_str());
}

void Service::failed(int error_number, const std::string& status) {
    sd_notifyf(0, "ERRNO=%d\nSTATUS=%s", error_number, status.c_str());
}

Duration Service::watchdog() const {
    std::uint64_t period_us = 0;
    if (sd_watchdog_enabled(0, &period_us) <= 0) return Duration{0};
    return std::chrono::microseconds{period_us};
}

void Service::feed_watchdog() {
    sd_notify(0, "WATCHDOG=1");
}

}  // namespace holdfast::os
