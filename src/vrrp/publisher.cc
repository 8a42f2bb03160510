#include "vrrp/publisher.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "os/event_loop.h"
#include "os/log.h"
#include "status/history.h"
#include "vrrp/reports.h"

namespace holdfast::vrrp {

namespace {

using engine::RouterId;

constexpr std::size_t piece_bytes = 4096;  // about 15 routers, some 10 us
constexpr std::size_t piece_entries = 16;
using status::most_transitions;

status::RouterState shown(engine::State state) {
    switch (state) {
        case engine::State::initialize:
            return status::RouterState::initialize;
        case engine::State::backup:
            return status::RouterState::backup;
        case engine::State::active:
            return status::RouterState::active;
        case engine::State::fault:
            return status::RouterState::fault;
    }
    return status::RouterState::initialize;
}

status::Order shown(engine::Steering steering) {
    switch (steering) {
        case engine::Steering::none:
            return status::Order::none;
        case engine::Steering::drained:
            return status::Order::drained;
        case engine::Steering::yielding:
            return status::Order::handed_over;
        case engine::Steering::raised:
            return status::Order::taken_over;
    }
    return status::Order::none;
}

void append(std::vector<status::Transition>& transitions, status::Transition last) {
    if (transitions.size() == most_transitions) transitions.erase(transitions.begin());
    transitions.push_back(std::move(last));
}

// As many as there is room for.
void keep_before(std::vector<status::Transition>& transitions, const std::vector<status::Transition>& were) {
    const std::size_t kept = std::min(were.size(), most_transitions - transitions.size());
    transitions.insert(transitions.begin(), were.end() - static_cast<std::ptrdiff_t>(kept), were.end());
}

std::vector<std::string> counter_names() {
    std::vector<std::string> names;
    for (std::size_t at = 0; at < engine::remark_count; ++at) {
        std::string name{name_of(static_cast<engine::Remark>(at))};
        std::replace(name.begin(), name.end(), '-', '_');
        names.push_back("refused_" + name);
    }
    return names;
}

}  // namespace

Publisher::Publisher(const Sources& sources, os::PublishedPage page, os::UniqueFd former)
    : sources_{sources},
      page_{std::move(page)},
      former_{std::move(former)},
      started_{os::EventLoop::now()},
      memories_(sources.plan.routers.size()),
      group_transitions_(sources.plan.engine.groups.size()),
      remark_names_{counter_names()} {
    const engine::Settings& settings = sources_.plan.engine;
    if (!settings.guards.empty()) guards_.resize(settings.routers.size());
    for (std::uint32_t at = 0; at < settings.guards.size(); ++at) {
        const RouterId leader = settings.guards[at].leader;
        guards_[index(leader)] = engine::GuardId{at};
        if (const auto group = settings.routers[index(leader)].group_id)
            for (const RouterId member : settings.groups[index(*group)].members)
                guards_[index(member)] = engine::GuardId{at};
    }
}

Result<std::unique_ptr<Publisher>> Publisher::create(const Sources& sources, os::UniqueFd page,
                                                     os::UniqueFd former) {
    auto mapped = os::PublishedPage::map(page.get());
    if (!mapped) return std::move(mapped).error();
    return std::unique_ptr<Publisher>{new Publisher{sources, std::move(*mapped), std::move(former)}};
}

// Not before there is time for it: who takes over has something better to do.
void Publisher::adopt_former() {
    const auto reader = os::PublishedReader::map(former_.get());
    former_.reset();
    const auto bytes = reader ? reader->read() : std::nullopt;
    const auto former = bytes ? status::read_routers(*bytes)
                              : Result<status::RoutersSnapshot>{Error::invalid("there is none")};
    if (!former) return os::log(os::Level::debug, "no history is taken over: " + former.error().text());
    std::unordered_map<std::string_view, const status::Instance*> by_name;
    for (const status::Instance& was : former->instances)
        by_name.emplace(was.name, &was);
    for (std::size_t at = 0; at < memories_.size(); ++at)
        if (const auto was = by_name.find(sources_.plan.engine.routers[at].name); was != by_name.end())
            adopt(*was->second, memories_[at]);
    for (const status::Group& was : former->groups)
        for (std::size_t at = 0; at < group_transitions_.size(); ++at)
            if (sources_.plan.engine.groups[at].name == was.name)
                keep_before(group_transitions_[at], was.transitions);
    for (status::Departed& gone : departed_)
        if (const auto was = by_name.find(gone.name); was != by_name.end())
            keep_before(gone.transitions, was->second->transitions);
    adopt_departed(former->departed);
}

// Those that departed before.
void Publisher::adopt_departed(const std::vector<status::Departed>& were) {
    const std::size_t kept = std::min(were.size(), status::most_departed - departed_.size());
    departed_.insert(departed_.begin(), were.end() - static_cast<std::ptrdiff_t>(kept), were.end());
}

void Publisher::adopt(const status::Instance& was, Memory& memory) const {
    keep_before(memory.transitions, was.transitions);
    if (memory.last_error == status::ProtocolError::none) memory.last_error = was.last_error;
    if (!memory.error_source) memory.error_source = was.error_source;
    for (const status::Peer& peer : was.peers) {
        if (!peer.heard || peer.adverts == 0) continue;
        const auto place = std::find_if(memory.peers.begin(), memory.peers.end(), [&](const Seen& seen) {
            return seen.adverts == 0 || seen.address == peer.address;
        });
        if (place == memory.peers.end()) return;
        if (place->adverts == 0)
            *place = {.address = peer.address, .priority = peer.priority, .last = *peer.heard};
        place->adverts += peer.adverts;
    }
}

Moment Publisher::moment(RouterId router) const {
    const Memory& memory = memories_[index(router)];
    Moment moment{.priority = sources_.engine.router(router).effective_priority.wire(),
                  .former_priority = memory.former_priority,
                  .priority_moved = memory.priority_moved};
    for (const Seen& seen : memory.peers) {
        if (seen.adverts == 0 || (moment.somebody_heard && seen.last <= moment.heard_when)) continue;
        moment.somebody_heard = true;
        moment.heard_from = seen.address;
        moment.heard_priority = seen.priority;
        moment.heard_when = seen.last;
    }
    moment.factors_total =
        static_cast<std::uint32_t>(sources_.engine.factors(router, std::span{moment.factors}));
    if (!guards_.empty() && guards_[index(router)]) {
        const engine::GuardView guard = sources_.engine.guard(*guards_[index(router)]);
        moment.situation = guard.situation;
        moment.verdict = guard.verdict;
    }
    return moment;
}

void Publisher::tell(const engine::StateChanged& change, Instant when, const Moment& moment) {
    const engine::RouterSettings& router = sources_.plan.engine.routers[index(change.router)];
    status::Transition transition = told(change.cause, when, router.group_id);
    transition.from = shown(change.from);
    transition.to = shown(change.to);
    transition.evidence = moment.evidence(change, when, sources_.plan.engine);
    append(memories_[index(change.router)].transitions, std::move(transition));
}

void Publisher::tell(const engine::GroupStateChanged& change, Instant when) {
    status::Transition transition = told(change.cause, when, std::nullopt);
    transition.from = shown(change.from);
    transition.to = shown(change.to);
    if (change.member) {
        transition.member = sources_.plan.engine.routers[index(*change.member)].name;
        const std::vector<status::Transition>& led = memories_[index(*change.member)].transitions;
        if (!led.empty() && led.back().when == when) transition.evidence = led.back().evidence;
    }
    append(group_transitions_[index(change.group)], std::move(transition));
}

void Publisher::tell_departed(status::Departed departed, engine::State was, Instant when) {
    departed.transitions = {{.when = when,
                             .told = tell_now(),
                             .from = shown(was),
                             .to = status::RouterState::initialize,
                             .kind = std::string{name_of(engine::CauseKind::configuration)},
                             .cause = std::string{removed_words}}};
    if (departed_.size() == status::most_departed) departed_.erase(departed_.begin());
    departed_.push_back(std::move(departed));
}

void Publisher::remarked(engine::RouterId router, engine::Remark remark, const IpAddress& from) {
    Memory& memory = memories_[index(router)];
    switch (remark) {
        case engine::Remark::bad_ttl:
        case engine::Remark::bad_peer_ttl:
            memory.last_error = status::ProtocolError::ttl;
            break;
        case engine::Remark::bad_version:
            memory.last_error = status::ProtocolError::version;
            break;
        case engine::Remark::bad_checksum:
            memory.last_error = status::ProtocolError::checksum;
            break;
        case engine::Remark::bad_auth_type:
        case engine::Remark::other_auth_type:
        case engine::Remark::bad_password:
            break;
        default:
            return;
    }
    memory.error_source = from;
}

Instant Publisher::tell_now() {
    last_told_ = std::max(os::EventLoop::now(), last_told_ + Duration{1});
    urgent_ = true;
    return last_told_;
}

status::Transition Publisher::told(const engine::Cause& cause, Instant when,
                                   std::optional<engine::GroupId> group) {
    return {.when = when,
            .told = tell_now(),
            .kind = std::string{name_of(cause.kind)},
            .member = cause.member ? sources_.plan.engine.routers[index(*cause.member)].name : std::string{},
            .member_kind = cause.kind == engine::CauseKind::group_member
                               ? std::string{name_of(cause.member_kind)}
                               : std::string{},
            .cause = engine::describe(cause, sources_.plan.engine, group)};
}

// --- An edition
// ------------------------------------------------------------------------------------------------

void Publisher::work(Instant now) {
    if (!making_) begin(now);
    if (write_some()) return page_.settle(size_);
    complete();
}

void Publisher::finish(Instant now) {
    begin(now);
    while (write_some())
        page_.settle(size_);
    complete();
}

void Publisher::complete() {
    ByteWriter end{room_.subspan(size_)};
    status::write_end(end);
    page_.publish(size_ + end.size());
    making_ = false;
}

void Publisher::begin(Instant now) {
    if (former_) adopt_former();
    making_ = true;
    urgent_ = false;
    begun_ = now;
    room_ = page_.begin();
    room_ = room_.first(room_.size() - 1);  // for the end
    size_ = 0;
    cursor_ = 0;
    put(status::Head{.version = HOLDFAST_VERSION,
                     .node = sources_.plan.router_id,
                     .configuration = sources_.start.configuration_path,
                     .started = started_,
                     .taken = now,
                     .taken_wall = std::chrono::system_clock::now().time_since_epoch()});
}

// An entry for which there is no room is left out: the page was made for far more than this.
template <class Entry>
void Publisher::put(const Entry& entry) {
    ByteWriter writer{room_.subspan(size_)};
    status::write(writer, entry);
    if (!writer.overflowed()) {
        size_ += writer.size();
        return;
    }
    if (!said_full_) os::log(os::Level::warning, "the status has no room for everything; some is left out");
    said_full_ = true;
}

// False when everything has been written.
bool Publisher::write_some() {
    const engine::Settings& settings = sources_.plan.engine;
    const std::size_t routers = settings.routers.size();
    const std::size_t groups = settings.groups.size();
    const std::size_t trackers = settings.trackers.size();
    const std::size_t statics = routers + groups + trackers + settings.guards.size();
    const std::size_t all = statics + 1 + departed_.size();
    const std::size_t limit = size_ + piece_bytes;
    for (std::size_t done = 0; cursor_ < all && done < piece_entries && size_ < limit; ++cursor_, ++done) {
        if (cursor_ < routers) {
            describe(RouterId{static_cast<std::uint32_t>(cursor_)});
            put(instance_);
        } else if (cursor_ < routers + groups) {
            const std::size_t at = cursor_ - routers;
            status::Group group{
                .name = settings.groups[at].name,
                .state = shown(sources_.engine.group(engine::GroupId{static_cast<std::uint32_t>(at)})),
                .members = {}};
            for (const RouterId member : settings.groups[at].members)
                group.members.push_back(settings.routers[index(member)].name);
            group.transitions = group_transitions_[at];
            put(group);
        } else if (cursor_ > statics) {
            put(departed_[cursor_ - statics - 1]);
        } else if (cursor_ == statics) {
            sources_.holdings.describe_statics(statics_);
            put(statics_);
        } else if (cursor_ >= routers + groups + trackers) {
            describe(engine::GuardId{static_cast<std::uint32_t>(cursor_ - routers - groups - trackers)});
        } else {
            const std::size_t at = cursor_ - routers - groups;
            const engine::TrackerJudged known =
                sources_.engine.verdict(engine::TrackerId{static_cast<std::uint32_t>(at)});
            put(status::TrackerVerdict{
                .name = settings.trackers[at].name, .verdict = shown(known.health), .value = known.value});
        }
    }
    return cursor_ < all;
}

void Publisher::describe(RouterId id) {
    const engine::Settings& settings = sources_.plan.engine;
    const engine::RouterSettings& router = settings.routers[index(id)];
    const engine::RouterView view = sources_.engine.router(id);
    status::Instance& one = instance_;
    one.name = router.name;
    one.vrid = router.vrid.wire();
    one.version = static_cast<std::uint8_t>(router.version);
    one.family = router.family;
    one.link = router.link ? std::string_view{settings.links[index(*router.link)]} : std::string_view{};
    one.group = router.group_id ? std::string_view{settings.groups[index(*router.group_id)].name}
                                : std::string_view{};
    one.state = shown(view.state);
    one.wants_active = view.state == engine::State::backup && view.wanted == engine::State::active;
    one.has_fault = view.state == engine::State::fault;
    one.since = view.since == Instant{} ? started_ : view.since;
    one.order = shown(view.steering);
    one.ordered = view.steered;
    one.priority = view.effective_priority.wire();
    one.configured_priority = router.priority.wire();
    one.source = view.source;
    one.advert_interval = router.advert_interval;
    one.active_interval = view.active_interval;
    one.down_interval = view.down_interval;
    one.fault = router.fault ? explanation(*router.fault) : std::string{};

    adjustments_.clear();
    sources_.engine.adjustments(id, adjustments_);
    one.adjustments.clear();
    for (const engine::Adjustment& adjustment : adjustments_)
        one.adjustments.push_back({.name = adjustment.link
                                               ? "link " + settings.links[index(*adjustment.link)]
                                               : settings.trackers[index(*adjustment.tracker)].name,
                                   .amount = adjustment.amount});

    // Who adopted it was not told of the last one if the process before died with it. One of this process is
    // still to be told.
    one.transitions = memories_[index(id)].transitions;
    if (one.transitions.empty() || one.transitions.back().when != one.since)
        one.transitions.push_back({.when = one.since,
                                   .told = one.since < started_ ? started_ : Instant{},
                                   .from = one.state,
                                   .to = one.state,
                                   .kind = std::string{name_of(view.cause.kind)},
                                   .cause = engine::describe(view.cause, settings, router.group_id)});

    const engine::Counters& counters = *view.counters;
    one.counters.clear();
    one.counters.push_back({.name = "adverts_received", .value = counters.adverts_received});
    one.counters.push_back({.name = "adverts_sent", .value = counters.adverts_sent});
    one.counters.push_back({.name = "became_active", .value = counters.became_active});
    one.counters.push_back({.name = "released_active", .value = counters.released_active});
    one.counters.push_back({.name = "farewells_received", .value = counters.farewells_received});
    one.counters.push_back({.name = "farewells_sent", .value = counters.farewells_sent});
    for (std::size_t at = 0; at < counters.remarks.size(); ++at)
        if (counters.remarks[at] > 0)
            one.counters.push_back({.name = remark_names_[at], .value = counters.remarks[at]});
    one.last_error = memories_[index(id)].last_error;
    one.error_source = memories_[index(id)].error_source;
    sources_.holdings.describe(id, one.held);
    describe_addresses(id);
    describe_peers(id, view);
}

void Publisher::describe(engine::GuardId id) {
    const engine::GuardView view = sources_.engine.guard(id);
    put(status::GuardState{.unit = sources_.plan.guards[index(id)].unit,
                           .situation = static_cast<status::GuardSituation>(view.situation),
                           .verdict = static_cast<status::GuardVerdict>(view.verdict),
                           .holds_back = view.holds_back});
}

void Publisher::describe_addresses(RouterId id) {
    const auto& addresses = sources_.plan.routers[index(id)].addresses;
    instance_.addresses_total = static_cast<std::uint32_t>(addresses.size());
    instance_.addresses_in_place = 0;
    instance_.addresses.resize(std::min(addresses.size(), status::most_addresses));
    for (std::size_t at = 0; at < addresses.size(); ++at) {
        const bool in_place = sources_.holdings.in_place(id, at);
        if (in_place) ++instance_.addresses_in_place;
        if (at >= instance_.addresses.size()) continue;
        status::VirtualAddress& address = instance_.addresses[at];
        address.prefix = addresses[at].prefix;
        address.link = sources_.plan.links[index(addresses[at].link)].name;
        address.in_place = in_place;
        address.is_excluded = !addresses[at].advertised;
    }
}

// The configured ones, then whoever else was heard.
void Publisher::describe_peers(RouterId id, const engine::RouterView& view) {
    std::vector<status::Peer>& peers = instance_.peers;
    peers.clear();
    const auto known = [&](const IpAddress& address) -> status::Peer& {
        const auto found = std::find_if(peers.begin(), peers.end(),
                                        [&](const status::Peer& peer) { return peer.address == address; });
        return found != peers.end() ? *found : peers.emplace_back(status::Peer{.address = address});
    };
    for (const engine::UnicastPeer& peer : sources_.plan.engine.routers[index(id)].peers)
        if (peers.size() < status::most_entries - most_peers - 1) known(peer.address).is_configured = true;
    for (const Seen& seen : memories_[index(id)].peers) {
        if (seen.adverts == 0) continue;
        status::Peer& peer = known(seen.address);
        peer.priority = seen.priority;
        peer.heard = seen.last;
        peer.adverts = seen.adverts;
    }
    if (!view.active_address) return;
    status::Peer& followed = known(*view.active_address);
    followed.is_followed = true;
    if (followed.adverts > 0) return;
    followed.priority = view.active_priority ? view.active_priority->wire() : std::uint8_t{0};
    followed.heard = view.last_heard;
}

}  // namespace holdfast::vrrp
