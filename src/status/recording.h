// What is kept of a run of the daemon when it has ended: the last status that its vrrp process published,
// behind a line that says of which boot it is, and how the run ended. One file for each run in the state
// directory. A reader takes it for hostile.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/names.h"
#include "base/result.h"
#include "status/snapshot.h"

namespace holdfast::status {

inline constexpr std::string_view recording_folder = "history";
inline constexpr std::string_view recording_ending = ".run";
inline constexpr std::size_t most_recordings = 16;
inline constexpr std::size_t most_recording_bytes = std::size_t{32} << 20;
inline constexpr std::size_t most_recordings_bytes = std::size_t{64} << 20;  // of all; the newest is kept

enum class RunEnd : std::uint8_t { ended, crashed };
constexpr auto names_of(RunEnd) {
    return std::array{Name{RunEnd::ended, "ended"}, Name{RunEnd::crashed, "crashed"}};
}

struct RecordingHead {
    RunEnd end{};
    std::string boot;           // id of that boot: times on CLOCK_MONOTONIC compare within one
    std::int64_t saved_ms = 0;  // since 1970
    bool operator==(const RecordingHead&) const = default;
};

struct Recording {
    RecordingHead head;
    RoutersSnapshot routers;
};

// snapshot: as it was published.
std::string encode(const RecordingHead& head, ByteView snapshot);
Result<Recording> decode_recording(std::string_view file);

// "00000042.run", in the order of the runs.
std::string recording_name(std::uint32_t number);
std::optional<std::uint32_t> recording_number(std::string_view name);

}  // namespace holdfast::status
