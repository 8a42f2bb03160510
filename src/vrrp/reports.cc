#include "vrrp/reports.h"

#include <utility>

#include "engine/cause.h"
#include "engine/guard_table.h"
#include "engine/incident.h"
#include "status/messages.h"

namespace holdfast::vrrp {

namespace {

using engine::Remark;
using engine::State;
using os::Level;
using status::labelled;
using status::Number;

os::Happening happening_for(State state) {
    switch (state) {
        case State::active:
            return os::Happening::became_master;
        case State::backup:
            return os::Happening::became_backup;
        case State::fault:
            return os::Happening::fault;
        case State::initialize:
            break;
    }
    return os::Happening::stopped;
}

os::Former former_of(State state) {
    switch (state) {
        case State::initialize:
            return os::Former::init;
        case State::backup:
            return os::Former::backup;
        case State::active:
            return os::Former::master;
        case State::fault:
            return os::Former::fault;
    }
    return os::Former::unknown;
}

// What was wrong with an advert, and what to look at. found and expected are the remark's numbers.
std::string explanation(const engine::AdvertRemarked& remarked) {
    const std::string found = std::to_string(remarked.found);
    const std::string expected = std::to_string(remarked.expected);
    switch (remarked.remark) {
        case Remark::too_short:
            return "it is too short to be an advert (" + found + " bytes)";
        case Remark::unknown_vrid:
            return "no instance here has virtual_router_id " + found;
        case Remark::not_listening:
            return "this instance is not listening";
        case Remark::bad_length:
            return "its length is " + found + " bytes, " + expected + " expected";
        case Remark::bad_ttl:
            return "its TTL is " + found + ", not 255: a router forwarded it, or somebody forges adverts";
        case Remark::bad_version:
            return "it is VRRP version " + found + ", ours is " + expected +
                   ": set vrrp_version alike on all nodes";
        case Remark::bad_auth_type:
            return "its authentication type " + found + " does not exist";
        case Remark::other_auth_type:
            return "its authentication type is " + found + ", ours is " + expected +
                   ": set auth_type alike on all nodes";
        case Remark::bad_password:
            return "its password is not ours: set auth_pass alike on all nodes";
        case Remark::other_interval_v2:
            return "its interval is " + found + "0 ms, ours is " + expected +
                   "0 ms: set advert_int alike on all nodes";
        case Remark::bad_type:
            return "its type is " + found + ", only 1 exists";
        case Remark::bad_checksum:
            return "its checksum is wrong";
        case Remark::wrong_delivery:
            return "it came by multicast to a unicast instance, or the reverse: compare unicast_peer";
        case Remark::own_source:
            return "it carries our own source address: a loop, or another host has our address";
        case Remark::owner_ignored:
            return "we own the addresses and ignore other owners (owner_ignore_adverts)";
        case Remark::not_from_peer:
            return "its source is not a configured unicast_peer";
        case Remark::bad_peer_ttl:
            return "its TTL " + found + " is outside the peer's min_ttl and max_ttl";
        case Remark::other_interval:
            return "its interval is " + found + "0 ms, ours is " + expected +
                   "0 ms: it is followed, but set advert_int alike on all nodes";
        case Remark::other_addresses:
            return "its address list is another one than ours: it is accepted, but compare virtual_ipaddress "
                   "on all nodes";
        case Remark::same_priority:
            return "its priority is " + found +
                   ", and so is ours: who becomes MASTER is left to the addresses. If that is not meant, "
                   "give "
                   "each node another priority";
        case Remark::stranger:
            return "its address list has nothing in common with ours: another virtual router has our "
                   "virtual_router_id. It is accepted, but give one of the two another";
        case Remark::wrong_link:
            return "it is for our addresses, but came by another interface than the one of this instance: "
                   "compare interface on all nodes, and what the cables and VLANs connect";
    }
    return "?";
}

bool is_accepted(Remark remark) {
    return remark == Remark::other_interval || remark == Remark::other_addresses ||
           remark == Remark::same_priority || remark == Remark::stranger;
}

}  // namespace

std::string explanation(engine::ConfigurationFault fault) {
    switch (fault) {
        case engine::ConfigurationFault::no_peer:
            return "unicast_fault_no_peer is set, and there is no unicast_peer. Add one";
        case engine::ConfigurationFault::unsupported_auth:
            return "auth_type AH and auth_hmac are not supported, and without them two hosts could be "
                   "MASTER. "
                   "Use auth_type PASS, or none, on all nodes";
        case engine::ConfigurationFault::unsuitable_interface:
            return "its interface cannot carry VRRP. Name another one";
    }
    return "?";
}

std::string_view config_word(State state) {
    switch (state) {
        case State::initialize:
            return "INIT";
        case State::backup:
            return "BACKUP";
        case State::active:
            return "MASTER";
        case State::fault:
            return "FAULT";
    }
    return "?";
}

void Reports::notify(os::Notice notice) {
    if (checker_ == nullptr) return;
    notice.time = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    checker_->send(std::move(notice));
}

void Reports::tell(const engine::StateChanged& change, Priority effective) {
    const engine::RouterSettings& router = plan_.engine.routers[index(change.router)];
    const std::string cause = describe(change.cause, plan_.engine, router.group_id);
    const std::string to{config_word(change.to)};
    os::log(change.to == State::fault ? Level::warning : Level::notice,
            router.name + ": " + std::string{config_word(change.from)} + " -> " + to + ": " + cause,
            {{"INSTANCE", router.name},
             {"STATE", std::string{name_of(change.to)}},
             {"OLD_STATE", std::string{name_of(change.from)}},
             {"CAUSE", cause},
             {"CAUSE_KIND", std::string{name_of(change.cause.kind)}},
             {"VRID", std::to_string(router.vrid.wire())}});
    notify({.of_group = false,
            .name = router.name,
            .happening = happening_for(change.to),
            .is_master = change.to == State::active,
            .priority = effective.wire(),
            .former = former_of(change.from),
            .cause_kind = std::string{name_of(change.cause.kind)},
            .cause = cause});
}

void Reports::tell(const engine::GroupStateChanged& change) {
    const engine::GroupSettings& group = plan_.engine.groups[index(change.group)];
    const std::string cause = describe(change.cause, plan_.engine, std::nullopt);
    const std::string to{config_word(change.to)};
    os::log(change.to == State::fault ? Level::warning : Level::notice,
            "group " + group.name + ": " + std::string{config_word(change.from)} + " -> " + to + ": " + cause,
            {{"GROUP", group.name}, {"STATE", std::string{name_of(change.to)}}, {"CAUSE", cause}});
    notify({.of_group = true,
            .name = group.name,
            .happening = happening_for(change.to),
            .is_master = change.to == State::active,
            .priority = 0,
            .former = former_of(change.from),
            .cause_kind = std::string{name_of(change.cause.kind)},
            .cause = cause});
}

void Reports::tell(const engine::SteeringChanged& change) const {
    const engine::RouterSettings& router = plan_.engine.routers[index(change.router)];
    const std::string& name =
        router.group_id ? plan_.engine.groups[index(*router.group_id)].name : router.name;
    const std::string ends = "; `holdfast resume " + name + "` ends that";
    const auto say = [&](Number number, const std::string& what) {
        os::log(Level::notice, labelled(number, name + ": " + what), {{"UNIT", name}});
    };
    switch (change.to) {
        case engine::Steering::drained:
            return say(Number::unit_drained, "drained by an operator" + ends);
        case engine::Steering::yielding:
            return say(Number::unit_handed_over, "an operator ordered it away from this node" + ends);
        case engine::Steering::raised:
            return say(Number::unit_raised, "an operator ordered it to this node" + ends);
        case engine::Steering::none:
            return say(Number::order_over, "no operator's order stands any more");
    }
}

void Reports::tell(const engine::PriorityChanged& change, bool is_active) {
    const std::string& name = plan_.engine.routers[index(change.router)].name;
    const std::string cause = change.cause.kind == engine::CauseKind::adopted
                                  ? "judged anew by the process that took over"
                                  : describe(change.cause, plan_.engine, std::nullopt);
    os::log(Level::info,
            name + ": effective priority " + std::to_string(change.from.wire()) + " -> " +
                std::to_string(change.to.wire()) + ": " + cause,
            {{"INSTANCE", name}, {"CAUSE", cause}});
    notify({.of_group = false,
            .name = name,
            .happening = os::Happening::priority_changed,
            .is_master = is_active,
            .priority = change.to.wire(),
            .cause_kind = std::string{name_of(change.cause.kind)},
            .cause = cause});
}

void Reports::tell(const engine::LowerPriorityHeard& heard, Priority effective, Instant now) {
    const std::string& name = plan_.engine.routers[index(heard.router)].name;
    if (const auto held_back = limit_.allow("rival " + name + heard.peer.text(), now))
        os::log(Level::warning,
                name + ": advert of lower priority " + std::to_string(heard.peer_priority.wire()) +
                    " heard from " + heard.peer.text() + " (ours " + std::to_string(effective.wire()) +
                    "): it believes to be MASTER, too; it is answered" + os::and_more(*held_back),
                {{"INSTANCE", name}});
    notify({.of_group = false,
            .name = name,
            .happening = os::Happening::lower_priority_heard,
            .is_master = true,
            .priority = effective.wire()});
}

std::optional<std::uint64_t> Reports::may_tell(const engine::AdvertRemarked& remarked, Instant now) {
    if (remarked.remark == Remark::unknown_vrid && !plan_.log_unknown_vrids) return std::nullopt;
    std::string key{name_of(remarked.remark)};
    if (remarked.router) key += " " + std::to_string(index(*remarked.router));
    return limit_.allow(key + " " + remarked.source.text(), now);
}

void Reports::tell(const engine::AdvertRemarked& remarked, std::uint64_t held_back) {
    const auto& links = plan_.engine.links;
    const bool has_links = remarked.remark == Remark::wrong_link && remarked.found < links.size() &&
                           remarked.expected < links.size();
    const std::string where =
        has_links ? " (" + links[remarked.found] + ", not " + links[remarked.expected] + ")" : "";
    const std::string name = remarked.router ? plan_.engine.routers[index(*remarked.router)].name + ": " : "";
    os::log(is_accepted(remarked.remark) ? Level::info : Level::warning,
            name + "advert from " + remarked.source.text() +
                (is_accepted(remarked.remark) ? " differs: " : " refused: ") + explanation(remarked) + where +
                os::and_more(held_back),
            {{"REMARK", std::string{name_of(remarked.remark)}}});
}

void Reports::tell(const engine::GuardDecided& decided) const {
    const std::string& unit = plan_.guards[index(decided.guard)].unit;
    const engine::Row* row = engine::row_of(decided.decision.situation);
    const std::string situation = row == nullptr ? "" : std::string{row->name};
    os::log(Level::notice,
            labelled(Number::guard_decided,
                     unit + ": " + describe(decided.decision, plan_.engine) + " (row " +
                         std::to_string(row == nullptr ? 0 : row->number) + ", " + situation + ", policy " +
                         std::string{name_of(plan_.engine.guards[index(decided.guard)].policy)} + ")"),
            {{"INSTANCE", unit},
             {"SITUATION", situation},
             {"VERDICT", std::string{name_of(decided.decision.verdict)}}});
}

void Reports::tell(const engine::PathChanged& change) const {
    const std::string where = plan_.guards[index(change.guard)].unit + ": the peer is ";
    const std::string& path = plan_.engine.paths[index(change.path)];
    if (change.heard)
        os::log(Level::notice, labelled(Number::path_heard, where + "heard again by " + path));
    else
        os::log(Level::warning,
                labelled(Number::path_silent,
                         where + "no longer heard by " + path + ", but by another way: redundancy is lost"));
}

os::Chapter Reports::chapter_of(const engine::IncidentChanged& change) {
    ToldIncident& told = incidents_[index(change.guard)];
    const ToldIncident before = std::exchange(told, {change.id, change.kind});
    if (!change.open) return os::Chapter::closed;
    if (before.id != change.id) return os::Chapter::opened;
    return before.kind == change.kind ? os::Chapter::more : os::Chapter::worse;
}

void Reports::assume(engine::GuardId guard, const engine::Incident& incident) {
    if (incident.is_open()) incidents_[index(guard)] = {incident.id(), incident.kind()};
}

// The log has one line for each time that it matters more than before; what was decided meanwhile has a line
// of its own.
void Reports::tell(const engine::IncidentChanged& change, const engine::Incident& incident, bool active) {
    const std::string& unit = plan_.guards[index(change.guard)].unit;
    const auto entries = incident.entries();
    os::IncidentNews news{
        .guard = static_cast<std::uint32_t>(index(change.guard)),
        .chapter = chapter_of(change),
        .unit = unit,
        .id = change.id.text(),
        .kind = std::string{name_of(change.kind)},
        .text = entries.empty() ? "" : describe(entries.back(), plan_.engine),
        .choices = {},
        .time = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now())};
    if (change.open)
        for (const engine::Choice choice :
             choices(incident, plan_.engine.guards[index(change.guard)].policy, active))
            news.choices.emplace_back(name_of(choice));
    const std::string head = unit + ": incident " + news.id + ", " + news.kind + ": ";
    const os::LogFields fields{{"INSTANCE", unit}, {"INCIDENT", news.id}, {"INCIDENT_KIND", news.kind}};
    if (!change.open)
        os::log(Level::notice, labelled(Number::incident_closed, head + "over"), fields);
    else if (news.chapter != os::Chapter::more)
        os::log(Level::warning, labelled(Number::incident_opened, head + news.text), fields);
    if (checker_ != nullptr) checker_->send(std::move(news));
}

void Reports::tell_faults() const {
    for (const engine::RouterSettings& router : plan_.engine.routers)
        if (router.fault)
            os::log(Level::error, router.name + " stays in FAULT: " + explanation(*router.fault),
                    {{"INSTANCE", router.name}});
}

void Reports::tell_again(engine::RouterId id, State state, Priority effective) {
    notify({.of_group = false,
            .name = plan_.engine.routers[index(id)].name,
            .happening = happening_for(state),
            .is_master = state == State::active,
            .priority = effective.wire(),
            .at_reload = true});
}

void Reports::tell_again(engine::GroupId id, State state) {
    notify({.of_group = true,
            .name = plan_.engine.groups[index(id)].name,
            .happening = happening_for(state),
            .is_master = state == State::active,
            .priority = 0,
            .at_reload = true});
}

void Reports::tell(const Departure& departure) {
    os::log(Level::notice,
            departure.name + ": " + std::string{removed_words} + "; it had been " +
                std::string{config_word(departure.was)} +
                (departure.was == State::active ? ", and has resigned" : ""),
            {{"INSTANCE", departure.name}});
    if (!departure.is_told()) return;
    notify({.of_group = false,
            .name = departure.name,
            .happening = departure.as_deleted ? os::Happening::deleted : os::Happening::fault,
            .is_master = false,
            .priority = departure.priority,
            .former = former_of(departure.was),
            .cause_kind = std::string{name_of(engine::CauseKind::configuration)},
            .cause = std::string{removed_words}});
}

}  // namespace holdfast::vrrp
