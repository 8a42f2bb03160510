// KEEPALIVED-MIB, vrrp: instances and sync groups.
#include <algorithm>
#include <array>

#include "snmp/mibs.h"

namespace holdfast::snmp {

namespace {

using config::NotifyEvent;
using std::chrono::seconds;

constexpr std::uint32_t group_table = 1;
constexpr std::uint32_t member_table = 2;

struct ScriptColumn {
    std::uint32_t column = 0;
    NotifyEvent event{};
};
constexpr std::array instance_scripts{
    ScriptColumn{22, NotifyEvent::master},  ScriptColumn{23, NotifyEvent::backup},
    ScriptColumn{24, NotifyEvent::fault},   ScriptColumn{25, NotifyEvent::stop},
    ScriptColumn{26, NotifyEvent::any},     ScriptColumn{31, NotifyEvent::master_rx_lower_pri},
    ScriptColumn{32, NotifyEvent::deleted},
};
constexpr std::array group_scripts{
    ScriptColumn{6, NotifyEvent::master}, ScriptColumn{7, NotifyEvent::backup},
    ScriptColumn{8, NotifyEvent::fault},  ScriptColumn{9, NotifyEvent::any},
    ScriptColumn{11, NotifyEvent::stop},
};

std::uint64_t whole_seconds(Duration duration) {
    return static_cast<std::uint64_t>(duration / seconds{1});
}

std::int64_t wanted_state(const status::Instance& seen) {
    return seen.wants_active ? vrrp_state(status::RouterState::active) : vrrp_state(seen.state);
}

std::int64_t authentication_type(const InstanceFacts& one) {
    const config::Authentication& authentication = one.config.authentication;
    if (!one.is_version_2() || !authentication.auth_type || !authentication.auth_pass) return 0;
    return *authentication.auth_type == config::AuthType::pass ? 1 : 2;
}

bool tracks_interfaces(const InstanceFacts& one) {
    return std::any_of(one.config.track_interfaces.begin(), one.config.track_interfaces.end(),
                       [&](const config::TrackedInterface& tracked) {
                           return tracked.name != one.config.interface.value_or("");
                       });
}

// Columns of one row.
class Columns {
public:
    Columns(Rows& rows, std::uint32_t table, std::uint32_t number)
        : rows_{rows}, table_{table}, number_{number} {}
    void operator()(std::uint32_t column, Value value) {
        rows_.add({table_, 1, column}, {number_}, std::move(value));
    }
    template <std::size_t count>
    void scripts(const std::array<ScriptColumn, count>& columns, const config::NotifyScripts& scripts) {
        for (const ScriptColumn& one : columns)
            if (const config::Script* script = scripts.of(one.event))
                (*this)(one.column, text(script_text(*script)));
    }

private:
    Rows& rows_;
    std::uint32_t table_;
    std::uint32_t number_;
};

void add_instance(const Facts& facts, const InstanceFacts& one, Rows& rows) {
    const engine::RouterSettings& settings = one.settings;
    const bool all_set = one.seen.state == status::RouterState::active &&
                         one.seen.addresses_in_place == one.seen.addresses_total;
    Columns set{rows, instance_table, one.number};
    set(2, text(one.config.name));
    set(3, unsigned32(settings.vrid.wire()));
    set(4, integer(vrrp_state(one.seen.state)));
    set(5, integer(settings.starts_active ? 2 : 1));
    set(6, integer(wanted_state(one.seen)));
    set(7, integer(settings.priority.wire()));
    set(8, integer(one.seen.vrid != 0 ? one.seen.priority : settings.priority.wire()));
    set(9, truth(all_set));
    set(10, text(link_name(facts, one)));
    set(11, truth(tracks_interfaces(one)));
    set(12, unsigned32(one.is_version_2() ? whole_seconds(settings.advert_interval)
                                          : centiseconds(settings.advert_interval)));
    set(13, truth(settings.preempt));
    set(14, unsigned32(whole_seconds(settings.preempt_delay)));
    set(15, integer(authentication_type(one)));
    set(16, truth(false));  // no IPVS here
    if (settings.group_id) set(18, text(facts.plan().engine.groups[index(*settings.group_id)].name));
    set(19, unsigned32(whole_seconds(settings.announce.delay)));
    set(20, truth(one.plan.notify.mails));
    set(21, truth(!one.config.notify.scripts.empty()));
    set.scripts(instance_scripts, one.config.notify);
    set(27, one.is_version_2() ? integer(0) : truth(true));  // packets to virtual addresses are always taken
    set(28, truth(one.plan.promote_secondaries));
    set(29, truth(false));  // the kernel tells of links
    set(30, integer(one.is_version_2() ? 2 : 3));
    set(33, truth(one.plan.notify.reports_deletion));
    if (!settings.unicast) {
        set(34, integer(family_number(settings.group.family())));
        set(35, inet(settings.group));
    }
    set(36, truth(settings.checksum_without_pseudo_header));
}

const config::SyncGroup* configured(const Facts& facts, const std::string& name) {
    for (const config::SyncGroup& group : facts.config().sync_groups)
        if (group.name == name) return &group;
    return nullptr;
}

}  // namespace

void add_instances(const Facts& facts, Rows& rows) {
    for (const InstanceFacts& one : facts.instances())
        add_instance(facts, one, rows);
}

void add_groups(const Facts& facts, Rows& rows) {
    const auto& groups = facts.plan().engine.groups;
    for (std::uint32_t at = 0; at < groups.size(); ++at) {
        const config::SyncGroup* config = configured(facts, groups[at].name);
        const status::Group* seen = facts.group(groups[at].name);
        if (config == nullptr) continue;
        Columns set{rows, group_table, at + 1};
        set(2, text(groups[at].name));
        set(3, integer(vrrp_state(seen != nullptr ? seen->state : status::RouterState::initialize)));
        set(4, truth(facts.plan().groups[at].notify.mails));
        set(5, truth(!config->notify.scripts.empty()));
        set.scripts(group_scripts, config->notify);
        set(10, truth(config->sync_group_tracking_weight.value_or(false)));
        for (std::uint32_t member = 0; member < groups[at].members.size(); ++member)
            rows.add({member_table, 1, 2}, {at + 1, member + 1},
                     text(facts.plan().engine.routers[index(groups[at].members[member])].name));
    }
}

std::string script_text(const config::Script& script) {
    std::string shown;
    for (std::size_t at = 0; at < script.argv.size(); ++at) {
        const std::string& word = at == 0 && !script.path.empty() ? script.path : script.argv[at];
        shown += (at > 0 ? " '" : "'") + word + "'";
    }
    return shown;
}

std::string link_name(const Facts& facts, const InstanceFacts& one) {
    return one.settings.link ? facts.plan().links[index(*one.settings.link)].name : std::string{};
}

Rows vrrp_rows(const Facts& facts) {
    Rows rows;
    add_groups(facts, rows);
    add_instances(facts, rows);
    add_trackers(facts, rows);
    add_bfd(facts, rows);
    add_addresses(facts, rows);
    add_routes(facts, rows);
    add_rules(facts, rows);
    rows.settle();
    return rows;
}

}  // namespace holdfast::snmp
