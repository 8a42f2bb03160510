// What is kept of a run of the daemon when it has ended: who was what, and all transitions that its vrrp
// process last published. One file for each run in the state directory, of JSON objects, one on a line:
//
//   {"entry": "run", "schema": 1, ...}   how the run ended, of which boot it is, and the head of the status
//   {"entry": "instance", ...}           and "group": one for each, with its transitions; "removed": an
//                                        instance that a reload took out
//   {"entry": "end"}                     nothing is missing
//
// It has to be read by versions that come after, and best by those before: with the same schema entries and
// members are added, none is taken away or changes its meaning. So a reader passes over what it does not
// know, takes what is missing for unknown, and counts what it knows but does not understand. Members that
// end in "_ns" are nanoseconds, of times on CLOCK_MONOTONIC of that boot. A reader takes it for hostile.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/names.h"
#include "base/result.h"
#include "status/snapshot.h"

namespace holdfast::status {

inline constexpr std::string_view recording_folder = "history";
inline constexpr std::string_view recording_ending = ".run";
inline constexpr std::size_t most_recordings = 16;
inline constexpr std::size_t most_recording_bytes = std::size_t{32} << 20;
inline constexpr std::size_t most_recordings_bytes = std::size_t{64} << 20;  // of all; the newest is kept
// Of one recording, when it is read.
inline constexpr std::size_t most_recorded_units = 100'000;
inline constexpr std::size_t most_recorded_transitions = 200'000;

enum class RunEnd : std::uint8_t {
    ended,
    crashed,
    running  // it goes on, or nobody was left to say how it ended
};
constexpr auto names_of(RunEnd) {
    return std::array{Name{RunEnd::ended, "ended"}, Name{RunEnd::crashed, "crashed"},
                      Name{RunEnd::running, "running"}};
}

struct RecordingHead {
    RunEnd end{};
    std::string boot;           // id of that boot: times on CLOCK_MONOTONIC compare within one
    std::int64_t saved_ms = 0;  // since 1970
    bool operator==(const RecordingHead&) const = default;
};

struct Recording {
    RecordingHead head;
    RoutersSnapshot routers;  // its head, instances and groups, as far as `why` and `history` show them
    std::string left_out;     // what is not in them, and why; empty: nothing
};

// Where it would be too much, with fewer transitions of each. Nothing: it is too much without any.
std::optional<std::string> encode(const RecordingHead& head, const RoutersSnapshot& routers,
                                  std::size_t most_bytes = most_recording_bytes);
Result<Recording> decode_recording(std::string_view file);

// "00000042.run", in the order of the runs.
std::string recording_name(std::uint32_t number);
std::optional<std::uint32_t> recording_number(std::string_view name);

}  // namespace holdfast::status
