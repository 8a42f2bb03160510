// Does a firewall of this host drop the adverts, or the heartbeats of guards? Looks at start and whenever the
// nftables ruleset or an interface changes, as background work in bounded pieces, and says which rule it is
// and what to do; with firewall_accept it has that done, by somebody who may wait for the kernel.
// A host whose firewall drops adverts on their way in takes its peer for dead.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "base/time.h"
#include "engine/engine.h"
#include "net/firewall.h"
#include "net/links.h"
#include "os/channel.h"
#include "os/log.h"
#include "plan/plan.h"

namespace holdfast::vrrp {

// The adverts of all routers and the heartbeats of all paths, each way once: those of routers on one
// interface to one destination are alike.
std::vector<net::firewall::Probe> probes_of(const plan::Plan& plan, const engine::Engine& engine,
                                            const net::LinkTable& links);

// What the operator can do about it, as a command: "nft insert rule inet filter input ...".
std::string remedy(const net::firewall::Probe& probe, const net::firewall::Answer& answer);

// The accept rules that would have them pass.
std::vector<os::AcceptRule> rules_for(const std::vector<net::firewall::Probe>& probes,
                                      const std::vector<net::firewall::Answer>& answers);

// Whether rules may be asked for: not again and again, where somebody takes them out as often.
class Insistence {
public:
    enum class May : std::uint8_t { ask, wait, never_again };
    // changed: other rules than before, for a reason that nobody fights about.
    May ask(bool changed, Instant now);
    Instant next() const { return next_; }  // when waiting is over

private:
    static constexpr Duration pause = std::chrono::seconds{3};
    static constexpr Duration short_time = std::chrono::minutes{1};
    static constexpr std::size_t most_repairs = 5;  // within a short time

    std::deque<Instant> repairs_;
    Instant next_{};
    bool given_up_ = false;
};

class FirewallWatch {
public:
    using Ask = std::function<void(const os::AcceptWanted&)>;  // for one rule
    // Without nftables in the kernel, or without the right to read it, there is nothing to watch.
    FirewallWatch(const plan::Plan& plan, const engine::Engine& engine, const net::LinkTable& links, Ask ask);

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
    void conclude(Instant now);
    // Asks for the rules that are needed. True: what is dropped now may pass in a moment.
    bool mend(Instant now);
    void send() const;
    void tell(Instant now, bool may_pass_soon);
    void tell(const Probe& probe, const Answer& answer) const;

    const plan::Plan& plan_;
    const engine::Engine& engine_;
    const net::LinkTable& links_;
    std::optional<net::firewall::Reader> reader_;
    Ask ask_;
    std::vector<Probe> asked_;
    struct Told {
        Probe probe;
        Answer answer;
        Instant when{};
    };
    std::vector<Told> told_;  // what is not as it should be
    Instant due_ = never;
    // With firewall_accept.
    std::optional<std::vector<os::AcceptRule>> wanted_;  // as asked for last
    std::vector<Probe> wanted_for_;
    Insistence insistence_;
    unsigned tries_ = 0;  // since they passed last
    bool said_given_up_ = false;
};

}  // namespace holdfast::vrrp
