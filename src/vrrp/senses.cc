#include "vrrp/senses.h"

#include <net/ethernet.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <linux/if_packet.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "net/advert_frame.h"
#include "net/capabilities.h"
#include "status/messages.h"

namespace holdfast::vrrp {

namespace {

using engine::RouterId;
using os::Level;
using status::labelled;
using status::Number;
using namespace std::chrono_literals;

constexpr Duration retry_time = 1s;
constexpr std::size_t asked_addresses = 4;  // of one router; who holds one of them holds all
constexpr int datagrams_per_turn = 64;

RouterId router_at(std::size_t position) {
    return RouterId{static_cast<std::uint32_t>(position)};
}

}  // namespace

Senses::Senses(os::EventLoop& loop, const plan::Plan& plan, const net::LinkTable& links,
               const engine::Engine& engine, std::function<void()> ready)
    : loop_{loop},
      plan_{plan},
      links_{links},
      engine_{engine},
      ready_{std::move(ready)},
      guarded_(plan.routers.size()),
      paths_(plan.paths.size()) {
    for (const engine::GuardSettings& guard : plan.engine.guards) {
        const auto group = plan.engine.routers[index(guard.leader)].group_id;
        guarded_[index(guard.leader)] = true;
        if (!group) continue;
        for (const RouterId member : plan.engine.groups[index(*group)].members)
            guarded_[index(member)] = true;
    }
    for (std::size_t at = 0; at < plan.routers.size(); ++at) {
        if (!guarded_[at]) continue;
        const engine::RouterSettings& router = plan.engine.routers[at];
        if (router.link)
            tapped_[{router.family, plan.links[index(*router.link)].name}].set(router.vrid.wire());
        for (const plan::VirtualAddress& virtual_address : plan.routers[at].addresses) {
            const IpAddress& address = virtual_address.prefix.address;
            addresses_[{address.family(), plan.links[index(virtual_address.link)].name}].emplace(
                address, router_at(at));
        }
    }
}

Result<std::unique_ptr<Senses>> Senses::open(os::EventLoop& loop, const plan::Plan& plan,
                                             const net::LinkTable& links, const engine::Engine& engine,
                                             std::function<void()> ready) {
    std::unique_ptr<Senses> senses{new Senses{loop, plan, links, engine, std::move(ready)}};
    if (plan.engine.guards.empty()) return senses;
    if (auto prepared = senses->prepare(); !prepared) return std::move(prepared).error();
    return senses;
}

Result<void> Senses::prepare() {
    auto sender = net::FrameSender::open();
    if (!sender) return std::move(sender).error().during("ask for virtual addresses");
    sender_.emplace(std::move(*sender));
    voice_ = os::UniqueFd{socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!voice_) return net::refused("open a packet socket for adverts", net::Capability::net_raw);
    read_keys();
    return {};
}

// Without its key a way is not used: what anybody could have said proves nothing.
void Senses::read_keys() {
    for (std::size_t at = 0; at < paths_.size(); ++at) {
        const plan::PathPlan& plan = plan_.paths[at];
        paths_[at].usable = plan.key.empty();
        if (plan.key.empty()) continue;
        auto key = net::SealKey::read(plan.key);
        if (key) {
            paths_[at].key.emplace(std::move(*key));
            paths_[at].usable = true;
        } else {
            os::log(Level::error,
                    labelled(Number::heartbeat_key_unusable, "no heartbeats by " + plan_.engine.paths[at] +
                                                                 ": heartbeat_key: " + key.error().text()));
        }
    }
}

// --- What is open
// ---------------------------------------------------------------------------------------------

template <class Socket>
bool Senses::watch(Open<Socket>& open, Instant now) {
    auto source = loop_.watch(open.socket.fd(), EPOLLIN, os::Urgency::traffic, [this, &open](std::uint32_t) {
        open.ready = true;
        ready_();
    });
    if (!source) {
        complain("listen", "cannot wait for evidence of split brain: " + source.error().text(), now);
        return false;
    }
    open.source = std::move(*source);
    return true;
}

template <class Sockets>
void Senses::close_stale(Sockets& sockets) {
    std::erase_if(sockets, [&](const auto& entry) {
        const std::string& name = entry.first.second;
        if (name.empty()) return false;
        const net::Link* link = links_.find(name);
        return link == nullptr || link->index != entry.second.ifindex;
    });
}

void Senses::refresh(Instant now) {
    retry_at_ = never;
    if (plan_.engine.guards.empty()) return;
    refresh_taps(now);
    refresh_claims(now);
    for (std::size_t number = 0; number < paths_.size(); ++number) {
        if (!paths_[number].usable) continue;
        if (plan_.paths[number].device.empty())
            refresh_path(number, now);
        else
            refresh_line(number, now);
    }
}

void Senses::refresh_taps(Instant now) {
    close_stale(taps_);
    for (const auto& [place, vrids] : tapped_) {
        const net::Link* link = links_.find(place.second);
        if (taps_.contains(place) || link == nullptr || !link->ethernet()) continue;
        auto tap = net::Tap::open(place.first, link->index);
        auto filtered = tap ? tap->pass_only(vrids) : Result<void>{};
        if (!tap || !filtered) {
            complain("tap " + place.second,
                     "cannot look before the firewall on " + place.second + ": " +
                         (tap ? filtered.error() : tap.error()).text(),
                     now);
            continue;
        }
        auto& open =
            taps_.try_emplace(place, Open<net::Tap>{std::move(*tap), link->index, {}, false}).first->second;
        if (!watch(open, now)) taps_.erase(place);
    }
}

void Senses::refresh_claims(Instant now) {
    close_stale(claims_);
    for (const auto& [place, addresses] : addresses_) {
        const net::Link* link = links_.find(place.second);
        if (claims_.contains(place) || link == nullptr || !link->ethernet()) continue;
        std::vector<IpAddress> wanted;
        for (const auto& [address, router] : addresses)
            wanted.push_back(address);
        auto socket = net::NeighbourSocket::open(place.first, link->index, wanted);
        if (!socket) {
            complain(
                "claims " + place.second,
                "cannot hear who claims virtual addresses on " + place.second + ": " + socket.error().text(),
                now);
            continue;
        }
        auto& open =
            claims_.try_emplace(place, Open<net::NeighbourSocket>{std::move(*socket), link->index, {}, false})
                .first->second;
        if (!watch(open, now)) claims_.erase(place);
    }
}

// By an interface in each family that it has an address of: whichever both hosts have will do.
void Senses::refresh_path(std::size_t number, Instant now) {
    Path& path = paths_[number];
    const plan::PathPlan& plan = plan_.paths[number];
    close_stale(path.sockets);
    const net::Link* link = plan.interface.empty() ? nullptr : links_.find(plan.interface);
    if (link == nullptr && !plan.interface.empty()) return;
    for (const Family family : {Family::ipv4, Family::ipv6}) {
        const Place place{family, plan.interface};
        const bool wanted = plan.peer                ? plan.peer->family() == family
                            : family == Family::ipv4 ? links_.first_ipv4(link->index).has_value()
                                                     : links_.ipv6_link_local(link->index).has_value();
        if (!wanted || path.sockets.contains(place)) continue;
        const int ifindex = link == nullptr ? 0 : link->index;
        auto socket = net::HeartbeatSocket::open({.family = family,
                                                  .interface = plan.interface,
                                                  .ifindex = ifindex,
                                                  .peer = plan.peer,
                                                  .source = plan.source,
                                                  .port = plan.port});
        if (!socket) {
            complain("path " + plan_.engine.paths[number],
                     "no heartbeats by " + plan_.engine.paths[number] + ": " + socket.error().text(), now);
            retry_at_ = std::min(retry_at_, now + retry_time);
            continue;
        }
        auto& open =
            path.sockets
                .try_emplace(place, Open<net::HeartbeatSocket>{std::move(*socket), ifindex, {}, false})
                .first->second;
        if (!watch(open, now)) path.sockets.erase(place);
    }
}

void Senses::refresh_line(std::size_t number, Instant now) {
    Path& path = paths_[number];
    if (path.line) return;
    const plan::PathPlan& plan = plan_.paths[number];
    auto line = os::SerialLine::open(plan.device, plan.bits_per_second);
    if (!line) {
        complain("path " + plan.device,
                 "no heartbeats by " + plan_.engine.paths[number] + ": " + line.error().text(), now);
        retry_at_ = std::min(retry_at_, now + retry_time);
        return;
    }
    path.line.emplace(Open<os::SerialLine>{std::move(*line), 0, {}, false});
    if (!watch(*path.line, now)) path.line.reset();
}

void Senses::complain(const std::string& about, const std::string& why, Instant now) {
    if (const auto held_back = limit_.allow(about, now))
        os::log(Level::warning, labelled(Number::guard_is_deaf, why) + os::and_more(*held_back));
}

// --- What comes
// -----------------------------------------------------------------------------------------------

void Senses::take(Instant now, const Step& step) {
    take_taps(now, step);
    take_claims(now, step);
    take_heartbeats(now, step);
}

void Senses::take_taps(Instant now, const Step& step) {
    for (auto& [place, open] : taps_) {
        if (!std::exchange(open.ready, false)) continue;
        const auto datagrams = open.socket.receive();
        if (!datagrams) {
            complain("tap " + place.second, datagrams.error().text(), now);
            continue;
        }
        const auto link = std::find(plan_.engine.links.begin(), plan_.engine.links.end(), place.second);
        const engine::LinkId id{static_cast<std::uint32_t>(link - plan_.engine.links.begin())};
        for (const net::Datagram& datagram : *datagrams)
            step(engine::TapHeard{{.link = id,
                                   .source = datagram.source,
                                   .destination = datagram.destination,
                                   .ttl = datagram.ttl,
                                   .ip_payload_length = datagram.ip_payload_length,
                                   .bytes = datagram.bytes}});
    }
}

void Senses::take_claims(Instant now, const Step& step) {
    for (auto& [place, open] : claims_) {
        if (!std::exchange(open.ready, false)) continue;
        const auto frames = open.socket.receive();
        if (!frames) {
            complain("claims " + place.second, frames.error().text(), now);
            continue;
        }
        const auto& addresses = addresses_.at(place);
        for (const net::NeighbourFrame& frame : *frames) {
            const auto address = frame.claimed();
            if (!address || is_ours(frame.mac)) continue;
            const auto router = addresses.find(*address);
            if (router == addresses.end()) continue;
            step(engine::AddressClaimed{.router = router->second,
                                        .address = *address,
                                        .mac = frame.mac,
                                        .solicited = frame.is_answer() && !frame.is_gratuitous()});
        }
    }
}

bool Senses::is_ours(const MacAddress& mac) const {
    const auto links = links_.all();
    return std::any_of(links.begin(), links.end(), [&](const net::Link* link) { return link->mac == mac; });
}

void Senses::take_heartbeats(Instant now, const Step& step) {
    for (std::size_t number = 0; number < paths_.size(); ++number) {
        Path& path = paths_[number];
        for (auto& [place, open] : path.sockets) {
            if (!std::exchange(open.ready, false)) continue;
            for (int count = 0; count < datagrams_per_turn; ++count) {
                const auto datagram = open.socket.receive();
                if (!datagram || !*datagram) break;
                take_heartbeat(number, **datagram, now, step);
            }
        }
        if (!path.line || !std::exchange(path.line->ready, false)) continue;
        const auto received =
            path.line->socket.receive([&](ByteView message) { take_heartbeat(number, message, now, step); });
        if (received) continue;
        complain("line " + plan_.paths[number].device,
                 plan_.engine.paths[number] + " is gone: " + received.error().text(), now);
        path.line.reset();
        retry_at_ = std::min(retry_at_, now + retry_time);
    }
}

void Senses::take_heartbeat(std::size_t path, ByteView bytes, Instant now, const Step& step) {
    const auto& key = paths_[path].key;
    const ByteView message = key ? key->opened(bytes) : bytes;
    if (message.size() == engine::heartbeat_size)
        return step(engine::HeartbeatHeard{.path = engine::PathId{static_cast<std::uint32_t>(path)},
                                           .bytes = message});
    const bool sealed = bytes.size() == engine::heartbeat_size + net::seal_size;
    const bool bare = bytes.size() == engine::heartbeat_size;
    const char* const why = key && sealed    ? "it was made with another key"
                            : key && bare    ? "it has no key"
                            : !key && sealed ? "it has a key, and heartbeat_key is not set here"
                                             : "it is no heartbeat";
    complain("stranger " + plan_.engine.paths[path],
             "a message by " + plan_.engine.paths[path] + " is refused: " + why, now);
}

// --- What is said
// ---------------------------------------------------------------------------------------------

void Senses::ask(RouterId router) {
    std::size_t asked = 0;
    for (const plan::VirtualAddress& virtual_address : plan_.routers[index(router)].addresses) {
        const net::Link* link = links_.find(plan_.links[index(virtual_address.link)].name);
        if (link == nullptr || !link->ethernet() || !link->running() || !link->mac) continue;
        if (asked++ == asked_addresses) return;
        const IpAddress& address = virtual_address.prefix.address;
        // A probe changes nobody's cache. The answer to one from :: would go to all nodes.
        const net::Frame frame =
            address.is_v4()
                ? net::arp_request(*link->mac, std::nullopt, address)
                : net::neighbour_solicitation(*link->mac, links_.ipv6_link_local(link->index), address);
        if (sender_->full()) sender_->flush();
        if (!sender_->queue(link->index, frame)) return;
    }
}

void Senses::tell(RouterId id, const MacAddress& mac) {
    const engine::RouterSettings& router = plan_.engine.routers[index(id)];
    const auto source = engine_.router(id).source;
    const net::Link* link = router.link ? links_.find(plan_.links[index(*router.link)].name) : nullptr;
    if (!source || link == nullptr || !link->mac || !link->ethernet()) return;
    for (const IpAddress& destination : router.destinations()) {
        std::array<std::uint8_t, engine::max_advert_size> room{};
        const std::size_t size = engine_.encode_advert(id, false, destination, room);
        if (size == 0 || destination.family() != source->family()) continue;
        const auto frame =
            net::advert_frame(*link->mac, mac, *source, destination, ByteView{room}.first(size));
        sockaddr_ll to{};
        to.sll_family = AF_PACKET;
        to.sll_ifindex = link->index;
        to.sll_halen = 6;
        std::memcpy(to.sll_addr, mac.bytes().data(), 6);
        // One that is lost is said again, an interval later.
        [[maybe_unused]] const auto sent =
            sendto(voice_.get(), frame.data(), frame.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                   reinterpret_cast<const sockaddr*>(&to), sizeof to);
    }
}

void Senses::speak(const engine::SendHeartbeat& heartbeat) {
    Words words{.path = heartbeat.path, .bytes = {}, .size = engine::heartbeat_size};
    engine_.encode_heartbeat(
        heartbeat.guard, heartbeat.farewell,
        std::span<std::uint8_t, engine::heartbeat_size>{words.bytes.data(), engine::heartbeat_size});
    if (const auto& key = paths_[index(heartbeat.path)].key) {
        const auto seal = key->seal(ByteView{words.bytes}.first(engine::heartbeat_size));
        std::copy(seal.begin(), seal.end(), words.bytes.begin() + engine::heartbeat_size);
        words.size += seal.size();
    }
    said_.push_back(words);
}

void Senses::flush(Instant now) {
    if (sender_ && sender_->queued() > 0) sender_->flush();
    for (const Words& words : said_) {
        const ByteView bytes = ByteView{words.bytes}.first(words.size);
        Path& path = paths_[index(words.path)];
        const std::string& name = plan_.engine.paths[index(words.path)];
        for (const auto& [place, open] : path.sockets)
            if (const auto sent = open.socket.send(bytes); !sent)
                complain("send " + name, "a heartbeat by " + name + " is lost: " + sent.error().text(), now);
        if (!path.line) continue;
        if (const auto sent = path.line->socket.send(bytes); !sent)
            complain("send " + name, "a heartbeat by " + name + " is lost: " + sent.error().text(), now);
    }
    said_.clear();
}

}  // namespace holdfast::vrrp
