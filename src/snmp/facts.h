// Everything that the MIBs are made of: the configuration and its plan, which stay; what the other processes
// have published, and the interfaces, which are taken anew for each edition.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "config/config.h"
#include "plan/plan.h"
#include "plan/snmp.h"
#include "snmp/interfaces.h"
#include "snmp/rows.h"
#include "status/snapshot.h"

namespace holdfast::snmp {

struct Node {
    std::string version;  // as version(1.1) says it
    config::Config config;
    plan::Plan plan;
    plan::SnmpPlan snmp;
    Instant begin{};  // since when SNMP is served
};

// One instance, with all that is known of it.
struct InstanceFacts {
    std::uint32_t number = 0;  // from 1, in the order of the configuration
    const config::Instance& config;
    const engine::RouterSettings& settings;
    const plan::RouterPlan& plan;
    const status::Instance& seen;  // an empty one when nothing has been published

    std::uint64_t counter(std::string_view name) const;
    bool is_version_2() const { return settings.version == Version::v2; }
};

class Facts {
public:
    // node outlives this.
    Facts(const Node& node, status::RoutersSnapshot routers, status::ChecksSnapshot checks,
          Interfaces interfaces);

    const Node& node() const { return node_; }
    const config::Config& config() const { return node_.config; }
    const plan::Plan& plan() const { return node_.plan; }
    const status::RoutersSnapshot& routers() const { return routers_; }
    const std::vector<InstanceFacts>& instances() const { return instances_; }
    const Interface& interface(const std::string& name) const { return interfaces_.of(name); }
    // Nothing: the group has no members, or nothing has been published.
    const status::Group* group(const std::string& name) const;
    const status::TrackerVerdict* tracker(const std::string& name) const;
    const status::Check* check(const std::string& name) const;

private:
    const Node& node_;
    status::RoutersSnapshot routers_;
    status::ChecksSnapshot checks_;
    Interfaces interfaces_;
    std::vector<InstanceFacts> instances_;
    std::unordered_map<std::string_view, const status::Group*> groups_;
    std::unordered_map<std::string_view, const status::TrackerVerdict*> trackers_;
    std::unordered_map<std::string_view, const status::Check*> checks_by_name_;
};

// VrrpState of KEEPALIVED-MIB.
std::int64_t vrrp_state(status::RouterState state);
// Whether that one of a list is marked; false for what is not listed.
inline bool is_marked(const std::vector<bool>& marks, std::size_t at) {
    return at < marks.size() && marks[at];
}
// InetAddressType: ipv4(1), ipv6(2).
inline std::uint32_t family_number(Family family) {
    return family == Family::ipv4 ? 1 : 2;
}
std::uint64_t centiseconds(Duration duration);

}  // namespace holdfast::snmp
