#include "plan/plan.h"

#include <algorithm>
#include <map>

#include "plan/addresses.h"
#include "plan/alerts.h"
#include "plan/guards.h"
#include "plan/links.h"
#include "plan/routers.h"
#include "plan/scripts.h"
#include "plan/trackers.h"

namespace holdfast::plan {

namespace {

using config::Config;
using config::GlobalDefs;

Duration startup_delay(const GlobalDefs& global, Duration uptime) {
    const Duration after_boot = global.vrrp_delay_after_boot.value_or(Duration{0}) - uptime;
    return std::max({global.vrrp_startup_delay.value_or(Duration{0}), after_boot, Duration{0}});
}

SchedulingPlan plan_scheduling(const config::Scheduling& scheduling) {
    SchedulingPlan plan;
    plan.nice = scheduling.priority.value_or(0);
    plan.realtime_priority = scheduling.rt_priority.value;
    plan.rlimit_rttime_us = scheduling.rlimit_rttime.value_or(10000);
    plan.lock_memory = scheduling.no_swap.value_or(false);
    if (scheduling.cpu_affinity)
        plan.processors.assign(scheduling.cpu_affinity->begin(), scheduling.cpu_affinity->end());
    return plan;
}

// Adverts keep their times on a busy host: unless the file says otherwise, the protocol process has the
// lowest real-time priority. It needs no limit of its run time, because core ends it when it hangs.
SchedulingPlan plan_protocol_scheduling(const config::Scheduling& scheduling) {
    constexpr int lowest = 1;
    SchedulingPlan plan = plan_scheduling(scheduling);
    if (!scheduling.rt_priority && !scheduling.priority) plan.realtime_priority = lowest;
    plan.rlimit_rttime_us = scheduling.rlimit_rttime.value_or(0);
    plan.lock_memory = true;
    return plan;
}

std::vector<FifoPlan> plan_fifos(const GlobalDefs& global) {
    std::vector<FifoPlan> fifos;
    const auto add = [&](const config::Setting<config::Fifo>& fifo,
                         const config::Setting<config::Script>& reader) {
        if (!fifo) return;
        FifoPlan plan{.path = fifo->path, .uid = fifo->uid, .gid = fifo->gid, .reader = std::nullopt};
        if (reader) plan.reader = plan_command(*reader);
        fifos.push_back(std::move(plan));
    };
    add(global.notify_fifo, global.notify_fifo_script);
    add(global.vrrp_notify_fifo, global.vrrp_notify_fifo_script);
    return fifos;
}

void append(std::vector<engine::TrackedHealth>& all, const std::vector<engine::TrackedHealth>& more) {
    all.insert(all.end(), more.begin(), more.end());
}

void plan_instances(Plan& plan, const Config& config, LinkNames& links, Trackers& trackers) {
    for (const config::Instance& instance : config.instances) {
        PlannedRouter planned = plan_router(instance, config.global, links);
        planned.settings.tracked_health =
            trackers.tracked(instance.trackers, planned.settings.priority.is_owner());
        append(planned.settings.tracked_health,
               trackers.tracked(instance.reachability, instance.interface.value_or(""),
                                planned.settings.priority.is_owner()));
        plan.engine.routers.push_back(std::move(planned.settings));
        plan.routers.push_back(std::move(planned.plan));
    }
}

std::vector<engine::TrackedLink> tracked_by_group(const config::SyncGroup& group, bool with_owner,
                                                  LinkNames& links) {
    std::vector<engine::TrackedLink> tracked;
    for (const config::TrackedInterface& interface : group.track_interfaces) {
        const int weight = interface.weight.value_or(0);
        if (weight != 0 && with_owner) continue;
        tracked.push_back({.link = links.of(interface.name), .weight = weight, .reverse = interface.reverse});
    }
    return tracked;
}

// Members with priorities of their own would pull a group apart: their weights count only if that is asked
// for, and not for a link that the group tracks itself.
template <class Tracked, class Id>
void drop_weights(std::vector<Tracked>& all, const std::vector<Tracked>& of_group, Id Tracked::*id,
                  bool asked_for) {
    std::erase_if(all, [&](const Tracked& own) {
        const bool tracked_by_group = std::any_of(of_group.begin(), of_group.end(),
                                                  [&](const Tracked& other) { return other.*id == own.*id; });
        return own.weight != 0 && (!asked_for || tracked_by_group);
    });
}

bool has_owner(const Plan& plan, const std::vector<engine::RouterId>& members) {
    return std::any_of(members.begin(), members.end(), [&](engine::RouterId id) {
        return plan.engine.routers[index(id)].priority.is_owner();
    });
}

void plan_groups(Plan& plan, const Config& config, LinkNames& links, Trackers& trackers) {
    std::map<std::string, engine::RouterId> by_name;
    for (std::uint32_t router = 0; router < plan.engine.routers.size(); ++router)
        by_name.emplace(plan.engine.routers[router].name, engine::RouterId{router});
    for (const config::SyncGroup& group : config.sync_groups) {
        const engine::GroupId id{static_cast<std::uint32_t>(plan.engine.groups.size())};
        std::vector<engine::RouterId> members;
        for (const config::Named& member : group.members) {
            const auto found = by_name.find(member.name);
            if (found == by_name.end()) continue;
            engine::RouterSettings& router = plan.engine.routers[index(found->second)];
            if (router.group_id) continue;  // the first group has it
            router.group_id = id;
            members.push_back(found->second);
        }
        if (members.empty()) continue;
        const bool with_owner = has_owner(plan, members);
        auto tracked = tracked_by_group(group, with_owner, links);
        auto checked = trackers.tracked(group.trackers, with_owner);
        append(checked, trackers.tracked(group.reachability, "", with_owner));
        const bool weights = group.sync_group_tracking_weight.value_or(false);
        for (const engine::RouterId member : members) {
            engine::RouterSettings& router = plan.engine.routers[index(member)];
            drop_weights(router.tracked_links, tracked, &engine::TrackedLink::link, weights);
            drop_weights(router.tracked_health, checked, &engine::TrackedHealth::tracker, weights);
            if (group.notify_priority_changes.value_or(false))
                plan.routers[index(member)].notify.reports_priority = true;
        }
        plan.engine.groups.push_back({.name = group.name,
                                      .members = std::move(members),
                                      .tracked_links = std::move(tracked),
                                      .tracked_health = std::move(checked)});
        plan.groups.push_back({.notify = plan_notify(group.notify)});
        plan.groups.back().notify.mails = sends_mail(group.smtp_alert, config.global);
    }
}

// What happens to them is followed like that of all other links of the plan.
void name_asked_links(const std::vector<TrackerPlan>& trackers, LinkNames& links) {
    for (const TrackerPlan& tracker : trackers)
        if (const auto* reachability = std::get_if<ReachabilityPlan>(&tracker.what))
            for (const ReachabilityPlan::Reference& reference : reachability->references)
                links.of(reference.link);
}

void plan_statics(Plan& plan, const Config& config, LinkNames& links) {
    const std::string default_link = config.global.default_interface.value_or("eth0");
    for (const config::Address& address : config.static_addresses)
        plan.statics.addresses.push_back(plan_address(address, default_link, links));
    plan.statics.routes = config.static_routes;
    plan.statics.rules = config.static_rules;
}

void plan_links(Plan& plan, const Config& config, LinkNames& links) {
    plan.engine.links = links.names();
    for (const std::string& name : links.names()) {
        LinkPlan link;
        link.name = name;
        link.arp_interval = config.global.vrrp_garp_interval.value_or(Duration{0});
        link.na_interval = config.global.vrrp_gna_interval.value_or(Duration{0});
        link.announce_group = static_cast<std::uint32_t>(config.garp_groups.size() + plan.links.size());
        for (std::uint32_t number = 0; number < config.garp_groups.size(); ++number) {
            const config::GarpGroup& group = config.garp_groups[number];
            const bool member =
                std::any_of(group.interfaces.begin(), group.interfaces.end(),
                            [&](const config::Named& interface) { return interface.name == name; });
            if (!member) continue;
            link.arp_interval = group.garp_interval.value_or(link.arp_interval);
            link.na_interval = group.gna_interval.value_or(link.na_interval);
            link.announce_group = number;
        }
        for (const config::InterfaceDelays& delays : config.interface_up_down_delays) {
            if (delays.interface != name) continue;
            link.down_delay = delays.down;
            link.up_delay = delays.up;
        }
        plan.links.push_back(std::move(link));
    }
}

// A link may not be called up for longer than the peers wait: they would take over while we still believe in
// it.
void limit_down_delays(Plan& plan) {
    for (const engine::RouterSettings& router : plan.engine.routers) {
        if (!router.link) continue;
        LinkPlan& link = plan.links[index(*router.link)];
        const Duration most =
            router.advert_interval * (router.down_timer_adverts - 1) - router.advert_interval / 256;
        link.down_delay = std::clamp(link.down_delay, Duration{0}, std::max(most, Duration{0}));
    }
}

}  // namespace

Plan make_plan(const Config& config, const PlanOptions& options) {
    const GlobalDefs& global = config.global;
    Plan plan;
    LinkNames links;
    Trackers trackers{config};
    plan_instances(plan, config, links, trackers);
    plan_groups(plan, config, links, trackers);
    plan_guards(plan, config, trackers);
    plan.trackers = trackers.plans();
    name_asked_links(plan.trackers, links);
    plan.engine.trackers = trackers.settings();
    plan_statics(plan, config, links);
    plan_links(plan, config, links);
    limit_down_delays(plan);
    plan.engine.startup_delay = startup_delay(global, options.uptime);
    plan.fifos = plan_fifos(global);
    plan.fifos_report_states_on_reload = global.fifo_write_vrrp_states_on_reload.value_or(false);
    plan.alerts = plan_alerts(global, options);
    plan.vrrp_scheduling = plan_protocol_scheduling(global.vrrp);
    plan.checker_scheduling = plan_scheduling(global.checker);
    plan.firewall_accept = global.firewall_accept.value_or(false);
    plan.netlink_command_buffer_bytes = global.vrrp_netlink_cmd_rcv_bufs.value_or(0);
    plan.netlink_monitor_buffer_bytes = global.vrrp_netlink_monitor_rcv_bufs.value_or(0);
    plan.log_unknown_vrids = global.log_unknown_vrids.value_or(false);
    plan.router_id = global.router_id.value_or(options.host_name);
    plan.state_dump_file = global.state_dump_file.value_or("");
    plan.dumps_name_instance = global.data_use_instance.value_or(false);
    plan.json_version = global.json_version.value_or(1);
    return plan;
}

}  // namespace holdfast::plan
