// holdfast-mon: shows what the other processes publish. Started by holdfastd, which tells it what it has to
// know (os/start.h); it owns nothing and may be killed at any time.
#include <csignal>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "monitor/answers.h"
#include "monitor/dbus.h"
#include "monitor/metrics_protocol.h"
#include "monitor/petitions.h"
#include "monitor/server.h"
#include "monitor/status_protocol.h"
#include "os/confinement.h"
#include "os/ledger.h"
#include "os/log.h"
#include "os/privileges.h"
#include "os/start.h"
#include "status/messages.h"

namespace {

using namespace holdfast;

int fail(const Error& error) {
    os::log(os::Level::error, error.text());
    return 1;
}

void give_up_all_rights(bool uses_bus) {
    if (const auto kept = os::keep_only_needed_capabilities(os::Program::monitor); !kept)
        os::log(os::Level::warning, kept.error().text());
    const auto missing =
        os::confine({.read = {"/etc/localtime", "/usr/share/zoneinfo", "/proc/self", "/etc/machine-id"},
                     .write = {"/proc/self/fd/2"},
                     .replace = {},
                     .accepts = true,
                     .calls_services = uses_bus});
    if (!missing) return os::log(os::Level::warning, missing.error().text());
    for (const std::string& message : *missing)
        os::log(os::Level::debug, message);
}

std::vector<os::UniqueFd> listeners(const std::vector<int>& numbers) {
    return {numbers.begin(), numbers.end()};
}

// keepalived's interface on the system bus, where it is configured.
class Bus {
public:
    static Result<Bus> open(os::EventLoop& loop, const os::StartMessage& start,
                            monitor::Dbus::Published published) {
        Bus bus;
        if (start.dbus_name.empty()) return bus;
        if (!monitor::Dbus::is_bus_name(start.dbus_name)) {
            os::log(os::Level::warning,
                    labelled(
                        status::Number::bus_name_refused,
                        "dbus_service_name " + start.dbus_name +
                            " is no name for the bus: that has two or more words of letters, digits, '-' and "
                            "'_', parted by '.'; D-Bus is not served"));
            return bus;
        }
        auto ledger = os::Ledger::map(start.ledger_fd);
        if (!ledger) return std::move(ledger).error();
        auto petitions = monitor::Petitions::create(loop, os::UniqueFd{start.core_fd});
        if (!petitions) return std::move(petitions).error();
        bus.petitions_ = std::move(*petitions);
        auto dbus = monitor::Dbus::create(
            loop,
            {.name = start.dbus_name,
             .paths = {.net_namespace = start.net_namespace,
                       .instance = start.instance,
                       .no_link = start.dbus_no_link},
             .news = start.dbus_news,
             .published = std::move(published),
             .ask = [petitions = bus.petitions_.get()](
                        const os::Request& request,
                        monitor::Dbus::Told told) { petitions->ask(request, std::move(told)); }},
            std::move(*ledger));
        if (!dbus) return std::move(dbus).error();
        bus.dbus_ = std::move(*dbus);
        return bus;
    }
    void finish(std::function<void()> done) {
        if (!dbus_) return done();
        dbus_->finish(petitions_->daemon_stops(), std::move(done));
    }

private:
    std::unique_ptr<monitor::Petitions> petitions_;
    std::unique_ptr<monitor::Dbus> dbus_;
};

}  // namespace

int main() {
    for (const int number : {SIGPIPE, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGRTMIN + 2, SIGRTMAX - 1, SIGRTMAX})
        signal(number, SIG_IGN);  // the terminal's, and those that people send to every process
    auto start = os::take_start_message();
    if (!start) return fail(start.error());
    os::set_process_name(start->process_name);
    os::open_log({.identifier = start->as_keepalived ? "Keepalived" : "holdfast-mon",
                  .facility = start->log_facility,
                  .system = start->log_system,
                  .console = start->log_console,
                  .file = {},
                  .least = start->log_level});
    auto loop = os::EventLoop::create();
    if (!loop) return fail(loop.error());
    monitor::Answers answers{os::UniqueFd{start->status_fd}, os::UniqueFd{start->checks_fd}};
    auto readers = monitor::Server::create(
        **loop, listeners({start->listener_fd}),
        monitor::status_protocol([&](status::Enquiry enquiry) { return answers.to(enquiry); }));
    if (!readers) return fail(readers.error());
    std::unique_ptr<monitor::Server> scrapers;
    monitor::MetricsPages pages{[&] { return answers.published(); },
                                [&, started = os::EventLoop::now()] {
                                    return status::MonitorCounters{
                                        .started = started,
                                        .status_connections = (*readers)->counters().connections,
                                        .status_refused = (*readers)->counters().refused,
                                        .metrics_connections = scrapers->counters().connections,
                                        .metrics_refused = scrapers->counters().refused};
                                }};
    auto offers = monitor::Server::create(**loop, listeners(start->metrics_fds), pages.protocol());
    if (!offers) return fail(offers.error());
    scrapers = std::move(*offers);
    auto bus = Bus::open(**loop, *start, [&] { return answers.published(); });
    if (!bus) return fail(bus.error());
    // A successor serves the sockets by then.
    int serving = 3;
    const auto done = [&] {
        if (--serving == 0) (*loop)->quit(0);
    };
    const auto terminate = (*loop)->signal(SIGTERM, [&] {
        (*readers)->finish(done);
        scrapers->finish(done);
        bus->finish(done);
    });
    if (!terminate) return fail(terminate.error());
    give_up_all_rights(!start->dbus_name.empty());
    const auto status = (*loop)->run();
    return status ? *status : fail(status.error());
}
