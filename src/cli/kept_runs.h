// What earlier runs of the daemon left in the state directory (status/recording.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "status/document.h"
#include "status/history.h"

namespace holdfast::cli {

struct KeptRuns {
    std::vector<status::Run> runs;      // the oldest first
    std::vector<std::string> left_out;  // files, or what of them, that cannot be read, and why
};
// Error number EACCES: they are not for this user. No folder: no runs.
// is_running: a daemon runs, and what it has kept of this run is left out: it tells that itself.
Result<KeptRuns> kept_runs(const std::string& state_directory, bool is_running);

// How the last run was left, when the daemon does not run. Nothing: none is kept, or why it could not be
// asked is no sign of that.
std::optional<status::Published> last_kept(const std::string& state_directory, const Error& why);
// Says so.
void tell_kept(const char* command, const status::RecordingHead& kept, Terminal& terminal);
// What time it is on the clock of a run that is over.
Instant now_after(const status::Head& head);
// Since 1970.
std::int64_t wall_now_ms();
// "2026-11-21 08:45:55", in local time.
std::string local_time(std::int64_t wall_ms);
// Its end, "08:45:55", and what it leaves out, ".123".
std::string clock_text(std::int64_t wall_ms);
std::string fraction_text(std::int64_t wall_ms);

}  // namespace holdfast::cli
