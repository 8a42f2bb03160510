#include "cli/kept_runs.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <ostream>

#include "os/small_files.h"

namespace holdfast::cli {

namespace {

constexpr std::size_t most_names = 1000;  // looked at in the folder

}  // namespace

Result<KeptRuns> kept_runs(const std::string& state_directory, bool is_running) {
    KeptRuns kept;
    const std::string folder = state_directory + "/" + std::string{status::recording_folder} + "/";
    const auto names = os::names_in(folder, most_names);
    if (!names && names.error().error_number() == ENOENT) return kept;
    if (!names) return names.error();
    std::vector<std::uint32_t> numbers;
    for (const std::string& name : *names)
        if (const auto number = status::recording_number(name)) numbers.push_back(*number);
    std::sort(numbers.begin(), numbers.end());
    if (numbers.size() > status::most_recordings)
        numbers.erase(numbers.begin(), numbers.end() - static_cast<std::ptrdiff_t>(status::most_recordings));
    for (const std::uint32_t number : numbers) {
        const std::string path = folder + status::recording_name(number);
        const auto text = os::read_small_file(path, status::most_recording_bytes);
        if (!text && text.error().error_number() == EACCES) return text.error();
        auto recording = text ? status::decode_recording(*text) : Result<status::Recording>{text.error()};
        if (!recording) {
            kept.left_out.push_back(path + ": " + recording.error().text());
            continue;
        }
        if (recording->head.end == status::RunEnd::running) {
            if (is_running && number == numbers.back()) continue;
            recording->head.end = status::RunEnd::crashed;
        }
        if (!recording->left_out.empty()) kept.left_out.push_back(path + ": " + recording->left_out);
        kept.runs.push_back({.routers = std::move(recording->routers),
                             .boot = std::move(recording->head.boot),
                             .end = recording->head.end,
                             .ended_ms = recording->head.saved_ms});
    }
    return kept;
}

std::optional<status::Published> last_kept(const std::string& state_directory, const Error& why) {
    if (why.error_number() == EACCES || why.error_number() == 0) return std::nullopt;
    auto kept = kept_runs(state_directory, false);
    if (!kept || kept->runs.empty()) return std::nullopt;
    status::Run& last = kept->runs.back();
    return status::Published{.routers = std::move(last.routers),
                             .checks = {},
                             .kept = status::RecordingHead{
                                 .end = *last.end, .boot = std::move(last.boot), .saved_ms = last.ended_ms}};
}

void tell_kept(const char* command, const status::RecordingHead& kept, Terminal& terminal) {
    const std::string when = local_time(kept.saved_ms);
    terminal.err << "holdfast " << command << ": holdfastd does not run; "
                 << (kept.end == status::RunEnd::ended
                         ? "this is what was kept when it ended at " + when
                         : "it did not end in good order, and this is what was kept last, at " + when)
                 << "\n";
}

Instant now_after(const status::Head& head) {
    return head.taken + (std::chrono::milliseconds{wall_now_ms()} - head.taken_wall);
}

std::int64_t wall_now_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::string local_time(std::int64_t wall_ms) {
    const auto date = static_cast<std::time_t>(wall_ms / 1000);
    tm broken{};
    char text[64];
    if (localtime_r(&date, &broken) == nullptr || std::strftime(text, sizeof text, "%F %T", &broken) == 0)
        return "?";
    return text;
}

std::string clock_text(std::int64_t wall_ms) {
    const std::string text = local_time(wall_ms);
    return text.substr(text.find(' ') + 1);
}

std::string fraction_text(std::int64_t wall_ms) {
    char text[8];
    std::snprintf(text, sizeof text, ".%03d", static_cast<int>(((wall_ms % 1000) + 1000) % 1000));
    return text;
}

}  // namespace holdfast::cli
