#include "checker/process.h"

#include <csignal>

#include "os/log.h"

namespace holdfast::checker {

namespace {

using namespace std::chrono_literals;

constexpr Duration patience_at_stop = 1s;  // for notify_stop scripts, as keepalived gives them
constexpr Duration patience_after_kill = 200ms;
constexpr Duration stop_poll = 10ms;

}  // namespace

Process::Process(os::EventLoop& loop, plan::Plan plan)
    : loop_{loop},
      plan_{std::move(plan)},
      scripts_{loop},
      notifier_{plan_,
                [this](const plan::Command& command, const std::vector<std::string>& arguments,
                       const std::string& what) { scripts_.start(command, arguments, what); },
                [this](const std::string& line) {
                    for (const auto& fifo : fifos_)
                        fifo->write(line);
                }} {}

Result<std::unique_ptr<Process>> Process::create(os::EventLoop& loop, const os::StartMessage& start,
                                                 plan::Plan plan) {
    std::unique_ptr<Process> process{new Process{loop, std::move(plan)}};
    if (auto opened = process->open(start); !opened) return std::move(opened).error();
    return process;
}

Result<void> Process::open(const os::StartMessage& start) {
    auto core = os::Channel::create(loop_, os::UniqueFd{start.core_fd},
                                    {.received = [this](const os::Message& message) { on_order(message); },
                                     .closed = [this] { stop(); }});
    if (!core) return std::move(core).error();
    core_ = std::move(*core);
    vrrp_fd_ = start.peer_fd;
    auto patience = loop_.timer(os::Urgency::control, [this] { finish(); });
    if (!patience) return std::move(patience).error();
    patience_ = std::move(*patience);
    auto poll = loop_.timer(os::Urgency::control, [this] {
        if (scripts_.idle()) return finish();
        poll_.arm(os::EventLoop::now() + stop_poll);
    });
    if (!poll) return std::move(poll).error();
    poll_ = std::move(*poll);
    core_->send(os::Progress::ready);
    return {};
}

void Process::on_order(const os::Message& message) {
    const auto* order = std::get_if<os::Order>(&message);
    if (order == nullptr) return;
    switch (*order) {
        case os::Order::go:
            return go();
        case os::Order::hand_over:
            return hand_over();
        case os::Order::stop:
            return stop();
        case os::Order::reopen_log:
            return os::reopen_log();
        default:
            return;
    }
}

void Process::go() {
    for (const plan::FifoPlan& plan : plan_.fifos) {
        auto fifo = Fifo::open(loop_, plan);
        if (fifo)
            fifos_.push_back(std::move(*fifo));
        else
            os::log(os::Level::error, "no events are written to it: " + fifo.error().text());
    }
    if (vrrp_fd_ >= 0) {
        auto vrrp = os::Channel::create(loop_, os::UniqueFd{std::exchange(vrrp_fd_, -1)},
                                        {.received =
                                             [this](const os::Message& message) {
                                                 if (const auto* notice = std::get_if<os::Notice>(&message))
                                                     notifier_.tell(*notice);
                                             },
                                         .closed = [this] { vrrp_gone_ = true; }});
        if (vrrp)
            vrrp_ = std::move(*vrrp);
        else
            os::log(os::Level::error, "no scripts will be run: " + vrrp.error().text());
    }
    core_->send(os::Progress::running);
}

// The successor is told everything from now on. Scripts that run go on without us.
void Process::hand_over() {
    if (vrrp_ && !vrrp_gone_) vrrp_->receive_all();
    fifos_.clear();
    core_->send(os::Progress::handed_over);
    core_->flush(1s);
    loop_.quit(0);
}

void Process::stop() {
    if (stopping_) return;
    stopping_ = true;
    if (vrrp_ && !vrrp_gone_) vrrp_->receive_all();
    if (scripts_.idle()) return finish();
    patience_.arm(os::EventLoop::now() + patience_at_stop);
    poll_.arm(os::EventLoop::now() + stop_poll);
}

void Process::finish() {
    if (!scripts_.idle() && !killed_) {
        killed_ = true;
        os::log(os::Level::warning,
                std::to_string(scripts_.running()) + " scripts did not end in time and are killed");
        scripts_.terminate_all(SIGKILL);
        return patience_.arm(os::EventLoop::now() + patience_after_kill);
    }
    fifos_.clear();
    core_->send(os::Progress::stopped);
    core_->flush(1s);
    loop_.quit(0);
}

}  // namespace holdfast::checker
