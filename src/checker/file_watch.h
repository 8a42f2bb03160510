// Files watched through their directories (inotify), so that one that is replaced, or comes later, is seen.
// One inotify descriptor for all.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "os/event_loop.h"
#include "os/unique_fd.h"

namespace holdfast::checker {

class FileWatch {
public:
    static Result<std::unique_ptr<FileWatch>> create(os::EventLoop& loop);

    // changed: the file may have other contents, may have come or gone; called now and at each such event. A
    // directory that does not exist is looked for once a second.
    void add(const std::string& path, std::function<void()> changed);

private:
    struct File {
        std::string directory;
        std::string name;
        std::function<void()> changed;
        int watch = -1;  // inotify's; -1: its directory cannot be watched
    };
    explicit FileWatch(os::UniqueFd inotify) : inotify_{std::move(inotify)} {}
    void attach(File& file);
    void look_for_directories();
    void on_events();
    void on_event(int watch, std::uint32_t mask, const std::string& name);
    void everything_may_have_changed();

    os::UniqueFd inotify_;
    os::Source source_;
    os::Timer retry_;
    std::vector<File> files_;
};

}  // namespace holdfast::checker
