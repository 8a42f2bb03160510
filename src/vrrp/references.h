// Asks references on their interfaces and hears them: what Reachability wants, with packet sockets. Works
// behind all protocol work, and only when a round is due.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "engine/event.h"
#include "net/frame_sender.h"
#include "net/links.h"
#include "net/neighbour_socket.h"
#include "os/log.h"
#include "plan/plan.h"
#include "vrrp/inputs.h"
#include "vrrp/reachability.h"

namespace holdfast::vrrp {

class References {
public:
    // Opens nothing when the plan asks nobody. All outlive this.
    static Result<References> open(const plan::Plan& plan, const net::LinkTable& links, const Inputs& inputs);

    void assume(const engine::TrackerJudged& known) { reachability_.assume(known); }
    void begin(Instant now) { reachability_.begin(now); }
    Instant next_due() const { return reachability_.next_due(); }
    // The verdicts that have changed; said in the log, too.
    std::vector<engine::TrackerJudged> work(Instant now);

private:
    using Place = std::pair<std::string, Family>;  // interface
    References(const plan::Plan& plan, const net::LinkTable& links, const Inputs& inputs,
               std::optional<net::FrameSender> sender);
    void listen(Instant now);
    net::NeighbourSocket* socket_at(const Place& place, const net::Link& link, Instant now);
    void ask(std::size_t number, Instant now);
    void flush(Instant now);
    void complain(const std::string& about, const std::string& why, Instant now);
    void tell(const Reachability::Verdict& verdict) const;
    std::string state_of(const std::string& link) const;

    const plan::Plan& plan_;
    const net::LinkTable& links_;
    const Inputs& inputs_;
    Reachability reachability_;
    std::optional<net::FrameSender> sender_;
    std::vector<engine::LinkId> link_ids_;               // by reference
    std::map<Place, std::vector<IpAddress>> addresses_;  // that are asked for there
    std::map<Place, net::NeighbourSocket> sockets_;
    os::RateLimit limit_{std::chrono::seconds{60}};
};

}  // namespace holdfast::vrrp
