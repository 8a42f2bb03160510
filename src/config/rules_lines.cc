// Judgements of single lines and settings at the moment they are read: the family of an instance is fixed by
// the first address-like thing written, and options must suit their address, route or rule.
#include "base/result.h"
#include "config/rules.h"
#include "config/schema_tables.h"
#include "config/values_private.h"

namespace holdfast::config {

namespace {

void say(Judgement& judgement, Finding finding, std::string message,
         Consequence consequence = Consequence::ignored) {
    const Words words{judgement.line};
    report(judgement.reading.diagnostics,
           {.number = finding,
            .consequence = consequence,
            .place = words.place(0),
            .length = words.length(0),
            .message = std::string{judgement.row.name} + ": " + std::move(message)});
}

template <class T>
T& get(Target target) {
    T** pointer = std::get_if<T*>(&target);
    HF_ASSERT(pointer != nullptr);
    return **pointer;
}

// True: fits, or decides, the family of the instance.
bool fits_family(Instance& instance, Family family, Judgement& judgement, const std::string& text) {
    if (!instance.family) instance.family = family;
    if (*instance.family == family) return true;
    say(judgement, Finding::wrong_family,
        text + " is left out: instance " + instance.name + " is for the other address family");
    return false;
}

// Options that do not suit the address are dropped, the address stays.
void judge_address_options(Address& address, Judgement& judgement) {
    const bool v6 = address.prefix.address.is_v6();
    if (v6 && address.scope) {
        say(judgement, Finding::bad_address_option, "scope is for IPv4 addresses only");
        address.scope.reset();
    }
    if (v6 && !address.label.empty()) {
        say(judgement, Finding::bad_address_option, "label is for IPv4 addresses only");
        address.label.clear();
    }
    constexpr int longest_with_broadcast = 30;
    const bool computed = address.broadcast_kind == BroadcastKind::host_bits_set ||
                          address.broadcast_kind == BroadcastKind::host_bits_clear;
    if (address.broadcast_kind != BroadcastKind::none &&
        (v6 || (computed && address.prefix.length > longest_with_broadcast))) {
        say(judgement, Finding::bad_address_option,
            v6 ? "brd is for IPv4 addresses only" : "brd + and - need a prefix of at most 30 bits");
        address.broadcast_kind = BroadcastKind::none;
        address.broadcast = {};
    }
    if (address.peer && address.peer->address.family() != address.prefix.address.family()) {
        say(judgement, Finding::bad_address_option, "the peer is of the other address family");
        address.peer.reset();
    }
    if (address.peer && address.prefix.length != host_prefix_length(address.prefix.address.family())) {
        say(judgement, Finding::bad_address_option, "an address with a peer has no prefix length of its own",
            Consequence::defaulted);
        address.prefix.length = host_prefix_length(address.prefix.address.family());
    }
}

bool judge_instance_address(Address& address, Judgement& judgement) {
    if (!address.track_group.empty()) {
        say(judgement, Finding::bad_address_option, "track_group is for static addresses only");
        address.track_group.clear();
    }
    judge_address_options(address, judgement);
    return true;
}

void judge_track_group(std::string& group, Target parent, Judgement& judgement) {
    if (group.empty() || std::holds_alternative<Config*>(parent)) return;
    say(judgement, Finding::bad_route, "track_group is for static routes and rules only");
    group.clear();
}

}  // namespace

bool finish_virtual_address(Target child, Target parent, Judgement& judgement) {
    auto& address = get<Address>(child);
    auto& instance = get<Instance>(parent);
    if (!fits_family(instance, address.prefix.address.family(), judgement, address.prefix.text()))
        return false;
    return judge_instance_address(address, judgement);
}

bool finish_excluded_address(Target child, Target, Judgement& judgement) {
    return judge_instance_address(get<Address>(child), judgement);
}

bool finish_static_address(Target child, Target, Judgement& judgement) {
    auto& address = get<Address>(child);
    if (address.use_vmac) {
        say(judgement, Finding::bad_address_option, "use_vmac is for virtual addresses only");
        address.use_vmac = false;
    }
    judge_address_options(address, judgement);
    return true;
}

bool finish_peer(Target child, Target parent, Judgement& judgement) {
    const auto& peer = get<UnicastPeer>(child);
    auto& instance = get<Instance>(parent);
    if (!fits_family(instance, peer.address.family(), judgement, peer.address.text())) return false;
    if ((peer.min_ttl || peer.max_ttl) && !instance.check_unicast_src)
        instance.check_unicast_src = {true, judgement.line.place};
    return true;
}

bool finish_source(Target child, Target, Judgement& judgement) {
    auto& instance = get<Instance>(child);
    if (!fits_family(instance, instance.source_ip->family(), judgement, instance.source_ip->text())) {
        instance.source_ip = {};
        instance.source_ip_is_unicast = {};
    }
    return true;
}

bool finish_check(Target child, Target, Judgement& judgement) {
    const auto& check = get<TrackedCheck>(child);
    if (*check.type == CheckType::arp && check.dev.empty()) {
        report(judgement.reading.diagnostics,
               {.number = Finding::missing_word,
                .consequence = Consequence::ignored,
                .place = check.type.place,
                .length = 1,
                .message = "vrrp_check " + check.name + ": an arp check asks on the wire of one interface",
                .expected = "check arp " + check.target + " dev INTERFACE"});
        return false;
    }
    const auto expected = fault_of_target(*check.type, check.target);
    if (!expected) return true;
    report(judgement.reading.diagnostics,
           {.number = Finding::bad_value,
            .consequence = Consequence::ignored,
            .place = check.type.place,
            .length = 1,
            .message = "vrrp_check " + check.name + ": '" + check.target + "' is no target for this check",
            .expected = *expected});
    return false;
}

bool finish_recipients(Target child, Target, Judgement& judgement) {
    if (get<GlobalDefs>(child).notification_email.empty())
        say(judgement, Finding::bad_value, "there is no address, no mail is sent", Consequence::none);
    return true;
}

bool finish_webhook(Target child, Target, Judgement& judgement) {
    const auto& webhook = get<Webhook>(child);
    const auto say_it = [&](Finding finding, Consequence consequence, std::string message,
                            std::string expected) {
        report(judgement.reading.diagnostics,
               {.number = finding,
                .consequence = consequence,
                .place = webhook.place,
                .message = "alert_webhook " + public_part(webhook.url) + ": " + std::move(message),
                .expected = std::move(expected)});
    };
    if (const auto expected = fault_of_webhook(webhook.url)) {
        say_it(Finding::bad_value, Consequence::ignored, "this is no URL that can be posted to", *expected);
        return false;
    }
    if (webhook.key_file.empty()) return true;
    const SecretFacts facts = judgement.reading.host.secret(webhook.key_file);
    if (facts.verdict == SecretVerdict::usable) return true;
    if (facts.verdict == SecretVerdict::open_to_others) {
        say_it(Finding::key_open, Consequence::none, facts.detail, "chmod 600 " + webhook.key_file);
        return true;
    }
    // Better no request than one that its receiver cannot tell from a forged one.
    say_it(Finding::key_unusable, Consequence::ignored, facts.detail,
           "a file of 16 to 4096 bytes that root alone can read");
    return false;
}

bool finish_metrics_listen(Target child, Target, Judgement& judgement) {
    const auto& listen = get<MetricsListen>(child);
    if (parse_metrics_place(listen.where)) return true;
    report(judgement.reading.diagnostics,
           {.number = Finding::bad_value,
            .consequence = Consequence::ignored,
            .place = listen.place,
            .message = "metrics_listen " + listen.where + ": nobody can connect to that",
            .expected = "127.0.0.1:9650, [::1]:9650 or unix"});
    return false;
}

bool finish_group(Target child, Target, Judgement& judgement) {
    auto& instance = get<Instance>(child);
    if (!instance.mcast_dst_ip->is_multicast()) {
        say(judgement, Finding::bad_address, instance.mcast_dst_ip->text() + " is no multicast address");
        instance.mcast_dst_ip = {};
        return true;
    }
    if (!fits_family(instance, instance.mcast_dst_ip->family(), judgement, instance.mcast_dst_ip->text()))
        instance.mcast_dst_ip = {};
    return true;
}

bool finish_native_ipv6(Target child, Target, Judgement& judgement) {
    auto& instance = get<Instance>(child);
    if (!fits_family(instance, Family::ipv6, judgement, "native_ipv6")) instance.native_ipv6 = {};
    return true;
}

bool finish_route(Target child, Target parent, Judgement& judgement) {
    auto& route = get<Route>(child);
    judge_track_group(route.track_group, parent, judgement);
    const auto v6 = [](const std::optional<IpAddress>& address) { return address && address->is_v6(); };
    const bool to_zero = route.destination.length == 0 && route.destination.address.is_unspecified();
    if (!to_zero || route.destination.address.is_v6())
        route.family = route.destination.address.family();
    else if (v6(route.via) || v6(route.source) || (route.from && route.from->address.is_v6()))
        route.family = Family::ipv6;
    if (to_zero && route.family == Family::ipv6) route.destination = zero_prefix(Family::ipv6);
    if (!route.has_destination) {
        say(judgement, Finding::bad_route, "there is no destination");
        return false;
    }
    if (route.source && route.source->family() != route.family) {
        say(judgement, Finding::bad_route, "src is of the other address family");
        return false;
    }
    if (route.via && route.family == Family::ipv6 && route.via->is_v4()) {
        say(judgement, Finding::bad_route, "an IPv6 route cannot go via an IPv4 gateway");
        return false;
    }
    const bool is_virtual = std::holds_alternative<Instance*>(parent);
    constexpr std::uint8_t unicast = 1;
    if (is_virtual && route.type == unicast && route.dev.empty() && route.next_hops.empty() &&
        !route.no_track)
        say(judgement, Finding::bad_route, "without dev the route cannot be tracked", Consequence::none);
    return true;
}

bool finish_rule(Target child, Target parent, Judgement& judgement) {
    auto& rule = get<Rule>(child);
    judge_track_group(rule.track_group, parent, judgement);
    const auto is_zero = [](const Prefix& prefix) {
        return prefix.length == 0 && prefix.address.is_unspecified();
    };
    for (const auto& selector : {rule.from, rule.to})
        if (selector && (selector->address.is_v6() || !is_zero(*selector)))
            rule.family = selector->address.family();
    for (auto* selector : {&rule.from, &rule.to}) {
        if (!*selector || (*selector)->address.family() == rule.family) continue;
        if (!is_zero(**selector)) {
            say(judgement, Finding::bad_rule, "from and to are of different address families");
            return false;
        }
        *selector = zero_prefix(rule.family);
    }
    if (rule.action == RuleAction::none && !rule.l3mdev) {
        say(judgement, Finding::bad_rule, "there is no action");
        return false;
    }
    if (rule.goto_target && rule.preference && *rule.goto_target <= *rule.preference) {
        say(judgement, Finding::bad_rule, "goto must lead to a higher preference");
        return false;
    }
    if (!rule.preference)
        say(judgement, Finding::bad_rule, "without preference one is assigned, from 16384 downwards",
            Consequence::defaulted);
    return true;
}

}  // namespace holdfast::config
