// A small status, for tests of its forms.
#pragma once

#include <vector>

#include "status/document.h"
#include "status/snapshot.h"

namespace holdfast::status {

using namespace std::chrono_literals;

inline Head example_head() {
    return {.version = "1.2.3",
            .node = "node-a",
            .configuration = "/etc/holdfast/holdfast.conf",
            .started = Instant{100s},
            .taken = Instant{1000s},
            .taken_wall = 1795248000s};  // 2026-11-21T08:00:00Z
}

inline Evidence example_evidence() {
    return {
        .priority = 80,
        .former_priority = 100,
        .priority_moved = Instant{870s},
        .heard = HeardLast{.address = *IpAddress::parse("fe80::2"), .priority = 150, .when = Instant{876s}},
        .active_interval = 1s,
        .down_interval = 3609ms,
        .factors = {{.name = "check web", .verdict = Verdict::bad, .amount = -20}},
        .factors_total = 9,
        .guard_row = 15,
        .guard_found = "silent",
        .guard_verdict = "promote"};
}

inline Instance example_instance() {
    return {.name = "VI_1",
            .vrid = 51,
            .version = 3,
            .family = Family::ipv6,
            .link = "eth0",
            .group = "VG_1",
            .state = RouterState::backup,
            .since = Instant{880s},
            .order = Order::none,
            .ordered = Instant{0s},
            .priority = 80,
            .configured_priority = 100,
            .source = IpAddress::parse("fe80::1"),
            .advert_interval = 1s,
            .active_interval = 1s,
            .down_interval = 3609ms,
            .addresses_total = 1,
            .addresses_in_place = 1,
            .addresses = {{.prefix = *Prefix::parse("2001:db8::100/64"), .link = "eth0", .in_place = true}},
            .adjustments = {{.name = "check web", .amount = -20}},
            .peers = {{.address = *IpAddress::parse("fe80::2"),
                       .priority = 150,
                       .heard = Instant{999s},
                       .adverts = 120,
                       .is_followed = true}},
            .transitions = {{.when = Instant{880s},
                             .from = RouterState::initialize,
                             .to = RouterState::backup,
                             .kind = "started",
                             .cause = "started",
                             .evidence = example_evidence()}},
            .counters = {{.name = "adverts_received", .value = 1ULL << 40}},
            .last_error = ProtocolError::checksum,
            .error_source = IpAddress::parse("fe80::3"),
            .held = {.addresses = {true, false, true, true, false, false, true, false, true},
                     .routes = {true},
                     .rules = {}}};
}

inline RoutersSnapshot example_routers() {
    return {.head = example_head(),
            .instances = {example_instance()},
            .groups = {{.name = "VG_1",
                        .state = RouterState::backup,
                        .members = {"VI_1", "VI_2"},
                        .transitions = {{.when = Instant{880s},
                                         .told = Instant{881s},
                                         .to = RouterState::backup,
                                         .kind = "link-up",
                                         .member = "VI_1",
                                         .cause = "link eth0 up",
                                         .evidence = example_evidence()}}}},
            .trackers = {{.name = "file load", .verdict = Verdict::good, .value = -7}},
            .guards = {{.unit = "VI_1",
                        .situation = GuardSituation::ours_lower,
                        .verdict = GuardVerdict::withdraw,
                        .holds_back = true}},
            .statics = {.addresses = {false, true}, .routes = {}, .rules = {true}}};
}

inline Departed example_departed() {
    return {.name = "VI_old",
            .vrid = 77,
            .family = Family::ipv6,
            .link = "eth1",
            .group = "VG_1",
            .begins_active = true,
            .word = LastWord::deleted,
            .transitions = {{.when = Instant{700s},
                             .told = Instant{701s},
                             .from = RouterState::active,
                             .to = RouterState::initialize,
                             .kind = "configuration",
                             .cause = "removed by the new configuration"}}};
}

inline ChecksSnapshot example_checks() {
    Check script{.name = "check web",
                 .kind = "script",
                 .target = "/usr/bin/check web",
                 .verdict = Verdict::bad,
                 .since = Instant{940s},
                 .last = Verdict::bad,
                 .outcome = "exit status 3",
                 .output = "disk is full",
                 .last_end = Instant{990s},
                 .last_duration = 21ms,
                 .interval = 5s,
                 .timeout = 2s,
                 .rise = 2,
                 .fall = 3,
                 .runs = 12,
                 .failures = 4};
    Check file{
        .name = "file load", .kind = "file", .target = "/run/load", .verdict = Verdict::good, .value = 5};
    return {
        .head = example_head(),
        .checks = {script, file},
        .guarded = {{.unit = "VI_1", .has_incident = true, .kind = "both active", .opened_wall = 1795247990s},
                    {.unit = "group VG_1"}}};
}

inline std::vector<std::uint8_t> finished(ByteWriter& out, std::vector<std::uint8_t> room) {
    write_end(out);
    HF_ASSERT(!out.overflowed());
    room.resize(out.size());
    return room;
}

inline std::vector<std::uint8_t> written(const RoutersSnapshot& routers) {
    std::vector<std::uint8_t> room(std::size_t{32} << 20);
    ByteWriter out{room};
    write(out, routers.head);
    for (const Instance& one : routers.instances)
        write(out, one);
    for (const Group& one : routers.groups)
        write(out, one);
    for (const TrackerVerdict& one : routers.trackers)
        write(out, one);
    for (const GuardState& one : routers.guards)
        write(out, one);
    write(out, routers.statics);
    for (const Departed& one : routers.departed)
        write(out, one);
    return finished(out, std::move(room));
}

inline std::vector<std::uint8_t> written(const ChecksSnapshot& checks) {
    std::vector<std::uint8_t> room(std::size_t{32} << 20);
    ByteWriter out{room};
    write(out, checks.head);
    for (const Check& one : checks.checks)
        write(out, one);
    for (const GuardedUnit& one : checks.guarded)
        write(out, one);
    return finished(out, std::move(room));
}

}  // namespace holdfast::status
