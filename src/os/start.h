// What core tells a child at its birth: which descriptors are which, how core was called. Passed in one
// environment variable that the child takes out at once; the argument list stays core's, because other
// programs look at it.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "os/log.h"

namespace holdfast::os {

struct StartMessage {
    int configuration_fd = -1;          // sealed text (pages.h)
    int core_fd = -1;                   // channel to core
    int peer_fd = -1;                   // channel between vrrp and checker
    int page_fd = -1;                   // vrrp: page to write records into
    int adopted_page_fd = -1;           // vrrp: page to adopt from, -1: start afresh
    int adopted_configuration_fd = -1;  // text of the configuration before, to know what it no longer has
    int status_fd = -1;                 // vrrp, checker: page to publish in; the others: the vrrp process's
    int checks_fd = -1;                 // monitor, snmp: the checker's page
    int adopted_status_fd = -1;         // vrrp, checker: what the process before published
    int listener_fd = -1;               // monitor: the socket to serve
    std::vector<int> metrics_fds;       // monitor: sockets to offer metrics at
    int ledger_fd = -1;                 // snmp: what it has reported (ledger.h)
    int passing_fd = -1;                // snmp: where core gives it connections (passing.h)
    int core_pid = 0;                   // its sign of life beside the channel, which may outlive it
    int beat_us = 0;                    // vrrp: at least this often the page gets a beat
    bool reload = false;                // another process did this job before
    Level log_level = Level::info;
    bool log_console = false;  // -l
    bool log_system = true;    // not -G
    int log_facility = 3;
    std::string log_file;
    bool keep_addresses = false;   // -V: leave addresses, routes and rules in place at exit
    bool release_foreign = false;  // -X: remove virtual addresses even if another run added them
    bool watch_addresses = false;  // -a: log every address change
    bool as_keepalived = false;    // called under that name: its paths and names
    std::string process_name;      // comm
    bool snmp_everything = false;  // -x
    std::string snmp_agent;        // -A
    std::string dbus_name;         // monitor: to own on the system bus; empty: no D-Bus
    std::string dbus_no_link;      // monitor: in place of an interface where there is none
    std::string dbus_news;         // monitor: signal to begin with; empty: none
    std::string configuration_path;
    std::string config_id;
    std::string runtime_directory;
    std::string state_directory;  // what outlives a boot
    std::string instance;         // `instance` keyword
    std::string net_namespace;
    unsigned umask = 0177;
};

// Those it names: whoever gets the message has to inherit them.
std::vector<int> descriptors_of(const StartMessage& message);

inline constexpr const char* start_variable = "HOLDFAST_START";

std::string encode(const StartMessage& message);
// From the environment, which is cleared of it. Descriptors get close-on-exec back.
Result<StartMessage> take_start_message();

}  // namespace holdfast::os
