// holdfast-snmp: serves MIBs as sub-agent of the host's SNMP agent. Started by holdfastd, which tells it what
// it has to know (os/start.h); it owns nothing and may be killed at any time. net-snmp blocks while the
// master does, so nothing else is done in this process.
#include <csignal>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "os/confinement.h"
#include "os/event_loop.h"
#include "os/ledger.h"
#include "os/log.h"
#include "os/passing.h"
#include "os/privileges.h"
#include "os/published.h"
#include "os/start.h"
#include "plan/snmp.h"
#include "snmp/agentx.h"
#include "snmp/core_link.h"
#include "snmp/mibs.h"
#include "snmp/node.h"
#include "snmp/process.h"
#include "snmp/settable.h"
#include "status/messages.h"

namespace {

using namespace holdfast;
using namespace std::chrono_literals;

constexpr Duration look_interval = 200ms;   // for something new to tell
constexpr Duration core_patience = 2s;      // until it gives a descriptor
constexpr Duration setting_patience = 10s;  // until it has set values, for which it takes less
constexpr int most_unanswered = 8;          // notifications
volatile std::sig_atomic_t asked_to_leave = 0;

int fail(const Error& error) {
    os::log(os::Level::error, error.text());
    return 1;
}

std::optional<os::PublishedReader> reader_of(int page) {
    if (page < 0) return std::nullopt;
    auto reader = os::PublishedReader::map(page);
    if (reader) return std::move(*reader);
    os::log(os::Level::warning, reader.error().text());
    return std::nullopt;
}

void give_up_all_rights(bool calls_hosts) {
    if (const auto kept = os::keep_only_needed_capabilities(os::Program::snmp); !kept)
        os::log(os::Level::warning, kept.error().text());
    os::Confinement confinement{.read = {"/etc/localtime", "/usr/share/zoneinfo", "/proc/self"},
                                .write = {"/proc/self/fd/2"},
                                .replace = {},
                                .accepts = false,
                                .calls_hosts = calls_hosts};
    if (calls_hosts)
        for (const char* file : {"/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/gai.conf"})
            confinement.read.emplace_back(file);
    const auto missing = os::confine(confinement);
    if (!missing) return os::log(os::Level::warning, missing.error().text());
    for (const std::string& message : *missing)
        os::log(os::Level::debug, message);
}

std::vector<snmp::Subtree> subtrees_of(const plan::SnmpPlan& served, snmp::Process& process,
                                       snmp::Settable& values) {
    std::vector<snmp::Subtree> all;
    const auto add = [&](const snmp::Oid& root, const char* description, snmp::Process::Make make,
                         snmp::Settable* settable = nullptr) {
        all.push_back({.root = root,
                       .description = description,
                       .rows = [&process, make]() -> const snmp::Rows& { return process.rows(make); },
                       .settable = settable});
    };
    if (served.keepalived_mib) {
        add(snmp::global_root, "KEEPALIVED-MIB: what holds for the whole daemon", snmp::global_rows);
        add(snmp::vrrp_root, "KEEPALIVED-MIB: VRRP", snmp::vrrp_rows, &values);
    }
    if (served.vrrp_mib) add(snmp::rfc2787_root, "VRRP-MIB (RFC 2787)", snmp::rfc2787_rows);
    if (served.vrrpv3_mib) add(snmp::rfc6527_root, "VRRPv3-MIB (RFC 6527)", snmp::rfc6527_rows);
    return all;
}

Result<os::UniqueFd> connection_from(int passing) {
    auto given = os::ask_for_descriptors(passing, os::Wanted::connection, core_patience);
    if (!given) return std::move(given).error();
    if (given->size() != 1) return Error::invalid("holdfastd gave no connection");
    return std::move(given->front());
}

std::string place_of(const plan::SnmpPlan& served) {
    return served.address.empty() ? "unix:" + served.path : served.address;
}

void say_connected(bool connected, const std::string& where) {
    if (connected)
        os::log(os::Level::notice,
                status::labelled(status::Number::agent_found, "SNMP is answered through " + where));
    else
        os::log(os::Level::warning,
                status::labelled(status::Number::agent_missing, "no SNMP agent answers at " + where +
                                                                    "; it is asked again every few seconds"));
}

void tell_news(snmp::Process& process, snmp::Agent& agent) {
    if (!agent.is_connected()) return;
    int sent = 0;
    for (const snmp::Notification& one : process.news()) {
        if (!agent.send(one)) return;
        // The master answers each: unread answers would make it wait for us.
        if (++sent % most_unanswered == 0) agent.serve(Duration{0});
        process.settle(one);
    }
    process.settle_news();
}

// What core shows now; as before when it cannot be had.
void look_anew(snmp::Process& process, const os::StartMessage& start) {
    auto shown = os::ask_for_descriptors(start.passing_fd, os::Wanted::generation, core_patience);
    if (!shown) return os::log(os::Level::warning, shown.error().text());
    if (shown->size() != 3) return;
    auto node = snmp::read_node((*shown)[0].get(), start);
    if (!node) return os::log(os::Level::warning, node.error().text());
    process.follow(std::move(*node), reader_of((*shown)[1].get()), reader_of((*shown)[2].get()));
}

// Only between calls of the library: it goes on with what it does.
void on_terminate(int) {
    asked_to_leave = 1;
}

}  // namespace

int main() {
    for (const int number : {SIGPIPE, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGRTMIN + 2, SIGRTMAX - 1, SIGRTMAX})
        signal(number, SIG_IGN);
    auto start = os::take_start_message();
    if (!start) return fail(start.error());
    os::set_process_name(start->process_name);
    os::open_log({.identifier = start->as_keepalived ? "Keepalived" : "holdfast-snmp",
                  .facility = start->log_facility,
                  .system = start->log_system,
                  .console = start->log_console,
                  .file = {},
                  .least = start->log_level});
    auto node = snmp::read_node(start->configuration_fd, *start);
    if (!node) return fail(node.error());
    auto ledger = os::Ledger::map(start->ledger_fd);
    if (!ledger) return fail(ledger.error());
    auto loop = os::EventLoop::create();
    if (!loop) return fail(loop.error());
    auto core = snmp::CoreLink::create(**loop, os::UniqueFd{start->core_fd});
    if (!core) return fail(core.error());
    const plan::SnmpPlan served = node->snmp;
    give_up_all_rights(!served.address.empty());
    snmp::Process process{std::move(*node), reader_of(start->status_fd), reader_of(start->checks_fd),
                          std::move(*ledger)};
    const auto follow = [&] {
        if ((*core)->take_news()) look_anew(process, *start);
    };
    snmp::InstanceValues values{[&process]() -> const snmp::Facts& { return process.facts(); },
                                [&](std::vector<os::ValueWanted> wanted) {
                                    auto answer = (*core)->ask(std::move(wanted), setting_patience);
                                    follow();
                                    return answer;
                                }};
    const std::string where = place_of(served);
    // While the library is busy with a master that does not answer, a signal ends the process.
    snmp::Agent agent{{.name = start->as_keepalived ? "Keepalived" : "holdfast",
                       .address = served.address,
                       .connect = [fd = start->passing_fd] { return connection_from(fd); },
                       .subtrees = subtrees_of(served, process, values),
                       .connected = [&](bool connected) { say_connected(connected, where); }}};
    if (!agent.is_connected()) say_connected(false, where);
    signal(SIGTERM, on_terminate);
    const Duration longest_wait = served.notifies ? look_interval : Duration{1s};
    while (asked_to_leave == 0) {
        agent.serve(longest_wait, (*core)->fd());
        (*core)->look();
        follow();
        tell_news(process, agent);
    }
    tell_news(process, agent);
    return 0;
}
