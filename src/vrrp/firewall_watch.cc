#include "vrrp/firewall_watch.h"

#include <linux/netfilter.h>

#include <algorithm>
#include <set>

#include "net/firewall_change.h"
#include "status/messages.h"

namespace holdfast::vrrp {

namespace {

using engine::RouterId;
using net::firewall::Answer;
using net::firewall::Probe;
using os::Level;

constexpr std::size_t most_probes = 256;  // distinct ones: interfaces, families and unicast peers

Prefix host(const IpAddress& address) {
    return {address, host_prefix_length(address.family())};
}

// Where a peer on this interface sends from: the network of our own source address.
std::optional<Prefix> network_of(const net::LinkTable& links, int ifindex, const IpAddress& source) {
    for (const net::PresentAddress& address : links.addresses_of(ifindex))
        if (address.address == source) return Prefix{source, address.prefix_length};
    return std::nullopt;
}

// What it is, for people.
std::string words(const Probe& probe) {
    const std::string what =
        probe.port == 0 ? "adverts" : "heartbeats (UDP port " + std::to_string(probe.port) + ")";
    return probe.outgoing ? what + " that leave by " + probe.link + " for " + probe.destination.text()
                          : what + " that arrive on " + probe.link + " for " + probe.destination.text() +
                                (probe.source && probe.source->length == host_prefix_length(probe.family)
                                     ? " from " + probe.source->address.text()
                                     : "");
}

std::string consequence(const Probe& probe) {
    if (probe.port != 0)
        return probe.outgoing ? "The peers lack this evidence that this host is alive"
                              : "This host lacks this evidence that its peers are alive";
    return probe.outgoing ? "The peers hear nothing of this host and become MASTER, too"
                          : "This host hears nothing of its peers and becomes MASTER, too";
}

os::AcceptRule rule_for(const Probe& probe, const net::firewall::ChainKey& chain) {
    os::AcceptRule rule{.table_family = static_cast<std::uint8_t>(chain.family),
                        .table = chain.table,
                        .chain = chain.name,
                        .outgoing = probe.outgoing,
                        .link = probe.link,
                        .source = std::nullopt,
                        .destination = probe.destination,
                        .protocol = probe.port == 0 ? os::AcceptRule::vrrp : os::AcceptRule::udp,
                        .port = probe.port};
    const bool of_one_peer =
        !probe.outgoing && probe.source && probe.source->length == host_prefix_length(probe.family);
    if (of_one_peer) rule.source = probe.source->address;
    return rule;
}

bool in_network(const IpAddress& address, const net::PresentAddress& own) {
    if (address.family() != own.address.family()) return false;
    const ByteView a = address.bytes();
    const ByteView b = own.address.bytes();
    for (std::size_t bit = 0; bit < own.prefix_length && bit < a.size() * 8; ++bit)
        if (((a[bit / 8] ^ b[bit / 8]) & (0x80 >> (bit % 8))) != 0) return false;
    return true;
}

// Our own address towards a peer, on an interface that has one in the peer's network.
std::optional<std::pair<const net::Link*, IpAddress>> way_to(const net::LinkTable& links,
                                                             const plan::PathPlan& path) {
    if (!path.peer) return std::nullopt;
    for (const net::Link* link : links.all()) {
        if (!path.interface.empty() && link->name != path.interface) continue;
        for (const net::PresentAddress& own : links.addresses_of(link->index)) {
            const bool is_it = path.source ? own.address == *path.source : in_network(*path.peer, own);
            if (is_it) return std::pair{link, own.address};
        }
    }
    return std::nullopt;
}

void add_heartbeats(std::vector<Probe>& all, const plan::PathPlan& path, const net::LinkTable& links) {
    if (path.port == 0) return;
    Probe probe{.ttl = std::nullopt, .port = path.port};
    const auto add = [&](const net::Link& link, const std::optional<Prefix>& own,
                         const std::optional<Prefix>& theirs, const IpAddress& out_to,
                         const IpAddress& in_to) {
        if (all.size() + 2 > most_probes) return;
        probe.link = link.name;
        probe.ifindex = static_cast<std::uint32_t>(link.index);
        probe.family = out_to.family();
        probe.outgoing = true;
        probe.source = own;
        probe.destination = out_to;
        all.push_back(probe);
        probe.outgoing = false;
        probe.source = theirs;
        probe.destination = in_to;
        all.push_back(probe);
    };
    if (path.peer) {
        if (const auto way = way_to(links, path))
            add(*way->first, host(way->second), host(*path.peer), *path.peer, way->second);
        return;
    }
    const net::Link* link = links.find(std::string_view{path.interface});
    if (link == nullptr) return;
    for (const Family family : {Family::ipv4, Family::ipv6}) {
        const auto own =
            family == Family::ipv4 ? links.first_ipv4(link->index) : links.ipv6_link_local(link->index);
        if (!own) continue;
        const IpAddress group = vrrp_multicast_group(family);
        add(*link, host(*own), network_of(links, link->index, *own), group, group);
    }
}

}  // namespace

std::vector<Probe> probes_of(const plan::Plan& plan, const engine::Engine& engine,
                             const net::LinkTable& links) {
    std::vector<Probe> all;
    std::set<std::tuple<std::string, IpAddress, std::optional<IpAddress>>> known;
    for (std::uint32_t at = 0; at < plan.engine.routers.size(); ++at) {
        const engine::RouterSettings& router = plan.engine.routers[at];
        const net::Link* link =
            router.link ? links.find(std::string_view{plan.links[index(*router.link)].name}) : nullptr;
        const auto source = engine.router(RouterId{at}).source;
        if (link == nullptr || !source) continue;
        const Probe common{.outgoing = false,
                           .family = router.family,
                           .link = link->name,
                           .ifindex = static_cast<std::uint32_t>(link->index),
                           .source = std::nullopt,
                           .destination = router.group,
                           .ttl = 255};
        for (const IpAddress& destination : router.destinations()) {
            const auto incoming_to = router.unicast ? source : std::optional<IpAddress>{};
            if (all.size() + 2 > most_probes) return all;
            if (!known.insert({link->name, destination, incoming_to}).second) continue;
            Probe out = common;
            out.outgoing = true;
            out.source = host(*source);
            out.destination = destination;
            all.push_back(out);
            Probe in = common;
            in.source = router.unicast ? host(destination) : network_of(links, link->index, *source);
            in.destination = incoming_to.value_or(destination);
            all.push_back(in);
        }
    }
    for (const plan::PathPlan& path : plan.paths)
        add_heartbeats(all, path, links);
    return all;
}

// At the head of the base chain: an accept in another one would not count against it.
std::string remedy(const Probe& probe, const Answer& answer) {
    const os::AcceptRule rule = rule_for(probe, answer.base);
    return "nft insert rule " + net::firewall::place_of(rule) + " " + net::firewall::words_of(rule);
}

std::vector<os::AcceptRule> rules_for(const std::vector<Probe>& probes, const std::vector<Answer>& answers) {
    std::vector<os::AcceptRule> rules;
    for (std::size_t at = 0; at < probes.size() && at < answers.size(); ++at)
        for (const net::firewall::ChainKey& chain : answers[at].needs) {
            os::AcceptRule rule = rule_for(probes[at], chain);
            const bool known = std::find(rules.begin(), rules.end(), rule) != rules.end();
            if (is_sound(rule) && !known && rules.size() < os::AcceptWanted::most)
                rules.push_back(std::move(rule));
        }
    return rules;
}

Insistence::May Insistence::ask(bool changed, Instant now) {
    if (given_up_) return May::never_again;
    if (now < next_) return May::wait;
    while (!repairs_.empty() && repairs_.front() + short_time <= now)
        repairs_.pop_front();
    if (!changed) {
        given_up_ = repairs_.size() >= most_repairs;
        if (given_up_) return May::never_again;
        repairs_.push_back(now);
    }
    next_ = now + pause;
    return May::ask;
}

FirewallWatch::FirewallWatch(const plan::Plan& plan, const engine::Engine& engine,
                             const net::LinkTable& links, Ask ask)
    : plan_{plan}, engine_{engine}, links_{links}, ask_{std::move(ask)} {
    auto reader = net::firewall::Reader::open();
    if (reader)
        reader_ = std::move(*reader);
    else if (plan.firewall_accept)
        os::log(Level::warning, status::labelled(status::Number::firewall_not_changed,
                                                 "firewall_accept has no effect: " + reader.error().text()));
    else
        os::log(Level::debug, "firewalls are not looked at: " + reader.error().text());
}

void FirewallWatch::begin(Instant now) {
    look_at(now);
    const std::vector<std::string> legacy = net::firewall::legacy_tables();
    if (legacy.empty()) return;
    std::string names;
    for (const std::string& name : legacy)
        names += (names.empty() ? "" : ", ") + name;
    os::log(
        Level::notice,
        status::labelled(status::Number::legacy_firewall,
                         "iptables-legacy has tables in use (" + names +
                             "); whether they drop adverts is not looked at: see `iptables-legacy -S` and "
                             "`ip6tables-legacy -S` for protocol 112"));
}

void FirewallWatch::look_at(Instant when) {
    if (due_ == never || when < due_) due_ = when;
}

void FirewallWatch::take_news(Instant now) {
    if (reader_ && reader_->take_news()) look_at(now + settling_time);
}

void FirewallWatch::links_changed(Instant now) {
    if (reader_ && probes_of(plan_, engine_, links_) != asked_) look_at(now + settling_time);
}

void FirewallWatch::work(Instant now) {
    if (!reader_) return;
    if (!reader_->busy()) {
        if (due_ > now) return;
        due_ = never;
        asked_ = probes_of(plan_, engine_, links_);
        if (!asked_.empty()) return reader_->ask(asked_, plan_.firewall_accept);
        if (plan_.firewall_accept) mend(now);  // nothing is sent: no rule is needed
        return;
    }
    if (const auto done = reader_->work(); !done) {
        os::log(Level::debug, "the firewall cannot be looked at: " + done.error().text());
        return;
    }
    if (!reader_->busy()) conclude(now);
}

void FirewallWatch::conclude(Instant now) {
    if (!reader_ || reader_->answers().size() != asked_.size())
        return look_at(now + patience);  // it changed all the while
    tell(now, plan_.firewall_accept && mend(now));
}

bool FirewallWatch::mend(Instant now) {
    static const std::vector<Answer> none;
    const std::vector<Answer>& answers = asked_.empty() || !reader_ ? none : reader_->answers();
    const bool all_pass = std::all_of(answers.begin(), answers.end(), [](const Answer& answer) {
        return answer.kind == Answer::Kind::passes || answer.needs.empty();
    });
    if (all_pass) tries_ = 0;
    std::vector<os::AcceptRule> rules = rules_for(asked_, answers);
    if (wanted_ == rules && all_pass) return false;
    // Interfaces and peers come and go; the rules of others are what one may fight about.
    const bool changed = !wanted_ || (asked_ != wanted_for_ && wanted_ != rules);
    switch (insistence_.ask(changed, now)) {
        case Insistence::May::ask:
            break;
        case Insistence::May::wait:
            look_at(insistence_.next());
            return tries_ <= 1;
        case Insistence::May::never_again:
            if (!std::exchange(said_given_up_, true))
                os::log(Level::error,
                        status::labelled(
                            status::Number::accept_given_up,
                            "firewall_accept gives up until the next reload: its rules were inserted several "
                            "times within a minute, and something on this host undoes it each time"));
            return false;
    }
    wanted_ = std::move(rules);
    wanted_for_ = asked_;
    send();
    look_at(now + patience);  // whether it has helped
    return ++tries_ <= 1;
}

void FirewallWatch::send() const {
    if (!wanted_ || wanted_->empty()) return ask_({});
    const auto count = static_cast<std::uint16_t>(wanted_->size());
    for (std::uint16_t at = 0; at < count; ++at)
        ask_({.position = at, .count = count, .rule = (*wanted_)[at]});
}

void FirewallWatch::tell(Instant now, bool may_pass_soon) {
    if (!reader_) return;
    const std::vector<Answer>& answers = reader_->answers();
    std::vector<Told> still;
    for (std::size_t at = 0; at < asked_.size(); ++at) {
        const auto known = std::find_if(told_.begin(), told_.end(),
                                        [&](const Told& told) { return told.probe == asked_[at]; });
        const Answer before = known == told_.end() ? Answer{} : known->answer;
        const bool same = (answers[at].kind == before.kind && answers[at].place == before.place) ||
                          (may_pass_soon && !answers[at].needs.empty() && known == told_.end());
        // One that comes and goes is said again when it has been quiet.
        const bool too_soon = known != told_.end() && !same && now < known->when + patience;
        if (too_soon) look_at(known->when + patience);
        if (!same && !too_soon) tell(asked_[at], answers[at]);
        const bool keep = same || too_soon;
        if (keep && known != told_.end())
            still.push_back(*known);
        else if (!keep && answers[at].kind != Answer::Kind::passes)
            still.push_back({asked_[at], answers[at], now});
    }
    told_ = std::move(still);
}

void FirewallWatch::tell(const Probe& probe, const Answer& answer) const {
    using status::Number;
    const std::string where = net::firewall::describe(answer.place);
    const os::LogFields fields{{"LINK", probe.link}, {"RULE", where}};
    switch (answer.kind) {
        case Answer::Kind::dropped:
            return os::log(Level::error,
                           status::labelled(Number::adverts_dropped,
                                            words(probe) + " are dropped by the firewall of this host: " +
                                                where + " (" + answer.reason + "). " + consequence(probe) +
                                                ". Allow them: " + remedy(probe, answer)),
                           fields);
        case Answer::Kind::may_be_dropped:
            return os::log(
                Level::warning,
                status::labelled(Number::adverts_may_be_dropped,
                                 words(probe) + " may be dropped by the firewall of this host: " + where +
                                     " (" + answer.reason + "). To be sure: " + remedy(probe, answer)),
                fields);
        case Answer::Kind::passes:
            return os::log(
                Level::notice,
                status::labelled(Number::adverts_pass_again,
                                 words(probe) + " are no longer dropped by the firewall of this host"),
                {{"LINK", probe.link}});
    }
}

}  // namespace holdfast::vrrp
