#include "core/monitor.h"

#include <unistd.h>

#include <utility>

#include "os/control.h"
#include "os/ledger.h"
#include "os/log.h"
#include "plan/access.h"
#include "status/messages.h"
#include "system/system_host.h"

namespace holdfast::core {

namespace {

using os::Level;
using status::labelled;
using status::Number;

using namespace std::chrono_literals;

constexpr Duration farewell_time = 1s;  // for the last signals

// What anybody may ask for over D-Bus whom the process there found to be root.
bool may_be_asked(os::Wish wish) {
    return wish == os::Wish::reload || wish == os::Wish::dump_data || wish == os::Wish::dump_stats ||
           wish == os::Wish::dump_stats_and_clear || wish == os::Wish::announce;
}

std::string signal_of(Monitor::News news) {
    switch (news) {
        case Monitor::News::started:
            return "VrrpStarted";
        case Monitor::News::reloaded:
            return "VrrpReloaded";
        case Monitor::News::none:
            break;
    }
    return {};
}

os::SocketAccess access_for(const config::GlobalDefs& global) {
    const plan::ReadersPlan readers = plan::plan_readers(global);
    os::SocketAccess access{.mode = readers.socket_mode, .group = getegid()};
    if (const auto group = system::SystemHost{}.group(readers.group))
        access.group = *group;
    else if (readers.group_is_named)
        os::log(Level::warning,
                labelled(Number::status_group_unknown,
                         "group " + readers.group + " does not exist: only root can ask `holdfast status`"));
    return access;
}

}  // namespace

Monitor::Monitor(os::EventLoop& loop, Settings settings, os::UniqueFd listener)
    : settings_{std::move(settings)},
      listener_{std::move(listener)},
      links_{loop, [this](const os::Message& message, const Links::AskerOf& asker_of) {
                 on_petition(message, asker_of);
             }} {}

Result<std::unique_ptr<Monitor>> Monitor::open(os::EventLoop& loop, Settings settings,
                                               os::UniqueFd inherited) {
    if (!inherited) {
        auto listener = os::listen_for_readers(settings.runtime_directory);
        if (!listener) return std::move(listener).error();
        inherited = std::move(*listener);
    }
    std::unique_ptr<Monitor> monitor{new Monitor{loop, std::move(settings), std::move(inherited)}};
    auto ledger = os::Ledger::create(os::EventLoop::now());
    if (!ledger) return std::move(ledger).error();
    monitor->ledger_ = std::move(*ledger);
    auto metrics = MetricsSockets::create(loop, monitor->settings_.runtime_directory,
                                          [self = monitor.get()] { self->process_->replace(); });
    if (!metrics) return std::move(metrics).error();
    monitor->metrics_ = std::move(*metrics);
    auto process = Attendant::create(
        loop,
        {.program = os::Program::monitor,
         .options = monitor->settings_.options,
         .argv = monitor->settings_.argv,
         .message = [self = monitor.get()] { return self->message(); },
         .cannot_start =
             [](const Error& error) {
                 os::log(Level::warning, labelled(Number::status_unavailable,
                                                  "`holdfast status` cannot be answered: " + error.text()));
             },
         .died =
             [](const os::ChildExit& how) {
                 os::log(Level::warning, labelled(Number::monitor_died,
                                                  std::string{name_of(os::Program::monitor)} +
                                                      " died: " + how.text() + "; it is started again"));
             }});
    if (!process) return std::move(process).error();
    monitor->process_ = std::move(*process);
    return monitor;
}

Monitor::~Monitor() {
    process_.reset();
    unlink((settings_.runtime_directory + "/" + os::status_socket).c_str());
}

void Monitor::show(const Generation& generation, const config::Config& config, News news) {
    const config::GlobalDefs& global = config.global;
    const os::SocketAccess access = access_for(global);
    if (const auto given = os::give_access(settings_.runtime_directory, access); !given)
        os::log(Level::warning, labelled(Number::status_unavailable, given.error().text()));
    metrics_->open(global.metrics_listens, access);
    pages_ = PublishedPages::of(generation);
    dbus_ = plan::plan_dbus(global);
    instance_ = config.instance.value_or("");
    net_namespace_ = config.net_namespace.value_or(settings_.options.net_namespace);
    news_ = news;
    process_->replace();
}

void Monitor::finish() {
    links_.tell(os::Order::stop);
    process_->rest(dbus_.name.empty() ? Duration{0} : farewell_time);
}

Result<os::StartMessage> Monitor::message() {
    os::StartMessage start;
    start.status_fd = pages_.routers.get();
    start.checks_fd = pages_.checks.get();
    start.listener_fd = listener_.get();
    start.metrics_fds = metrics_->descriptors();
    if (dbus_.name.empty()) return start;
    start.ledger_fd = ledger_.get();
    start.dbus_name = dbus_.name;
    start.dbus_no_link = dbus_.no_link;
    start.dbus_news = signal_of(std::exchange(news_, News::none));
    start.instance = instance_;
    start.net_namespace = net_namespace_;
    auto link = links_.open();
    if (!link) return std::move(link).error();
    start.core_fd = *link;
    return start;
}

void Monitor::on_petition(const os::Message& message, const Links::AskerOf& asker_of) const {
    const auto* petition = std::get_if<os::Petition>(&message);
    if (petition == nullptr) return;
    Asker asker = asker_of(petition->number);
    if (!may_be_asked(petition->request.wish)) return asker.answer(false, "only at the control socket");
    settings_.serve(petition->request, std::move(asker));
}

}  // namespace holdfast::core
