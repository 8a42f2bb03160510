// What is served by SNMP, and where the master agent is.
#pragma once

#include <string>

#include "config/config.h"

namespace holdfast::plan {

struct SnmpPlan {
    bool keepalived_mib = false;  // enable_snmp_vrrp
    bool vrrp_mib = false;        // RFC 2787
    bool vrrpv3_mib = false;      // RFC 6527
    bool notifies = false;        // enable_traps
    std::string path;             // of the master's unix socket
    std::string address;          // else: as net-snmp has it, "tcp:192.0.2.1:705"

    bool operator==(const SnmpPlan&) const = default;
    bool serves() const { return keepalived_mib || vrrp_mib || vrrpv3_mib; }
};

// What the command line may say.
struct SnmpOptions {
    bool everything = false;   // -x
    std::string agent_socket;  // -A; goes before the configuration's
};

SnmpPlan plan_snmp(const config::GlobalDefs& global, const SnmpOptions& options);

}  // namespace holdfast::plan
