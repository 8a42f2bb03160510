// The accept rules of firewall_accept. The vrrp process says which the firewall needs; a small program puts
// them there and ends, because the kernel lets whoever changes rules wait, and neither core nor the vrrp
// process may. They stay while one generation follows another, and go with the daemon or with the option.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "core/options.h"
#include "os/channel.h"
#include "os/event_loop.h"
#include "os/process_handle.h"

namespace holdfast::core {

class Firewall {
public:
    struct Settings {
        const Options& options;         // outlive this
        std::vector<std::string> argv;  // core's own
        std::string runtime_directory;  // a note of what is left to remove is kept there
        std::string program;            // path
        std::string owner;              // instance, if that has a name
    };
    static Result<std::unique_ptr<Firewall>> create(os::EventLoop& loop, Settings settings);

    // This configuration is in force. Without firewall_accept what is left of it is removed, whoever left it.
    void follow(const config::Config& config);
    // One of the rules that the vrrp process wants.
    void take(const os::AcceptWanted& wanted);
    // The daemon ends: the rules are removed. True: that is over; else over is called once it is.
    bool finish(std::function<void()> over);
    // Before this process becomes another program.
    void rest();

private:
    struct Running {
        pid_t pid = 0;
        os::ProcessHandle process;
        os::Source exit;
        bool removes_all = false;
        bool killed = false;
    };

    Firewall(os::EventLoop& loop, Settings settings) : loop_{loop}, settings_{std::move(settings)} {}
    std::string note() const { return settings_.runtime_directory + "/firewall_accept"; }
    void want(std::vector<os::AcceptRule> rules);
    void start();
    Result<void> spawn(const std::vector<os::AcceptRule>& rules);
    void on_exit(os::ChildExit how);

    os::EventLoop& loop_;
    Settings settings_;
    std::vector<os::AcceptRule> gathered_;
    std::optional<std::vector<os::AcceptRule>> next_;
    std::unique_ptr<Running> running_;
    os::Timer patience_;
    std::function<void()> over_;
    bool in_force_ = false;  // the option
    bool finishing_ = false;
};

}  // namespace holdfast::core
