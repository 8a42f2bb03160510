#include "plan/snmp.h"

#include <string_view>

namespace holdfast::plan {

namespace {

constexpr const char* standard_path = "/var/agentx/master";
constexpr std::string_view unix_prefix = "unix:";

}  // namespace

SnmpPlan plan_snmp(const config::GlobalDefs& global, const SnmpOptions& options) {
    const bool everything = options.everything;
    const bool both = global.enable_snmp_rfc.value_or(false);
    SnmpPlan plan;
    plan.keepalived_mib = everything || global.enable_snmp_vrrp.value_or(false);
    plan.vrrp_mib = everything || both || global.enable_snmp_rfcv2.value_or(false);
    plan.vrrpv3_mib = everything || both || global.enable_snmp_rfcv3.value_or(false);
    plan.notifies = global.enable_traps.value_or(false);
    const std::string where =
        options.agent_socket.empty() ? global.snmp_socket.value_or("") : options.agent_socket;
    if (where.empty())
        plan.path = standard_path;
    else if (where.front() == '/')
        plan.path = where;
    else if (where.starts_with(unix_prefix))
        plan.path = where.substr(unix_prefix.size());
    else
        plan.address = where;
    return plan;
}

}  // namespace holdfast::plan
