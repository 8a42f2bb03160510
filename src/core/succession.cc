// One way to hand over, whatever the occasion: a new generation prepares itself beside the current one,
// adopts what that leaves, and takes its place.
#include <algorithm>
#include <csignal>
#include <utility>

#include "core/configuration.h"
#include "core/supervisor.h"
#include "os/log.h"

namespace holdfast::core {

namespace {

using os::Level;
using os::Order;
using namespace std::chrono_literals;

constexpr Duration preparation_limit = 30s;  // a child parses, plans and opens its sockets
constexpr Duration setting_limit = 3s;       // the same where somebody waits who soon gives up
constexpr Duration hand_over_limit = 2s;     // it writes its records and leaves
constexpr Duration longest_respawn_delay = 60s;
constexpr Duration calm = 1s;  // after a change, before something is done that is not urgent

// With strict options every finding does.
std::string first_that_stops(const config::Diagnostics& findings) {
    for (const config::Diagnostic& one : findings.all())
        if (one.consequence == config::Consequence::stops || !findings.stops())
            return findings.render_short(one);
    return {};
}

}  // namespace

std::string Supervisor::success_of(Occasion occasion) {
    switch (occasion) {
        case Occasion::reload:
            return "reload complete";
        case Occasion::setting:
            return "the value that was set is in force";
        case Occasion::upgrade:
            return "upgraded to " HOLDFAST_VERSION;
        case Occasion::restart:
        case Occasion::resign:
            break;
    }
    return "processes restarted";
}

std::string Supervisor::failure_of(Occasion occasion) {
    switch (occasion) {
        case Occasion::reload:
            return "reload refused, nothing has changed: ";
        case Occasion::setting:
            return "a value cannot be set, nothing has changed: ";
        case Occasion::upgrade:
            return "upgrade failed, the old processes go on: ";
        case Occasion::restart:
        case Occasion::resign:
            break;
    }
    return "restart failed: ";
}

void Supervisor::reload() {
    if (phase_ != Phase::running) {
        reload_wanted_ = phase_ != Phase::stopping;  // one waits, whatever number came
        return;
    }
    reload_wanted_ = false;
    service_.reloading(os::EventLoop::now());
    os::reopen_log();  // who rotates logs sends SIGHUP
    os::log(Level::notice, "reloading " + settings_.configuration_path);
    occasion_ = Occasion::reload;
    auto parsed = std::make_shared<config::Parsed>(
        read_configuration_again(settings_.options, settings_.configuration_path));
    log_findings(parsed->diagnostics);
    if (refusal(parsed->diagnostics, settings_.options) != 0)
        return abandon("the configuration has errors that would stop a start: " +
                       first_that_stops(parsed->diagnostics));
    const std::string refused =
        refused_change(current_configuration_->config, parsed->config, settings_.options);
    if (!refused.empty()) return abandon(refused);
    prepare(std::move(parsed));
}

// The same configuration in new processes, after one died.
void Supervisor::restart() {
    if (phase_ != Phase::running) return;
    occasion_ = Occasion::restart;
    if (!spare_) return prepare(current_configuration_);
    next_configuration_ = current_configuration_;
    next_ = std::move(spare_);
    phase_ = Phase::preparing;
    patience_.arm(os::EventLoop::now() + preparation_limit);
    if (next_->ready()) begin_hand_over();
}

// A generation that has nothing to run gives up in good order what the one before cannot give up any more.
void Supervisor::resign() {
    occasion_ = Occasion::resign;
    auto nothing = std::make_shared<config::Parsed>(*current_configuration_);
    nothing->consolidated.clear();
    nothing->config.instances.clear();
    nothing->config.static_addresses.clear();
    nothing->config.static_routes.clear();
    nothing->config.static_rules.clear();
    prepare(std::move(nothing));
}

// Executes what is installed now in this process's place; the children stay and are replaced by adoption.
void Supervisor::upgrade(Asker asker) {
    if (phase_ != Phase::running || current_->lacks_one())
        return asker.answer(false, "something else is going on (start, reload, restart); try again");
    if (!is_runnable(settings_.program))
        return asker.answer(false, settings_.program + " cannot be run; nothing has changed");
    os::log(Level::notice, "upgrade: executing " + settings_.program);
    keep_history();  // as a file any version reads it; as a page only this one
    spare_.reset();
    liveness_->rest();
    service_.reloading(os::EventLoop::now());
    Bequest bequest = current_->bequest();
    if (monitor_) {
        monitor_->rest();
        bequest.listener = monitor_->listener();
    }
    if (snmp_) snmp_->rest();
    firewall_->rest();
    bequest.asker = asker.fd();
    bequest.deposit = deposit_.number();
    bequest.deposited_note = deposit_.note();
    const Error failed = execute_with(settings_.program, settings_.argv, bequest);
    os::log(Level::error, "upgrade failed, nothing has changed: " + failed.text());
    if (monitor_) monitor_->go_on();
    if (snmp_) snmp_->go_on();
    service_.ready("running; the last upgrade failed");
    watch_current(hand_over_limit);
    asker.answer(false, failed.text());
}

// Whoever died is replaced: a vrrp process at once, because its peers count; a checker after a while, when it
// dies again and again.
void Supervisor::heal() {
    if (phase_ != Phase::running || !current_) return;
    if (current_->vrrp().has_died() || current_->vrrp().handed_over)
        return crashes_too_often() ? give_up() : restart();
    if (current_->checker().has_died()) schedule_restart();
}

bool Supervisor::crashes_too_often() {
    const Duration span = std::chrono::seconds{settings_.options.crash_span_s};
    while (!crashes_.empty() && os::EventLoop::now() - crashes_.front() > span)
        crashes_.pop_front();
    return crashes_.size() >= static_cast<std::size_t>(settings_.options.crash_limit);
}

void Supervisor::give_up() {
    os::log(Level::error, "holdfast-vrrp died " + std::to_string(crashes_.size()) + " times within " +
                              std::to_string(settings_.options.crash_span_s) +
                              " s: this node says farewell, releases its addresses and ends with status " +
                              std::to_string(crash_loop_status) + ", so that its peers take over at once");
    service_.failed(0, "crash loop of holdfast-vrrp");
    stop_wanted_ = crash_loop_status;
    respawn_.disarm();
    discard(spare_);
    resign();
}

void Supervisor::schedule_restart() {
    respawn_.arm(os::EventLoop::now() + respawn_delay_);
    respawn_delay_ = respawn_delay_ == Duration{0}
                         ? Duration{1s}
                         : std::min<Duration>(respawn_delay_ * 2, longest_respawn_delay);
}

void Supervisor::prepare(Configuration configuration) {
    next_configuration_ = std::move(configuration);
    phase_ = Phase::preparing;
    auto begun = begin_generation(*next_configuration_);
    if (!begun) return abandon(begun.error().text(), Retry::later);
    next_ = std::move(*begun);
    patience_.arm(os::EventLoop::now() +
                  (occasion_ == Occasion::setting ? setting_limit : preparation_limit));
    if (next_->gone()) begin_hand_over();
}

// Its processes are killed; it is forgotten when they have been reaped.
void Supervisor::discard(std::unique_ptr<Generation>& generation) {
    if (!generation) return;
    generation->kill_all(SIGKILL);
    leaving_.push_back(std::move(generation));
    sweep_.enable(true);
}

// retry: when a process that died has still no successor.
void Supervisor::abandon(const std::string& why, Retry retry) {
    discard(next_);
    phase_ = Phase::running;
    patience_.disarm();
    const std::string outcome = failure_of(occasion_);
    os::log(Level::error, outcome + why);
    answer_askers(false, outcome + why);
    if (stop_wanted_) {
        if (occasion_ == Occasion::resign)
            os::log(Level::error, "addresses may be left on this host: nobody could release them");
        return end(*stop_wanted_);
    }
    if (occasion_ == Occasion::reload) service_.ready("running; the last reload was refused");
    if (occasion_ == Occasion::upgrade) {
        service_.ready("running; the last upgrade failed");
        watch_current(hand_over_limit);
    }
    const bool leaves = std::exchange(leave_wanted_, false);
    if (current_->lacks_one() || current_->vrrp().handed_over)
        return leaves ? stop(0) : retry == Retry::at_once ? heal() : schedule_restart();
    if (leaves) return leave_to_successor();
    if (reload_wanted_) reload();
    serve_waiting();
}

void Supervisor::begin_hand_over() {
    os::log(Level::debug, "the new processes are ready; the old ones hand over");
    phase_ = Phase::handing_over;
    patience_.arm(os::EventLoop::now() + hand_over_limit);
    if (!current_->vrrp().handed_over) current_->order(current_->vrrp(), Order::hand_over);
    continue_hand_over();
}

// The vrrp process goes first; the checker drains what it has said, then leaves.
void Supervisor::continue_hand_over() {
    Child& vrrp = current_->vrrp();
    Child& checker = current_->checker();
    if (vrrp.pid != 0 && !vrrp.handed_over) return;
    liveness_->rest();
    // A successor that died before it adopted: what there is to adopt is still the old one's.
    if (next_->vrrp().has_died() && !next_->vrrp().running) return abandon("the new vrrp process died");
    if (next_->vrrp().pid != 0 && !next_->vrrp().running) next_->order(next_->vrrp(), Order::go);
    if (checker.pid != 0 && !checker.handed_over) {
        if (checker.asked_to_leave) return;
        patience_.arm(os::EventLoop::now() + hand_over_limit);
        return current_->order(checker, Order::hand_over);
    }
    take_over();
}

void Supervisor::take_over() {
    next_->order(next_->checker(), Order::go);
    leaving_.push_back(std::move(current_));
    sweep_.enable(true);
    discard(spare_);  // it was to follow the one that has left
    current_ = std::move(next_);
    current_configuration_ = std::move(next_configuration_);
    write_pid_files();
    show_current(occasion_ == Occasion::reload ? Monitor::News::reloaded : Monitor::News::none);
    phase_ = Phase::running;
    patience_.disarm();
    respawn_.disarm();
    const std::size_t findings =
        occasion_ == Occasion::reload ? current_configuration_->diagnostics.count() : 0;
    const std::string outcome =
        success_of(occasion_) +
        (findings == 0
             ? std::string{}
             : ", with " + std::to_string(findings) + (findings == 1 ? " finding" : " findings") +
                   " in the configuration; `holdfast check " + settings_.configuration_path + "` shows each");
    os::log(Level::notice, outcome);
    answer_askers(true, outcome);
    if (stop_wanted_) return end(*stop_wanted_);
    deposit_.replace(service_, current_->bequest());
    if (std::exchange(leave_wanted_, false)) return current_->lacks_one() ? stop(0) : leave_to_successor();
    service_.ready("running");
    watch_current(hand_over_limit);
    spare_due_.arm(os::EventLoop::now() + calm);
    if (current_->lacks_one()) return heal();
    if (reload_wanted_) reload();
    serve_waiting();
}

// grace: more time for the first beat, for who has just been told to go.
void Supervisor::watch_current(Duration grace) {
    if (current_->vrrp().pid == 0) return liveness_->rest();
    liveness_->watch(current_->page_fd(), beat_period(current_configuration_->config), grace);
}

// A successor that starts when it is needed has two of the peers' intervals, less the time in which a hang is
// noticed, which is one.
bool Supervisor::needs_spare() const {
    return current_->vrrp().pid != 0 &&
           current_->vrrp().preparation > shortest_advert_interval(current_configuration_->config) / 2;
}

void Supervisor::make_spare() {
    if (phase_ != Phase::running || spare_ || stop_wanted_ || current_->lacks_one() || !needs_spare()) return;
    auto begun = begin_generation(*current_configuration_);
    if (!begun) return os::log(Level::error, "no spare: " + begun.error().text());
    spare_ = std::move(*begun);
}

}  // namespace holdfast::core
