// The raw sockets of a node: which receivers its routers need, opened and closed as interfaces come and go,
// and the two senders. One receiver serves all routers of an interface and group, or of a unicast source.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "net/links.h"
#include "net/vrrp_socket.h"
#include "os/event_loop.h"
#include "os/log.h"
#include "plan/plan.h"

namespace holdfast::vrrp {

class Sockets {
public:
    using Received = std::function<void(net::VrrpReceiver&)>;
    static Result<std::unique_ptr<Sockets>> open(os::EventLoop& loop, const plan::Plan& plan,
                                                 const net::LinkTable& links, const engine::Engine& engine,
                                                 Received received);

    // Opens what is missing, closes what is not needed, sets the filters: after interfaces or addresses
    // changed.
    void refresh(Instant now);

    // Queues an advert; sent by flush. Nothing leaves while the router has no source or no interface.
    void queue_advert(engine::RouterId router, bool farewell);
    void flush(Instant now);

private:
    struct Key {
        Family family{};
        std::string interface;
        int ifindex = 0;
        IpAddress local;
        auto operator<=>(const Key&) const = default;
    };
    struct Open {
        std::unique_ptr<net::VrrpReceiver> receiver;
        os::Source source;
        net::VridSet vrids;
    };
    struct Wanted {
        net::VridSet vrids;
        std::uint32_t buffer_bytes = 0;
    };

    Sockets(os::EventLoop& loop, const plan::Plan& plan, const net::LinkTable& links,
            const engine::Engine& engine, Received received)
        : loop_{loop}, plan_{plan}, links_{links}, engine_{engine}, received_{std::move(received)} {}
    std::optional<Key> key_of(engine::RouterId router) const;
    std::map<Key, Wanted> wanted() const;
    void open_receiver(const Key& key, const Wanted& wanted, Instant now);
    void set_filter(Open& open, const net::VridSet& vrids);
    void queue_to(engine::RouterId router, bool farewell, const IpAddress& source,
                  const IpAddress& destination);
    int ifindex_of(const engine::RouterSettings& router) const;

    os::EventLoop& loop_;
    const plan::Plan& plan_;
    const net::LinkTable& links_;
    const engine::Engine& engine_;
    Received received_;
    std::map<Key, Open> receivers_;
    std::optional<net::VrrpSender> senders_[2];  // by Family
    std::vector<engine::RouterId> queued_[2];    // whose advert stands where in the sender's queue
    std::array<std::uint8_t, engine::max_advert_size> room_{};
    os::RateLimit limit_{std::chrono::seconds{10}};
};

}  // namespace holdfast::vrrp
