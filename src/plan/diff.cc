#include "plan/diff.h"

#include <algorithm>
#include <cstdio>
#include <map>

#include "engine/engine.h"

namespace holdfast::plan {

namespace {

using What = std::vector<std::string>;

constexpr std::size_t most_words = 12;  // of a log line

std::string yes_or_no(bool value) {
    return value ? "on" : "off";
}

std::string seconds(Duration span) {
    char text[32];
    std::snprintf(text, sizeof text, "%g s", std::chrono::duration<double>(span).count());
    return text;
}

void compare(What& what, const std::string& name, const std::string& before, const std::string& now) {
    if (before != now)
        what.push_back(name + " " + (before.empty() ? "none" : before) + " -> " +
                       (now.empty() ? "none" : now));
}

std::string priority(const engine::RouterSettings& router) {
    return std::to_string(router.priority.wire());
}

std::string version(const engine::RouterSettings& router) {
    return std::to_string(static_cast<int>(router.version));
}

std::string source(const engine::RouterSettings& router) {
    return router.source ? router.source->text() : "";
}

std::string group_of(const engine::RouterSettings& router, const Plan& plan) {
    return router.group_id ? plan.engine.groups[index(*router.group_id)].name : "";
}

// The rest of the settings, which are lists or seldom change, are named but not spelt out.
std::string tracking(const engine::RouterSettings& router, const Plan& plan) {
    std::string text = router.tracks_own_link ? "own " : "";
    for (const engine::TrackedLink& link : router.tracked_links)
        text += plan.links[index(link.link)].name + " " + std::to_string(link.weight) +
                (link.reverse ? " reverse " : " ");
    return text;
}

std::vector<std::string> health_words(const engine::RouterSettings& router, const Plan& plan) {
    std::vector<std::string> words;
    for (const engine::TrackedHealth& one : router.tracked_health)
        words.push_back("tracked " + plan.trackers[index(one.tracker)].name +
                        (one.weight != 0 ? " weight " + std::to_string(one.weight) : "") +
                        (one.reverse ? " reverse" : ""));
    return words;
}

std::string peers(const engine::RouterSettings& router) {
    std::string text;
    for (const engine::UnicastPeer& peer : router.peers)
        text += peer.address.text() + " " + std::to_string(peer.min_ttl) + ".." +
                std::to_string(peer.max_ttl) + " ";
    return text;
}

auto announcements(const engine::AnnouncePolicy& policy) {
    return std::tuple{policy.repeat,
                      policy.delay,
                      policy.refresh,
                      policy.refresh_repeat,
                      policy.lower_priority_repeat,
                      policy.lower_priority_delay};
}

auto receiving(const engine::RouterSettings& router) {
    return std::tuple{router.only_from_peers,        router.checksum_without_pseudo_header,
                      router.skip_address_check,     router.owner_ignores_adverts,
                      router.answers_lower_priority, router.advert_before_yielding,
                      router.track_source,           router.fault};
}

bool same(const std::optional<Command>& a, const std::optional<Command>& b) {
    if (!a || !b) return a.has_value() == b.has_value();
    return a->path == b->path && a->argv == b->argv && a->uid == b->uid && a->gid == b->gid;
}

bool same(const NotifyPlan& a, const NotifyPlan& b) {
    return same(a.became_active, b.became_active) && same(a.became_backup, b.became_backup) &&
           same(a.fault, b.fault) && same(a.stopped, b.stopped) && same(a.deleted, b.deleted) &&
           same(a.lower_priority_heard, b.lower_priority_heard) && same(a.any, b.any) &&
           a.reports_deletion == b.reports_deletion && a.reports_priority == b.reports_priority &&
           a.mails == b.mails;
}

std::vector<std::string> address_words(const std::vector<VirtualAddress>& addresses, const Plan& plan) {
    std::vector<std::string> words;
    words.reserve(addresses.size());
    for (const VirtualAddress& address : addresses)
        words.push_back((address.advertised ? "address " : "excluded address ") + address.prefix.text() +
                        " on " + plan.links[index(address.link)].name);
    return words;
}

void compare_words(What& what, const std::vector<std::string>& before, const std::vector<std::string>& now) {
    const auto has = [](const std::vector<std::string>& words, const std::string& word) {
        return std::find(words.begin(), words.end(), word) != words.end();
    };
    for (const std::string& word : before)
        if (!has(now, word)) what.push_back(word + " removed");
    for (const std::string& word : now)
        if (!has(before, word)) what.push_back(word + " added");
}

void compare_addresses(What& what, const std::vector<std::string>& before,
                       const std::vector<std::string>& now) {
    const auto sorted = [](std::vector<std::string> words) {
        std::sort(words.begin(), words.end());
        return words;
    };
    const auto was = sorted(before);
    const auto is = sorted(now);
    for (const std::string& word : before)
        if (!std::binary_search(is.begin(), is.end(), word)) what.push_back(word + " removed");
    for (const std::string& word : now)
        if (!std::binary_search(was.begin(), was.end(), word)) what.push_back(word + " added");
    if (was == is && before != now) what.emplace_back("order of the addresses");
}

What differences(const Plan& before, std::size_t old_at, const Plan& now, std::size_t at) {
    const engine::RouterSettings& was = before.engine.routers[old_at];
    const engine::RouterSettings& is = now.engine.routers[at];
    const RouterPlan& was_plan = before.routers[old_at];
    const RouterPlan& is_plan = now.routers[at];
    What what;
    compare(what, "name", was.name, is.name);
    compare(what, "version", version(was), version(is));
    compare(what, "priority", priority(was), priority(is));
    compare(what, "advert_int", seconds(was.advert_interval), seconds(is.advert_interval));
    compare(what, "down_timer_adverts", std::to_string(was.down_timer_adverts),
            std::to_string(is.down_timer_adverts));
    compare(what, "preempt", yes_or_no(was.preempt), yes_or_no(is.preempt));
    compare(what, "preempt_delay", seconds(was.preempt_delay), seconds(is.preempt_delay));
    compare(what, "source address", source(was), source(is));
    compare(what, "sync group", group_of(was, before), group_of(is, now));
    compare_addresses(what, address_words(was_plan.addresses, before), address_words(is_plan.addresses, now));
    if (was_plan.routes != is_plan.routes) what.emplace_back("virtual_routes");
    if (was_plan.rules != is_plan.rules) what.emplace_back("virtual_rules");
    if (was.password != is.password) what.emplace_back("authentication");
    if (tracking(was, before) != tracking(is, now)) what.emplace_back("tracked interfaces");
    compare_words(what, health_words(was, before), health_words(is, now));
    if (peers(was) != peers(is)) what.emplace_back("unicast_peer");
    if (was.group != is.group) what.push_back("multicast group " + is.group.text());
    if (announcements(was.announce) != announcements(is.announce)) what.emplace_back("gratuitous ARPs");
    if (receiving(was) != receiving(is)) what.emplace_back("treatment of adverts");
    if (!same(was_plan.notify, is_plan.notify)) what.emplace_back("notify scripts");
    return what;
}

// What makes an instance the same one for the process that takes over.
std::string identity_of(const Plan& plan, std::size_t at) {
    const engine::RecordKey key = engine::record_key(plan.engine.routers[at], plan.engine);
    std::string identity{key.link.begin(), key.link.end()};
    identity.append(key.source.begin(), key.source.end());
    for (const std::uint8_t part : {key.family, key.vrid, key.unicast})
        identity.push_back(static_cast<char>(part));
    return identity;
}

void compare_groups(Changes& changes, const Plan& before, const Plan& now) {
    const auto has = [](const Plan& plan, const std::string& name) {
        return std::any_of(plan.engine.groups.begin(), plan.engine.groups.end(),
                           [&](const engine::GroupSettings& group) { return group.name == name; });
    };
    for (const engine::GroupSettings& group : before.engine.groups)
        if (!has(now, group.name)) changes.other.push_back("group " + group.name + " removed");
    for (const engine::GroupSettings& group : now.engine.groups)
        if (!has(before, group.name)) changes.other.push_back("group " + group.name + " added");
}

}  // namespace

Changes diff(const Plan& before, const Plan& now) {
    Changes changes;
    std::multimap<std::string, std::size_t> unmatched;
    for (std::size_t at = 0; at < before.engine.routers.size(); ++at)
        unmatched.emplace(identity_of(before, at), at);
    for (std::size_t at = 0; at < now.engine.routers.size(); ++at) {
        const auto found = unmatched.find(identity_of(now, at));
        if (found == unmatched.end()) {
            changes.added.push_back(now.engine.routers[at].name);
            continue;
        }
        What what = differences(before, found->second, now, at);
        unmatched.erase(found);
        if (!what.empty()) changes.changed.push_back({now.engine.routers[at].name, std::move(what)});
    }
    std::vector<std::size_t> gone;
    gone.reserve(unmatched.size());
    for (const auto& [identity, at] : unmatched)
        gone.push_back(at);
    std::sort(gone.begin(), gone.end());
    changes.removed.reserve(gone.size());
    for (const std::size_t at : gone)
        changes.removed.push_back(before.engine.routers[at].name);
    compare_groups(changes, before, now);
    if (address_words(before.statics.addresses, before) != address_words(now.statics.addresses, now) ||
        before.statics.routes != now.statics.routes || before.statics.rules != now.statics.rules)
        changes.other.emplace_back("static addresses, routes or rules");
    if (before.alerts != now.alerts) changes.other.emplace_back("mail, webhooks or alert commands");
    return changes;
}

std::string text(const Changes& changes) {
    std::vector<std::string> words;
    words.reserve(changes.added.size() + changes.removed.size() + changes.changed.size());
    for (const std::string& name : changes.added)
        words.push_back(name + " added");
    for (const std::string& name : changes.removed)
        words.push_back(name + " removed");
    for (const ChangedInstance& instance : changes.changed)
        for (const std::string& what : instance.what)
            words.push_back(instance.name + ": " + what);
    words.insert(words.end(), changes.other.begin(), changes.other.end());
    std::string line;
    for (std::size_t at = 0; at < std::min(words.size(), most_words); ++at)
        line += (at == 0 ? "" : "; ") + words[at];
    if (words.size() > most_words) line += "; and " + std::to_string(words.size() - most_words) + " more";
    return line;
}

}  // namespace holdfast::plan
