// How it ends is most of this file. At a stop every script that waits is started and each gets a moment, as
// keepalived gives its notify_stop scripts; then it is asked to end. At a hand-over the successor tells what
// happens from now on, and this process stays until its scripts have ended: they are not killed, who fails is
// still said, and what they print still has a reader. Alerts that wait for their receiver have the same
// moment at a stop, and a minute after a hand-over.
#include "checker/process.h"

#include <algorithm>
#include <csignal>

#include "os/log.h"
#include "status/messages.h"

namespace holdfast::checker {

namespace {

using os::Level;
using status::labelled;
using status::Number;
using namespace std::chrono_literals;

constexpr Duration patience_for_stop_scripts = 1s;
constexpr int stop_rounds = 3;  // each starts scripts that had to wait
constexpr Duration patience_after_sigterm = 200ms;
constexpr Duration patience_for_readers = 500ms;
constexpr Duration patience_for_core = 5s;
constexpr Duration poll_interval = 10ms;
constexpr Duration last_message_time = 1s;
constexpr Duration patience_for_receivers = 60s;  // of alerts, after a hand-over

}  // namespace

Process::Process(os::EventLoop& loop, Birth birth)
    : loop_{loop},
      plan_{std::move(birth.plan)},
      read_former_plan_{std::move(birth.former_plan)},
      guard_{std::move(birth.guard)},
      scripts_{loop, guard_, [this] { look_again(); }},
      incidents_{std::move(birth.incidents)},
      tracking_{std::move(birth.tracking)},
      status_{std::move(birth.status)},
      head_{std::move(birth.head)},
      notifier_{plan_, [this] { return former_plan(); }, [this](Job job) { scripts_.start(std::move(job)); },
                [this](const std::string& line) {
                    for (const auto& fifo : fifos_)
                        fifo->write(line);
                },
                [this](const os::Notice& notice, bool mails) {
                    if (alerts_) alerts_->tell(notice, mails);
                }},
      core_end_{std::move(birth.core)},
      vrrp_end_{std::move(birth.vrrp)} {}

const plan::Plan* Process::former_plan() {
    if (!former_plan_ && read_former_plan_) former_plan_ = std::exchange(read_former_plan_, nullptr)();
    return former_plan_ ? &*former_plan_ : nullptr;
}

Result<std::unique_ptr<Process>> Process::create(os::EventLoop& loop, Birth birth) {
    const pid_t starter = birth.starter;
    std::unique_ptr<Process> process{new Process{loop, std::move(birth)}};
    if (auto opened = process->open(starter); !opened) return std::move(opened).error();
    return process;
}

Result<void> Process::open(pid_t starter) {
    auto core = os::Channel::create(loop_, std::move(core_end_),
                                    {.received =
                                         [this](const os::Message& message) {
                                             if (const auto* order = std::get_if<os::Order>(&message))
                                                 on_order(*order);
                                             if (const auto* detail = std::get_if<os::LogDetail>(&message))
                                                 os::set_log_level(detail->least);
                                             if (const auto* reply = std::get_if<os::IncidentReply>(&message))
                                                 on_reply(*reply);
                                         },
                                     .closed =
                                         [this] {
                                             core_gone_ = true;
                                             stop();
                                         }});
    if (!core) return std::move(core).error();
    core_ = std::move(*core);
    auto orphan = os::OrphanWatch::create(loop_, starter, [this] { stop(); });
    if (!orphan) return std::move(orphan).error();
    orphan_ = std::move(*orphan);
    auto terminated = loop_.timer(os::Urgency::control, [this] { stop(); });
    if (!terminated) return std::move(terminated).error();
    terminated_ = std::move(*terminated);
    auto waiting = loop_.timer(os::Urgency::control, [this] { look_again(); });
    if (!waiting) return std::move(waiting).error();
    waiting_ = std::move(*waiting);
    auto alerts_end = loop_.timer(os::Urgency::control, [this] {
        if (alerts_) alerts_->give_up("the process of before the reload ends");
    });
    if (!alerts_end) return std::move(alerts_end).error();
    alerts_end_ = std::move(*alerts_end);
    core_->send(os::Progress::ready);
    return {};
}

void Process::on_order(os::Order order) {
    orphan_->heard();
    switch (order) {
        case os::Order::go:
            return go();
        case os::Order::hand_over:
            return hand_over();
        case os::Order::stop:
            return stop();
        default:
            return;
    }
}

void Process::go() {
    for (const plan::FifoPlan& plan : plan_.fifos) {
        auto fifo = Fifo::open(loop_, plan, guard_);
        if (fifo)
            fifos_.push_back(std::move(*fifo));
        else
            os::log(Level::error,
                    labelled(Number::fifo_unusable,
                             "no events are written to FIFO " + plan.path + ": " + fifo.error().text()));
    }
    alerts_.emplace(
        loop_, plan_.alerts, Sender{.router_id = plan_.router_id, .host = plan_.alerts.host_name},
        [this](Job job) { scripts_.start(std::move(job)); }, [this] { look_again(); });
    open_incidents();
    prepare_fences();
    if (vrrp_end_) listen_to_vrrp();
    start_trackers();
    core_->send(os::Progress::running);
}

void Process::start_trackers() {
    trackers_.emplace(loop_, plan_.trackers, guard_, std::move(tracking_),
                      [this](const os::Judgement& judgement) {
                          if (vrrp_) vrrp_->send(judgement);
                          if (publication_) publication_->hurry();
                      });
    hear_the_rest();  // what an adopter knows of them counts as a result
    start_publication();
    trackers_->begin();
}

// Without it the checks are made, unseen.
void Process::start_publication() {
    if (!status_) return;
    auto publication = Publication::create(loop_, status_.get(), std::move(head_), *trackers_,
                                           [this] { return guarded_units(); });
    status_.reset();
    if (publication)
        publication_ = std::move(*publication);
    else
        os::log(Level::warning, "`holdfast checks` shows nothing: " + publication.error().text());
}

void Process::listen_to_vrrp() {
    auto vrrp = os::Channel::create(loop_, std::move(vrrp_end_),
                                    {.received = [this](const os::Message& message) { hear(message); },
                                     .closed = [this] { vrrp_gone_ = true; }});
    if (vrrp)
        vrrp_ = std::move(*vrrp);
    else
        os::log(Level::error,
                labelled(Number::notices_lost, "no notify script will be run: " + vrrp.error().text()));
}

void Process::hear(const os::Message& message) {
    if (const auto* notice = std::get_if<os::Notice>(&message)) notifier_.tell(*notice);
    if (const auto* news = std::get_if<os::IncidentNews>(&message)) tell_of(*news);
    if (const auto* outcome = std::get_if<os::ChoiceOutcome>(&message)) on_choice_outcome(*outcome);
    if (const auto* order = std::get_if<os::FenceOrder>(&message)) fence(*order);
    if (const auto* known = std::get_if<os::Judgement>(&message); known != nullptr && trackers_)
        trackers_->assume(*known);
}

void Process::prepare_fences() {
    for (std::uint32_t number = 0; number < plan_.guards.size(); ++number) {
        fences_.emplace_back();
        if (!plan_.guards[number].fence) continue;
        auto fence =
            Fence::create(loop_, *plan_.guards[number].fence, guard_,
                          [this, number](bool confirmed, const std::string& words) {
                              note_fencing(number, confirmed ? "the peer was fenced: " + words
                                                             : "the peer could not be fenced: " + words);
                              if (vrrp_)
                                  vrrp_->send(os::FenceReport{.guard = number, .confirmed = confirmed});
                          });
        if (fence)
            fences_.back() = std::move(*fence);
        else
            os::log(Level::error,
                    labelled(Number::fencing_failed, "the peer of " + plan_.guards[number].unit +
                                                         " cannot be fenced: " + fence.error().text()));
    }
}

// Whoever cannot be fenced is not: that is an answer, too.
void Process::fence(const os::FenceOrder& order) {
    if (order.guard < fences_.size() && fences_[order.guard]) {
        note_fencing(order.guard, "the peer is to be fenced");
        return fences_[order.guard]->begin();
    }
    if (vrrp_) vrrp_->send(os::FenceReport{.guard = order.guard, .confirmed = false});
}

void Process::hear_the_rest() {
    if (vrrp_ && !vrrp_gone_) vrrp_->receive_all();
}

void Process::wait_for(bool (Process::*condition)() const, Instant end, void (Process::*then)()) {
    wait_ = {.condition = condition, .end = end, .then = then};
    waiting_.arm(os::EventLoop::now());
}

// Scripts tell when they have ended; how far a reader is has to be asked.
void Process::look_again() {
    if (wait_.then == nullptr) return;
    const Instant now = os::EventLoop::now();
    if ((this->*wait_.condition)() || now >= wait_.end) return (this->*std::exchange(wait_.then, nullptr))();
    waiting_.arm(readers_done() ? wait_.end : std::min(wait_.end, now + poll_interval));
}

bool Process::readers_done() const {
    for (const auto& fifo : fifos_)
        if (fifo->awaits_reader()) return false;
    return true;
}

bool Process::told_everybody() const {
    return scripts_.is_idle() && readers_done() && (!alerts_ || alerts_->is_resting());
}

bool Process::left_alone() const {
    return scripts_.is_silent() && (!alerts_ || alerts_->is_empty());
}

// --- Hand-over
// -----------------------------------------------------------------------------------------------

void Process::hand_over() {
    if (stopping_) return;
    publication_.reset();
    trackers_.reset();  // the successor watches from now on
    hear_the_rest();
    wait_for(&Process::readers_done, os::EventLoop::now() + patience_for_readers, &Process::leave_fifos);
}

// The successor makes its own when it is told to go, which core does once we have handed over.
void Process::leave_fifos() {
    for (const auto& fifo : fifos_)
        fifo->retire();
    hear_the_rest();
    replies_.reset();
    incidents_.reset();
    core_->send(os::Progress::handed_over);
    core_->flush(last_message_time);
    if (stopping_) return;  // core has just gone
    alerts_end_.arm(os::EventLoop::now() + patience_for_receivers);
    wait_for(&Process::left_alone, never, &Process::finish);
}

// --- Stop
// ----------------------------------------------------------------------------------------------------

void Process::terminate() {
    if (stopping_ || core_gone_) return stop();
    terminated_.arm(os::EventLoop::now() + patience_for_core);
}

void Process::stop() {
    if (stopping_) return;
    stopping_ = true;
    publication_.reset();
    trackers_.reset();
    hear_the_rest();
    close_incidents();
    wait_for(&Process::told_everybody, os::EventLoop::now() + patience_for_stop_scripts, &Process::hurry);
}

// Some scripts take longer than they may, or have not even been started.
void Process::hurry() {
    if (scripts_.is_idle()) return finish();
    if (const std::size_t running = scripts_.running(); running > 0)
        os::log(Level::warning, labelled(Number::scripts_cut_short,
                                         std::to_string(running) + (running == 1 ? " script" : " scripts") +
                                             " did not end in time; SIGTERM is sent"));
    scripts_.signal(SIGTERM);
    if (scripts_.waiting() > 0 && ++rounds_ < stop_rounds)
        return wait_for(&Process::told_everybody, os::EventLoop::now() + patience_for_stop_scripts,
                        &Process::hurry);
    if (scripts_.waiting() > 0)
        os::log(Level::error, labelled(Number::script_dropped, std::to_string(scripts_.waiting()) +
                                                                   " scripts are not run: the daemon ends"));
    wait_for(&Process::told_everybody, os::EventLoop::now() + patience_after_sigterm, &Process::finish);
}

void Process::finish() {
    if (alerts_) alerts_->give_up("the daemon ends");
    for (const auto& fifo : fifos_)
        fifo->retire();
    if (stopping_) core_->send(os::Progress::stopped);
    core_->flush(last_message_time);
    loop_.quit(0);
}

}  // namespace holdfast::checker
