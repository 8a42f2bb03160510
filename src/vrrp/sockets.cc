#include "vrrp/sockets.h"

#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace holdfast::vrrp {

namespace {

using engine::RouterId;

std::size_t index_of(Family family) {
    return family == Family::ipv4 ? 0 : 1;
}

std::string advice_for(int error_number) {
    switch (error_number) {
        case EPERM:
            return ". A local firewall rule or a missing CAP_NET_RAW forbids it: accept IP protocol 112 on "
                   "output";
        case ENOBUFS:
            return ". The interface's queue is full, or a rule on egress drops it";
        case ENETDOWN:
        case ENODEV:
        case ENXIO:
            return ". The interface is down or gone";
        case EADDRNOTAVAIL:
        case EINVAL:
            return ". Is the source address on this host?";
        default:
            return "";
    }
}

}  // namespace

Result<std::unique_ptr<Sockets>> Sockets::open(os::EventLoop& loop, const plan::Plan& plan,
                                               const net::LinkTable& links, const engine::Engine& engine,
                                               Received received) {
    std::unique_ptr<Sockets> sockets{new Sockets{loop, plan, links, engine, std::move(received)}};
    for (const Family family : {Family::ipv4, Family::ipv6}) {
        const auto& routers = plan.engine.routers;
        const bool needed = std::any_of(routers.begin(), routers.end(),
                                        [&](const auto& router) { return router.family == family; });
        if (!needed) continue;
        auto sender = net::VrrpSender::open(family);
        if (!sender) return std::move(sender).error();
        sockets->senders_[index_of(family)].emplace(std::move(*sender));
        sockets->queued_[index_of(family)].reserve(1024);
    }
    return sockets;
}

int Sockets::ifindex_of(const engine::RouterSettings& router) const {
    if (!router.link) return 0;
    const net::Link* link = links_.find(plan_.links[index(*router.link)].name);
    return link == nullptr ? -1 : link->index;
}

// Where a router has to listen now; nothing while its interface or its own address is missing.
std::optional<Sockets::Key> Sockets::key_of(RouterId id) const {
    const engine::RouterSettings& router = plan_.engine.routers[index(id)];
    if (router.fault) return std::nullopt;
    const int ifindex = ifindex_of(router);
    if (ifindex < 0) return std::nullopt;
    Key key{.family = router.family, .interface = {}, .ifindex = ifindex, .local = router.group};
    if (router.link) key.interface = plan_.links[index(*router.link)].name;
    if (!router.unicast) return ifindex > 0 ? std::optional{key} : std::nullopt;
    const auto source = engine_.router(id).source;
    if (!source) return std::nullopt;
    key.local = *source;
    return key;
}

std::map<Sockets::Key, Sockets::Wanted> Sockets::wanted() const {
    std::map<Key, Wanted> all;
    for (std::uint32_t at = 0; at < plan_.engine.routers.size(); ++at) {
        const auto key = key_of(RouterId{at});
        if (!key) continue;
        Wanted& wanted = all[*key];
        wanted.vrids.set(plan_.engine.routers[at].vrid.wire());
        wanted.buffer_bytes += plan_.routers[at].receive_buffer_bytes;
    }
    return all;
}

void Sockets::refresh(Instant now) {
    const auto needed = wanted();
    std::erase_if(receivers_, [&](const auto& open) { return !needed.contains(open.first); });
    for (const auto& [key, wanted] : needed) {
        const auto open = receivers_.find(key);
        if (open == receivers_.end())
            open_receiver(key, wanted, now);
        else
            set_filter(open->second, wanted.vrids);
    }
}

void Sockets::open_receiver(const Key& key, const Wanted& wanted, Instant now) {
    auto receiver = net::VrrpReceiver::open({.family = key.family,
                                             .interface = key.interface,
                                             .ifindex = key.ifindex,
                                             .local = key.local,
                                             .receive_buffer_bytes = wanted.buffer_bytes});
    const std::string where = key.local.text() + (key.interface.empty() ? "" : " on " + key.interface);
    if (!receiver) {
        if (limit_.allow("open " + where, now))
            os::log(os::Level::error,
                    "cannot listen for adverts to " + where + ": " + receiver.error().text());
        return;
    }
    Open open{
        .receiver = std::make_unique<net::VrrpReceiver>(std::move(*receiver)), .source = {}, .vrids = {}};
    net::VrrpReceiver* const raw = open.receiver.get();
    auto source = loop_.watch(raw->fd(), EPOLLIN, os::Urgency::traffic,
                              [this, raw](std::uint32_t) { received_(*raw); });
    if (!source)
        return os::log(os::Level::error,
                       "cannot listen for adverts to " + where + ": " + source.error().text());
    open.source = std::move(*source);
    set_filter(open, wanted.vrids);
    receivers_.emplace(key, std::move(open));
}

void Sockets::set_filter(Open& open, const net::VridSet& vrids) {
    if (open.vrids == vrids) return;
    const auto set = plan_.log_unknown_vrids ? open.receiver->pass_all() : open.receiver->pass_only(vrids);
    if (!set) return os::log(os::Level::error, "cannot filter adverts by VRID: " + set.error().text());
    open.vrids = vrids;
}

void Sockets::queue_advert(RouterId id, bool farewell) {
    const engine::RouterSettings& router = plan_.engine.routers[index(id)];
    const auto source = engine_.router(id).source;
    if (!source) return;
    if (!router.unicast) return queue_to(id, farewell, *source, router.group);
    for (const engine::UnicastPeer& peer : router.peers)
        queue_to(id, farewell, *source, peer.address);
}

void Sockets::queue_to(RouterId id, bool farewell, const IpAddress& source, const IpAddress& destination) {
    const engine::RouterSettings& router = plan_.engine.routers[index(id)];
    const int ifindex = ifindex_of(router);
    if (ifindex < 0) return;
    auto& sender = senders_[index_of(router.family)];
    if (!sender) return;
    if (sender->full()) flush(os::EventLoop::now());
    const std::size_t size = engine_.encode_advert(id, farewell, destination, room_);
    const net::Envelope envelope{.source = source,
                                 .destination = destination,
                                 .ifindex = ifindex,
                                 .ttl = router.unicast ? plan_.routers[index(id)].unicast_ttl : std::nullopt};
    if (size > 0 && sender->queue(envelope, ByteView{room_}.first(size)))
        queued_[index_of(router.family)].push_back(id);
}

void Sockets::flush(Instant now) {
    for (const Family family : {Family::ipv4, Family::ipv6}) {
        auto& sender = senders_[index_of(family)];
        auto& queued = queued_[index_of(family)];
        if (!sender || sender->queued() == 0) continue;
        for (const net::SendFailure& failure : sender->flush()) {
            const std::string& name = plan_.engine.routers[index(queued[failure.index])].name;
            const auto held_back = limit_.allow("send " + name, now);
            if (!held_back) continue;
            os::log(os::Level::error,
                    name + ": cannot send adverts: " + std::strerror(failure.error_number) +
                        advice_for(failure.error_number) + os::and_more(*held_back),
                    {{"INSTANCE", name}});
        }
        queued.clear();
    }
}

}  // namespace holdfast::vrrp
