// An incident of split brain as it is kept in a file: its time line, what was done, what an operator may
// choose, and what is needed to know a one-time code again. One JSON object; read as bytes that anybody may
// have written.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace holdfast::status {

struct IncidentRecord {
    // Time of day, for people and for codes, which have to survive a restart.
    using Time = std::chrono::sys_time<std::chrono::milliseconds>;

    struct Entry {
        Time time{};
        std::string chapter;  // "opened", "worse", "more", "closed"
        std::string kind;     // "both active": what it was by then
        std::string text;
    };
    struct Action {
        Time time{};
        std::string text;
    };
    // The code itself is known only to whoever got the alert.
    struct Code {
        std::string choice;
        std::string salt;    // hexadecimal digits
        std::string digest;  // SHA-256 of salt and code, hexadecimal digits
        Time expires{};
        bool used = false;
    };

    static constexpr std::size_t first_entries = 8;  // kept for good
    static constexpr std::size_t last_entries = 24;  // and behind them the latest
    static constexpr std::size_t most_actions = 32;  // the latest
    static constexpr std::size_t most_choices = 8;
    static constexpr std::size_t most_codes = 32;    // the latest
    static constexpr std::size_t longest_word = 64;  // bytes of a text that is added
    static constexpr std::size_t longest_unit = 255;
    static constexpr std::size_t longest_text = 500;

    std::string id;
    std::string unit;  // "VI_1", "group VG_1"
    std::string kind;
    Time opened{};
    std::optional<Time> closed;
    std::vector<Entry> entries;  // in order
    std::uint64_t left_out = 0;  // between the first and the last of them
    std::vector<Action> actions;
    std::vector<std::string> choices;  // what may be chosen now
    std::vector<Code> codes;

    bool is_open() const { return !closed; }
    // What is too much goes as the limits say; texts are cut.
    void add(Entry entry);
    void add(Action action);
    void add(Code code);
};

inline constexpr std::size_t most_incident_bytes = 1'048'576;

// How many codes were refused, and why.
struct RefusedCodes {
    std::uint64_t wrong = 0;
    std::uint64_t expired = 0;
    std::uint64_t used = 0;
    std::uint64_t over = 0;     // their incident is closed
    std::uint64_t blocked = 0;  // too many wrong ones before
    std::uint64_t all() const { return wrong + expired + used + over + blocked; }
    bool operator==(const RefusedCodes&) const = default;
};

// A name of a file without its ending: digits, a..f and dashes.
bool is_incident_id(std::string_view text);

std::string encode(const IncidentRecord& incident);
// Refuses what encode does not make: another schema, other types, more or longer than the limits.
Result<IncidentRecord> decode_incident(std::string_view text);

std::string encode(const RefusedCodes& refused);
Result<RefusedCodes> decode_refused_codes(std::string_view text);

// Where they lie in the state directory.
inline constexpr const char* incident_folder = "incidents";
inline constexpr const char* incident_ending = ".json";
inline constexpr const char* refused_codes_file = "refused-codes.json";
inline constexpr std::size_t most_incidents = 200;

}  // namespace holdfast::status
