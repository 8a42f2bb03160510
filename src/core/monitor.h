// The monitor process: it answers `holdfast status` from what the others have published, and serves D-Bus.
// Each generation gets one. The socket it serves is core's, so that who asks in between waits instead of
// failing.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "core/attendant.h"
#include "core/control.h"
#include "core/generation.h"
#include "core/links.h"
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
    Monitor(os::EventLoop& loop, Settings settings, os::UniqueFd listener);
    Result<os::StartMessage> message();
    void on_petition(const os::Message& message, const Links::AskerOf& asker_of) const;

    Settings settings_;
    os::UniqueFd listener_;
    os::UniqueFd ledger_;
    Links links_;
    plan::DbusPlan dbus_;
    std::string instance_;
    std::string net_namespace_;
    News news_ = News::none;
    PublishedPages pages_;
    std::unique_ptr<MetricsSockets> metrics_;
    std::unique_ptr<Attendant> process_;
};

}  // namespace holdfast::core
