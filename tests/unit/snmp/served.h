// A node that serves SNMP, from a configuration as core hands it over, and what its processes have published.
#pragma once

#include <string>

#include "snmp/facts.h"
#include "snmp/node.h"

namespace holdfast::snmp::testing {

using namespace std::chrono_literals;

inline const std::string two_in_a_group =
    "global_defs {\nrouter_id node-a\nenable_snmp_vrrp\nenable_snmp_rfc\nenable_traps\n}\n"
    "vrrp_sync_group VG {\ngroup {\nVI_1\nVI_2\n}\n}\n"
    "vrrp_instance VI_1 {\nstate MASTER\ninterface lo\nvirtual_router_id 51\npriority 150\n"
    "virtual_ipaddress {\n192.0.2.100/24\n}\nnotify_master \"/bin/true 'a b'\"\n}\n"
    "vrrp_instance VI_2 {\ninterface lo\nversion 3\nvirtual_router_id 52\n"
    "virtual_ipaddress {\n192.0.2.200/24\n}\n}\n";

inline Node node(const std::string& text = two_in_a_group) {
    return node_of(text, {});
}

inline Interfaces interfaces() {
    return Interfaces{
        {{"lo", {.index = 7, .mac = std::string(6, 'm'), .first_v4 = IpAddress::v4(0x7f000001)}}}};
}

inline status::Transition change(Instant told, status::RouterState to,
                                 const std::string& kind = "never-heard") {
    return {.when = told, .told = told, .from = status::RouterState::initialize, .to = to, .kind = kind};
}

inline status::Instance instance(const std::string& name, std::vector<status::Transition> transitions = {}) {
    status::Instance one;
    one.name = name;
    one.vrid = 51;
    one.state = transitions.empty() ? status::RouterState::backup : transitions.back().to;
    one.source = IpAddress::parse("192.0.2.1");
    one.transitions = std::move(transitions);
    return one;
}

inline status::RoutersSnapshot snapshot(Instant taken, std::vector<status::Instance> instances) {
    status::RoutersSnapshot routers;
    routers.head.taken = taken;
    routers.instances = std::move(instances);
    return routers;
}

}  // namespace holdfast::snmp::testing
