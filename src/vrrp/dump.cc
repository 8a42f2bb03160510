#include "vrrp/dump.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/rtnetlink.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <iterator>
#include <string>

#include "os/small_files.h"
#include "os/unique_fd.h"
#include "plan/dumps.h"
#include "vrrp/dump_trackers.h"
#include "vrrp/reports.h"
#include "vrrp/translate.h"

namespace holdfast::vrrp {

namespace {

using engine::Remark;
using engine::RouterId;
using os::Order;
using Out = std::back_insert_iterator<std::string>;

// --- Where and how
// --------------------------------------------------------------------------------------------

std::string directory_of(const os::StartMessage& start) {
    return start.as_keepalived ? os::temporary_directory() : start.runtime_directory;
}

std::string path_of(Order order, const os::StartMessage& start, const plan::Plan& plan) {
    using plan::DumpFile;
    const DumpFile file = order == Order::dump_data   ? DumpFile::vrrp_data
                          : order == Order::dump_json ? DumpFile::json
                                                      : DumpFile::stats;
    return plan::dump_path(file, {.directory = directory_of(start),
                                  .state_dump_file = plan.state_dump_file,
                                  .has_instance_part = plan.dumps_name_instance,
                                  .net_namespace = start.net_namespace,
                                  .instance = start.instance});
}

Result<void> write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(fd, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return Error::system("write it");
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

// A new file under a name that nobody could lay in wait at, complete, then renamed over the old one. Programs
// that wait for a close after writing under the final name get one.
Result<void> replace_file(const std::string& path, std::string_view text, mode_t mode) {
    std::string temporary = path + ".XXXXXX";
    const os::UniqueFd fd{mkostemp(temporary.data(), O_CLOEXEC)};  // O_EXCL: follows no link
    if (!fd) return Error::system("create " + temporary);
    auto written = write_all(fd.get(), text);
    if (written && fchmod(fd.get(), mode) != 0) written = Error::system("set the mode of " + temporary);
    if (written && rename(temporary.c_str(), path.c_str()) != 0)
        written = Error::system("rename " + temporary + " to " + path);
    if (!written) {
        unlink(temporary.c_str());
        return written;
    }
    const os::UniqueFd again{open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW)};
    return {};
}

// --- Words
// ----------------------------------------------------------------------------------------------------

double seconds(Duration span) {
    return std::chrono::duration<double>(span).count();
}
std::int64_t milliseconds(Duration span) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(span).count();
}
std::int64_t microseconds(Duration span) {
    return std::chrono::duration_cast<std::chrono::microseconds>(span).count();
}

// Instants are on the monotonic clock; people and exporters want the date.
Duration wall_time(Instant instant) {
    timespec wall{};
    timespec monotonic{};
    clock_gettime(CLOCK_REALTIME, &wall);
    clock_gettime(CLOCK_MONOTONIC, &monotonic);
    const auto offset = std::chrono::seconds{wall.tv_sec - monotonic.tv_sec} +
                        std::chrono::nanoseconds{wall.tv_nsec - monotonic.tv_nsec};
    return instant.time_since_epoch() + offset;
}

// "1795222054.805893 (Sat Nov 21 00:47:34.805893 2026)"
std::string date_words(Instant instant) {
    const Duration since = wall_time(instant);
    const auto whole = std::chrono::floor<std::chrono::seconds>(since);
    const std::time_t date = whole.count();
    char day[64];
    char year[16];
    tm broken{};
    localtime_r(&date, &broken);
    std::strftime(day, sizeof day, "%a %b %e %H:%M:%S", &broken);
    std::strftime(year, sizeof year, "%Y", &broken);
    const std::int64_t fraction = microseconds(since - whole);
    return fmt::format("{}.{:06} ({}.{:06} {})", whole.count(), fraction, day, fraction, year);
}

std::string scope_word(std::uint8_t scope) {
    switch (scope) {
        case RT_SCOPE_UNIVERSE:
            return "global";
        case RT_SCOPE_SITE:
            return "site";
        case RT_SCOPE_LINK:
            return "link";
        case RT_SCOPE_HOST:
            return "host";
        case RT_SCOPE_NOWHERE:
            return "nowhere";
        default:
            return std::to_string(scope);
    }
}

// In the words of `ip address`; a host's own prefix is left out.
std::string address_words(const plan::VirtualAddress& address, const plan::Plan& plan, bool in_place) {
    const std::string& link = plan.links[index(address.link)].name;
    const bool is_host = address.prefix.length == host_prefix_length(address.prefix.address.family());
    std::string text = address.peer || is_host ? address.prefix.address.text() : address.prefix.text();
    if (address.broadcast) text += " brd " + address.broadcast->text();
    text += " dev " + link + " scope " + scope_word(address.scope);
    if (!address.label.empty()) text += " label " + address.label;
    if (address.peer) text += " peer " + address.peer->text() + "/" + std::to_string(address.prefix.length);
    if (!address.tracked) text += " no_track";
    return text + (in_place ? " set" : "");
}

int state_number(engine::State state) {
    switch (state) {
        case engine::State::initialize:
            return 0;
        case engine::State::backup:
            return 1;
        case engine::State::active:
            return 2;
        case engine::State::fault:
            return 3;
    }
    return 0;
}

std::string_view enabled(bool value) {
    return value ? "enabled" : "disabled";
}

std::uint64_t remarks(const engine::Counters& counters, std::initializer_list<Remark> which) {
    std::uint64_t sum = 0;
    for (const Remark remark : which)
        sum += counters.remarks[static_cast<std::size_t>(remark)];
    return sum;
}

// keepalived's counters of refused adverts, by what ours are called.
struct Errors {
    std::uint64_t length, ttl, type, interval, addresses, auth_type, auth_mismatch, auth_failure;
};
Errors errors_of(const engine::Counters& counters) {
    return {
        .length = remarks(counters, {Remark::too_short, Remark::bad_length}),
        .ttl = remarks(counters, {Remark::bad_ttl, Remark::bad_peer_ttl}),
        .type = remarks(counters, {Remark::bad_type}),
        .interval = remarks(counters, {Remark::other_interval, Remark::other_interval_v2}),
        .addresses = remarks(counters, {Remark::other_addresses, Remark::stranger, Remark::wrong_delivery}),
        .auth_type = remarks(counters, {Remark::bad_auth_type}),
        .auth_mismatch = remarks(counters, {Remark::other_auth_type}),
        .auth_failure = remarks(counters, {Remark::bad_password})};
}

// --- keepalived.data
// ------------------------------------------------------------------------------------------

void write_addresses(Out out, const Dump& dump, RouterId id, bool advertised) {
    const auto& addresses = dump.plan.routers[index(id)].addresses;
    for (std::size_t at = 0; at < addresses.size(); ++at)
        if (addresses[at].advertised == advertised)
            fmt::format_to(out, "     {}\n",
                           address_words(addresses[at], dump.plan, dump.holdings.in_place(id, at)));
}

void write_announce_policy(Out out, const engine::AnnouncePolicy& policy) {
    fmt::format_to(out, "   Gratuitous ARP delay = {:.0f}\n", seconds(policy.delay));
    fmt::format_to(out, "   Gratuitous ARP repeat = {}\n", policy.repeat);
    fmt::format_to(out, "   Gratuitous ARP refresh = {:.0f}\n", seconds(policy.refresh));
    fmt::format_to(out, "   Gratuitous ARP refresh repeat = {}\n", policy.refresh_repeat);
    fmt::format_to(out, "   Gratuitous ARP lower priority delay = {:.0f}\n",
                   seconds(policy.lower_priority_delay));
    fmt::format_to(out, "   Gratuitous ARP lower priority repeat = {}\n", policy.lower_priority_repeat);
}

std::vector<std::string> route_words(const Dump& dump, RouterId id) {
    std::vector<std::string> words;
    for (const config::Route& route : dump.plan.routers[index(id)].routes) {
        const auto kernel = to_kernel(route, dump.links);
        words.push_back(kernel ? net::text(*kernel, dump.links) : route.destination.text());
    }
    return words;
}

std::vector<std::string> rule_words(const Dump& dump, RouterId id) {
    std::vector<std::string> words;
    const RulePriorities priorities = automatic_priorities(dump.plan);
    for (const config::Rule& rule : dump.plan.routers[index(id)].rules)
        words.push_back(net::text(to_kernel(rule, rule.preference ? 0 : priorities.at(&rule))));
    return words;
}

void write_words(Out out, std::string_view title, const std::vector<std::string>& words) {
    if (words.empty()) return;
    fmt::format_to(out, "   {} :\n", title);
    for (const std::string& word : words)
        fmt::format_to(out, "     {}\n", word);
}

void write_lists(std::string& text, const Dump& dump, RouterId id) {
    const Out out{text};
    const engine::RouterSettings& router = dump.plan.engine.routers[index(id)];
    const std::size_t excluded = dump.plan.routers[index(id)].addresses.size() - router.addresses.size();
    fmt::format_to(out, "   Virtual IP ({}):\n", router.addresses.size());
    write_addresses(out, dump, id, true);
    if (excluded > 0) {
        fmt::format_to(out, "   Virtual IP Excluded :\n");
        write_addresses(out, dump, id, false);
    }
    if (!router.peers.empty()) fmt::format_to(out, "   Unicast Peer :\n");
    for (const engine::UnicastPeer& peer : router.peers)
        fmt::format_to(out, "     {}\n", peer.address.text());
    write_words(out, "Virtual Routes", route_words(dump, id));
    write_words(out, "Virtual Rules", rule_words(dump, id));
    if (!router.tracked_links.empty()) fmt::format_to(out, "   Tracked interfaces :\n");
    for (const engine::TrackedLink& link : router.tracked_links)
        fmt::format_to(out, "     {} weight {}{}\n", dump.plan.links[index(link.link)].name, link.weight,
                       link.reverse ? " reverse" : "");
    write_tracked(text, dump, id);
}

void write_instance(std::string& text, const Dump& dump, RouterId id) {
    const Out out{text};
    const engine::RouterSettings& router = dump.plan.engine.routers[index(id)];
    const plan::RouterPlan& planned = dump.plan.routers[index(id)];
    const engine::RouterView view = dump.engine.router(id);
    fmt::format_to(out, " VRRP Instance = {}\n", router.name);
    fmt::format_to(out, "   VRRP Version = {}\n", static_cast<int>(router.version));
    if (router.group_id)
        fmt::format_to(out, "   Sync group = {}\n", dump.plan.engine.groups[index(*router.group_id)].name);
    fmt::format_to(out, "   State = {}\n", config_word(view.state));
    if (view.state == engine::State::backup) {
        fmt::format_to(out, "   Master router = {}\n",
                       view.active_address ? view.active_address->text() : "0.0.0.0");
        fmt::format_to(out, "   Master priority = {}\n",
                       view.active_priority ? view.active_priority->wire() : 0);
        fmt::format_to(out, "   Master advert interval = {} milli-sec\n", milliseconds(view.active_interval));
    }
    fmt::format_to(out, "   Flags:{}\n", router.unicast ? "\n     Using unicast" : " none");
    fmt::format_to(out, "   Wantstate = {}\n", config_word(view.wanted));
    fmt::format_to(out, "   Number of config faults = {}\n", router.fault ? 1 : 0);
    fmt::format_to(out, "   Number of tracker faults = 0\n   Number of track scripts init = 0\n");
    fmt::format_to(out, "   Last transition = {}\n", date_words(view.since));
    if (view.deadline != never) fmt::format_to(out, "   Read timeout = {}\n", date_words(view.deadline));
    fmt::format_to(out, "   Master down timer = {} usecs\n", microseconds(view.down_interval));
    if (router.link) fmt::format_to(out, "   Interface = {}\n", dump.plan.links[index(*router.link)].name);
    if (view.source) fmt::format_to(out, "   Using src_ip = {}\n", view.source->text());
    if (!router.unicast) fmt::format_to(out, "   Multicast address {}\n", router.group.text());
    write_announce_policy(out, router.announce);
    fmt::format_to(out, "   Down timer adverts = {}\n", router.down_timer_adverts);
    fmt::format_to(out, "   Send advert after receive lower priority advert = {}\n",
                   router.answers_lower_priority ? "true" : "false");
    fmt::format_to(out, "   Send advert after receive higher priority advert = {}\n",
                   router.advert_before_yielding ? "true" : "false");
    fmt::format_to(out, "   Virtual Router ID = {}\n", router.vrid.wire());
    fmt::format_to(out, "   Priority = {}\n", router.priority.wire());
    fmt::format_to(out, "   Effective priority = {}\n", view.effective_priority.wire());
    fmt::format_to(out, "   Total priority = {}\n", view.effective_priority.wire());
    if (router.version == Version::v2)
        fmt::format_to(out, "   Advert interval = {:.0f} sec\n", seconds(router.advert_interval));
    else
        fmt::format_to(out, "   Advert interval = {} milli-sec\n", milliseconds(router.advert_interval));
    fmt::format_to(out, "   Accept = enabled\n");
    fmt::format_to(out, "   Preempt = {}\n", enabled(router.preempt));
    if (router.preempt_delay > Duration{0})
        fmt::format_to(out, "   Preempt delay = {:g} secs\n", seconds(router.preempt_delay));
    fmt::format_to(out, "   Promote_secondaries = {}\n", enabled(planned.promote_secondaries));
    fmt::format_to(out, "   Authentication type = {}\n", router.password ? "SIMPLE_PASSWORD" : "none");
    if (router.password) fmt::format_to(out, "   Password = ********\n");
    write_lists(text, dump, id);
    fmt::format_to(out, "   Using smtp notification = {}\n", planned.notify.mails ? "yes" : "no");
    fmt::format_to(out, "   Notify deleted = {}\n", planned.notify.reports_deletion ? "Deleted" : "Fault");
    fmt::format_to(out, "   Notify priority changes = {}\n",
                   planned.notify.reports_priority ? "true" : "false");
}

std::string data_text(const Dump& dump) {
    std::string text;
    const Out out{text};
    fmt::format_to(out, "------< Global definitions >------\n Router ID = {}\n", dump.plan.router_id);
    if (!dump.plan.routers.empty()) fmt::format_to(out, "------< VRRP Topology >------\n");
    for (std::uint32_t at = 0; at < dump.plan.routers.size(); ++at)
        write_instance(text, dump, RouterId{at});
    if (!dump.plan.groups.empty()) fmt::format_to(out, "------< VRRP Sync groups >------\n");
    for (std::uint32_t at = 0; at < dump.plan.groups.size(); ++at) {
        const engine::GroupId id{at};
        fmt::format_to(out, " VRRP Sync Group = {}, {}\n", dump.plan.engine.groups[at].name,
                       config_word(dump.engine.group(id)));
        for (const RouterId member : dump.plan.engine.groups[at].members)
            fmt::format_to(out, "   monitor = {}\n", dump.plan.engine.routers[index(member)].name);
    }
    write_trackers(text, dump);
    if (!dump.plan.links.empty()) fmt::format_to(out, "------< Interfaces >------\n");
    for (const plan::LinkPlan& planned : dump.plan.links) {
        const net::Link* link = dump.links.find(planned.name);
        fmt::format_to(out, " Name = {}\n", planned.name);
        if (link == nullptr) {
            fmt::format_to(out, "   Interface does not exist\n");
            continue;
        }
        fmt::format_to(out, "   index = {}\n   MAC = {}\n   MTU = {}\n   State = {}\n", link->index,
                       link->mac ? link->mac->text() : "none", link->mtu,
                       link->running() ? "UP, RUNNING"
                       : link->up()    ? "UP, not RUNNING"
                                       : "not UP");
    }
    return text;
}

// --- keepalived.stats
// -----------------------------------------------------------------------------------------

std::string stats_text(const Dump& dump) {
    std::string text;
    const Out out{text};
    for (std::uint32_t at = 0; at < dump.plan.routers.size(); ++at) {
        const engine::Counters& counters = *dump.engine.router(RouterId{at}).counters;
        const Errors errors = errors_of(counters);
        fmt::format_to(out, "VRRP Instance: {}\n", dump.plan.engine.routers[at].name);
        fmt::format_to(out, "  Advertisements:\n    Received: {}\n    Sent: {}\n", counters.adverts_received,
                       counters.adverts_sent);
        fmt::format_to(out, "  Became master: {}\n  Released master: {}\n", counters.became_active,
                       counters.released_active);
        fmt::format_to(out,
                       "  Packet Errors:\n    Length: {}\n    TTL: {}\n    Invalid Type: {}\n    "
                       "Advertisement Interval: {}\n"
                       "    Address List: {}\n",
                       errors.length, errors.ttl, errors.type, errors.interval, errors.addresses);
        fmt::format_to(
            out, "  Authentication Errors:\n    Invalid Type: {}\n    Type Mismatch: {}\n    Failure: {}\n",
            errors.auth_type, errors.auth_mismatch, errors.auth_failure);
        fmt::format_to(out, "  Priority Zero:\n    Received: {}\n    Sent: {}\n", counters.farewells_received,
                       counters.farewells_sent);
    }
    return text;
}

// --- keepalived.json
// ------------------------------------------------------------------------------------------

void write_json_words(Out out, std::string_view name, const std::vector<std::string>& words) {
    if (words.empty()) return;
    fmt::format_to(out, ",\"{}\":[", name);
    for (std::size_t at = 0; at < words.size(); ++at)
        fmt::format_to(out, "{}{}", at == 0 ? "" : ",", quoted(words[at]));
    fmt::format_to(out, "]");
}

void write_json_addresses(Out out, const Dump& dump, RouterId id, bool advertised) {
    const auto& addresses = dump.plan.routers[index(id)].addresses;
    std::vector<std::string> words;
    for (std::size_t at = 0; at < addresses.size(); ++at)
        if (addresses[at].advertised == advertised)
            words.push_back(address_words(addresses[at], dump.plan, dump.holdings.in_place(id, at)));
    write_json_words(out, advertised ? "vips" : "evips", words);
}

std::vector<std::string> tracked_words(const Dump& dump, RouterId id) {
    std::vector<std::string> words;
    for (const engine::TrackedLink& link : dump.plan.engine.routers[index(id)].tracked_links)
        words.push_back(dump.plan.links[index(link.link)].name);
    return words;
}

void write_json_instance(Out out, const Dump& dump, RouterId id) {
    const engine::RouterSettings& router = dump.plan.engine.routers[index(id)];
    const plan::RouterPlan& planned = dump.plan.routers[index(id)];
    const engine::RouterView view = dump.engine.router(id);
    const engine::Counters& counters = *view.counters;
    const Errors errors = errors_of(counters);
    fmt::format_to(out,
                   "{{\"data\":{{\"iname\":{},\"dont_track_primary\":{},\"skip_check_adv_addr\":{},\"strict_"
                   "mode\":0,\"vmac_ifname\":\"\"",
                   quoted(router.name), router.tracks_own_link ? 0 : 1, router.skip_address_check ? 1 : 0);
    if (router.link)
        fmt::format_to(out, ",\"ifp_ifname\":{}", quoted(dump.plan.links[index(*router.link)].name));
    const engine::AnnouncePolicy& announce = router.announce;
    fmt::format_to(out,
                   ",\"master_priority\":{},\"last_transition\":{:.6f},\"garp_delay\":{:g},\"garp_"
                   "refresh\":{:.0f},\"garp_rep\":{},"
                   "\"garp_refresh_rep\":{},\"garp_lower_prio_delay\":{:.0f},\"garp_lower_prio_rep\":{},"
                   "\"lower_prio_no_advert\":{},"
                   "\"higher_prio_send_advert\":{}",
                   view.active_priority ? view.active_priority->wire() : 0, seconds(wall_time(view.since)),
                   seconds(announce.delay), seconds(announce.refresh), announce.repeat,
                   announce.refresh_repeat, seconds(announce.lower_priority_delay),
                   announce.lower_priority_repeat, router.answers_lower_priority ? 0 : 1,
                   router.advert_before_yielding ? 1 : 0);
    fmt::format_to(out,
                   ",\"vrid\":{},\"base_priority\":{},\"effective_priority\":{},\"vipset\":{},\"promote_"
                   "secondaries\":{},"
                   "\"adver_int\":{:g},\"master_adver_int\":{:g},\"accept\":1,\"nopreempt\":{},\"preempt_"
                   "delay\":{:.0f},\"state\":{},"
                   "\"wantstate\":{},\"version\":{},\"smtp_alert\":{},\"notify_deleted\":{}",
                   router.vrid.wire(), router.priority.wire(), view.effective_priority.wire(),
                   view.state == engine::State::active, planned.promote_secondaries,
                   seconds(router.advert_interval), seconds(view.active_interval), !router.preempt,
                   seconds(router.preempt_delay), state_number(view.state), state_number(view.wanted),
                   static_cast<int>(router.version), planned.notify.mails, planned.notify.reports_deletion);
    const auto script = [&](std::string_view name, const std::optional<plan::Command>& command) {
        if (command) fmt::format_to(out, ",\"{}\":{}", name, quoted(command_words(*command)));
    };
    script("script_backup", planned.notify.became_backup);
    script("script_master", planned.notify.became_active);
    script("script_fault", planned.notify.fault);
    script("script_stop", planned.notify.stopped);
    script("script_deleted", planned.notify.deleted);
    script("script", planned.notify.any);
    script("script_master_rx_lower_pri", planned.notify.lower_priority_heard);
    write_json_addresses(out, dump, id, true);
    write_json_addresses(out, dump, id, false);
    write_json_words(out, "vroutes", route_words(dump, id));
    write_json_words(out, "vrules", rule_words(dump, id));
    write_json_words(out, "track_ifp", tracked_words(dump, id));
    write_json_words(out, "track_script", tracked_scripts(dump, id));
    write_json_words(out, "track_process", tracked_processes(dump, id));
    if (router.password) fmt::format_to(out, ",\"auth_type\":1,\"auth_data\":\"********\"");
    fmt::format_to(
        out,
        "}},\"stats\":{{\"advert_rcvd\":{},\"advert_sent\":{},\"become_master\":{},\"release_master\":{},"
        "\"packet_len_err\":{},"
        "\"advert_interval_err\":{},\"ip_ttl_err\":{},\"invalid_type_rcvd\":{},\"addr_list_err\":{},"
        "\"invalid_authtype\":{},"
        "\"authtype_mismatch\":{},\"auth_failure\":{},\"pri_zero_rcvd\":{},\"pri_zero_sent\":{}}}}}",
        counters.adverts_received, counters.adverts_sent, counters.became_active, counters.released_active,
        errors.length, errors.interval, errors.ttl, errors.type, errors.addresses, errors.auth_type,
        errors.auth_mismatch, errors.auth_failure, counters.farewells_received, counters.farewells_sent);
}

std::string json_text(const Dump& dump) {
    const bool both = dump.plan.json_version == 2;
    std::string text = both ? "{\"vrrp\":[" : "[";
    for (std::uint32_t at = 0; at < dump.plan.routers.size(); ++at) {
        if (at > 0) text += ",";
        write_json_instance(Out{text}, dump, RouterId{at});
    }
    text += "]";
    if (both) text += ",\"track_process\":[" + process_objects(dump) + "]}";
    return text + "\n";
}

}  // namespace

std::vector<std::string> dump_directories(const os::StartMessage& start, const plan::Plan& plan) {
    std::vector<std::string> directories;
    for (const Order order : {Order::dump_data, Order::dump_json, Order::dump_stats}) {
        const std::string path = path_of(order, start, plan);
        directories.push_back(path.substr(0, path.rfind('/') + 1));
    }
    return directories;
}

Result<void> write_dump(Order order, const Dump& dump) {
    if (order == Order::dump_json && dump.plan.routers.empty()) return {};
    const std::string text = order == Order::dump_data   ? data_text(dump)
                             : order == Order::dump_json ? json_text(dump)
                                                         : stats_text(dump);
    const auto mode = static_cast<mode_t>(0666 & ~dump.start.umask);
    const std::string path = path_of(order, dump.start, dump.plan);
    auto written = replace_file(path, text, mode);
    if (!written) return std::move(written).error().during("dump to " + path);
    return {};
}

}  // namespace holdfast::vrrp
