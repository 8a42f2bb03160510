#include "core/snmp.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <variant>

#include "config/dump.h"
#include "os/ledger.h"
#include "os/log.h"
#include "os/pages.h"
#include "os/passing.h"
#include "status/messages.h"

namespace holdfast::core {

namespace {

using os::Level;
using status::labelled;
using status::Number;
using namespace std::chrono_literals;

constexpr Duration farewell_time = 1s;   // for the last notifications
constexpr Duration shortest_gap = 20ms;  // between requests
constexpr timeval longest_write{.tv_sec = 1, .tv_usec = 0};

// The configuration without what a process that talks to others need not know.
std::string text_without_secrets(config::Config config) {
    config.global.alert_webhooks.clear();
    config.global.alert_commands.clear();
    config.global.unbound.clear();
    config.unbound.clear();
    for (config::SyncGroup& group : config.sync_groups) {
        group.split_brain.reset();
        group.unbound.clear();
    }
    for (config::Instance& instance : config.instances) {
        instance.split_brain.reset();
        instance.unbound.clear();
        if (instance.authentication.auth_pass) *instance.authentication.auth_pass = "x";
    }
    return config::dump(config);
}

// Never waits: a unix socket is connected at once, or not at all.
Result<os::UniqueFd> connect_to(const std::string& path) {
    const std::string doing = "connect to " + path;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path) return Error::system(doing, ENAMETOOLONG);
    std::memcpy(address.sun_path, path.data(), path.size());
    os::UniqueFd fd{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!fd || connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return Error::system(doing);
    // Who gets it may wait, but not for ever.
    if (fcntl(fd.get(), F_SETFL, 0) != 0 ||
        setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &longest_write, sizeof longest_write) != 0)
        return Error::system(doing);
    return fd;
}

void say_unavailable(const Error& error) {
    os::log(Level::warning, labelled(Number::snmp_unavailable, "SNMP is not answered: " + error.text()));
}

}  // namespace

Snmp::Snmp(os::EventLoop& loop, const Options& options, SetValues set_values)
    : loop_{loop},
      options_{options},
      set_values_{std::move(set_values)},
      links_{loop, [this](const os::Message& message, const Links::AskerOf& asker_of) {
                 on_message(message, asker_of);
             }} {}

// A series that is not what was begun is dropped: who broke it off waits for no answer.
void Snmp::on_message(const os::Message& message, const Links::AskerOf& asker_of) {
    const auto* wanted = std::get_if<os::ValueWanted>(&message);
    if (wanted == nullptr) return;
    const bool continues =
        !wanted_.empty() && wanted_.back().number == wanted->number && wanted_.back().count == wanted->count;
    if (!continues) wanted_.clear();
    if (wanted->position != wanted_.size()) return wanted_.clear();
    wanted_.push_back(*wanted);
    if (wanted_.size() == wanted->count) set_values_(std::exchange(wanted_, {}), asker_of(wanted->number));
}

Result<std::unique_ptr<Snmp>> Snmp::create(os::EventLoop& loop, const Options& options,
                                           std::vector<std::string> argv, SetValues set_values) {
    std::unique_ptr<Snmp> snmp{new Snmp{loop, options, std::move(set_values)}};
    auto ledger = os::Ledger::create(os::EventLoop::now());
    if (!ledger) return std::move(ledger).error();
    snmp->ledger_ = std::move(*ledger);
    auto pause = loop.timer(os::Urgency::control, [self = snmp.get()] { self->requests_.enable(true); });
    if (!pause) return std::move(pause).error();
    snmp->pause_ = std::move(*pause);
    auto process = Attendant::create(
        loop, {.program = os::Program::snmp,
               .options = options,
               .argv = std::move(argv),
               .message = [self = snmp.get()] { return self->message(); },
               .cannot_start = say_unavailable,
               .died =
                   [](const os::ChildExit& how) {
                       os::log(
                           Level::warning,
                           labelled(Number::snmp_died, std::string{name_of(os::Program::snmp)} +
                                                           " died: " + how.text() + "; it is started again"));
                   }});
    if (!process) return std::move(process).error();
    snmp->process_ = std::move(*process);
    return snmp;
}

void Snmp::show(const Generation& generation, const config::Config& config) {
    const plan::SnmpPlan before = std::exchange(
        plan_,
        plan::plan_snmp(config.global, {.everything = options_.snmp, .agent_socket = options_.snmp_agent}));
    if (!plan_.serves()) return process_->dismiss();
    auto text = os::sealed_text("holdfast-snmp-configuration", text_without_secrets(config));
    if (!text) {
        say_unavailable(text.error());
        return process_->dismiss();
    }
    configuration_ = std::move(*text);
    pages_ = PublishedPages::of(generation);
    if (process_->runs() && plan_ == before) return links_.tell(os::Order::look_anew);
    process_->succeed();
}

void Snmp::go_on() {
    if (plan_.serves()) process_->start();
}

void Snmp::finish() {
    process_->rest(farewell_time);
}

Result<os::StartMessage> Snmp::message() {
    auto pair = os::passing_pair();
    if (!pair) return std::move(pair).error();
    auto requests = loop_.watch(pair->first.get(), EPOLLIN, os::Urgency::control,
                                [this](std::uint32_t) { on_request(); });
    if (!requests) return std::move(requests).error();
    requests_ = std::move(*requests);
    passing_ = std::move(pair->first);
    given_ = std::move(pair->second);
    os::StartMessage start;
    start.configuration_fd = configuration_.get();
    start.status_fd = pages_.routers.get();
    start.checks_fd = pages_.checks.get();
    start.ledger_fd = ledger_.get();
    start.passing_fd = given_.get();
    auto link = links_.open();
    if (!link) return std::move(link).error();
    start.core_fd = *link;
    start.snmp_everything = options_.snmp;
    start.snmp_agent = options_.snmp_agent;
    return start;
}

// Our copy of the process's end is kept until the next start, so its death is not seen here: the loop tells.
void Snmp::on_request() {
    const auto asked = os::take_descriptor_request(passing_.get());
    const auto what = asked ? *asked : std::nullopt;
    if (!what) return;
    give(*what);
    requests_.enable(false);
    pause_.arm(os::EventLoop::now() + shortest_gap);
}

void Snmp::give(os::Wanted what) {
    if (what == os::Wanted::generation)
        return os::give_descriptors(
            passing_.get(), what,
            std::vector{configuration_.get(), pages_.routers.get(), pages_.checks.get()});
    const auto connection = connect_to(plan_.path);
    if (!connection) return os::give_descriptors(passing_.get(), what, connection.error());
    os::give_descriptors(passing_.get(), what, std::vector{connection->get()});
}

}  // namespace holdfast::core
