// holdfast-mon: shows what the other processes publish. Started by holdfastd, which tells it what it has to
// know (os/start.h); it owns nothing and may be killed at any time.
#include <csignal>
#include <string>

#include "monitor/answers.h"
#include "monitor/server.h"
#include "os/confinement.h"
#include "os/log.h"
#include "os/privileges.h"
#include "os/start.h"

namespace {

using namespace holdfast;

int fail(const Error& error) {
    os::log(os::Level::error, error.text());
    return 1;
}

void give_up_all_rights() {
    if (const auto kept = os::keep_only_needed_capabilities(os::Program::monitor); !kept)
        os::log(os::Level::warning, kept.error().text());
    const auto missing = os::confine({.read = {"/etc/localtime", "/usr/share/zoneinfo", "/proc/self"},
                                      .write = {"/proc/self/fd/2"},
                                      .replace = {},
                                      .accepts = true});
    if (!missing) return os::log(os::Level::warning, missing.error().text());
    for (const std::string& message : *missing)
        os::log(os::Level::debug, message);
}

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
                  .detail = start->detail});
    auto loop = os::EventLoop::create();
    if (!loop) return fail(loop.error());
    monitor::Answers answers{os::UniqueFd{start->status_fd}, os::UniqueFd{start->checks_fd}};
    auto server = monitor::Server::create(**loop, os::UniqueFd{start->listener_fd},
                                          [&](status::Enquiry enquiry) { return answers.to(enquiry); });
    if (!server) return fail(server.error());
    // A successor serves the socket by then.
    const auto terminate = (*loop)->signal(SIGTERM, [&] { (*server)->finish([&] { (*loop)->quit(0); }); });
    if (!terminate) return fail(terminate.error());
    give_up_all_rights();
    const auto status = (*loop)->run();
    return status ? *status : fail(status.error());
}
