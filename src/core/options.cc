#include "core/options.h"

#include <boost/program_options.hpp>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <functional>
#include <string_view>

namespace holdfast::core {

namespace {

namespace options = boost::program_options;

enum class Takes : std::uint8_t { nothing, value, optional_value };

struct Row {
    char letter;  // 0: none
    const char* name;
    Takes takes;
    const char* help;
    // An error text, or nothing. Null: accepted, without effect here.
    std::function<std::string(Options&, const std::string&)> apply;
};

std::function<std::string(Options&, const std::string&)> set(bool Options::*field, bool value = true) {
    return [=](Options& all, const std::string&) {
        all.*field = value;
        return std::string{};
    };
}

std::function<std::string(Options&, const std::string&)> store(std::string Options::*field) {
    return [=](Options& all, const std::string& value) {
        all.*field = value;
        return std::string{};
    };
}

std::string read_facility(Options& all, const std::string& value) {
    std::string_view text{value};
    if (text == "daemon" || text == "user") {
        all.log_facility = text == "user" ? 1 : 3;
        return {};
    }
    if (text.starts_with("local")) text.remove_prefix(5);
    if (text.size() == 1 && text[0] >= '0' && text[0] <= '7') {
        all.log_facility = 16 + (text[0] - '0');
        return {};
    }
    return "log-facility: '" + value + "' is not 0..7, local0..local7, user or daemon";
}

std::string read_crash_limit(Options& all, const std::string& value) {
    const std::size_t slash = value.find('/');
    const auto number = [](std::string_view text, int& into) {
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
        return error == std::errc{} && end == text.data() + text.size() && into > 0;
    };
    if (slash == std::string::npos || !number(std::string_view{value}.substr(0, slash), all.crash_limit) ||
        !number(std::string_view{value}.substr(slash + 1), all.crash_span_s))
        return "crash-limit: '" + value + "' is not COUNT/SECONDS, like 5/60";
    return {};
}

std::string read_umask(Options& all, const std::string& value) {
    int base = 10;
    std::string_view digits{value};
    if (digits.starts_with("0x")) {
        base = 16;
        digits.remove_prefix(2);
    } else if (digits.size() > 1 && digits.front() == '0') {
        base = 8;
    }
    unsigned mask = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), mask, base);
    if (error != std::errc{} || end != digits.data() + digits.size() || mask > 0777)
        return "umask: '" + value + "' is no number up to 0777";
    all.umask = mask;
    return {};
}

std::string start_test(Options& all, const std::string& value) {
    all.test = true;
    all.test_file = value;
    return {};
}

std::string log_to_file(Options& all, const std::string& value) {
    all.log_file = value;
    return {};
}

std::string more_detail(Options& all, const std::string&) {
    ++all.log_detail;
    return {};
}

std::string name_signal(Options& all, const std::string& value) {
    all.signal_name = value;
    return {};
}

std::string refuse_genhash(Options&, const std::string&) {
    return "genhash: this program does not compute digests of web pages; md5sum and curl do";
}

const std::vector<Row>& table() {
    static const std::vector<Row> rows{
        {'f', "use-file", Takes::value, "configuration file", store(&Options::configuration_file)},
        {'t', "config-test", Takes::optional_value,
         "check the configuration and exit; findings to this file or standard error", start_test},
        {0, "strict-config", Takes::nothing, "every finding in the configuration stops the start",
         set(&Options::strict_config)},
        {'e', "all-config", Takes::nothing, "an include that matches nothing is an error",
         set(&Options::all_config)},
        {'i', "config-id", Takes::value, "value that @ID lines compare with (default: short host name)",
         store(&Options::config_id)},
        {'P', "vrrp", Takes::nothing, "only VRRP", set(&Options::only_vrrp)},
        {'C', "check", Takes::nothing, "only checkers", set(&Options::only_checkers)},
        {'B', "no_bfd", Takes::nothing, "no BFD process", nullptr},
        {0, "all", Takes::nothing, "start every process even if it has nothing to do",
         set(&Options::all_children)},
        {'n', "dont-fork", Takes::nothing, "stay in the foreground", set(&Options::foreground)},
        {'R', "dont-respawn", Takes::nothing, "do not restart a process that died",
         set(&Options::respawn, false)},
        {'X', "release-vips", Takes::nothing, "remove virtual addresses even if another run added them",
         set(&Options::release_foreign)},
        {'V', "dont-release-vrrp", Takes::nothing, "leave addresses, routes and rules in place at exit",
         set(&Options::keep_addresses)},
        {'I', "dont-release-ipvs", Takes::nothing, "leave IPVS services in place at exit", nullptr},
        {'l', "log-console", Takes::nothing, "log to standard error, too", set(&Options::log_console)},
        {'D', "log-detail", Takes::nothing, "detailed log", more_detail},
        {'S', "log-facility", Takes::value, "syslog facility: 0..7, local0..local7, user, daemon",
         read_facility},
        {'g', "log-file", Takes::optional_value, "log to a file, too", log_to_file},
        {0, "flush-log-file", Takes::nothing, "flush the log file after each line (always done)",
         [](Options&, const std::string&) { return std::string{}; }},
        {'G', "no-syslog", Takes::nothing, "do not log to the journal or syslog",
         set(&Options::log_system, false)},
        {'d', "dump-conf", Takes::nothing, "log the configuration at start",
         set(&Options::dump_configuration)},
        {'a', "address-monitoring", Takes::nothing, "log every address change of the kernel",
         set(&Options::watch_addresses)},
        {'u', "umask", Takes::value, "umask for created files (default 0177)", read_umask},
        {'p', "pid", Takes::value, "pid file", store(&Options::pid_file)},
        {'r', "vrrp_pid", Takes::value, "pid file of the VRRP process", store(&Options::vrrp_pid_file)},
        {'c', "checkers_pid", Takes::value, "pid file of the checker process",
         store(&Options::checkers_pid_file)},
        {'b', "bfd_pid", Takes::value, "pid file of the BFD process", nullptr},
        {0, "crash-limit", Takes::value,
         "COUNT/SECONDS: give up when the VRRP process died so often within that time (default 5/60)",
         read_crash_limit},
        {0, "runtime-dir", Takes::value,
         "directory for pid and dump files (default: $RUNTIME_DIRECTORY, then /run/holdfast)",
         store(&Options::runtime_directory)},
        {0, "state-dir", Takes::value,
         "directory for history and incidents (default: $STATE_DIRECTORY, then /var/lib/holdfast)",
         store(&Options::state_directory)},
        {'s', "namespace", Takes::value, "network namespace to run in", store(&Options::net_namespace)},
        {'x', "snmp", Takes::nothing, "answer SNMP: all MIBs", set(&Options::snmp)},
        {'A', "snmp-agent-socket", Takes::value, "where SNMP's master agent is", store(&Options::snmp_agent)},
        {'m', "core-dump", Takes::nothing, "allow core files", set(&Options::core_dumps)},
        {'M', "core-dump-pattern", Takes::optional_value, "kernel's pattern for core files", nullptr},
        {0, "ignore-sigint", Takes::nothing, "ignore SIGINT", set(&Options::ignore_interrupt)},
        {0, "signum", Takes::value,
         "print the number of a signal: STOP RELOAD DATA STATS STATS_CLEAR JSON TDUMP", name_signal},
        {0, "debug", Takes::optional_value, "debug switches", nullptr},
        {0, "perf", Takes::optional_value, "run under perf", nullptr},
        {'L', "mem-check-log", Takes::nothing, "memory check log", nullptr},
        {0, "no-mem-check", Takes::nothing, "no memory check", nullptr},
        {'O', "openssl-mem-check", Takes::nothing, "memory check of OpenSSL", nullptr},
        {'T', "genhash", Takes::nothing, "keepalived's digest tool, which is not part of this program",
         refuse_genhash},
        {'v', "version", Takes::nothing, "version and build options", set(&Options::version)},
        {'h', "help", Takes::nothing, "this text", set(&Options::help)},
    };
    return rows;
}

options::options_description description() {
    options::options_description all;
    for (const Row& row : table()) {
        const std::string names = row.letter != 0 ? std::string{row.name} + "," + row.letter : row.name;
        if (row.takes == Takes::nothing)
            all.add_options()(names.c_str(), row.help);
        else if (row.takes == Takes::value)
            all.add_options()(names.c_str(), options::value<std::string>(), row.help);
        else
            all.add_options()(names.c_str(), options::value<std::string>()->implicit_value("", ""), row.help);
    }
    return all;
}

const Row* row_named(const std::string& key) {
    for (const Row& row : table())
        if (key == row.name) return &row;
    return nullptr;
}

void apply(const options::option& given, ParsedOptions& parsed) {
    const std::string written =
        given.original_tokens.empty() ? given.string_key : given.original_tokens.front();
    if (given.unregistered) {
        parsed.errors.push_back("unknown option " + written);
        return;
    }
    const Row* row = row_named(given.string_key);
    if (row == nullptr) return;
    const std::string value = given.value.empty() ? "" : given.value.front();
    if (row->takes == Takes::value && value.empty()) {
        parsed.errors.push_back("option " + written + " needs a value");
        return;
    }
    if (!row->apply) {
        parsed.options.without_effect.push_back(written);
        return;
    }
    const std::string error = row->apply(parsed.options, value);
    if (!error.empty()) parsed.errors.push_back(error);
}

// The row that getopt would mean by a long name: the name itself, else the only one that begins so.
const Row* row_meant_by(std::string_view name) {
    const Row* meant = nullptr;
    for (const Row& row : table()) {
        if (name == row.name) return &row;
        if (!std::string_view{row.name}.starts_with(name)) continue;
        if (meant != nullptr) return nullptr;
        meant = &row;
    }
    return meant;
}

const Row* row_of_letter(char letter) {
    for (const Row& row : table())
        if (row.letter == letter) return &row;
    return nullptr;
}

// Whether the word after this one is its value.
bool takes_next_word(std::string_view word) {
    if (word.starts_with("--")) {
        const Row* row = word.find('=') == std::string_view::npos ? row_meant_by(word.substr(2)) : nullptr;
        return row != nullptr && row->takes == Takes::value;
    }
    for (std::size_t at = 1; at < word.size(); ++at) {
        const Row* row = row_of_letter(word[at]);
        if (row == nullptr) return false;
        if (row->takes != Takes::nothing) return row->takes == Takes::value && at + 1 == word.size();
    }
    return false;
}

// One option, or several letters behind one dash, with the value in the same word.
void read_word(const std::string& word, const options::options_description& known, ParsedOptions& parsed) {
    try {
        const auto result = options::command_line_parser(std::vector<std::string>{word})
                                .options(known)
                                .allow_unregistered()
                                .run();
        for (const options::option& given : result.options)
            apply(given, parsed);
    } catch (const options::error& error) {
        parsed.errors.emplace_back(error.what());
    }
}

}  // namespace

ParsedOptions parse_options(int argc, const char* const* argv) {
    ParsedOptions parsed;
    const std::string_view path{argc > 0 ? argv[0] : "holdfastd"};
    parsed.options.program = path.substr(path.rfind('/') + 1);
    parsed.options.as_keepalived = parsed.options.program == "keepalived";
    const options::options_description known = description();
    // Word by word, so that each error is told and an optional value is only taken from its own word.
    for (int at = 1; at < argc; ++at) {
        std::string word = argv[at];
        if (word == "--") {
            parsed.options.strays.insert(parsed.options.strays.end(), argv + at + 1, argv + argc);
            break;
        }
        if (word.size() < 2 || word.front() != '-') {
            parsed.options.strays.push_back(word);
            continue;
        }
        if (takes_next_word(word) && at + 1 < argc)
            word += (word[1] == '-' ? "=" : "") + std::string{argv[++at]};
        read_word(word, known, parsed);
    }
    return parsed;
}

std::string usage(const std::string& program) {
    std::string text = "Usage: " + program + " [OPTION...]\n";
    for (const Row& row : table()) {
        std::string left = row.letter != 0 ? std::string{"  -"} + row.letter + ", " : "      ";
        left += std::string{"--"} + row.name;
        left += row.takes == Takes::value ? "=VALUE" : row.takes == Takes::optional_value ? "[=VALUE]" : "";
        text += left + std::string(left.size() < 34 ? 34 - left.size() : 1, ' ') + row.help;
        text += row.apply ? "\n" : " (no effect in this build)\n";
    }
    return text;
}

std::string version_banner(const Options& all) {
    const std::string ours = HOLDFAST_VERSION;
    const std::string first =
        all.as_keepalived ? "Keepalived v2.4.3 (Holdfast " + ours + ", compatible)" : "Holdfast v" + ours;
    return first +
           "\n\nA VRRP high-availability agent for Linux. Reads keepalived.conf. GPL-2.0-or-later.\n\n" +
           "Config options: --enable-json\n";
}

std::optional<int> signal_number(const std::string& name) {
    if (name == "STOP") return SIGTERM;
    if (name == "RELOAD") return SIGHUP;
    if (name == "DATA") return SIGUSR1;
    if (name == "STATS") return SIGUSR2;
    if (name == "JSON") return SIGRTMIN + 2;
    if (name == "STATS_CLEAR") return SIGRTMAX - 1;
    if (name == "TDUMP") return SIGRTMAX;
    return std::nullopt;
}

}  // namespace holdfast::core
