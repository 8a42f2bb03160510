// The monitor process: it answers `holdfast status` from what the others have published. Each generation gets
// one. The socket it serves is core's, so that who asks in between waits instead of failing.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "core/attendant.h"
#include "core/generation.h"
#include "core/metrics.h"
#include "core/options.h"
#include "os/event_loop.h"
#include "os/unique_fd.h"

namespace holdfast::core {

class Monitor {
public:
    struct Settings {
        const Options& options;
        std::vector<std::string> argv;  // core's own
        std::string runtime_directory;
    };
    // inherited: the socket that an earlier core served, or nothing. options outlive this.
    static Result<std::unique_ptr<Monitor>> open(os::EventLoop& loop, Settings settings,
                                                 os::UniqueFd inherited);
    ~Monitor();

    // From now on it shows that generation, to whom the configuration lets ask.
    void show(const Generation& generation, const config::GlobalDefs& global);
    // The same by a new process, which is told what is common to all anew.
    void renew() { process_->replace(); }
    // Before this process becomes another program: children it does not know of would stay zombies.
    void rest() { process_->rest(); }
    void go_on() { process_->start(); }
    int listener() const { return listener_.get(); }

private:
    Monitor(std::string runtime_directory, os::UniqueFd listener)
        : runtime_directory_{std::move(runtime_directory)}, listener_{std::move(listener)} {}
    Result<os::StartMessage> message() const;

    std::string runtime_directory_;
    os::UniqueFd listener_;
    PublishedPages pages_;
    std::unique_ptr<MetricsSockets> metrics_;
    std::unique_ptr<Attendant> process_;
};

}  // namespace holdfast::core
