// Which references make sense: a host that cannot answer, or that is this host itself at times, would turn a
// question about the wire into a fault of its own.
#include <algorithm>
#include <set>

#include "config/rules.h"

namespace holdfast::config {

namespace {

struct References {
    Config& config;
    Reading& reading;
    std::set<IpAddress> own{};  // addresses that the file gives to this node

    void say(Place place, std::string message, Consequence consequence = Consequence::ignored,
             std::string expected = {}) const {
        report(reading.diagnostics, {.number = Finding::tracker_conflict,
                                     .consequence = consequence,
                                     .place = place,
                                     .message = std::move(message),
                                     .expected = std::move(expected)});
    }
};

std::set<IpAddress> own_addresses(const Config& config) {
    std::set<IpAddress> own;
    const auto add = [&](const std::vector<Address>& addresses) {
        for (const Address& address : addresses)
            own.insert(address.prefix.address);
    };
    add(config.static_addresses);
    for (const Instance& instance : config.instances) {
        add(instance.virtual_addresses);
        add(instance.excluded_addresses);
    }
    return own;
}

// Why nobody else can answer for it; empty: somebody can.
std::string fault_of(const References& all, const IpAddress& address) {
    if (all.own.contains(address))
        return "is an address of this configuration, which this node may hold itself";
    if (address.is_multicast() || address.is_loopback() || address.is_unspecified())
        return "is no address of one other host";
    return {};
}

void may_be_own(const References& all, Place place, const std::string& what, const IpAddress& address) {
    if (all.reading.host.has_address(address))
        all.say(place,
                what + ": " + address.text() + " is an address of this host, which does not answer itself",
                Consequence::none, "an address of another host");
}

void hosts_can_answer(const References& all, TrackedReachability& block, const std::string& what,
                      const std::string& interface) {
    std::set<std::pair<IpAddress, std::string>> seen;
    std::erase_if(block.hosts, [&](const ReferenceHost& host) {
        const std::string text = host.address.text();
        const std::string& dev = host.dev.empty() ? interface : host.dev;
        std::string fault = fault_of(all, host.address);
        std::string expected = fault.empty() ? "" : "an address of another host";
        if (fault.empty() && dev.empty()) {
            fault = "has no interface to be asked on";
            expected = text + " dev INTERFACE";
        }
        const auto facts = all.reading.host.interface(dev);
        if (fault.empty() && facts && facts->loopback) fault = "cannot be asked on a loopback interface";
        if (fault.empty() && !seen.emplace(host.address, dev).second) fault = "stands there twice";
        if (fault.empty()) may_be_own(all, host.place, what, host.address);
        if (!fault.empty())
            all.say(host.place, what + ": " + text + " " + fault, Consequence::ignored, expected);
        return !fault.empty();
    });
}

void quorum_can_be_met(const References& all, TrackedReachability& block, const std::string& what) {
    const auto count = static_cast<int>(block.hosts.size());
    if (block.quorum.value_or(1) <= count) return;
    all.say(block.quorum.place,
            what + ": quorum " + std::to_string(*block.quorum) + " of " + std::to_string(count) +
                " references can never be met, it is lowered to their number",
            Consequence::defaulted, "quorum 1.." + std::to_string(count));
    block.quorum.value = count;
}

// Whether anything is left to ask.
bool has_references(const References& all, TrackedReachability& block, const std::string& what,
                    const std::string& interface) {
    hosts_can_answer(all, block, what, interface);
    if (block.hosts.empty()) {
        all.say(block.place, what + " has no reference", Consequence::ignored, "ADDRESS [dev INTERFACE]");
        return false;
    }
    quorum_can_be_met(all, block, what);
    return true;
}

void judge_guard(const References& all, std::optional<SplitBrain>& guard, const std::string& name,
                 const std::string& interface) {
    if (!guard || !guard->references) return;
    if (!has_references(all, *guard->references, name + ": split_brain: references", interface))
        guard->references.reset();
}

// A weight that cannot count takes its block along.
template <class Owner>
void judge_blocks(const References& all, Owner& owner, const std::string& name, const std::string& interface,
                  const std::string& no_weight) {
    std::erase_if(owner.reachability, [&](TrackedReachability& block) {
        const std::string what = name + ": track_reachability";
        if (!has_references(all, block, what, interface)) return true;
        if (no_weight.empty() || block.weight.value_or(0) == 0) return false;
        all.say(block.weight.place, what + " has a weight, and " + no_weight);
        return true;
    });
}

std::string why_no_weight(const Config& config, const Instance& instance) {
    constexpr int owner = 255;
    const bool starts_master = instance.state && *instance.state == InitialState::master;
    if (instance.priority ? *instance.priority == owner : starts_master)
        return "priority 255 is never adjusted";
    for (const SyncGroup& group : config.sync_groups) {
        if (group.sync_group_tracking_weight.value_or(false)) continue;
        const bool member = std::any_of(group.members.begin(), group.members.end(),
                                        [&](const Named& named) { return named.name == instance.name; });
        if (member) return "the instance is a member of sync group " + group.name;
    }
    return {};
}

void checks_can_be_answered(const References& all) {
    std::set<std::string> unanswerable;
    std::erase_if(all.config.checks, [&](const TrackedCheck& check) {
        if (check.type.value != CheckType::arp) return false;
        const auto address = IpAddress::parse(check.target);
        const std::string what = "vrrp_check " + check.name;
        std::string fault = address ? fault_of(all, *address) : "is no address";
        const auto facts = all.reading.host.interface(check.dev);
        if (fault.empty() && facts && facts->loopback) fault = "cannot be asked on a loopback interface";
        if (fault.empty()) {
            may_be_own(all, check.type.place, what, *address);
            return false;
        }
        all.say(check.type.place, what + ": " + check.target + " " + fault, Consequence::ignored,
                "an address of another host");
        unanswerable.insert(check.name);
        return true;
    });
    const auto drop = [&](std::vector<TrackerReference>& references) {
        std::erase_if(references, [&](const TrackerReference& reference) {
            return reference.kind == TrackerKind::check && unanswerable.contains(reference.name);
        });
    };
    for (Instance& instance : all.config.instances)
        drop(instance.trackers);
    for (SyncGroup& group : all.config.sync_groups)
        drop(group.trackers);
}

}  // namespace

void apply_reachability_rules(Config& config, Reading& reading) {
    const References all{.config = config, .reading = reading, .own = own_addresses(config)};
    checks_can_be_answered(all);
    for (Instance& instance : config.instances) {
        const std::string name = "instance " + instance.name;
        const std::string interface = instance.interface.value_or("");
        judge_blocks(all, instance, name, interface, why_no_weight(config, instance));
        judge_guard(all, instance.split_brain, name, interface);
    }
    for (SyncGroup& group : config.sync_groups) {
        judge_blocks(all, group, "sync group " + group.name, "", "");
        judge_guard(all, group.split_brain, "sync group " + group.name, "");
    }
}

}  // namespace holdfast::config
