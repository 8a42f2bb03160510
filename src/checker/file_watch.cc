#include "checker/file_watch.h"

#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "os/log.h"

namespace holdfast::checker {

namespace {

using namespace std::chrono_literals;

constexpr Duration retry_interval = 1s;
constexpr std::uint32_t of_interest = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE |
                                      IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

// A file that was just made is being written, and tells when that is done; a link is complete.
bool is_complete(const std::string& path) {
    struct stat facts {};
    return lstat(path.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode) || facts.st_nlink > 1;
}

}  // namespace

Result<std::unique_ptr<FileWatch>> FileWatch::create(os::EventLoop& loop) {
    os::UniqueFd inotify{inotify_init1(IN_NONBLOCK | IN_CLOEXEC)};
    if (!inotify) return Error::system("inotify_init1");
    std::unique_ptr<FileWatch> watch{new FileWatch{std::move(inotify)}};
    auto source = loop.watch(watch->inotify_.get(), EPOLLIN, os::Urgency::control,
                             [self = watch.get()](std::uint32_t) { self->on_events(); });
    if (!source) return std::move(source).error();
    watch->source_ = std::move(*source);
    auto retry = loop.timer(os::Urgency::control, [self = watch.get()] { self->look_for_directories(); });
    if (!retry) return std::move(retry).error();
    watch->retry_ = std::move(*retry);
    return watch;
}

void FileWatch::add(const std::string& path, std::function<void()> changed) {
    const std::filesystem::path whole{path};
    files_.push_back({.directory = whole.parent_path().string(),
                      .name = whole.filename().string(),
                      .changed = std::move(changed)});
    attach(files_.back());
    files_.back().changed();
}

void FileWatch::attach(File& file) {
    file.watch = inotify_add_watch(inotify_.get(), file.directory.c_str(), of_interest);
    if (file.watch < 0) retry_.arm(os::EventLoop::now() + retry_interval);
}

void FileWatch::look_for_directories() {
    for (File& file : files_) {
        if (file.watch >= 0) continue;
        attach(file);
        if (file.watch >= 0) file.changed();
    }
}

void FileWatch::everything_may_have_changed() {
    for (const File& file : files_)
        file.changed();
}

void FileWatch::on_events() {
    alignas(inotify_event) std::array<char, 16384> room;
    const ssize_t length = read(inotify_.get(), room.data(), room.size());
    if (length < 0 && errno != EAGAIN && errno != EINTR)
        os::log(os::Level::warning, Error::system("read inotify").text());
    for (ssize_t at = 0; at + static_cast<ssize_t>(sizeof(inotify_event)) <= length;) {
        inotify_event event{};
        std::memcpy(&event, room.data() + at, sizeof event);
        const char* name = room.data() + at + sizeof event;
        on_event(event.wd, event.mask, event.len > 0 ? std::string{name, strnlen(name, event.len)} : "");
        at += static_cast<ssize_t>(sizeof event + event.len);
    }
}

void FileWatch::on_event(int watch, std::uint32_t mask, const std::string& name) {
    if ((mask & IN_Q_OVERFLOW) != 0) return everything_may_have_changed();
    if ((mask & IN_MOVE_SELF) != 0) inotify_rm_watch(inotify_.get(), watch);  // IN_IGNORED follows
    for (File& file : files_) {
        if (file.watch != watch) continue;
        if ((mask & IN_IGNORED) != 0) {
            attach(file);
            file.changed();
        } else if (file.name == name && ((mask & IN_CREATE) == 0 || is_complete(file.directory + "/" + name)))
            file.changed();
    }
}

}  // namespace holdfast::checker
