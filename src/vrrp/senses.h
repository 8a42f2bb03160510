// What guards against split brain hear beside the adverts, and what they say beside them: a tap before the
// firewall, claims of virtual addresses by ARP and ND, heartbeats by other networks and serial lines. Only
// what a guard asks for is opened. Turns what comes into events of the engine; means nothing by itself.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "net/frame_sender.h"
#include "net/heartbeat_socket.h"
#include "net/links.h"
#include "net/neighbour_socket.h"
#include "net/seal.h"
#include "net/tap.h"
#include "os/event_loop.h"
#include "os/log.h"
#include "os/serial_line.h"
#include "plan/plan.h"

namespace holdfast::vrrp {

class Senses {
public:
    using Step = std::function<void(const engine::Event&)>;
    // ready: something has come; to be followed by take, within a turn.
    static Result<std::unique_ptr<Senses>> open(os::EventLoop& loop, const plan::Plan& plan,
                                                const net::LinkTable& links, const engine::Engine& engine,
                                                std::function<void()> ready);

    // What has come since, a bounded part of it.
    void take(Instant now, const Step& step);
    // Opens what is missing and closes what is not needed: after interfaces changed, and when it is due.
    void refresh(Instant now);
    Instant next_due() const { return retry_at_; }

    // Effects. What they queue leaves with flush, behind the adverts.
    void ask(engine::RouterId router);
    void tell(engine::RouterId router, const MacAddress& mac);
    void speak(const engine::SendHeartbeat& heartbeat);
    void flush(Instant now);

private:
    using Place = std::pair<Family, std::string>;  // on an interface
    template <class Socket>
    struct Open {
        Socket socket;
        int ifindex = 0;
        os::Source source;
        bool ready = false;
    };
    struct Path {
        std::optional<net::SealKey> key;
        bool usable = false;  // it needs no key, or has it
        std::map<Place, Open<net::HeartbeatSocket>> sockets;
        std::optional<Open<os::SerialLine>> line;
    };

    struct Words {  // a heartbeat that leaves with the next flush
        engine::PathId path{};
        std::array<std::uint8_t, engine::heartbeat_size + net::seal_size> bytes{};
        std::size_t size = 0;
    };

    Senses(os::EventLoop& loop, const plan::Plan& plan, const net::LinkTable& links,
           const engine::Engine& engine, std::function<void()> ready);
    Result<void> prepare();
    void read_keys();

    void refresh_taps(Instant now);
    void refresh_claims(Instant now);
    void refresh_path(std::size_t number, Instant now);
    void refresh_line(std::size_t number, Instant now);
    template <class Socket>
    bool watch(Open<Socket>& open, Instant now);
    template <class Sockets>
    void close_stale(Sockets& sockets);

    void take_taps(Instant now, const Step& step);
    void take_claims(Instant now, const Step& step);
    void take_heartbeats(Instant now, const Step& step);
    void take_heartbeat(std::size_t path, ByteView bytes, Instant now, const Step& step);
    bool is_ours(const MacAddress& mac) const;
    void complain(const std::string& about, const std::string& why, Instant now);

    os::EventLoop& loop_;
    const plan::Plan& plan_;
    const net::LinkTable& links_;
    const engine::Engine& engine_;
    std::function<void()> ready_;
    std::optional<net::FrameSender> sender_;
    os::UniqueFd voice_;  // packet socket that only sends

    std::vector<bool> guarded_;                                         // by router
    std::map<Place, net::VridSet> tapped_;                              // what is wanted
    std::map<Place, std::map<IpAddress, engine::RouterId>> addresses_;  // the same
    std::map<Place, Open<net::Tap>> taps_;
    std::map<Place, Open<net::NeighbourSocket>> claims_;
    std::vector<Path> paths_;
    std::vector<Words> said_;
    Instant retry_at_ = never;
    os::RateLimit limit_{std::chrono::seconds{60}};
};

}  // namespace holdfast::vrrp
