// The command line of holdfastd: keepalived's, option by option, and a few of our own. One table; getopt's
// rules.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace holdfast::core {

struct Options {
    std::string program;  // basename of argv[0]
    bool as_keepalived = false;

    std::string configuration_file;  // empty: the default one
    std::string config_id;           // empty: the short host name
    bool all_config = false;         // -e
    bool strict_config = false;

    bool test = false;
    std::string test_file;  // where findings go; empty: standard error
    bool version = false;
    bool help = false;
    std::optional<std::string> signal_name;  // --signum

    bool foreground = false;
    bool only_vrrp = false;
    bool only_checkers = false;
    bool all_children = false;
    bool respawn = true;
    int crash_limit = 5;  // deaths of the vrrp process within crash_span_s that make this node give up
    int crash_span_s = 60;
    bool ignore_interrupt = false;
    bool core_dumps = false;
    bool keep_addresses = false;   // -V
    bool release_foreign = false;  // -X
    bool watch_addresses = false;  // -a
    bool dump_configuration = false;

    bool log_console = false;
    bool log_system = true;
    int log_detail = 0;
    int log_facility = 3;
    std::optional<std::string> log_file;  // empty: the default one

    std::string pid_file;
    std::string vrrp_pid_file;
    std::string checkers_pid_file;
    std::string runtime_directory;  // empty: from the environment, or the default
    std::string state_directory;    // the same
    std::string net_namespace;
    std::optional<unsigned> umask;

    bool snmp = false;       // -x
    std::string snmp_agent;  // -A

    std::vector<std::string> without_effect;  // accepted options that do nothing here, as written
    std::vector<std::string> strays;          // positional arguments
};

struct ParsedOptions {
    Options options;
    std::vector<std::string> errors;  // each one line; not empty: exit status 1
};

ParsedOptions parse_options(int argc, const char* const* argv);

std::string usage(const std::string& program);
// keepalived's form: other programs read the second word of the first line.
std::string version_banner(const Options& options);
// The number behind a --signum name.
std::optional<int> signal_number(const std::string& name);

}  // namespace holdfast::core
