// Records with fields to the journal, syslog, the console or a file. THE LOG NEVER BLOCKS: what a sink does
// not take at once is dropped and counted, and the count is reported when the sink takes lines again.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/names.h"
#include "base/result.h"
#include "base/time.h"

namespace holdfast::os {

// Syslog severities (RFC 5424 section 6.2.1); the numbers are the wire's.
enum class Level : std::uint8_t { error = 3, warning = 4, notice = 5, info = 6, debug = 7 };
constexpr auto names_of(Level) {
    using enum Level;
    return std::array{Name{error, "error"}, Name{warning, "warning"}, Name{notice, "notice"},
                      Name{info, "info"}, Name{debug, "debug"}};
}

struct LogSettings {
    std::string identifier = "holdfastd";  // SYSLOG_IDENTIFIER
    int facility = 3;                      // syslog number, 3: daemon
    bool system = true;                    // journal if there is one, else syslog
    bool console = false;                  // standard error
    std::string file;                      // empty: none
    Level least = Level::info;             // what is less severe is not written; -D: debug
};

// Fields are journal fields without prefix: "INSTANCE" is stored as HOLDFAST_INSTANCE.
using LogFields = std::vector<std::pair<std::string_view, std::string>>;

// Where the records of this process go; before it is called they go to standard error.
void open_log(const LogSettings& settings);
// The same sinks again: after a rotated file or a restarted syslog.
void reopen_log();
// From now on what is less severe is not written.
void set_log_level(Level least);
Level log_level();

void log(Level level, std::string_view message, const LogFields& fields = {});

// The journal's MESSAGE_ID of a message that begins with its number ("HF2301 ..."), by which journalctl finds
// the entry of the catalog: 32 hexadecimal digits. Empty: it has no number.
std::string journal_id(std::string_view message);
// Lines that no sink took so far.
std::uint64_t log_lines_dropped();

// Lets a repeated message through once per period and counts the rest.
// " (3 more since the last message)", or nothing: the end of a message that a limit let pass.
std::string and_more(std::uint64_t held_back);

class RateLimit {
public:
    explicit RateLimit(Duration period) : period_{period} {}
    // Whether the message under this key may be written now; if so, how many were held back since the last
    // one.
    std::optional<std::uint64_t> allow(std::string_view key, Instant now);

private:
    struct Held {
        Instant last{};
        std::uint64_t count = 0;
    };
    static constexpr std::size_t max_keys = 4096;  // beyond it all is forgotten: better one line too many
    Duration period_;
    std::unordered_map<std::string, Held> held_;
};

}  // namespace holdfast::os
