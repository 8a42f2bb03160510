#include "vrrp/announcements.h"

#include <algorithm>
#include <cstring>

#include "os/event_loop.h"

namespace holdfast::vrrp {

namespace {

using namespace std::chrono_literals;

constexpr int frames_per_turn = 256;
constexpr Duration forwarding_validity = 5s;

}  // namespace

Announcements::Announcements(const plan::Plan& plan, const net::LinkTable& links, const Holdings& holdings,
                             net::Announcer announcer)
    : plan_{plan},
      links_{links},
      holdings_{holdings},
      announcer_{std::move(announcer)},
      pending_(plan.routers.size()),
      forwarding_(plan.links.size()) {
    for (std::size_t router = 0; router < pending_.size(); ++router)
        pending_[router].resize(plan.routers[router].addresses.size());
}

void Announcements::announce(engine::RouterId router, int repeat, Instant) {
    auto& addresses = pending_[index(router)];
    for (std::size_t address = 0; address < addresses.size(); ++address) {
        addresses[address].frames = std::max(addresses[address].frames, repeat);
        if (holdings_.in_place(router, address)) enqueue({router, address});
    }
}

void Announcements::landed(const Landed& address, Instant) {
    enqueue({address.router, address.address});
}

void Announcements::forget(engine::RouterId router) {
    for (Pending& pending : pending_[index(router)])
        pending.frames = 0;  // what is queued finds nothing to send
}

Duration Announcements::interval_of(const plan::VirtualAddress& address) const {
    const plan::LinkPlan& link = plan_.links[index(address.link)];
    return address.prefix.address.is_v4() ? link.arp_interval : link.na_interval;
}

void Announcements::enqueue(const Item& item) {
    Pending& pending = pending_[index(item.router)][item.address];
    if (pending.queued || pending.frames == 0) return;
    pending.queued = true;
    const plan::VirtualAddress& address = plan_.routers[index(item.router)].addresses[item.address];
    if (interval_of(address) == Duration{0}) return ready_.push_back(item);
    paces_[{plan_.links[index(address.link)].announce_group, address.prefix.address.family()}]
        .waiting.push_back(item);
}

Instant Announcements::next_due() const {
    Instant next = never;
    for (const auto& [group, pace] : paces_)
        if (!pace.waiting.empty()) next = std::min(next, pace.next);
    return next;
}

void Announcements::release_paced(Instant now) {
    for (auto& [group, pace] : paces_) {
        if (pace.waiting.empty() || now < pace.next) continue;
        const Item item = pace.waiting.front();
        pace.waiting.pop_front();
        pace.next = now + interval_of(plan_.routers[index(item.router)].addresses[item.address]);
        send(item, now);
    }
}

void Announcements::work(Instant now) {
    release_paced(now);
    for (int sent = 0; sent < frames_per_turn && !ready_.empty() && !announcer_.full(); ++sent) {
        const Item item = ready_.front();
        ready_.pop_front();
        send(item, now);
    }
    flush();
}

void Announcements::send(const Item& item, Instant now) {
    Pending& pending = pending_[index(item.router)][item.address];
    pending.queued = false;
    if (pending.frames == 0 || !holdings_.in_place(item.router, item.address)) return;
    const plan::VirtualAddress& address = plan_.routers[index(item.router)].addresses[item.address];
    const net::Link* link = links_.find(plan_.links[index(address.link)].name);
    if (link == nullptr) return;
    --pending.frames;
    const auto possible = net::check_announceable(*link);
    if (!possible || !link->mac) {
        pending.frames = 0;
        if (!possible && limit_.allow(link->name, now))
            os::log(os::Level::info,
                    "addresses on " + link->name + " are not announced: " + possible.error().text());
        return;
    }
    // Full only when a paced frame meets a full batch: the round is lost, the next one is not.
    static_cast<void>(announcer_.queue({.ifindex = link->index,
                                        .mac = *link->mac,
                                        .address = address.prefix.address,
                                        .forwarding = forwarding(address.link, now)}));
    if (pending.frames > 0) enqueue(item);
}

void Announcements::announce_once(engine::LinkId link_id, const IpAddress& address) {
    const net::Link* link = links_.find(plan_.links[index(link_id)].name);
    if (link == nullptr || !net::check_announceable(*link) || !link->mac) return;
    static_cast<void>(announcer_.queue({.ifindex = link->index,
                                        .mac = *link->mac,
                                        .address = address,
                                        .forwarding = forwarding(link_id, os::EventLoop::now())}));
}

net::Forwarding Announcements::forwarding(engine::LinkId link, Instant now) {
    Forwarding& cached = forwarding_[index(link)];
    if (!cached.known || now - cached.read > forwarding_validity)
        cached = {.read = now, .value = net::ipv6_forwarding(plan_.links[index(link)].name), .known = true};
    return cached.value;
}

void Announcements::flush() {
    if (announcer_.queued() == 0) return;
    const auto failures = announcer_.flush();
    if (failures.empty()) return;
    if (const auto held_back = limit_.allow("failed", os::EventLoop::now()))
        os::log(os::Level::warning, std::to_string(failures.size() + *held_back) +
                                        " gratuitous ARPs or unsolicited NAs could not be sent: " +
                                        std::strerror(failures.front().error_number));
}

}  // namespace holdfast::vrrp
