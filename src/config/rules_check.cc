// Facts between the values of virtual servers and of mail, over the words as they were kept: what keepalived
// says about a service is said here too, before the service has an effect.
#include <algorithm>
#include <cctype>
#include <unordered_set>

#include "config/rules.h"
#include "config/values_private.h"

namespace holdfast::config {

namespace {

using Block = std::vector<Unbound>;

const Unbound* find(const Block& block, std::string_view keyword) {
    const Unbound* found = nullptr;  // the last one counts
    for (const auto& entry : block)
        if (entry.keyword == keyword) found = &entry;
    return found;
}

const Unbound* find(const Block& block, std::string_view keyword, std::string_view other) {
    const Unbound* found = find(block, keyword);
    return found != nullptr ? found : find(block, other);
}

std::string word(const Unbound* entry, std::size_t index) {
    return entry != nullptr && index < entry->words.size() ? entry->words[index] : std::string{};
}

std::int64_t number(const Unbound* entry, std::int64_t otherwise) {
    return whole_number(word(entry, 0), 10).value_or(otherwise);
}

struct Service {
    const Unbound& server;
    Reading& reading;
    std::string name{};
    bool by_mark = false;
    bool by_group = false;

    void say(Place place, std::string_view message, std::string_view expected = {}) const {
        report(reading.diagnostics, {.number = Finding::virtual_server,
                                     .consequence = Consequence::defaulted,
                                     .place = place,
                                     .message = "virtual server " + name + ": " + std::string{message},
                                     .expected = std::string{expected}});
    }
    void say(std::string_view message, std::string_view expected = {}) const {
        say(server.place, message, expected);
    }
};

void has_method(const Service& service, const std::vector<const Unbound*>& reals) {
    if (find(service.server.block, "lvs_method", "lb_kind") != nullptr) return;
    const bool everywhere = std::all_of(reals.begin(), reals.end(), [](const Unbound* real) {
        return find(real->block, "lvs_method") != nullptr;
    });
    if (!everywhere) service.say("there is no forwarding method, NAT is taken", "lvs_method NAT, DR or TUN");
}

void has_protocol_and_scheduler(const Service& service) {
    const Unbound* protocol = find(service.server.block, "protocol");
    if (service.by_mark) {
        if (protocol != nullptr) service.say(protocol->place, "protocol has no meaning for a fwmark");
    } else if (protocol == nullptr) {
        service.say("there is no protocol, UDP is taken", "protocol TCP, UDP or SCTP");
    }
    if (find(service.server.block, "lvs_sched", "lb_algo") == nullptr)
        service.say("there is no scheduler, wlc is taken", "lvs_sched NAME");
    const Unbound* ops = find(service.server.block, "ops");
    if (ops != nullptr && !service.by_mark && protocol != nullptr && word(protocol, 0) != "UDP")
        service.say(ops->place, "ops is for UDP only");
}

void port_suits(const Service& service, const std::vector<const Unbound*>& reals) {
    if (service.by_mark || service.by_group) return;
    const std::string port = word(&service.server, 1);
    const bool none = port.empty() || port == "0";
    if (none && find(service.server.block, "persistence_timeout") == nullptr)
        service.say("a service without port must be persistent, persistence_timeout 360 is taken",
                    "persistence_timeout SECS");
    for (const Unbound* real : reals) {
        const Unbound* method = find(real->block, "lvs_method");
        if (method == nullptr) method = find(service.server.block, "lvs_method", "lb_kind");
        const std::string own = word(real, 1);
        if (word(method, 0) == "DR" || word(method, 0) == "TUN")
            if ((own.empty() ? "0" : own) != (none ? "0" : port))
                service.say(real->place,
                            "a real server that is not reached by NAT has the port of its service");
    }
}

// Each real server counts once; one of another address family only with TUN.
std::vector<const Unbound*> usable_reals(const Service& service) {
    std::vector<const Unbound*> reals;
    std::unordered_set<std::string> seen;
    const auto family = IpAddress::parse(word(&service.server, 0));
    for (const auto& entry : service.server.block) {
        if (entry.keyword != "real_server") continue;
        const auto address = IpAddress::parse(word(&entry, 0));
        const Unbound* method = find(entry.block, "lvs_method");
        if (method == nullptr) method = find(service.server.block, "lvs_method", "lb_kind");
        if (family && address && family->family() != address->family() && word(method, 0) != "TUN") {
            service.say(entry.place, "the real server is of the other address family ");
        } else if (!seen.insert(word(&entry, 0) + " " + word(&entry, 1)).second) {
            service.say(entry.place, "the real server stands there twice, the first one counts");
        } else {
            reals.push_back(&entry);
        }
    }
    return reals;
}

void quorum_can_be_met(const Service& service, const std::vector<const Unbound*>& reals) {
    const Unbound* quorum = find(service.server.block, "quorum");
    const Unbound* hysteresis = find(service.server.block, "hysteresis");
    if (quorum == nullptr && hysteresis == nullptr) return;
    const std::int64_t standard = number(find(service.server.block, "weight"), 1);
    std::int64_t total = 0;
    for (const Unbound* real : reals)
        total += number(find(real->block, "weight"), standard);
    const std::int64_t needed = std::min(number(quorum, 1), total);
    if (number(quorum, 1) > total)
        service.say(quorum->place, "quorum is above the weight of all servers and is lowered to it");
    if (hysteresis != nullptr && number(hysteresis, 0) >= needed && number(hysteresis, 0) > 0)
        service.say(hysteresis->place, "hysteresis is not below quorum and is lowered");
}

void checkers_are_complete(const Service& service, const Unbound& real) {
    for (const auto& checker : real.block) {
        const bool http = checker.keyword == "HTTP_GET" || checker.keyword == "SSL_GET";
        if (http && find(checker.block, "url") == nullptr)
            service.say(checker.place, checker.keyword + " has no url", "url { path STRING }");
    }
}

void judge_server(const Unbound& server, Reading& reading) {
    Service service{server, reading};
    service.by_mark = word(&server, 0) == "fwmark";
    service.by_group = word(&server, 0) == "group";
    for (const auto& text : server.words)
        service.name += (service.name.empty() ? "" : " ") + text;
    const auto reals = usable_reals(service);
    if (reals.empty()) {
        service.say("there is no real server", "real_server ADDRESS [PORT] { }");
        return;
    }
    has_protocol_and_scheduler(service);
    has_method(service, reals);
    port_suits(service, reals);
    quorum_can_be_met(service, reals);
    for (const Unbound* real : reals)
        checkers_are_complete(service, *real);
}

bool is_host_name(std::string_view text) {
    return text.size() <= 253 && std::all_of(text.begin(), text.end(), [](unsigned char character) {
               return std::isalnum(character) != 0 || character == '.' || character == '-' ||
                      character == '_';
           });
}

bool asks_for_mail(const Config& config) {
    const auto asks = [](const auto& block) { return block.smtp_alert.value_or(false); };
    return asks(config.global) || config.global.smtp_alert_vrrp.value_or(false) ||
           std::any_of(config.instances.begin(), config.instances.end(), asks) ||
           std::any_of(config.sync_groups.begin(), config.sync_groups.end(), asks);
}

void judge_mail(Config& config, Reading& reading) {
    auto& server = config.global.smtp_server;
    if (server && !IpAddress::parse(*server)) {
        if (!is_host_name(*server)) {
            report(reading.diagnostics, {.number = Finding::bad_value,
                                         .place = server.place,
                                         .message = "smtp_server: '" + *server + "' is no host",
                                         .expected = "an address, or a host name"});
            server = {};
            config.global.smtp_port = {};
        } else if (!reading.host.resolves(*server)) {
            report(reading.diagnostics, {.number = Finding::unresolved_host,
                                         .place = server.place,
                                         .message = "smtp_server: host name '" + *server + "' has no address",
                                         .expected = "an address, or a name that resolves"});
        }
    }
    const bool can_mail = server && !config.global.notification_email.empty();
    if (!can_mail && asks_for_mail(config))
        report(reading.diagnostics, {.number = Finding::mail_to_nobody,
                                     .rank = Class::notice,
                                     .consequence = Consequence::none,
                                     .place = server.place,
                                     .message = "smtp_alert is on, but no mail is sent: global_defs has no " +
                                                std::string{server ? "notification_email" : "smtp_server"},
                                     .expected = "smtp_server and notification_email"});
}

}  // namespace

void apply_check_rules(Config& config, Reading& reading) {
    for (const auto& entry : config.unbound)
        if (entry.keyword == "virtual_server") judge_server(entry, reading);
    judge_mail(config, reading);
}

}  // namespace holdfast::config
