#include "core/generation.h"

#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>

#include "core/liveness.h"
#include "core/programs.h"
#include "engine/record.h"
#include "os/child.h"
#include "os/log.h"
#include "os/pages.h"
#include "os/published.h"
#include "status/messages.h"
#include "status/snapshot.h"

namespace holdfast::core {

namespace {

bool has_vrrp_work(const config::Config& config) {
    return !config.instances.empty() || !config.static_addresses.empty() || !config.static_routes.empty() ||
           !config.static_rules.empty();
}

std::string configured_name(os::Program program, const config::GlobalDefs& global, bool as_keepalived) {
    const auto& own = program == os::Program::vrrp ? global.vrrp_process_name : global.checker_process_name;
    if (own) return *own;
    if (global.process_names.value_or(false))
        return program == os::Program::vrrp ? "keepalived_vrrp" : "keepalived_lvs";
    return as_keepalived ? "keepalived" : std::string{name_of(program)};
}

// keepalived's: each process has a log file of its own, named before the last dot.
std::string log_file_of(os::Program program, const Options& options) {
    if (!options.log_file) return {};
    std::string path = *options.log_file;
    const std::size_t name = path.rfind('/') + 1;
    const std::size_t dot = path.find('.', name) == std::string::npos ? path.size() : path.rfind('.');
    return path.insert(dot, program == os::Program::vrrp ? "_vrrp" : "_healthcheckers");
}

os::StartMessage common_message(const Options& options, const config::Config& config,
                                const Generation::Birth& birth) {
    os::StartMessage start;
    start.reload = birth.before != nullptr;
    start.log_level = os::log_level();
    start.log_console = options.log_console;
    start.log_system = options.log_system;
    start.log_facility = options.log_facility;
    start.keep_addresses = options.keep_addresses;
    start.release_foreign = options.release_foreign;
    start.watch_addresses = options.watch_addresses;
    start.as_keepalived = options.as_keepalived;
    start.config_id = options.config_id;
    start.configuration_path = birth.configuration_path;
    start.runtime_directory = birth.runtime_directory;
    start.state_directory = options.state_directory;
    start.instance = config.instance.value_or("");
    start.net_namespace = config.net_namespace.value_or(options.net_namespace);
    start.umask = birth.umask;
    start.core_pid = getpid();
    start.beat_us =
        static_cast<int>(std::chrono::duration_cast<std::chrono::microseconds>(beat_period(config)).count());
    return start;
}

// One for each instance and for whatever is tracked.
std::size_t most_records(const config::Config& config) {
    std::size_t records = config.instances.size() + config.scripts.size() + config.files.size() +
                          config.processes.size() + config.checks.size();
    const auto add_references = [&](const auto& owner) {
        records += owner.reachability.size();
        if (owner.split_brain && owner.split_brain->references) ++records;
    };
    std::for_each(config.instances.begin(), config.instances.end(), add_references);
    std::for_each(config.sync_groups.begin(), config.sync_groups.end(), add_references);
    return records;
}

}  // namespace

Result<std::unique_ptr<Generation>> Generation::start(os::EventLoop& loop, const config::Config& config,
                                                      const std::string& consolidated, const Birth& birth,
                                                      Callbacks callbacks) {
    std::unique_ptr<Generation> generation{new Generation{std::move(callbacks)}};
    auto text = os::sealed_text("holdfast-configuration", consolidated);
    if (!text) return std::move(text).error();
    generation->configuration_ = std::move(*text);
    auto page =
        os::RecordPage::create(std::max<std::size_t>(1, most_records(config)), sizeof(engine::Record));
    if (!page) return std::move(page).error();
    generation->page_ = std::move(*page);
    generation->make_status_pages(config);
    auto peers = os::Channel::pair();
    if (!peers) return std::move(peers).error();

    const Options& options = *birth.options;
    os::StartMessage start = common_message(options, config, birth);
    // Whoever ran before has to be followed: its successor gives up what is no longer configured.
    const bool follows = birth.before != nullptr && birth.before->vrrp_.begin != Instant{};
    if (options.only_checkers || (!has_vrrp_work(config) && !options.all_children && !follows))
        return generation;
    start.process_name = configured_name(os::Program::checker, config.global, options.as_keepalived);
    start.log_file = log_file_of(os::Program::checker, options);
    start.status_fd = generation->checks_.get();
    if (birth.before != nullptr) {
        start.adopted_configuration_fd = birth.before->configuration_.get();
        start.adopted_status_fd = birth.before->checks_.get();
    }
    if (auto spawned = generation->spawn(loop, generation->checker_, "holdfast-check", start,
                                         std::move(peers->first), birth);
        !spawned)
        return std::move(spawned).error();
    start.process_name = configured_name(os::Program::vrrp, config.global, options.as_keepalived);
    start.log_file = log_file_of(os::Program::vrrp, options);
    start.page_fd = generation->page_.get();
    start.status_fd = generation->routers_.get();
    if (birth.before != nullptr) {
        start.adopted_page_fd = birth.before->page_.get();
        start.adopted_status_fd = birth.before->routers_.get();
    }
    if (auto spawned = generation->spawn(loop, generation->vrrp_, "holdfast-vrrp", start,
                                         std::move(peers->second), birth);
        !spawned)
        return std::move(spawned).error();
    return generation;
}

// Without them the processes do their work, unseen.
void Generation::make_status_pages(const config::Config& config) {
    const std::size_t trackers = most_records(config) - config.instances.size();
    const auto make = [](std::size_t capacity) {
        auto page = os::create_published_page(capacity);
        if (page) return std::move(*page);
        os::log(os::Level::warning, labelled(status::Number::status_unavailable, page.error().text()));
        return os::UniqueFd{};
    };
    routers_ = make(status::routers_capacity(config.instances.size(), config.sync_groups.size(), trackers));
    const auto is_guarded = [](const auto& one) { return one.split_brain.has_value(); };
    const auto guarded = std::count_if(config.instances.begin(), config.instances.end(), is_guarded) +
                         std::count_if(config.sync_groups.begin(), config.sync_groups.end(), is_guarded);
    checks_ = make(status::checks_capacity(trackers, static_cast<std::size_t>(guarded)));
}

Generation::~Generation() {
    kill_all(SIGKILL);
    for (const Child* child : {&vrrp_, &checker_})
        if (child->pid > 0) waitpid(child->pid, nullptr, 0);
}

Result<void> Generation::spawn(os::EventLoop& loop, Child& child, const std::string& name,
                               const os::StartMessage& common, os::UniqueFd peer, const Birth& birth) {
    auto ends = os::Channel::pair();
    if (!ends) return std::move(ends).error();
    os::StartMessage start = common;
    start.configuration_fd = configuration_.get();
    start.core_fd = ends->second.get();
    start.peer_fd = peer.get();

    os::SpawnOptions options;
    options.path = path_of(name);
    options.argv = birth.argv;
    if (!birth.options->as_keepalived) options.argv.front() = name;
    options.environment = os::environment_without({"NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC"});
    options.environment.push_back(std::string{os::start_variable} + "=" + os::encode(start));
    options.keep_open = os::descriptors_of(start);
    options.keeps_capabilities = true;
    const auto pid = os::spawn(options);
    if (!pid) return pid.error();
    child.pid = *pid;
    child.begin = os::EventLoop::now();
    auto process = os::ProcessHandle::open(*pid);
    if (!process) {
        kill(*pid, SIGKILL);
        waitpid(*pid, nullptr, 0);
        child.pid = 0;
        return std::move(process).error();
    }
    child.process = std::move(*process);
    if (auto listens = listen(loop, child, std::move(ends->first)); !listens) return listens;
    auto exit = loop.child(*pid, [this, &child](os::ChildExit how) {
        child.pid = 0;
        callbacks_.ended(child, how);
    });
    if (!exit) return std::move(exit).error();
    child.exit = std::move(*exit);
    return {};
}

Result<void> Generation::listen(os::EventLoop& loop, Child& child, os::UniqueFd end) {
    auto channel = os::Channel::create(
        loop, std::move(end),
        {.received =
             [this, &child](const os::Message& message) {
                 if (const auto* outcome = std::get_if<os::ReplyOutcome>(&message))
                     return callbacks_.replied(child.program, *outcome);
                 if (const auto* wanted = std::get_if<os::AcceptWanted>(&message))
                     return callbacks_.wants_accept(*wanted);
                 const auto* progress = std::get_if<os::Progress>(&message);
                 if (progress == nullptr) return;
                 if (*progress == os::Progress::ready && !child.ready)
                     child.preparation = os::EventLoop::now() - child.begin;
                 child.ready = child.ready || *progress == os::Progress::ready;
                 child.running = child.running || *progress == os::Progress::running;
                 child.handed_over = child.handed_over || *progress == os::Progress::handed_over;
                 callbacks_.progress(child, *progress);
             },
         .closed = {}});
    if (!channel) return std::move(channel).error();
    child.channel = std::move(*channel);
    return {};
}

Result<std::unique_ptr<Generation>> Generation::resume(os::EventLoop& loop, Legacy& legacy,
                                                       Callbacks callbacks) {
    std::unique_ptr<Generation> generation{new Generation{std::move(callbacks)}};
    generation->configuration_ = std::move(legacy.configuration);
    generation->page_ = std::move(legacy.page);
    generation->routers_ = std::move(legacy.routers);
    generation->checks_ = std::move(legacy.checks);
    for (const auto& [child, left] :
         {std::pair{&generation->vrrp_, &legacy.vrrp}, std::pair{&generation->checker_, &legacy.checker}})
        if (auto resumed = generation->resume(loop, *child, *left, legacy.re_executed); !resumed)
            return std::move(resumed).error();
    return generation;
}

// It counts as dead when it is, or when its channel is lost: nobody could order it to hand over.
Result<void> Generation::resume(os::EventLoop& loop, Child& child, Legacy::Process& left, bool is_ours) {
    if (left.pid == 0) return {};
    child.begin = os::EventLoop::now();
    child.ready = child.running = true;
    if (os::start_time_of(left.pid) != left.start_time) return {};
    auto process = os::ProcessHandle::open(left.pid);
    if (!process) return {};
    child.process = std::move(*process);
    if (!left.channel) {
        child.process.signal(SIGKILL);
        return {};
    }
    child.pid = left.pid;
    if (auto listens = listen(loop, child, std::move(left.channel)); !listens) return listens;
    const auto ended = [this, &child](os::ChildExit how) {
        child.exit.enable(false);
        child.pid = 0;
        callbacks_.ended(child, how);
    };
    auto exit = is_ours ? loop.child(left.pid, ended)
                        : loop.watch(child.process.fd(), EPOLLIN, os::Urgency::control,
                                     [ended](std::uint32_t) { ended({.known = false}); });
    if (!exit) return std::move(exit).error();
    child.exit = std::move(*exit);
    return {};
}

Bequest Generation::bequest() const {
    const auto process = [](const Child& child) {
        return Bequest::Process{.pid = child.pid, .channel = child.channel ? child.channel->fd() : -1};
    };
    return {.configuration = configuration_.get(),
            .page = page_.get(),
            .routers = routers_.get(),
            .checks = checks_.get(),
            .vrrp = process(vrrp_),
            .checker = process(checker_),
            .log_level = os::log_level()};
}

void Generation::order(Child& child, os::Order what) {
    if (what == os::Order::hand_over) child.asked_to_leave = true;
    if (child.channel) child.channel->send(what);
}

void Generation::tell(const os::Message& message) {
    for (const Child* child : {&vrrp_, &checker_})
        if (child->channel) child->channel->send(message);
}

void Generation::kill_all(int signal) {
    for (const Child* child : {&vrrp_, &checker_})
        if (child->pid > 0) child->process.signal(signal);
}

}  // namespace holdfast::core
