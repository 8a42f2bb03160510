#include "vrrp/predecessor.h"

#include <algorithm>
#include <cstring>
#include <functional>

#include "engine/advert.h"
#include "engine/state.h"
#include "net/vrrp_socket.h"
#include "os/log.h"
#include "os/pages.h"
#include "os/unique_fd.h"

namespace holdfast::vrrp {

// A tracker's name in the place of a router's key, whose family is 4 or 6. Long names are told apart by their
// hash.
engine::Record verdict_record(const std::string& tracker, const engine::TrackerJudged& verdict) {
    engine::Record record{};
    std::copy_n(tracker.begin(), std::min(tracker.size(), record.key.link.size()), record.key.link.begin());
    const std::uint64_t hash = std::hash<std::string>{}(tracker);
    std::memcpy(record.key.source.data(), &hash, sizeof hash);
    record.state = static_cast<std::uint8_t>(verdict.health);
    record.active_interval = verdict.value;
    return record;
}

engine::TrackerJudged Predecessor::verdict_of(const std::string& tracker) const {
    const engine::RecordKey key = verdict_record(tracker, {}).key;
    for (const engine::Record& record : verdicts)
        if (record.key == key && record.state <= static_cast<std::uint8_t>(engine::Health::bad))
            return {.health = static_cast<engine::Health>(record.state),
                    .value = static_cast<std::int32_t>(record.active_interval)};
    return {};
}

Predecessor read_predecessor(int page_fd) {
    Predecessor before;
    if (page_fd < 0) return before;
    const os::UniqueFd fd{page_fd};
    const auto page = os::RecordPage::map(fd.get());
    if (!page || page->slot_size() != sizeof(engine::Record)) {
        os::log(os::Level::error, "nothing adopted, all instances start as BACKUP: " +
                                      (page ? std::string{"records of another size"} : page.error().text()));
        return before;
    }
    before.listened_until = page->last_beat();
    for (std::size_t slot = 0; slot < page->slots(); ++slot) {
        engine::Record record{};
        if (page->read(slot, std::as_writable_bytes(std::span{&record, 1})))
            (record.key.family == 0 ? before.verdicts : before.records).push_back(record);
    }
    return before;
}

engine::State state_of(const engine::Record& record) {
    if (record.state > static_cast<std::uint8_t>(engine::State::fault)) return engine::State::initialize;
    return static_cast<engine::State>(record.state);
}

bool is_active(const engine::Record& record) {
    return state_of(record) == engine::State::active;
}

void send_farewell(const engine::RouterSettings& router, const std::string& link_name,
                   const net::LinkTable& links) {
    const net::Link* link = links.find(link_name);
    if (link == nullptr && (router.link || !router.unicast)) return;
    std::optional<IpAddress> source = router.source;
    if (!source && link != nullptr)
        source = router.family == Family::ipv4 ? links.first_ipv4(link->index)
                                               : links.ipv6_link_local(link->index);
    auto sender = net::VrrpSender::open(router.family);
    if (!source || !sender) return;
    std::vector<std::uint8_t> room(engine::max_advert_size);
    const auto send_to = [&](const IpAddress& destination) {
        const std::size_t size = engine::encode_advert(router, std::nullopt, *source, destination, room);
        const net::Envelope envelope{.source = *source,
                                     .destination = destination,
                                     .ifindex = link != nullptr ? link->index : 0,
                                     .ttl = std::nullopt};
        static_cast<void>(sender->queue(envelope, ByteView{room}.first(size)));
    };
    if (!router.unicast) send_to(router.group);
    for (const engine::UnicastPeer& peer : router.peers)
        send_to(peer.address);
    sender->flush();
}

}  // namespace holdfast::vrrp
