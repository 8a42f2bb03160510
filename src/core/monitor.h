// The monitor process: it answers `holdfast status` from what the others have published, and serves D-Bus.
// Each generation gets one. The socket it serves is core's, so that who asks in between waits instead of
// failing.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "core/attendant.h"
#include "core/control.h"
#include "core/generation.h"
#include "core/metrics.h"
#include "core/options.h"
#include "os/channel.h"
#include "os/event_loop.h"
#include "os/unique_fd.h"
#include "plan/dbus.h"

namespace holdfast::core {

class Monitor {
public:
    struct Settings {
        const Options& options;
        std::vector<std::string> argv;  // core's own
        std::string runtime_directory;
        Control::Serve serve;  // what is asked for over D-Bus
    };
    // What those who listen to D-Bus are told of a generation.
    enum class News : std::uint8_t { none, started, reloaded };
    // inherited: the socket that an earlier core served, or nothing. options outlive this.
    static Result<std::unique_ptr<Monitor>> open(os::EventLoop& loop, Settings settings,
                                                 os::UniqueFd inherited);
    ~Monitor();

    // From now on it shows that generation, to whom the configuration lets ask.
    void show(const Generation& generation, const config::Config& config, News news);
    // The same by a new process, which is told what is common to all anew.
    void renew() { process_->replace(); }
    // Before this process becomes another program: children it does not know of would stay zombies.
    void rest() { process_->rest(); }
    void go_on() { process_->start(); }
    // The end: what is to be said is said before.
    void finish();
    int listener() const { return listener_.get(); }

private:
    // With one process; it may still wait for an answer when another one has taken its place.
    struct Link {
        std::shared_ptr<os::Channel> channel;
        bool closed = false;
    };

    Monitor(os::EventLoop& loop, Settings settings, os::UniqueFd listener)
        : loop_{loop}, settings_{std::move(settings)}, listener_{std::move(listener)} {}
    Result<os::StartMessage> message();
    Result<void> open_link(os::StartMessage& start);
    void on_petition(const Link& link, const os::Message& message) const;

    os::EventLoop& loop_;
    Settings settings_;
    os::UniqueFd listener_;
    os::UniqueFd ledger_;
    os::UniqueFd given_;     // the process's end of its link
    std::list<Link> links_;  // the last one is with the current process
    plan::DbusPlan dbus_;
    std::string instance_;
    std::string net_namespace_;
    News news_ = News::none;
    PublishedPages pages_;
    std::unique_ptr<MetricsSockets> metrics_;
    std::unique_ptr<Attendant> process_;
};

}  // namespace holdfast::core
