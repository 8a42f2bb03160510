#include "os/service.h"

#include <systemd/sd-bus.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdlib>
#include <memory>

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

void Service::deposit(const std::string& name, int fd) {
    const std::string text = "FDSTORE=1\nFDNAME=" + name;
    sd_pid_notify_with_fds(0, 0, text.c_str(), &fd, 1);
}

void Service::withdraw(const std::string& name) {
    sd_notifyf(0, "FDSTOREREMOVE=1\nFDNAME=%s", name.c_str());
}

std::vector<std::pair<std::string, UniqueFd>> Service::take_deposits() {
    char** names = nullptr;
    const int count = sd_listen_fds_with_names(1, &names);  // 1: our children do not get them, too
    std::vector<std::pair<std::string, UniqueFd>> deposits;
    for (int number = 0; number < count; ++number) {
        deposits.emplace_back(names[number], UniqueFd{SD_LISTEN_FDS_START + number});
        std::free(names[number]);  // NOLINT: allocated with malloc
    }
    std::free(names);  // NOLINT: the same
    return deposits;
}

namespace {

constexpr std::uint64_t patience_us = 500000;

struct Closer {
    void operator()(sd_bus* bus) const { sd_bus_flush_close_unref(bus); }
    void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
};
using Bus = std::unique_ptr<sd_bus, Closer>;
using BusMessage = std::unique_ptr<sd_bus_message, Closer>;

constexpr const char* systemd = "org.freedesktop.systemd1";

std::string own_unit(sd_bus* bus) {
    sd_bus_message* reply = nullptr;
    if (sd_bus_call_method(bus, systemd, "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
                           "GetUnitByPID", nullptr, &reply, "u", static_cast<std::uint32_t>(getpid())) < 0)
        return {};
    const BusMessage owner{reply};
    const char* path = nullptr;
    return sd_bus_message_read(reply, "o", &path) > 0 ? path : "";
}

std::string job_of(sd_bus* bus, const std::string& unit) {
    sd_bus_message* reply = nullptr;
    if (sd_bus_get_property(bus, systemd, unit.c_str(), "org.freedesktop.systemd1.Unit", "Job", nullptr,
                            &reply, "(uo)") < 0)
        return {};
    const BusMessage owner{reply};
    std::uint32_t number = 0;
    const char* path = nullptr;
    return sd_bus_message_read(reply, "(uo)", &number, &path) > 0 && number != 0 ? path : "";
}

std::string type_of(sd_bus* bus, const std::string& job) {
    char* type = nullptr;
    if (sd_bus_get_property_string(bus, systemd, job.c_str(), "org.freedesktop.systemd1.Job", "JobType",
                                   nullptr, &type) < 0)
        return {};
    std::string text{type};
    std::free(type);  // NOLINT: allocated with malloc
    return text;
}

}  // namespace

bool Service::restart_under_way() {
    if (std::getenv("NOTIFY_SOCKET") == nullptr) return false;
    sd_bus* opened = nullptr;
    if (sd_bus_open_system(&opened) < 0) return false;
    const Bus bus{opened};
    sd_bus_set_method_call_timeout(bus.get(), patience_us);
    const std::string unit = own_unit(bus.get());
    const std::string job = unit.empty() ? "" : job_of(bus.get(), unit);
    const std::string type = job.empty() ? "" : type_of(bus.get(), job);
    return type == "restart" || type == "try-restart";
}

}  // namespace holdfast::os
