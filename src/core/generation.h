// One generation of the daemon: a configuration in memory, a vrrp process and a checker process that read it,
// the channels between them, and the page that the vrrp process keeps its records in. A reload starts a new
// generation beside the old one and hands over.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "core/legacy.h"
#include "core/options.h"
#include "os/channel.h"
#include "os/event_loop.h"
#include "os/privileges.h"
#include "os/process_handle.h"
#include "os/start.h"
#include "os/unique_fd.h"

namespace holdfast::core {

// A child process and what it has said.
struct Child {
    os::Program program{};
    pid_t pid = 0;  // 0: not running
    os::ProcessHandle process;
    std::unique_ptr<os::Channel> channel;
    os::Source exit;
    bool ready = false;
    bool running = false;
    bool handed_over = false;
    bool asked_to_leave = false;
    Instant begin{};          // of its life; the epoch: it was never started
    Duration preparation{0};  // from its begin until it was ready

    bool has_died() const { return begin != Instant{} && pid == 0; }
};

class Generation {
public:
    struct Birth {
        const Options* options = nullptr;
        std::vector<std::string> argv;  // core's own
        std::string runtime_directory;
        std::string configuration_path;
        unsigned umask = 0;
        const Generation* before = nullptr;  // what to adopt from
    };
    struct Callbacks {
        std::function<void(Child&, os::Progress)> progress;
        std::function<void(Child&, os::ChildExit)> ended;
        std::function<void(os::Program, const os::ReplyOutcome&)> replied;
        std::function<void(const os::AcceptWanted&)> wants_accept;
    };

    // Starts the processes; they answer `ready` when they are.
    static Result<std::unique_ptr<Generation>> start(os::EventLoop& loop, const config::Config& config,
                                                     const std::string& consolidated, const Birth& birth,
                                                     Callbacks callbacks);
    // The processes that another core started and left.
    static Result<std::unique_ptr<Generation>> resume(os::EventLoop& loop, Legacy& legacy,
                                                      Callbacks callbacks);
    ~Generation();

    Child& vrrp() { return vrrp_; }
    const Child& vrrp() const { return vrrp_; }
    Child& checker() { return checker_; }
    const Child& checker() const { return checker_; }
    bool ready() const { return (vrrp_.pid == 0 || vrrp_.ready) && (checker_.pid == 0 || checker_.ready); }
    bool running() const {
        return (vrrp_.pid == 0 || vrrp_.running) && (checker_.pid == 0 || checker_.running);
    }
    bool gone() const { return vrrp_.pid == 0 && checker_.pid == 0; }
    bool lacks_one() const { return vrrp_.has_died() || checker_.has_died(); }
    // What is left to the next core, should this one end now.
    Bequest bequest() const;
    int page_fd() const { return page_.get(); }
    int configuration_fd() const { return configuration_.get(); }
    // What the processes publish; -1: nothing.
    int routers_fd() const { return routers_.get(); }
    int checks_fd() const { return checks_.get(); }
    void order(Child& child, os::Order order);
    void tell(const os::Message& message);  // both
    void kill_all(int signal);
    // They go on without this process.
    void leave_behind() { vrrp_.pid = checker_.pid = 0; }

private:
    explicit Generation(Callbacks callbacks) : callbacks_{std::move(callbacks)} {}
    void make_status_pages(const config::Config& config);
    Result<void> spawn(os::EventLoop& loop, Child& child, const std::string& name,
                       const os::StartMessage& common, os::UniqueFd peer, const Birth& birth);
    Result<void> listen(os::EventLoop& loop, Child& child, os::UniqueFd end);
    Result<void> resume(os::EventLoop& loop, Child& child, Legacy::Process& left, bool is_ours);

    Callbacks callbacks_;
    os::UniqueFd configuration_;
    os::UniqueFd page_;
    os::UniqueFd routers_;
    os::UniqueFd checks_;
    Child vrrp_{.program = os::Program::vrrp};
    Child checker_{.program = os::Program::checker};
};

}  // namespace holdfast::core
