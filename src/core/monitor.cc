#include "core/monitor.h"

#include <unistd.h>

#include "os/control.h"
#include "os/log.h"
#include "status/messages.h"
#include "system/system_host.h"

namespace holdfast::core {

namespace {

using os::Level;
using status::labelled;
using status::Number;

constexpr mode_t standard_mode = 0660;

os::SocketAccess access_for(const config::GlobalDefs& global) {
    const system::SystemHost host;
    os::SocketAccess access{.mode = global.control_socket_mode.value_or(standard_mode), .group = getegid()};
    if (const auto group = host.group(global.control_socket_group.value_or("holdfast")))
        access.group = *group;
    else if (global.control_socket_group)
        os::log(Level::warning, labelled(Number::status_group_unknown,
                                         "group " + *global.control_socket_group +
                                             " does not exist: only root can ask `holdfast status`"));
    return access;
}

}  // namespace

Result<std::unique_ptr<Monitor>> Monitor::open(os::EventLoop& loop, Settings settings,
                                               os::UniqueFd inherited) {
    if (!inherited) {
        auto listener = os::listen_for_readers(settings.runtime_directory);
        if (!listener) return std::move(listener).error();
        inherited = std::move(*listener);
    }
    std::unique_ptr<Monitor> monitor{new Monitor{settings.runtime_directory, std::move(inherited)}};
    auto metrics = MetricsSockets::create(loop, settings.runtime_directory,
                                          [self = monitor.get()] { self->process_->replace(); });
    if (!metrics) return std::move(metrics).error();
    monitor->metrics_ = std::move(*metrics);
    auto process = Attendant::create(
        loop,
        {.program = os::Program::monitor,
         .options = settings.options,
         .argv = std::move(settings.argv),
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
    unlink((runtime_directory_ + "/" + os::status_socket).c_str());
}

void Monitor::show(const Generation& generation, const config::GlobalDefs& global) {
    const os::SocketAccess access = access_for(global);
    if (const auto given = os::give_access(runtime_directory_, access); !given)
        os::log(Level::warning, labelled(Number::status_unavailable, given.error().text()));
    metrics_->open(global.metrics_listens, access);
    pages_ = PublishedPages::of(generation);
    process_->replace();
}

Result<os::StartMessage> Monitor::message() const {
    os::StartMessage start;
    start.status_fd = pages_.routers.get();
    start.checks_fd = pages_.checks.get();
    start.listener_fd = listener_.get();
    start.metrics_fds = metrics_->descriptors();
    return start;
}

}  // namespace holdfast::core
