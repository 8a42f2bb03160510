// What this host holds for its virtual routers: addresses, routes and rules in the kernel. The engine says
// what a router shall have; this unit gets there in bounded pieces, each one netlink batch, so that no advert
// waits for it. Nothing is removed that was not added by us; what somebody else removed is put back.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "engine/settings.h"
#include "net/addresses.h"
#include "net/links.h"
#include "net/netlink.h"
#include "net/routes.h"
#include "net/rules.h"
#include "os/log.h"
#include "plan/plan.h"
#include "status/snapshot.h"
#include "vrrp/departed.h"

namespace holdfast::vrrp {

// An address that has just come into place.
struct Landed {
    engine::RouterId router{};
    std::size_t address = 0;  // position in RouterPlan::addresses
};

class Holdings {
public:
    struct Options {
        bool release_foreign = false;  // -X: remove addresses even if another run added them
    };
    Holdings(const plan::Plan& plan, const net::LinkTable& links, net::CommandSocket& socket,
             Options options);

    // Before the first advert: what is in the kernel already. Addresses with our mark are ours: of routers
    // that go on as Active (adopted, by router) they stay, all others were left behind by a dead process and
    // are queued for removal.
    void settle(const std::vector<bool>& adopted);
    // Queues the removal of what only the configuration before wanted.
    void remove_departed(Departed departed);

    // What a router shall have from now on; statics: what the node shall have.
    void want(engine::RouterId router, bool held);
    void want_statics(bool held);

    bool busy() const { return !queue_.empty() || departing(); }
    // One bounded piece of work. Addresses that came into place are appended.
    void work(std::vector<Landed>& landed);
    // All of it, for the end; gives up after so long.
    void finish(Duration at_most);

    // News of the kernel: notes what is no longer there. What came of it is judged by account_losses, once
    // all news of a turn, of interfaces too, have been taken in.
    void learn(const net::AddressUpdate& update);
    void learn(const net::NetlinkMessage& message);
    // lost: routers of which an address, route or rule was removed by somebody else.
    void account_losses(Instant now, std::vector<engine::RouterId>& lost);
    // What was on an interface that went is gone; what could not be done on one that comes may be possible
    // now.
    void learn(const net::LinkUpdate& update);
    // After lost news: compares with the table, notes what is no longer there.
    void compare();

    // What was refused, or removed again and again, is tried again later.
    Instant next_retry() const { return retries_.empty() ? never : retries_.begin()->first; }
    void retry(Instant now, std::vector<engine::RouterId>& lost);

    bool in_place(engine::RouterId router, std::size_t address) const;
    // The same of everything: of a router; statics: of the node.
    void describe(engine::RouterId router, status::Held& held) const { describe(index(router), held); }
    void describe_statics(status::Held& held) const { describe(statics(), held); }
    bool watches_routes() const;
    bool watches_rules() const;

private:
    enum class Standing : std::uint8_t {
        absent,
        own,
        foreign,    // somebody else's: used, never removed
        refused,    // by the kernel
        uncertain,  // route or rule of an earlier process, or lost: ours if it is there
    };
    static bool is_there(Standing standing) {
        return standing == Standing::own || standing == Standing::foreign;
    }
    struct Owner {
        std::vector<Standing> addresses;
        std::vector<std::uint8_t>
            removals;  // by address: removals of ours of which the kernel has still to tell
        std::vector<Standing> routes;
        std::vector<Standing> rules;
        bool wanted = false;
        bool queued = false;
        std::size_t cursor = 0;  // in addresses; the rest follows (or, on removal, goes before) in one piece
        bool others_done = false;
        Instant lost_window{};
        int lost_count = 0;
        bool retrying = false;
    };
    struct Place {
        std::size_t owner = 0;
        std::size_t address = 0;
    };
    // Something that was in place and went without our doing.
    struct Loss {
        enum class Kind : std::uint8_t { address, route, rule };
        Kind kind{};
        Place place;
    };

    std::size_t statics() const { return owners_.size() - 1; }
    void describe(std::size_t owner, status::Held& held) const;
    const std::vector<plan::VirtualAddress>& addresses_of(std::size_t owner) const;
    const std::vector<config::Route>& routes_of(std::size_t owner) const;
    const std::vector<config::Rule>& rules_of(std::size_t owner) const;
    std::string name_of(std::size_t owner) const;
    const std::string& link_name(const plan::VirtualAddress& address) const;

    void enqueue(std::size_t owner);
    bool departing() const {
        return !departed_.addresses.empty() || !departed_.routes.empty() || !departed_.rules.empty();
    }
    bool settle_address(std::size_t owner, std::size_t at, bool goes_on, bool kernel_marks);
    void collect(std::size_t owner);
    void remove_some_departed();
    void adapt_batch(std::size_t requests, Duration taken);
    void execute_addresses(std::vector<Landed>& landed);
    void judge_added(const Place& place, const net::InterfaceAddress& address, const net::Outcome& outcome,
                     std::vector<Landed>& landed);
    void carry_out_others(std::size_t owner);
    static Standing standing_after(Standing before, bool wanted, const net::Outcome& outcome);
    void carry_out_routes(std::size_t owner);
    void carry_out_rules(std::size_t owner);
    void later(std::size_t owner, Instant when);
    void forget_link(std::size_t owner, const std::string& name);
    void learn_route(const net::RouteNews& news);
    void learn_rule(const net::RuleNews& news);
    bool still_lost(const Loss& loss) const;
    bool link_runs(const Loss& loss) const;
    std::string text_of(const Loss& loss) const;
    void lose(std::size_t owner, const std::string& what, Instant now, std::vector<engine::RouterId>& lost);
    // One line per owner and kind of refusal in a while: with 10,000 addresses one cause is enough.
    void report_refusal(std::size_t owner, std::string_view kind, const std::string& doing,
                        const net::Outcome& outcome);
    std::uint32_t automatic_rule_priority(std::size_t owner, std::size_t rule) const;

    const plan::Plan& plan_;
    const net::LinkTable& links_;
    net::CommandSocket& socket_;
    Options options_;
    std::vector<Owner> owners_;  // routers, then the statics
    std::deque<std::size_t> queue_;
    Departed departed_;
    std::vector<Loss> losses_;
    std::multimap<IpAddress, Place> places_;
    std::multimap<Instant, std::size_t> retries_;
    RulePriorities rule_priorities_;
    os::RateLimit limit_{std::chrono::seconds{10}};

    // One batch in the making; kept for their capacity.
    std::vector<net::AddressRequest> requests_;
    std::vector<Place> requested_;
    std::size_t batch_size_ = 64;
};

}  // namespace holdfast::vrrp
