// Does a firewall of this host drop the adverts? Looks at start and whenever the nftables ruleset or an
// interface changes, as background work in bounded pieces, and says which rule it is and what to do.
// A host whose firewall drops adverts on their way in takes its peer for dead.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "base/time.h"
#include "engine/engine.h"
#include "net/firewall.h"
#include "net/links.h"
#include "os/log.h"
#include "plan/plan.h"

namespace holdfast::vrrp {

// The adverts of all routers, each way once: those of routers on one interface to one destination are alike.
std::vector<net::firewall::Probe> probes_of(const plan::Plan& plan, const engine::Engine& engine,
                                            const net::LinkTable& links);

// What the operator can do about it, as a command: "nft insert rule inet filter input ...".
std::string remedy(const net::firewall::Probe& probe, const net::firewall::Answer& answer);

class FirewallWatch {
public:
    // Without nftables in the kernel, or without the right to read it, there is nothing to watch.
    FirewallWatch(const plan::Plan& plan, const engine::Engine& engine, const net::LinkTable& links);

    // Readable when the ruleset changes; -1: never.
    int news_fd() const { return reader_ ? reader_->news_fd() : -1; }
    void take_news(Instant now);
    // Looks again only if there are other adverts now: most news of interfaces change none.
    void links_changed(Instant now);
    void begin(Instant now);

    bool busy(Instant now) const { return reader_ && (reader_->busy() || due_ <= now); }
    Instant next_due() const { return reader_ && !reader_->busy() ? due_ : never; }
    // One bounded piece.
    void work(Instant now);

private:
    // A firewall that is loaded anew is gone for a moment, and comes in many steps.
    static constexpr Duration settling_time = std::chrono::seconds{1};
    static constexpr Duration patience = std::chrono::seconds{10};

    using Probe = net::firewall::Probe;
    using Answer = net::firewall::Answer;

    void look_at(Instant when);
    void tell(Instant now);
    void tell(const Probe& probe, const Answer& answer) const;

    const plan::Plan& plan_;
    const engine::Engine& engine_;
    const net::LinkTable& links_;
    std::optional<net::firewall::Reader> reader_;
    std::vector<Probe> asked_;
    struct Told {
        Probe probe;
        Answer answer;
        Instant when{};
    };
    std::vector<Told> told_;  // what is not as it should be
    Instant due_ = never;
};

}  // namespace holdfast::vrrp
