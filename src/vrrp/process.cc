#include "vrrp/process.h"

#include <sys/epoll.h>

#include <algorithm>
#include <csignal>

#include "plan/diff.h"
#include "vrrp/predecessor.h"
#include "vrrp/sysctl.h"
#include "vrrp/translate.h"

namespace holdfast::vrrp {

namespace {

using engine::RouterId;
using os::Level;
using namespace std::chrono_literals;

constexpr Duration release_time =
    30s;  // 10,000 addresses take about a second; after that the kernel is to blame
constexpr Duration farewell_time = 1s;
constexpr Duration hand_over_time = 20ms;  // nobody advertises in between
constexpr int reports_per_turn = 32;
constexpr std::size_t most_reports_due = 65536;
// Traffic goes first, but a flood does not keep the rest from being done at all.
constexpr unsigned most_busy_turns = 16;

RouterId router_at(std::size_t position) {
    return RouterId{static_cast<std::uint32_t>(position)};
}

}  // namespace

Process::Process(os::EventLoop& loop, os::StartMessage start, plan::Plan plan,
                 std::optional<plan::Plan> previous)
    : loop_{loop},
      start_{std::move(start)},
      plan_{std::move(plan)},
      previous_{std::move(previous)},
      engine_{plan_.engine},
      orders_{{.engine = engine_,
               .step = [this](const engine::Event& event) { step(event); },
               .answer =
                   [this](std::uint32_t number, const os::Answer& answer) {
                       core_->send(os::ReplyOutcome{.number = number, .answer = answer});
                   }}},
      is_touched_(plan_.routers.size()) {
    touched_.reserve(plan_.routers.size());
}

Result<std::unique_ptr<Process>> Process::create(os::EventLoop& loop, os::StartMessage start, plan::Plan plan,
                                                 std::optional<plan::Plan> previous) {
    std::unique_ptr<Process> process{
        new Process{loop, std::move(start), std::move(plan), std::move(previous)}};
    if (auto opened = process->open(); !opened) return std::move(opened).error();
    return process;
}

Result<void> Process::open() {
    now_ = os::EventLoop::now();
    if (auto opened = open_kernel(); !opened) return opened;
    if (auto opened = open_channels(); !opened) return opened;
    reports_ = std::make_unique<Reports>(plan_, checker_.get());
    auto sockets =
        Sockets::open(loop_, plan_, links_, engine_, [this](net::VrrpReceiver& from) { on_datagrams(from); });
    if (!sockets) return std::move(sockets).error();
    sockets_ = std::move(*sockets);
    auto senses = Senses::open(loop_, plan_, links_, engine_, [this] { on_evidence(); });
    if (!senses) return std::move(senses).error();
    senses_ = std::move(*senses);
    auto deadline = loop_.timer(os::Urgency::deadline, [this] { on_deadline(); });
    if (!deadline) return std::move(deadline).error();
    deadline_ = std::move(*deadline);
    auto background = loop_.work([this] { on_background_work(); });
    if (!background) return std::move(background).error();
    background_ = std::move(*background);
    sockets_->refresh(now_);  // who takes over shall not have to open them first
    senses_->refresh(now_);
    open_publisher();
    core_->send(os::Progress::ready);
    return {};
}

Result<void> Process::open_kernel() {
    auto commands = net::CommandSocket::open(plan_.netlink_command_buffer_bytes);
    if (!commands) return std::move(commands).error();
    commands_ = std::make_unique<net::CommandSocket>(std::move(*commands));
    holdings_ = std::make_unique<Holdings>(plan_, links_, *commands_,
                                           Holdings::Options{.release_foreign = start_.release_foreign});
    // Listening before looking: nothing that happens in between is missed.
    auto monitor = net::MonitorSocket::open({.routes = holdings_->watches_routes(),
                                             .rules = holdings_->watches_rules(),
                                             .receive_buffer_bytes = plan_.netlink_monitor_buffer_bytes});
    if (!monitor) return std::move(monitor).error();
    monitor_ = std::make_unique<net::MonitorSocket>(std::move(*monitor));
    net::Updates updates;
    if (auto looked = links_.resync(*commands_, updates); !looked) return looked;
    auto news = loop_.watch(monitor_->fd(), EPOLLIN, os::Urgency::traffic,
                            [this](std::uint32_t) { on_kernel_news(); });
    if (!news) return std::move(news).error();
    news_ = std::move(*news);
    auto announcer = net::Announcer::open();
    if (!announcer) return std::move(announcer).error();
    announcements_ = std::make_unique<Announcements>(plan_, links_, *holdings_, std::move(*announcer));
    inputs_ = std::make_unique<Inputs>(plan_, links_);
    auto references = References::open(plan_, links_, *inputs_);
    if (!references) return std::move(references).error();
    references_ = std::make_unique<References>(std::move(*references));
    firewall_ = std::make_unique<FirewallWatch>(
        plan_, engine_, links_, [this](const os::AcceptWanted& wanted) { core_->send(wanted); });
    if (firewall_->news_fd() < 0) return {};
    auto firewall_news =
        loop_.watch(firewall_->news_fd(), EPOLLIN, os::Urgency::background, [this](std::uint32_t) {
            begin_turn();
            firewall_->take_news(now_);
            finish_turn();
        });
    if (!firewall_news) return std::move(firewall_news).error();
    firewall_news_ = std::move(*firewall_news);
    return {};
}

Result<void> Process::open_channels() {
    auto core = os::Channel::create(loop_, os::UniqueFd{start_.core_fd},
                                    {.received = [this](const os::Message& message) { on_message(message); },
                                     // Nobody is left to start a successor: leave in good order.
                                     .closed = [this] { stop(); }});
    if (!core) return std::move(core).error();
    core_ = std::move(*core);
    auto orphan = os::OrphanWatch::create(loop_, start_.core_pid, [this] { stop(); });
    if (!orphan) return std::move(orphan).error();
    orphan_ = std::move(*orphan);
    if (start_.peer_fd >= 0) {
        auto checker = os::Channel::create(
            loop_, os::UniqueFd{start_.peer_fd},
            {.received = [this](const os::Message& message) { on_judgement(message); },
             .closed = [] { os::log(Level::warning, "the checker process has gone: scripts are not run"); }});
        if (!checker) return std::move(checker).error();
        checker_ = std::move(*checker);
    }
    if (start_.page_fd >= 0) {
        auto page = os::RecordPage::map(start_.page_fd);
        if (!page) return std::move(page).error();
        if (page->slot_size() != sizeof(engine::Record) ||
            page->slots() < plan_.engine.routers.size() + plan_.trackers.size())
            return Error::invalid("record page does not fit this configuration");
        page_ = std::make_unique<os::RecordPage>(std::move(*page));
    }
    return {};
}

// Without it the router does its work, unseen.
void Process::open_publisher() {
    if (start_.status_fd < 0) return;
    auto publisher =
        Publisher::create({.start = start_, .plan = plan_, .engine = engine_, .holdings = *holdings_},
                          os::UniqueFd{start_.status_fd}, os::UniqueFd{start_.adopted_status_fd});
    if (!publisher)
        return os::log(Level::warning,
                       "`holdfast status` shows nothing of this process: " + publisher.error().text());
    publisher_ = std::move(*publisher);
}

Result<int> Process::run() {
    return loop_.run();
}

// --- Events
// ---------------------------------------------------------------------------------------------------

void Process::on_deadline() {
    begin_turn();
    std::vector<RouterId> lost;
    holdings_->retry(now_, lost);
    restore(lost);
    if (inputs_->next_due() <= now_) links_dirty_ = true;
    if (senses_->next_due() <= now_) senses_->refresh(now_);
    step(engine::TimePassed{});
    finish_turn();
}

void Process::on_datagrams(net::VrrpReceiver& receiver) {
    begin_turn();
    const auto datagrams = receiver.receive(batch_);
    if (!datagrams) links_dirty_ = true;  // its interface went: the sockets are looked at again
    if (datagrams && running_) {
        for (const net::Datagram& datagram : *datagrams) {
            step(engine::AdvertReceived{.link = inputs_->link_at(datagram.ifindex),
                                        .source = datagram.source,
                                        .destination = datagram.destination,
                                        .ttl = datagram.ttl,
                                        .ip_payload_length = datagram.ip_payload_length,
                                        .bytes = datagram.bytes});
            if (const auto router = engine_.last_addressee()) {
                touch(*router);
                if (publisher_) publisher_->heard(*router, datagram.source, datagram.bytes[2], now_);
            }
        }
    }
    if (++busy_turns_ > most_busy_turns) {
        core_->receive_all();
        if (running_ && !leaving_) work_in_background();
    }
    finish_turn();
}

void Process::on_kernel_news() {
    begin_turn();
    net::Updates updates;
    const auto reading = monitor_->read([&](const net::NetlinkMessage& message) {
        links_.learn(message, updates);
        holdings_->learn(message);
    });
    learn(updates);
    if (!reading)
        os::log(Level::error, "cannot read the kernel's news: " + reading.error().text());
    else if (*reading == net::MonitorSocket::Reading::overrun)
        resync();
    take_in_news();
    finish_turn();
}

void Process::resync() {
    os::log(Level::warning,
            "news from the kernel were lost (ENOBUFS): interfaces and addresses are read again. "
            "Raise vrrp_netlink_monitor_rcv_bufs if this repeats");
    net::Updates updates;
    if (const auto read = links_.resync(*commands_, updates); !read)
        return os::log(Level::error, "cannot read interfaces and addresses: " + read.error().text());
    links_dirty_ = true;
    learn(updates);
    holdings_->compare();
}

void Process::learn(const net::Updates& updates) {
    for (const net::Update& update : updates) {
        links_dirty_ = links_dirty_ || inputs_->concerns(update);
        if (const auto* link = std::get_if<net::LinkUpdate>(&update)) {
            holdings_->learn(*link);
            continue;
        }
        const auto& news = std::get<net::AddressUpdate>(update);
        holdings_->learn(news);
        if (start_.watch_addresses)
            os::log(Level::info,
                    "address " + news.address.address.text() + "/" +
                        std::to_string(news.address.prefix_length) + " on " +
                        links_.name_of(news.address.ifindex) +
                        (news.kind == net::AddressUpdate::Kind::removed ? " removed" : " added or changed"));
    }
}

// Interfaces first: whoever is in fault because of them has not lost its addresses to somebody else.
void Process::take_in_news() {
    if (!running_) return;
    if (links_dirty_) links_changed();
    std::vector<RouterId> lost;
    holdings_->account_losses(now_, lost);
    restore(lost);
}

void Process::restore(const std::vector<RouterId>& lost) {
    if (!running_) return;
    for (const RouterId router : lost)
        step(engine::AddressesLost{router});
}

// The engine hears of interfaces once a turn, however many messages the kernel sent.
void Process::links_changed() {
    links_dirty_ = false;
    std::vector<engine::Event> events;
    inputs_->look_again(now_, events);
    firewall_->links_changed(now_);
    if (running_)
        for (const engine::Event& event : events)
            step(event);
    sockets_->refresh(now_);
    senses_->refresh(now_);
}

void Process::on_background_work() {
    begin_turn();
    work_in_background();
    finish_turn();
}

// One bounded piece: addresses, then the announcements of those that came into place, then references, then
// what the outside may know, then what is told, then the firewall.
void Process::work_in_background() {
    busy_turns_ = 0;
    for (int kind = 0; kind < 6; ++kind) {
        switch (background_turn_++ % 6) {
            case 0:
                if (!holdings_->busy()) continue;
                landed_.clear();
                holdings_->work(landed_);
                for (const Landed& landed : landed_)
                    announcements_->landed(landed, now_);
                if (publisher_ && !holdings_->busy()) publisher_->hurry();
                return;
            case 1:
                if (!announcements_->busy() && announcements_->next_due() > now_) continue;
                return announcements_->work(now_);
            case 2:
                if (references_->next_due() > now_) continue;
                return ask_references();
            case 3:
                if (!publisher_ || !publisher_->is_due(now_)) continue;
                return publisher_->work(now_);
            case 4:
                if (reports_due_.empty()) continue;
                return tell_some();
            default:
                if (!firewall_->busy(now_)) continue;
                return firewall_->work(now_);
        }
    }
}

void Process::tell_some() {
    for (int count = 0; count < reports_per_turn && !reports_due_.empty(); ++count) {
        const auto report = std::move(reports_due_.front());
        reports_due_.pop_front();
        report();
    }
    if (!reports_due_.empty() || reports_lost_ == 0) return;
    os::log(Level::error,
            std::to_string(reports_lost_) + " state changes could not be told: there were too many at once");
    reports_lost_ = 0;
}

void Process::later(std::function<void()> report) {
    if (reports_due_.size() < most_reports_due)
        reports_due_.push_back(std::move(report));
    else
        ++reports_lost_;
}

// --- The engine
// -----------------------------------------------------------------------------------------------

void Process::step(const engine::Event& event) {
    effects_.clear();
    engine_.step(event, now_, effects_);
    for (const engine::Effect& effect : effects_)
        carry_out(effect);
}

// Its record is written at the end of the turn.
void Process::touch(RouterId router) {
    if (is_touched_[index(router)]) return;
    is_touched_[index(router)] = true;
    touched_.push_back(router);
}

void Process::carry_out(const engine::Effect& effect) {
    std::visit(
        Overloaded{
            [&](const engine::SendAdvert& send) {
                sockets_->queue_advert(send.router, send.farewell);
                touch(send.router);
            },
            [&](const engine::AddAddresses& add) { holdings_->want(add.router, true); },
            [&](const engine::RemoveAddresses& remove) {
                announcements_->forget(remove.router);
                if (!start_.keep_addresses || !leaving_) holdings_->want(remove.router, false);
            },
            [&](const engine::Announce& announce) {
                announcements_->announce(announce.router, announce.repeat, now_);
            },
            [&](const engine::AnnounceSource& announce) {
                const engine::RouterSettings& router = plan_.engine.routers[index(announce.router)];
                const auto source = engine_.router(announce.router).source;
                if (router.link && source) announcements_->announce_once(*router.link, *source);
            },
            [&](const engine::StateChanged& change) {
                touch(change.router);
                const Priority effective = engine_.router(change.router).effective_priority;
                const Moment moment = publisher_ ? publisher_->moment(change.router) : Moment{};
                later([this, change, effective, moment, now = now_] {
                    reports_->tell(change, effective);
                    if (publisher_) publisher_->tell(change, now, moment);
                });
            },
            [&](const engine::GroupStateChanged& change) {
                later([this, change, now = now_] {
                    reports_->tell(change);
                    if (publisher_) publisher_->tell(change, now);
                });
            },
            [&](const engine::PriorityChanged& change) {
                touch(change.router);
                if (publisher_) publisher_->moved(change, now_);
                const bool active = engine_.router(change.router).state == engine::State::active;
                later([this, change, active] { reports_->tell(change, active); });
            },
            [&](const engine::LowerPriorityHeard& heard) {
                const Priority effective = engine_.router(heard.router).effective_priority;
                later([this, heard, effective, now = now_] { reports_->tell(heard, effective, now); });
                orders_.hear_rival(heard.router, now_);
            },
            [&](const engine::SteeringChanged& change) {
                for (const RouterId member : engine_.unit_of(change.router))
                    touch(member);
                if (publisher_) publisher_->hurry();
                later([this, change] { reports_->tell(change); });
            },
            [&](const engine::GuardDecided& decided) {
                touch(plan_.engine.guards[index(decided.guard)].leader);
                later([this, decided] { reports_->tell(decided); });
            },
            [&](const engine::IncidentChanged& change) {
                touch(plan_.engine.guards[index(change.guard)].leader);
                later([this, change] { tell_of(change); });
            },
            [&](const engine::AskAddresses& ask) { senses_->ask(ask.router); },
            [&](const engine::SendAdvertTo& send) { senses_->tell(send.router, send.mac); },
            [&](const engine::SendHeartbeat& heartbeat) { senses_->speak(heartbeat); },
            [&](const engine::Fence& fence) { order_fencing(fence.guard); },
            [&](const engine::PathChanged& change) { later([this, change] { reports_->tell(change); }); },
            [&](const engine::AdvertRemarked& remarked) {
                if (publisher_ && remarked.router)
                    publisher_->remarked(*remarked.router, remarked.remark, remarked.source);
                if (const auto held_back = reports_->may_tell(remarked, now_))
                    later([this, remarked, held_back = *held_back] { reports_->tell(remarked, held_back); });
            },
        },
        effect);
}

void Process::begin_turn() {
    now_ = os::EventLoop::now();
    const Duration suspended = suspension_.take();
    if (suspended == Duration{0} || !running_ || leaving_) return;
    os::log(Level::warning, "the host was suspended for " +
                                std::to_string(std::chrono::duration<double>(suspended).count()) + " s");
    step(engine::StoodStill{suspended});
}

// First the adverts of the turn, then everything that can wait.
void Process::finish_turn() {
    if (leaving_) return;
    orders_.look(now_);
    beat();
    if (links_dirty_ && running_) links_changed();
    sockets_->flush(now_);
    senses_->flush(now_);
    write_records();
    arm();
}

// A sign of life for core, which ends a process that gives none.
void Process::beat() {
    if (!page_ || now_ < next_beat_) return;
    page_->beat(now_);
    next_beat_ = now_ + std::chrono::microseconds{start_.beat_us};
}

void Process::arm() {
    // What is due already is done in the background.
    const auto later_than_now = [&](Instant due) { return due > now_ ? due : never; };
    const bool may_publish = publisher_ && publisher_->is_due(now_);
    const bool due = announcements_->next_due() <= now_ || references_->next_due() <= now_ ||
                     firewall_->next_due() <= now_ || may_publish;
    deadline_.arm(std::min({page_ && start_.beat_us > 0 ? next_beat_ : never, engine_.next_deadline(),
                            orders_.next_due(), holdings_->next_retry(), inputs_->next_due(),
                            senses_->next_due(), later_than_now(announcements_->next_due()),
                            later_than_now(references_->next_due()), later_than_now(firewall_->next_due()),
                            may_publish || !publisher_ ? never : publisher_->next_due()}));
    background_.enable(running_ && (holdings_->busy() || announcements_->busy() || firewall_->busy(now_) ||
                                    due || !reports_due_.empty()));
}

// --- Life
// -----------------------------------------------------------------------------------------------------

void Process::go() {
    if (running_) return;
    running_ = true;
    holdings_->settle(adopt());
    for (std::size_t at = 0; at < plan_.routers.size(); ++at)
        if (const auto& link = plan_.engine.routers[at].link; link && plan_.routers[at].promote_secondaries)
            promote_secondaries(plan_.links[index(*link)].name);
    for (const engine::Event& event : inputs_->first_look())
        step(event);
    holdings_->want_statics(true);
    step(engine::Started{});
    references_->begin(now_);
    for (std::size_t at = 0; at < plan_.routers.size(); ++at)
        touch(router_at(at));
    sockets_->refresh(now_);
    finish_turn();
    say_what_changed();
    firewall_->begin(now_);
    arm();
    reports_->tell_faults();
    if (plan_.fifos_report_states_on_reload && start_.reload) {
        for (std::size_t at = 0; at < plan_.routers.size(); ++at)
            reports_->tell_again(router_at(at), engine_.router(router_at(at)).state,
                                 engine_.router(router_at(at)).effective_priority);
        for (std::uint32_t at = 0; at < plan_.groups.size(); ++at)
            reports_->tell_again(engine::GroupId{at}, engine_.group(engine::GroupId{at}));
    }
    core_->send(os::Progress::running);
}

void Process::say_what_changed() {
    if (!previous_) return;
    const plan::Changes changes = plan::diff(*previous_, plan_);
    if (!changes.empty()) os::log(Level::notice, "the new configuration changes " + text(changes));
    previous_.reset();
}

// Whoever adopts goes on from here, whether we leave in good order or not.
void Process::write_records() {
    if (page_ && running_) {
        for (const RouterId router : touched_) {
            const engine::Record record = engine_.record(router);
            page_->write(index(router), std::as_bytes(std::span{&record, 1}));
        }
    }
    for (const RouterId router : touched_)
        is_touched_[index(router)] = false;
    touched_.clear();
}

// The successor goes on from the records: nothing is released, nothing is said on the network.
void Process::hand_over() {
    now_ = os::EventLoop::now();
    sockets_->flush(now_);
    senses_->flush(now_);
    for (std::size_t at = 0; at < plan_.routers.size(); ++at)
        touch(router_at(at));
    write_records();
    if (page_) page_->beat(now_);
    restore_promote_secondaries();  // whoever sets it again knows what it was
    leave(os::Progress::handed_over);
}

void Process::stop() {
    if (leaving_) return;
    now_ = os::EventLoop::now();
    leaving_ = true;
    if (running_) step(engine::Stopped{});
    sockets_->flush(now_);  // the peers hurry while we tidy up
    senses_->flush(now_);
    write_records();  // nobody shall adopt what has been released
    if (!start_.keep_addresses) {
        holdings_->want_statics(false);
        holdings_->finish(release_time);
        restore_promote_secondaries();
    }
    leave(os::Progress::stopped);
}

void Process::leave(os::Progress progress) {
    leaving_ = true;
    orders_.leave();
    for (const auto& report : reports_due_)
        report();
    reports_due_.clear();
    if (checker_) checker_->flush(progress == os::Progress::handed_over ? hand_over_time : farewell_time);
    core_->send(progress);
    core_->flush(farewell_time);
    if (checker_) checker_->flush(farewell_time);
    if (publisher_) publisher_->finish(os::EventLoop::now());  // when nobody waits for us any more
    loop_.quit(0);
}

}  // namespace holdfast::vrrp
