#include "core/recorder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "os/log.h"
#include "os/pages.h"
#include "os/published.h"
#include "plan/access.h"
#include "status/messages.h"
#include "system/system_host.h"

namespace holdfast::core {

namespace {

using namespace std::chrono_literals;
using status::Number;

constexpr std::size_t most_names = 1000;  // looked at in the folder
constexpr Duration calm = 2s;             // after a death
constexpr Duration look_interval = 60s;

std::int64_t wall_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

Instant last_told(const status::RoutersSnapshot& routers) {
    Instant last{};
    const auto look = [&](const auto& units) {
        for (const auto& one : units)
            if (!one.transitions.empty()) last = std::max(last, one.transitions.back().told);
    };
    look(routers.instances);
    look(routers.groups);
    look(routers.departed);
    return last;
}

std::optional<status::RoutersSnapshot> published_at(int page) {
    const auto reader = os::PublishedReader::map(page);
    const auto bytes = reader ? reader->read() : std::nullopt;
    if (!bytes) return std::nullopt;
    auto routers = status::read_routers(*bytes);
    if (!routers || routers->instances.empty()) return std::nullopt;
    return std::move(*routers);
}

}  // namespace

Result<std::unique_ptr<Recorder>> Recorder::create(os::EventLoop& loop, std::string state_directory) {
    std::unique_ptr<Recorder> recorder{new Recorder{std::move(state_directory)}};
    auto due = loop.timer(os::Urgency::background, [self = recorder.get()] { self->finish(); });
    if (!due) return std::move(due).error();
    recorder->due_ = std::move(*due);
    auto look = loop.timer(os::Urgency::background, [self = recorder.get()] {
        self->keep_news();
        self->look_.arm(os::EventLoop::now() + look_interval);
    });
    if (!look) return std::move(look).error();
    recorder->look_ = std::move(*look);
    return recorder;
}

void Recorder::configure(const config::GlobalDefs& global) {
    const auto group = system::SystemHost{}.group(plan::plan_readers(global).group);
    group_ = group ? std::optional<gid_t>{*group} : std::nullopt;
}

void Recorder::watch(int routers_page) {
    watched_ = os::UniqueFd{routers_page < 0 ? -1 : fcntl(routers_page, F_DUPFD_CLOEXEC, 0)};
    look_.arm(os::EventLoop::now() + (number_ ? look_interval : calm));
}

void Recorder::keep_news() {
    if (!watched_ || state_directory_.empty() || has_crashed_) return;
    const auto routers = published_at(watched_.get());
    if (routers && last_told(*routers) > told_until_) keep(*routers, status::RunEnd::running);
}

void Recorder::keep_soon(int routers_page) {
    if (routers_page < 0) return;
    waiting_ = os::UniqueFd{fcntl(routers_page, F_DUPFD_CLOEXEC, 0)};
    due_.arm(os::EventLoop::now() + calm);
}

void Recorder::finish() {
    const os::UniqueFd page = std::move(waiting_);
    if (page) keep(page.get(), status::RunEnd::crashed);
}

void Recorder::keep(int routers_page, status::RunEnd end) {
    if (routers_page < 0 || state_directory_.empty()) return;
    if (const auto routers = published_at(routers_page)) keep(*routers, end);
}

void Recorder::keep(const status::RoutersSnapshot& routers, status::RunEnd end) {
    told_until_ = last_told(routers);
    has_crashed_ = end == status::RunEnd::crashed;
    if (auto written = write(end, routers); !written)
        os::log(os::Level::warning,
                labelled(Number::history_not_kept, "the history is not kept: " + written.error().text()));
}

Result<void> Recorder::write(status::RunEnd end, const status::RoutersSnapshot& routers) {
    if (auto made = make_folders(); !made) return made;
    if (!number_) {
        const auto before = kept();
        if (!before) return before.error();
        number_ = before->empty() ? 1 : before->back() + 1;
    }
    const auto boot = os::boot_id();
    if (!boot) return boot.error();
    const status::RecordingHead head{.end = end, .boot = *boot, .saved_ms = wall_ms()};
    const auto text = status::encode(head, routers);
    if (!text)
        return Error::invalid("it has " + std::to_string(routers.instances.size()) +
                              " instances, which is too much");
    auto written = os::replace_file(folder() + "/" + status::recording_name(*number_), *text,
                                    {.mode = plan::kept_file_mode, .group = group_});
    if (written) forget_oldest();
    return written;
}

std::string Recorder::folder() const {
    return state_directory_ + "/" + std::string{status::recording_folder};
}

Result<void> Recorder::make_folders() const {
    if (access(state_directory_.c_str(), F_OK) != 0)
        if (auto made = os::keep_folder(state_directory_, {.mode = plan::state_folder_mode, .group = {}});
            !made)
            return made;
    return os::keep_folder(folder(), {.mode = plan::kept_folder_mode, .group = group_});
}

// In the order of their numbers.
Result<std::vector<std::uint32_t>> Recorder::kept() const {
    const auto names = os::names_in(folder(), most_names);
    if (!names) return names.error();
    std::vector<std::uint32_t> numbers;
    for (const std::string& name : *names)
        if (const auto number = status::recording_number(name)) numbers.push_back(*number);
    std::sort(numbers.begin(), numbers.end());
    return numbers;
}

// The newest are kept, and at least one.
void Recorder::forget_oldest() const {
    const auto numbers = kept();
    if (!numbers) return;
    std::size_t runs = 0;
    std::size_t bytes = 0;
    for (auto number = numbers->rbegin(); number != numbers->rend(); ++number) {
        const std::string path = folder() + "/" + status::recording_name(*number);
        struct stat facts {};
        if (lstat(path.c_str(), &facts) != 0) continue;
        bytes += static_cast<std::size_t>(facts.st_size);
        if (++runs > 1 && (runs > status::most_recordings || bytes > status::most_recordings_bytes))
            unlink(path.c_str());
    }
}

}  // namespace holdfast::core
