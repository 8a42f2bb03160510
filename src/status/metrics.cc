#include "status/metrics.h"

#include "status/samples.h"

namespace holdfast::status {

namespace {

constexpr std::string_view remark_prefix = "refused_";

std::string_view without(std::string_view text, std::string_view beginning) {
    if (text.starts_with(beginning)) text.remove_prefix(beginning.size());
    return text;
}

using enum MetricType;

void write_states(Samples& samples) {
    samples.instances([&](const std::string& labels, const Instance& one) {
        samples.states(labels + "," +
                           label_text({{"interface", one.link},
                                       {"vrid", std::to_string(one.vrid)},
                                       {"family", name_of(one.family)}}),
                       "state", one.state);
    });
}

constexpr Family own_families[] = {
    // The daemon.
    {"holdfast_build_info", info, "", "version", "Version of the program.",
     [](Samples& samples) {
         const Published& published = samples.published();
         const Head* head = published.routers  ? &published.routers->head
                            : published.checks ? &published.checks->head
                                               : nullptr;
         if (head != nullptr) samples.out().sample(label_text({{"version", head->version}}), 1);
     }},
    {"holdfast_node_info", info, "", "node configuration",
     "Name of this node (router_id) and the configuration file.",
     [](Samples& samples) {
         if (const auto& routers = samples.published().routers)
             samples.out().sample(
                 label_text({{"node", routers->head.node}, {"configuration", routers->head.configuration}}),
                 1);
     }},
    {"holdfast_process_start_time_seconds", gauge, "seconds", "process",
     "When the process started, in seconds since 1970; a reload starts it anew.",
     [](Samples& samples) {
         samples.processes([&](const std::string& labels, const Head& head) {
             samples.out().seconds(labels, wall_ms(head, head.started));
         });
     }},

    // Instances.
    {"holdfast_instance_info", info, "", "name interface vrid family version group",
     "What identifies a VRRP instance.",
     [](Samples& samples) {
         samples.instances([&](const std::string& labels, const Instance& one) {
             samples.out().sample(labels + "," +
                                      label_text({{"interface", one.link},
                                                  {"vrid", std::to_string(one.vrid)},
                                                  {"family", name_of(one.family)},
                                                  {"version", std::to_string(one.version)},
                                                  {"group", one.group}}),
                                  1);
         });
     }},
    {"holdfast_instance_state", gauge, "", "name interface vrid family state",
     "1 for the state that the instance is in, 0 for each other one: initialize, backup, active, fault.",
     write_states},
    {"holdfast_instance_wants_active", gauge, "", "name",
     "1 while a Backup would be Active, but its sync group holds it back.",
     [](Samples& samples) { samples.per_instance([](const Instance& one) { return one.wants_active; }); }},
    {"holdfast_instance_priority", gauge, "", "name", "Priority that it competes with.",
     [](Samples& samples) { samples.per_instance([](const Instance& one) { return one.priority; }); }},
    {"holdfast_instance_configured_priority", gauge, "", "name", "Priority that is configured.",
     [](Samples& samples) {
         samples.per_instance([](const Instance& one) { return one.configured_priority; });
     }},
    {"holdfast_instance_priority_adjustment", gauge, "", "name reason",
     "What a tracker adds to the configured priority at the moment.",
     [](Samples& samples) {
         samples.instances([&](const std::string& labels, const Instance& one) {
             for (const Adjustment& adjustment : one.adjustments)
                 samples.out().sample(labels + "," + label_text({{"reason", adjustment.name}}),
                                      adjustment.amount);
         });
     }},
    {"holdfast_instance_last_transition_timestamp_seconds", gauge, "seconds", "name",
     "Since when it is in its state, in seconds since 1970.",
     [](Samples& samples) {
         const auto& routers = samples.published().routers;
         samples.instances([&](const std::string& labels, const Instance& one) {
             samples.out().seconds(labels, wall_ms(routers->head, one.since));
         });
     }},
    {"holdfast_instance_became_active_total", counter, "", "name", "How often it became Active.",
     [](Samples& samples) { samples.counter_per_instance("became_active"); }},
    {"holdfast_instance_released_active_total", counter, "", "name", "How often it ceased to be Active.",
     [](Samples& samples) { samples.counter_per_instance("released_active"); }},
    {"holdfast_instance_adverts_received_total", counter, "", "name", "Adverts that were accepted.",
     [](Samples& samples) { samples.counter_per_instance("adverts_received"); }},
    {"holdfast_instance_adverts_sent_total", counter, "", "name", "Adverts that were sent.",
     [](Samples& samples) { samples.counter_per_instance("adverts_sent"); }},
    {"holdfast_instance_farewells_received_total", counter, "", "name",
     "Adverts with priority zero that were accepted.",
     [](Samples& samples) { samples.counter_per_instance("farewells_received"); }},
    {"holdfast_instance_farewells_sent_total", counter, "", "name",
     "Adverts with priority zero that were sent.",
     [](Samples& samples) { samples.counter_per_instance("farewells_sent"); }},
    {"holdfast_instance_advert_remarks_total", counter, "", "name reason",
     "Adverts that were refused, or were remarkable; a reason is there from its first one on.",
     [](Samples& samples) {
         samples.instances([&](const std::string& labels, const Instance& one) {
             for (const Counter& each : one.counters)
                 if (each.name.starts_with(remark_prefix))
                     samples.out().count(
                         labels + "," + label_text({{"reason", without(each.name, remark_prefix)}}),
                         each.value);
         });
     }},
    {"holdfast_instance_advert_interval_seconds", gauge, "seconds", "name",
     "Interval between adverts, as configured.",
     [](Samples& samples) {
         samples.seconds_per_instance([](const Instance& one) { return one.advert_interval; });
     }},
    {"holdfast_instance_down_interval_seconds", gauge, "seconds", "name",
     "After so long without an advert a Backup takes over.",
     [](Samples& samples) {
         samples.seconds_per_instance([](const Instance& one) { return one.down_interval; });
     }},
    {"holdfast_instance_addresses", gauge, "", "name", "Virtual addresses that are configured.",
     [](Samples& samples) { samples.per_instance([](const Instance& one) { return one.addresses_total; }); }},
    {"holdfast_instance_addresses_in_place", gauge, "", "name", "Virtual addresses that this node holds now.",
     [](Samples& samples) {
         samples.per_instance([](const Instance& one) { return one.addresses_in_place; });
     }},

    // Groups.
    {"holdfast_group_state", gauge, "", "group state",
     "1 for the state that the sync group is in, 0 for each other one.",
     [](Samples& samples) {
         if (!samples.published().routers) return;
         for (const Group& one : samples.published().routers->groups)
             samples.states(label_text({{"group", one.name}}), "state", one.state);
     }},

    // Peers.
    {"holdfast_peer_priority", gauge, "", "name peer",
     "Priority of the peer's last advert; 0: it resigned, or was never heard.",
     [](Samples& samples) {
         samples.peers([&](const std::string& labels, const Peer& peer) {
             samples.out().sample(labels, peer.priority);
         });
     }},
    {"holdfast_peer_followed", gauge, "", "name peer", "1 for the peer that is the Active router.",
     [](Samples& samples) {
         samples.peers([&](const std::string& labels, const Peer& peer) {
             samples.out().flag(labels, peer.is_followed);
         });
     }},
    {"holdfast_peer_adverts_total", counter, "", "name peer", "Adverts of the peer that were accepted.",
     [](Samples& samples) {
         samples.peers(
             [&](const std::string& labels, const Peer& peer) { samples.out().count(labels, peer.adverts); });
     }},
    {"holdfast_peer_last_heard_timestamp_seconds", gauge, "seconds", "name peer",
     "When the peer was heard last, in seconds since 1970; a Backup says nothing.",
     [](Samples& samples) {
         const auto& routers = samples.published().routers;
         samples.peers([&](const std::string& labels, const Peer& peer) {
             if (peer.heard) samples.out().seconds(labels, wall_ms(routers->head, *peer.heard));
         });
     }},

    // What is tracked.
    {"holdfast_tracker_verdict", gauge, "", "tracker verdict",
     "What counts for the priorities: 1 for the verdict that holds, 0 for each other one: unknown, good, "
     "bad.",
     [](Samples& samples) {
         if (!samples.published().routers) return;
         for (const TrackerVerdict& one : samples.published().routers->trackers)
             samples.states(label_text({{"tracker", one.name}}), "verdict", one.verdict);
     }},
    {"holdfast_check_info", info, "", "tracker kind", "What a check is.",
     [](Samples& samples) {
         samples.checks([&](const std::string& labels, const Check& check) {
             samples.out().sample(labels + "," + label_text({{"kind", check.kind}}), 1);
         });
     }},
    {"holdfast_check_verdict", gauge, "", "tracker verdict",
     "What the check has seen: 1 for the verdict that holds, 0 for each other one.",
     [](Samples& samples) {
         samples.checks([&](const std::string& labels, const Check& check) {
             samples.states(labels, "verdict", check.verdict);
         });
     }},
    {"holdfast_check_last_change_timestamp_seconds", gauge, "seconds", "tracker",
     "Since when the verdict holds, in seconds since 1970.",
     [](Samples& samples) {
         const auto& published = samples.published().checks;
         samples.checks([&](const std::string& labels, const Check& check) {
             if (check.verdict != Verdict::unknown)
                 samples.out().seconds(labels, wall_ms(published->head, check.since));
         });
     }},
    {"holdfast_check_value", gauge, "", "tracker",
     "Number in a tracked file; how many tracked processes run.",
     [](Samples& samples) {
         samples.checks([&](const std::string& labels, const Check& check) {
             if (check.value) samples.out().sample(labels, *check.value);
         });
     }},
    {"holdfast_check_runs_total", counter, "", "tracker", "Runs that have ended.",
     [](Samples& samples) {
         samples.scheduled(
             [&](const std::string& labels, const Check& check) { samples.out().count(labels, check.runs); });
     }},
    {"holdfast_check_failures_total", counter, "", "tracker", "Runs that failed.",
     [](Samples& samples) {
         samples.scheduled([&](const std::string& labels, const Check& check) {
             samples.out().count(labels, check.failures);
         });
     }},
    {"holdfast_check_last_duration_seconds", gauge, "seconds", "tracker", "How long the last run took.",
     [](Samples& samples) {
         samples.scheduled([&](const std::string& labels, const Check& check) {
             if (check.last_end) samples.out().seconds(labels, milliseconds(check.last_duration));
         });
     }},
    {"holdfast_check_last_run_timestamp_seconds", gauge, "seconds", "tracker",
     "When the last run ended, in seconds since 1970.",
     [](Samples& samples) {
         const auto& published = samples.published().checks;
         samples.scheduled([&](const std::string& labels, const Check& check) {
             if (check.last_end) samples.out().seconds(labels, wall_ms(published->head, *check.last_end));
         });
     }},
    {"holdfast_check_interval_seconds", gauge, "seconds", "tracker", "Interval between runs.",
     [](Samples& samples) {
         samples.scheduled([&](const std::string& labels, const Check& check) {
             samples.out().seconds(labels, milliseconds(check.interval));
         });
     }},
    {"holdfast_check_timeout_seconds", gauge, "seconds", "tracker", "A run that takes longer has failed.",
     [](Samples& samples) {
         samples.scheduled([&](const std::string& labels, const Check& check) {
             samples.out().seconds(labels, milliseconds(check.timeout));
         });
     }},

    // Split brain.
    {"holdfast_guard_situation", gauge, "", "unit situation",
     "What the guard of an instance or group found when it decided last: 1 for the row of its table that "
     "held, "
     "0 for each other one.",
     [](Samples& samples) {
         samples.guards([&](const std::string& labels, const GuardState& one) {
             samples.words(labels, "situation", one.situation);
         });
     }},
    {"holdfast_guard_verdict", gauge, "", "unit verdict",
     "What the guard decided then: 1 for that, 0 for everything else that a guard may decide.",
     [](Samples& samples) {
         samples.guards([&](const std::string& labels, const GuardState& one) {
             samples.words(labels, "verdict", one.verdict);
         });
     }},
    {"holdfast_guard_holds_back", gauge, "", "unit", "1 while the unit would be Active but for its guard.",
     [](Samples& samples) {
         samples.guards([&](const std::string& labels, const GuardState& one) {
             samples.out().flag(labels, one.holds_back);
         });
     }},
    {"holdfast_incident_open", gauge, "", "unit",
     "1 while an incident of split brain is open; each instance or group with a guard has one.",
     [](Samples& samples) {
         if (!samples.published().checks) return;
         for (const GuardedUnit& one : samples.published().checks->guarded)
             samples.out().flag(label_text({{"unit", one.unit}}), one.has_incident);
     }},
    {"holdfast_incident_opened_timestamp_seconds", gauge, "seconds", "unit kind",
     "When the open incident began, in seconds since 1970.",
     [](Samples& samples) {
         if (!samples.published().checks) return;
         for (const GuardedUnit& one : samples.published().checks->guarded)
             if (one.has_incident)
                 samples.out().seconds(label_text({{"unit", one.unit}, {"kind", one.kind}}),
                                       milliseconds(one.opened_wall));
     }},
};

// What is another one at each scrape.
struct Scrape {
    const Published& published;
    const MonitorCounters& monitor;
    Instant now;
    Duration wall;
};

struct ScrapeFamily {
    std::string_view name;
    MetricType type{};
    std::string_view unit;
    std::string_view labels;
    std::string_view help;
    void (*write)(Exposition& out, const Scrape& scrape);
};

constexpr ScrapeFamily scrape_families[] = {
    {"holdfast_status_age_seconds", gauge, "seconds", "process",
     "Age of what the process has published last; it does so about once a second, if there is anything to "
     "publish.",
     [](Exposition& out, const Scrape& scrape) {
         const auto& routers = scrape.published.routers;
         const auto& checks = scrape.published.checks;
         if (routers) out.seconds(label_text({{"process", "vrrp"}}), age_ms(scrape.now, routers->head.taken));
         if (checks && !(checks->checks.empty() && checks->guarded.empty()))
             out.seconds(label_text({{"process", "checker"}}), age_ms(scrape.now, checks->head.taken));
     }},
    {"holdfast_monitor_start_time_seconds", gauge, "seconds", "",
     "When the process that answers this started, in seconds since 1970; its counters begin there.",
     [](Exposition& out, const Scrape& scrape) {
         out.seconds("", milliseconds(scrape.wall) - age_ms(scrape.now, scrape.monitor.started));
     }},
    {"holdfast_monitor_connections_total", counter, "", "socket", "Connections that were accepted.",
     [](Exposition& out, const Scrape& scrape) {
         out.count(label_text({{"socket", "status"}}), scrape.monitor.status_connections);
         out.count(label_text({{"socket", "metrics"}}), scrape.monitor.metrics_connections);
     }},
    {"holdfast_monitor_refused_total", counter, "", "socket",
     "Connections that were ended because they were too many, too slow, or sent no request.",
     [](Exposition& out, const Scrape& scrape) {
         out.count(label_text({{"socket", "status"}}), scrape.monitor.status_refused);
         out.count(label_text({{"socket", "metrics"}}), scrape.monitor.metrics_refused);
     }},
    {"holdfast_monitor_scrapes_total", counter, "", "", "Scrapes that were answered, this one included.",
     [](Exposition& out, const Scrape& scrape) { out.count("", scrape.monitor.scrapes); }},
    {"holdfast_monitor_renderings_total", counter, "", "",
     "Times that the metrics were written anew, because something had been published since.",
     [](Exposition& out, const Scrape& scrape) { out.count("", scrape.monitor.renderings); }},
    {"holdfast_monitor_rendering_seconds_total", counter, "seconds", "", "How long that took, all in all.",
     [](Exposition& out, const Scrape& scrape) {
         out.seconds("", milliseconds(scrape.monitor.rendering_duration));
     }},
};

}  // namespace

std::string to_metrics(const Published& published, MetricNames names, MetricsFormat format) {
    Exposition out{format};
    Samples samples{published, out};
    const std::span<const Family> families =
        names == MetricNames::own ? std::span<const Family>{own_families} : keepalived_families();
    for (const Family& family : families) {
        out.family(family.name, family.type, family.unit, family.help);
        family.write(samples);
    }
    return out.take();
}

std::string to_scrape_metrics(const Published& published, const MonitorCounters& monitor, Instant now,
                              Duration wall, MetricNames names, MetricsFormat format) {
    Exposition out{format};
    const Scrape scrape{published, monitor, now, wall};
    if (names == MetricNames::own)
        for (const ScrapeFamily& family : scrape_families) {
            out.family(family.name, family.type, family.unit, family.help);
            family.write(out, scrape);
        }
    return out.take() + std::string{Exposition::end(format)};
}

std::vector<MetricRow> metric_rows() {
    std::vector<MetricRow> rows;
    const auto add = [&](MetricNames names, const auto& families) {
        for (const auto& family : families)
            rows.push_back({.names = names,
                            .name = family.name,
                            .type = family.type,
                            .unit = family.unit,
                            .labels = family.labels,
                            .help = family.help});
    };
    add(MetricNames::own, own_families);
    add(MetricNames::own, scrape_families);
    add(MetricNames::keepalived, keepalived_families());
    return rows;
}

}  // namespace holdfast::status
