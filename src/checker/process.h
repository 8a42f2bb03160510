// The checker process: runs what must not run where adverts are sent. Notify scripts, FIFOs, alerts and
// everything that is tracked beside interfaces.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "checker/alerts.h"
#include "checker/fence.h"
#include "checker/fifo.h"
#include "checker/incidents.h"
#include "checker/notify.h"
#include "checker/publication.h"
#include "checker/replies.h"
#include "checker/scripts.h"
#include "checker/trackers.h"
#include "os/channel.h"
#include "os/event_loop.h"
#include "os/orphan.h"
#include "os/unique_fd.h"
#include "plan/plan.h"

namespace holdfast::checker {

class Process {
public:
    struct Birth {
        pid_t starter = 0;  // core
        os::UniqueFd core;  // channel ends
        os::UniqueFd vrrp;
        plan::Plan plan;
        std::function<std::optional<plan::Plan>()> former_plan;  // before the reload; may take its time
        Guard guard;
        std::optional<Incidents> incidents;  // nothing: none are kept
        Trackers::Needs tracking;
        os::UniqueFd status;  // page to publish in, or nothing
        status::Head head;    // of what is published
    };
    static Result<std::unique_ptr<Process>> create(os::EventLoop& loop, Birth birth);
    Result<int> run() { return loop_.run(); }
    // SIGTERM. When it comes to all processes at once, the vrrp process still has something to tell: core
    // orders the stop after that. Without a core that does, we stop by ourselves a little later.
    void terminate();

private:
    Process(os::EventLoop& loop, Birth birth);
    Result<void> open(pid_t starter);
    const plan::Plan* former_plan();
    void on_order(os::Order order);
    void go();
    void listen_to_vrrp();
    void start_trackers();
    void prepare_fences();
    void hear(const os::Message& message);
    void fence(const os::FenceOrder& order);
    void open_incidents();
    void tell_of(const os::IncidentNews& news);
    std::vector<status::GuardedUnit> guarded_units() const;
    void note_fencing(std::uint32_t guard, const std::string& text);
    void close_incidents();
    void on_reply(const os::IncidentReply& reply);
    void on_choice_outcome(const os::ChoiceOutcome& outcome);
    void start_publication();
    void hear_the_rest();
    void hand_over();
    void stop();
    // Goes on with `then` when the condition has become true, or at the end.
    void wait_for(bool (Process::*condition)() const, Instant end, void (Process::*then)());
    void look_again();
    bool told_everybody() const;
    bool readers_done() const;
    bool left_alone() const;
    void hurry();
    void leave_fifos();
    void finish();

    os::EventLoop& loop_;
    plan::Plan plan_;
    std::function<std::optional<plan::Plan>()> read_former_plan_;
    std::optional<plan::Plan> former_plan_;
    Guard guard_;
    Scripts scripts_;
    std::optional<Incidents> incidents_;  // nothing: none are kept, or the successor keeps them
    std::optional<Replies> replies_;      // as long as there are incidents
    struct Chosen {
        std::uint32_t number = 0;  // of the reply
        std::string id;
        std::string choice;
    };
    std::deque<Chosen> chosen_;  // vrrp has not answered yet
    std::vector<std::unique_ptr<Fifo>> fifos_;
    Trackers::Needs tracking_;
    std::optional<Trackers> trackers_;
    std::optional<Alerts> alerts_;                // from go on
    std::vector<std::unique_ptr<Fence>> fences_;  // by guard; null: nobody fences for it
    os::UniqueFd status_;
    status::Head head_;
    std::unique_ptr<Publication> publication_;  // null: nobody could read it
    Notifier notifier_;
    os::UniqueFd core_end_;
    os::UniqueFd vrrp_end_;
    std::unique_ptr<os::Channel> core_;
    std::unique_ptr<os::Channel> vrrp_;
    std::unique_ptr<os::OrphanWatch> orphan_;
    bool vrrp_gone_ = false;
    bool core_gone_ = false;
    bool stopping_ = false;
    int rounds_ = 0;

    os::Timer terminated_;
    os::Timer alerts_end_;  // after a hand-over
    os::Timer waiting_;
    struct {
        bool (Process::*condition)() const = nullptr;
        Instant end{};
        void (Process::*then)() = nullptr;
    } wait_;
};

}  // namespace holdfast::checker
