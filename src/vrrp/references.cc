#include "vrrp/references.h"

#include <algorithm>
#include <cstring>

#include "net/neighbours.h"
#include "status/messages.h"

namespace holdfast::vrrp {

namespace {

using os::Level;
using status::labelled;
using status::Number;

constexpr std::size_t most_silent_named = 8;  // in a message

}  // namespace

References::References(const plan::Plan& plan, const net::LinkTable& links, const Inputs& inputs,
                       std::optional<net::FrameSender> sender)
    : plan_{plan}, links_{links}, inputs_{inputs}, reachability_{plan.trackers}, sender_{std::move(sender)} {
    for (const Reachability::Reference& reference : reachability_.references()) {
        addresses_[{reference.link, reference.address.family()}].push_back(reference.address);
        const auto link = std::find(plan.engine.links.begin(), plan.engine.links.end(), reference.link);
        HF_ASSERT(link != plan.engine.links.end());
        link_ids_.push_back(engine::LinkId{static_cast<std::uint32_t>(link - plan.engine.links.begin())});
    }
}

Result<References> References::open(const plan::Plan& plan, const net::LinkTable& links,
                                    const Inputs& inputs) {
    if (Reachability{plan.trackers}.empty()) return References{plan, links, inputs, std::nullopt};
    auto sender = net::FrameSender::open();
    if (!sender) return std::move(sender).error().during("ask references");
    return References{plan, links, inputs, std::move(*sender)};
}

std::vector<engine::TrackerJudged> References::work(Instant now) {
    listen(now);
    std::vector<std::size_t> asked;
    std::vector<Reachability::Verdict> verdicts;
    reachability_.turn(now, asked, verdicts);
    for (const std::size_t number : asked)
        ask(number, now);
    flush(now);
    std::vector<engine::TrackerJudged> judged;
    judged.reserve(verdicts.size());
    for (const Reachability::Verdict& verdict : verdicts) {
        tell(verdict);
        judged.push_back(verdict.judged);
    }
    return judged;
}

void References::listen(Instant now) {
    for (auto& [place, socket] : sockets_) {
        const net::Link* const link = links_.find(place.first);
        if (link == nullptr || link->index != socket.ifindex()) continue;  // of an interface that has gone
        const auto heard = socket.receive();
        if (!heard) {
            complain(place.first, heard.error().text(), now);
            continue;
        }
        for (const net::NeighbourFrame& frame : *heard) {
            const auto claimed = frame.claimed();
            // A frame of ours that came back proves nothing.
            if (claimed && frame.mac != link->mac) reachability_.heard(place.first, *claimed);
        }
    }
}

net::NeighbourSocket* References::socket_at(const Place& place, const net::Link& link, Instant now) {
    const auto open = sockets_.find(place);
    if (open != sockets_.end() && open->second.ifindex() == link.index) return &open->second;
    if (open != sockets_.end()) sockets_.erase(open);  // the interface is another one now
    auto socket = net::NeighbourSocket::open(place.second, link.index, addresses_[place]);
    if (!socket) {
        complain(place.first, socket.error().text(), now);
        return nullptr;
    }
    return &sockets_.emplace(place, std::move(*socket)).first->second;
}

void References::ask(std::size_t number, Instant now) {
    const Reachability::Reference& reference = reachability_.references()[number];
    const net::Link* const link = links_.find(reference.link);
    if (link == nullptr || !link->running()) return;
    if (const auto possible = net::check_announceable(*link); !possible)
        return complain(link->name, possible.error().text(), now);
    if (socket_at({reference.link, reference.address.family()}, *link, now) == nullptr) return;
    const engine::LinkChanged& own = inputs_.told(link_ids_[number]);
    const net::Frame question = reference.address.is_v4()
                                    ? net::arp_request(*link->mac, own.ipv4, reference.address)
                                    : net::neighbour_solicitation(*link->mac, own.ipv6, reference.address);
    if (sender_->full()) flush(now);
    static_cast<void>(sender_->queue(link->index, question));  // there is room
}

void References::flush(Instant now) {
    if (!sender_ || sender_->queued() == 0) return;
    const auto failures = sender_->flush();
    if (!failures.empty())
        complain("sending",
                 std::to_string(failures.size()) +
                     " questions could not be sent: " + std::strerror(failures.front().error_number),
                 now);
}

void References::complain(const std::string& about, const std::string& why, Instant now) {
    if (limit_.allow(about, now))
        os::log(Level::warning, labelled(Number::references_unasked, "references cannot be asked: " + why));
}

std::string References::state_of(const std::string& link_name) const {
    const net::Link* const link = links_.find(link_name);
    if (link == nullptr) return " (" + link_name + " does not exist)";
    return link->running() ? "" : " (" + link_name + " is down)";
}

void References::tell(const Reachability::Verdict& verdict) const {
    const engine::TrackerJudged& judged = verdict.judged;
    const plan::TrackerPlan& tracker = plan_.trackers[index(judged.tracker)];
    const std::size_t count = std::get<plan::ReachabilityPlan>(tracker.what).references.size();
    const std::string what =
        tracker.name + ": " + std::to_string(judged.value) + " of " + std::to_string(count) + " answer";
    if (judged.health == engine::Health::good) {
        os::log(Level::notice, labelled(Number::references_answer, what));
        return;
    }
    std::string silent;
    for (std::size_t at = 0; at < std::min(verdict.silent.size(), most_silent_named); ++at) {
        const Reachability::Reference& reference = reachability_.references()[verdict.silent[at]];
        silent += (at == 0 ? "" : ", ") + reference.address.text() + state_of(reference.link);
    }
    if (verdict.silent.size() > most_silent_named)
        silent += " and " + std::to_string(verdict.silent.size() - most_silent_named) + " more";
    os::log(Level::warning, labelled(Number::references_silent, what + ", silent: " + silent));
}

}  // namespace holdfast::vrrp
