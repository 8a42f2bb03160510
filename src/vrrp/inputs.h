// What the kernel tells about interfaces, as events of the engine: found by name, debounced where
// interface_up_down_delays asks for it, told only when something that counts has changed.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "engine/event.h"
#include "net/links.h"
#include "plan/plan.h"

namespace holdfast::vrrp {

class Inputs {
public:
    Inputs(const plan::Plan& plan, const net::LinkTable& links);

    // What is known of every planned link and source now; before Started.
    std::vector<engine::Event> first_look();
    // After the table changed: events for what differs from what the engine was told.
    void look_again(Instant now, std::vector<engine::Event>& events);
    // Can this news change what the engine was told? Our own addresses coming and going cannot.
    bool concerns(const net::Update& update) const;
    // A delayed change is due then; look_again tells it.
    Instant next_due() const;

    // What the engine was last told of it.
    const engine::LinkChanged& told(engine::LinkId link) const { return told_[index(link)]; }

    // The planned link that is this interface now.
    std::optional<engine::LinkId> link_at(int ifindex) const;

private:
    engine::LinkChanged as_is(engine::LinkId link) const;
    bool is_virtual(const IpAddress& address) const { return virtual_addresses_.contains(address); }
    bool has_source(engine::RouterId router) const;
    bool is_tracked_source(const IpAddress& address) const;

    const plan::Plan& plan_;
    const net::LinkTable& links_;
    std::set<IpAddress> virtual_addresses_;
    std::vector<engine::LinkChanged> told_;
    std::vector<bool> was_up_;                       // once: delays count from then on
    std::map<engine::LinkId, Instant> delayed_;      // a change of `running` that waits
    std::map<engine::RouterId, bool> sources_told_;  // of routers that track their source
    std::map<int, engine::LinkId> by_index_;
};

}  // namespace holdfast::vrrp
