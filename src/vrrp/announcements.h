// Gratuitous ARPs and unsolicited NAs on their way out: rounds over the addresses of many routers, paced per
// interface where garp_group or vrrp_garp_interval ask for it, sent in batches when nothing more urgent is
// due. An address is announced only while it is in place.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "base/time.h"
#include "engine/settings.h"
#include "net/links.h"
#include "net/neighbours.h"
#include "os/log.h"
#include "plan/plan.h"
#include "vrrp/holdings.h"

namespace holdfast::vrrp {

class Announcements {
public:
    Announcements(const plan::Plan& plan, const net::LinkTable& links, const Holdings& holdings,
                  net::Announcer announcer);

    // Every address of the router, the whole list `repeat` times; one that is not in place yet when it lands.
    void announce(engine::RouterId router, int repeat, Instant now);
    void landed(const Landed& address, Instant now);
    // Nothing of this router any more.
    void forget(engine::RouterId router);
    // One frame for an address that is no virtual one.
    void announce_once(engine::LinkId link, const IpAddress& address);

    bool busy() const { return !ready_.empty() || announcer_.queued() > 0; }
    // One batch.
    void work(Instant now);
    // When a pace allows the next frame; never when nothing waits for one.
    Instant next_due() const;

private:
    struct Item {
        engine::RouterId router{};
        std::size_t address = 0;
    };
    // Of one address: frames still to be sent, and whether it stands in a queue already, so that queues stay
    // bounded.
    struct Pending {
        int frames = 0;
        bool queued = false;
    };
    struct Pace {
        std::deque<Item> waiting;
        Instant next{};
    };

    Duration interval_of(const plan::VirtualAddress& address) const;
    void enqueue(const Item& item);
    void send(const Item& item, Instant now);
    void release_paced(Instant now);
    net::Forwarding forwarding(engine::LinkId link, Instant now);
    void flush();

    const plan::Plan& plan_;
    const net::LinkTable& links_;
    const Holdings& holdings_;
    net::Announcer announcer_;
    std::vector<std::vector<Pending>> pending_;  // by router, address
    std::deque<Item> ready_;
    std::map<std::pair<std::uint32_t, Family>, Pace> paces_;
    struct Forwarding {
        Instant read{};
        net::Forwarding value = net::Forwarding::off;
        bool known = false;
    };
    std::vector<Forwarding> forwarding_;  // by link
    os::RateLimit limit_{std::chrono::seconds{60}};
};

}  // namespace holdfast::vrrp
