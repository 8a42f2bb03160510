// The checker process: runs what must not run where adverts are sent. Today that is notify scripts and FIFOs.
#pragma once

#include <memory>
#include <vector>

#include "checker/fifo.h"
#include "checker/notify.h"
#include "checker/scripts.h"
#include "os/channel.h"
#include "os/event_loop.h"
#include "os/start.h"
#include "plan/plan.h"

namespace holdfast::checker {

class Process {
public:
    static Result<std::unique_ptr<Process>> create(os::EventLoop& loop, const os::StartMessage& start,
                                                   plan::Plan plan);
    Result<int> run() { return loop_.run(); }
    // Tells what has been reported so far, waits a moment for scripts, and leaves.
    void stop();

private:
    Process(os::EventLoop& loop, plan::Plan plan);
    Result<void> open(const os::StartMessage& start);
    void on_order(const os::Message& message);
    void go();
    void hand_over();
    void finish();

    os::EventLoop& loop_;
    plan::Plan plan_;
    Scripts scripts_;
    std::vector<std::unique_ptr<Fifo>> fifos_;
    Notifier notifier_;
    std::unique_ptr<os::Channel> core_;
    std::unique_ptr<os::Channel> vrrp_;
    int vrrp_fd_ = -1;
    os::Timer patience_;
    os::Timer poll_;
    bool vrrp_gone_ = false;
    bool stopping_ = false;
    bool killed_ = false;
};

}  // namespace holdfast::checker
