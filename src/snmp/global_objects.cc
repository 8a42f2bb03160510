// KEEPALIVED-MIB, global: what holds for the whole daemon.
#include "config/alerts.h"
#include "snmp/mibs.h"

namespace holdfast::snmp {

namespace {

constexpr std::int64_t unset = 3;
constexpr std::int64_t netlink = 1;

Value switched(const config::Setting<bool>& setting) {
    return setting ? truth(*setting) : integer(unset);
}

void add_mail(const Facts& facts, Rows& rows) {
    const config::GlobalDefs& global = facts.config().global;
    const auto server = global.smtp_server ? IpAddress::parse(*global.smtp_server) : std::nullopt;
    if (server) {
        rows.scalar({3, 1}, integer(family_number(server->family())));
        rows.scalar({3, 2}, inet(*server));
    }
    constexpr Duration standard_timeout = std::chrono::seconds{30};
    rows.scalar({3, 3},
                unsigned32(static_cast<std::uint64_t>(global.smtp_connect_timeout.value_or(standard_timeout) /
                                                      std::chrono::seconds{1})));
    if (global.notification_email_from)
        rows.scalar({3, 4}, text(*global.notification_email_from));
    else if (const auto& mail = facts.plan().alerts.mail)
        rows.scalar({3, 4}, text(mail->from.address));
    for (std::uint32_t at = 0; at < global.notification_email.size(); ++at)
        rows.add({3, 5, 1, 2}, {at + 1}, text(global.notification_email[at].name));
    if (global.smtp_server)
        rows.scalar({3, 6}, unsigned32(static_cast<std::uint64_t>(global.smtp_port.value_or(25))));
    rows.scalar({3, 7}, truth(!global.no_email_faults.value_or(false)));
    rows.scalar({3, 8}, switched(global.smtp_alert));
    rows.scalar({3, 9}, switched(global.smtp_alert_vrrp));
    rows.scalar({3, 10}, integer(unset));
}

}  // namespace

Rows global_rows(const Facts& facts) {
    const config::GlobalDefs& global = facts.config().global;
    Rows rows;
    rows.scalar({1}, text(facts.node().version));
    rows.scalar({2}, text(facts.plan().router_id));
    add_mail(facts, rows);
    rows.scalar({4}, truth(facts.node().snmp.notifies));
    rows.scalar({5}, integer(netlink));
    rows.scalar({6}, truth(false));  // no IPVS here
    rows.scalar({7}, truth(true));
    rows.scalar({8}, text(facts.config().net_namespace.value_or("")));
    rows.scalar({9}, truth(global.enable_dbus.value_or(false)));
    rows.scalar({10}, truth(global.dynamic_interfaces.value.has_value()));
    rows.scalar({11}, truth(false));
    rows.scalar({12}, truth(global.v3_checksum_as_v2.value_or(false)));
    rows.settle();
    return rows;
}

}  // namespace holdfast::snmp
