#include "vrrp/firewall_watch.h"

#include <linux/netfilter.h>

#include <algorithm>
#include <set>

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

std::string chain_words(const net::firewall::ChainKey& chain) {
    const std::string place = net::firewall::describe({chain, 0});
    return place.substr(0, place.find(' ')) + " " + chain.table + " " + chain.name;
}

std::string quoted_name(const std::string& name) {
    return "\"" + name + "\"";
}

// What an advert is, for people.
std::string words(const Probe& probe) {
    return probe.outgoing ? "adverts that leave by " + probe.link + " for " + probe.destination.text()
                          : "adverts that arrive on " + probe.link + " for " + probe.destination.text() +
                                (probe.source && probe.source->length == host_prefix_length(probe.family)
                                     ? " from " + probe.source->address.text()
                                     : "");
}

std::string consequence(const Probe& probe) {
    return probe.outgoing ? "The peers hear nothing of this host and become MASTER, too"
                          : "This host hears nothing of its peers and becomes MASTER, too";
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
    return all;
}

// At the head of the base chain: an accept in another one would not count against it.
std::string remedy(const Probe& probe, const Answer& answer) {
    const std::string family = probe.family == Family::ipv4 ? "ip" : "ip6";
    const std::string chain = chain_words(answer.base);
    std::string text = "nft insert rule " + chain + " ";
    const bool by_device = answer.base.family == NFPROTO_NETDEV;  // such a chain knows its interface
    if (!by_device) text += (probe.outgoing ? "oifname " : "iifname ") + quoted_name(probe.link) + " ";
    text += family + " daddr " + probe.destination.text() + " meta l4proto 112 accept";
    return text;
}

FirewallWatch::FirewallWatch(const plan::Plan& plan, const engine::Engine& engine,
                             const net::LinkTable& links)
    : plan_{plan}, engine_{engine}, links_{links} {
    auto reader = net::firewall::Reader::open();
    if (reader)
        reader_ = std::move(*reader);
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
        if (!asked_.empty()) reader_->ask(asked_);
        return;
    }
    if (const auto done = reader_->work(); !done) {
        os::log(Level::debug, "the firewall cannot be looked at: " + done.error().text());
        return;
    }
    if (!reader_->busy()) tell(now);
}

void FirewallWatch::tell(Instant now) {
    if (!reader_) return;
    const std::vector<Answer>& answers = reader_->answers();
    if (answers.size() != asked_.size()) return look_at(now + patience);  // it changed all the while
    std::vector<Told> still;
    for (std::size_t at = 0; at < asked_.size(); ++at) {
        const auto known = std::find_if(told_.begin(), told_.end(),
                                        [&](const Told& told) { return told.probe == asked_[at]; });
        const Answer before = known == told_.end() ? Answer{} : known->answer;
        const bool same = answers[at].kind == before.kind && answers[at].place == before.place;
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
