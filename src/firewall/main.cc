// holdfast-fw: puts the accept rules of firewall_accept into the firewall, or takes them out, and ends. The
// kernel may let it wait for whoever is changing the rules; holdfastd does not wait with it.
#include <csignal>

#include "firewall/keep.h"
#include "os/confinement.h"
#include "os/log.h"
#include "os/pages.h"
#include "os/privileges.h"
#include "os/start.h"
#include "status/messages.h"

namespace {

using namespace holdfast;

int fail(const Error& error) {
    os::log(os::Level::error, labelled(status::Number::firewall_not_changed,
                                       "firewall_accept has not changed the firewall: " + error.text()));
    return 1;
}

void give_up_the_rest() {
    const auto kept = os::keep_only_needed_capabilities(os::Program::firewall);
    if (!kept) os::log(os::Level::warning, kept.error().text());
    for (const std::string& message : kept.value_or(std::vector<std::string>{}))
        os::log(os::Level::warning, message);
    const auto missing = os::confine({.read = {"/etc/localtime", "/usr/share/zoneinfo", "/proc/self"},
                                      .write = {"/proc/self/fd/2"},
                                      .replace = {}});
    if (!missing) return os::log(os::Level::warning, missing.error().text());
    for (const std::string& message : *missing)
        os::log(os::Level::debug, message);
}

}  // namespace

int main() {
    for (const int number : {SIGPIPE, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGRTMIN + 2, SIGRTMAX - 1, SIGRTMAX})
        signal(number, SIG_IGN);  // the terminal's, and those that people send to every process
    const auto start = os::take_start_message();
    if (!start) return fail(start.error());
    os::set_process_name(start->process_name);
    os::open_log({.identifier = start->as_keepalived ? "Keepalived" : "holdfast-fw",
                  .facility = start->log_facility,
                  .system = start->log_system,
                  .console = start->log_console,
                  .file = {},
                  .least = start->log_level});
    const auto packed = os::read_text(start->configuration_fd);
    if (!packed) return fail(packed.error());
    const auto wanted = os::unpack(*packed);
    if (!wanted) return fail(wanted.error());
    const auto changer = net::firewall::Changer::open();
    if (!changer) return fail(changer.error());
    give_up_the_rest();
    const auto kept = firewall::keep(*changer, *wanted, start->instance);
    return kept ? 0 : fail(kept.error());
}
