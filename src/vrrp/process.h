// The protocol process: engine, sockets and kernel tables in one loop. It never runs a script, never resolves
// a name, never waits. What the engine asks for is done in the order that keeps adverts on time: first all
// adverts of the turn, then addresses in batches, then announcements, then log lines and notices.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "net/links.h"
#include "net/netlink.h"
#include "os/channel.h"
#include "os/event_loop.h"
#include "os/orphan.h"
#include "os/pages.h"
#include "os/start.h"
#include "os/suspension.h"
#include "plan/plan.h"
#include "vrrp/announcements.h"
#include "vrrp/firewall_watch.h"
#include "vrrp/holdings.h"
#include "vrrp/inputs.h"
#include "vrrp/orders.h"
#include "vrrp/predecessor.h"
#include "vrrp/publisher.h"
#include "vrrp/references.h"
#include "vrrp/reports.h"
#include "vrrp/senses.h"
#include "vrrp/sockets.h"

namespace holdfast::vrrp {

class Process {
public:
    // previous: the plan of the process before, at a reload.
    static Result<std::unique_ptr<Process>> create(os::EventLoop& loop, os::StartMessage start,
                                                   plan::Plan plan, std::optional<plan::Plan> previous);

    // Serves until core or stop ends it; the exit status.
    Result<int> run();
    // What core would order, from whoever signals this process itself.
    void on_announce(const std::string& instance);
    void obey(os::Order order);
    // Farewells, everything released, then the loop ends.
    void stop();

private:
    Process(os::EventLoop& loop, os::StartMessage start, plan::Plan plan, std::optional<plan::Plan> previous);
    Result<void> open();
    Result<void> open_kernel();
    Result<void> open_channels();
    void open_publisher();

    // One event of the loop each; all begin with begin_turn and end with finish_turn.
    void on_deadline();
    void on_datagrams(net::VrrpReceiver& receiver);
    void on_kernel_news();
    void on_message(const os::Message& message);
    void on_judgement(const os::Message& message);
    void on_background_work();
    void work_in_background();
    void tell_some();
    void begin_turn();
    void finish_turn();

    void step(const engine::Event& event);
    void carry_out(const engine::Effect& effect);
    void touch(engine::RouterId router);
    void resync();
    void learn(const net::Updates& updates);
    void take_in_news();
    void links_changed();
    void restore(const std::vector<engine::RouterId>& lost);
    void beat();
    void arm();

    void go();
    std::vector<bool> adopt();
    void adopt_verdicts(const Predecessor& before);
    void judge(const engine::TrackerJudged& judged);
    void ask_references();
    void on_evidence();
    void on_fence_report(const os::FenceReport& report);
    void on_choice(const os::IncidentChoice& choice);
    Result<engine::Choice> may_choose(const os::IncidentChoice& choice) const;
    void order_fencing(engine::GuardId guard);
    void tell_of(const engine::IncidentChanged& change);
    void resign_departed(const std::vector<engine::Record>& records,
                         const std::vector<engine::Record>& unclaimed);
    void tell_departed(const plan::Plan& before, std::size_t at, const engine::Record& record);
    void write_records();
    void say_what_changed();
    void hand_over();
    void leave(os::Progress progress);
    void steer(const os::SteeringOrder& order);
    void dump(os::Order order);

    // Reports are written when nothing more urgent is due.
    void later(std::function<void()> report);

    os::EventLoop& loop_;
    os::StartMessage start_;
    plan::Plan plan_;
    std::optional<plan::Plan> previous_;
    engine::Engine engine_;
    Orders orders_;
    net::LinkTable links_;
    std::unique_ptr<net::CommandSocket> commands_;
    std::unique_ptr<net::MonitorSocket> monitor_;
    std::unique_ptr<Holdings> holdings_;
    std::unique_ptr<Announcements> announcements_;
    std::unique_ptr<Inputs> inputs_;
    std::unique_ptr<References> references_;
    std::unique_ptr<FirewallWatch> firewall_;
    std::unique_ptr<Sockets> sockets_;
    std::unique_ptr<Senses> senses_;
    std::unique_ptr<Reports> reports_;
    std::unique_ptr<Publisher> publisher_;  // null: nobody could read it
    std::unique_ptr<os::Channel> core_;
    std::unique_ptr<os::Channel> checker_;
    std::unique_ptr<os::RecordPage> page_;
    net::ReceiveBatch batch_;

    std::unique_ptr<os::OrphanWatch> orphan_;
    os::SuspensionClock suspension_;

    os::Timer deadline_;
    os::Source news_;
    os::Source firewall_news_;
    os::Source background_;
    engine::Effects effects_;
    std::vector<Landed> landed_;
    std::deque<std::function<void()>> reports_due_;
    std::uint64_t reports_lost_ = 0;
    std::vector<engine::RouterId> touched_;  // routers whose record is older than their state
    std::vector<bool> is_touched_;
    unsigned background_turn_ = 0;
    unsigned busy_turns_ = 0;  // with traffic, since the last piece of background work
    Instant now_{};
    Instant next_beat_{};
    bool links_dirty_ = false;
    bool running_ = false;  // took over
    bool leaving_ = false;
};

}  // namespace holdfast::vrrp
