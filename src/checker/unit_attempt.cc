#include "checker/unit_attempt.h"

#include <sys/epoll.h>
#include <systemd/sd-bus.h>

#include <cstdlib>
#include <memory>

namespace holdfast::checker {

namespace {

constexpr const char* service = "org.freedesktop.systemd1";

int on_reply(sd_bus_message* reply, void* attempt, sd_bus_error*) {
    auto& own = *static_cast<UnitAttempt*>(attempt);
    const sd_bus_error* refusal = sd_bus_message_get_error(reply);
    const char* state = nullptr;
    if (refusal != nullptr)
        own.end(Error::invalid(std::string{"systemd says: "} + (refusal->message ? refusal->message : "no")));
    else if (sd_bus_message_read(reply, "v", "s", &state) < 0 || state == nullptr)
        own.end(Error::invalid("systemd's answer cannot be read"));
    else
        own.take(state);
    return 0;
}

}  // namespace

void UnitAttempt::start(Done done) {
    done_ = std::move(done);
    if (auto asked = ask(); !asked) {
        close();
        end(std::move(asked).error());
    }
}

Result<void> UnitAttempt::ask() {
    if (bus_ == nullptr) {
        if (const int opened = sd_bus_open_system(&bus_); opened < 0)
            return Error::system("connect to the system bus", -opened);
        auto source = loop_.watch(sd_bus_get_fd(bus_), EPOLLIN, os::Urgency::control,
                                  [this](std::uint32_t) { serve(); });
        if (!source) return std::move(source).error();
        source_ = std::move(*source);
    }
    char* path = nullptr;
    if (sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit_.c_str(), &path) < 0)
        return Error::invalid("'" + unit_ + "' is no name of a unit");
    const std::unique_ptr<char, decltype(&std::free)> kept{path, &std::free};
    const int asked =
        sd_bus_call_method_async(bus_, nullptr, service, path, "org.freedesktop.DBus.Properties", "Get",
                                 &on_reply, this, "ss", "org.freedesktop.systemd1.Unit", "ActiveState");
    if (asked < 0) return Error::system("ask systemd", -asked);
    serve();
    return {};
}

// Writes what waits, reads what has come.
void UnitAttempt::serve() {
    int result = 0;
    do
        result = sd_bus_process(bus_, nullptr);
    while (result > 0);
    if (result < 0) {
        close();
        return end(Error::system("talk to the system bus", -result));
    }
    const int events = sd_bus_get_events(bus_);
    if (events >= 0) source_.set_events(static_cast<std::uint32_t>(events));
}

std::string UnitAttempt::give_up() {
    done_ = nullptr;
    close();  // what comes late would be taken for the answer to the next one
    return "systemd does not answer";
}

void UnitAttempt::take(const std::string& active_state) {
    const bool active =
        active_state == "active" || active_state == "reloading" || active_state == "refreshing";
    end(active ? Result<void>{} : Error::invalid(unit_ + " is " + active_state));
}

void UnitAttempt::end(const Result<void>& result) {
    const Done done = std::move(done_);
    done_ = nullptr;
    if (done) done(result);
}

void UnitAttempt::close() {
    source_ = {};
    if (bus_ != nullptr) sd_bus_close_unref(bus_);
    bus_ = nullptr;
}

}  // namespace holdfast::checker
