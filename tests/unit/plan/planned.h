// Plans from configurations as operators write them, on a host where everything exists.
#pragma once

#include <string>

#include "plan/plan.h"
#include "unit/config/invented_host.h"

namespace holdfast::plan::testing {

using namespace std::chrono_literals;

inline Plan plan_of(const std::string& text, const PlanOptions& options = {}) {
    config::testing::InventedHost host;
    host.every_interface = true;
    return make_plan(config::testing::parse_text(text, host).config, options);
}

// One instance on eth0 with an address, and these lines more; global: lines of global_defs.
inline std::string instance_text(const std::string& lines, const std::string& global = {},
                                 const std::string& address = "192.0.2.100/24") {
    return "global_defs {\n" + global +
           "\n}\nvrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n" + address +
           "\n}\n" + lines + "\n}\n";
}

inline Plan plan_with(const std::string& lines, const std::string& global = {},
                      const std::string& address = "192.0.2.100/24") {
    return plan_of(instance_text(lines, global, address));
}

inline engine::RouterSettings router_with(const std::string& lines, const std::string& global = {},
                                          const std::string& address = "192.0.2.100/24") {
    return plan_with(lines, global, address).engine.routers.at(0);
}

inline const std::string an_ipv6_address = "fe80::100/64";

}  // namespace holdfast::plan::testing
