#include "engine/directory.h"

#include <algorithm>
#include <tuple>

#include "engine/advert.h"

namespace holdfast::engine {

Directory::Directory(const Settings& settings) : routers_{settings.routers} {
    for (std::size_t i = 0; i < settings.routers.size(); ++i) {
        const RouterSettings& router = settings.routers[i];
        const RouterId id{static_cast<std::uint32_t>(i)};
        Key key{.link = router.link,
                .vrid = router.vrid,
                .family = router.family,
                .unicast = router.unicast,
                .local = router.link ? IpAddress{} : router.source.value_or(IpAddress{}),
                .peer = {}};
        entries_.push_back({key, id});
        if (router.link && !router.addresses.empty())
            contents_.push_back({router.vrid, router.addresses.front(), id});
        for (const UnicastPeer& peer : router.peers) {
            if (!router.unicast) break;
            key.peer = peer.address;
            entries_.push_back({key, id});
        }
    }
    std::stable_sort(entries_.begin(), entries_.end(),
                     [](const Entry& left, const Entry& right) { return left.key < right.key; });
    std::stable_sort(contents_.begin(), contents_.end(), [](const Content& left, const Content& right) {
        return std::tie(left.vrid, left.address) < std::tie(right.vrid, right.address);
    });
}

std::optional<RouterId> Directory::at(const Key& key) const {
    const auto found =
        std::lower_bound(entries_.begin(), entries_.end(), key,
                         [](const Entry& entry, const Key& wanted) { return entry.key < wanted; });
    if (found == entries_.end() || found->key != key) return std::nullopt;
    return found->router;
}

// A peer of that address first; then whoever has the VRID, for adverts from hosts that are no configured
// peer.
std::optional<RouterId> Directory::find_unicast(const AdvertReceived& received, Key key) const {
    key.unicast = true;
    key.peer = received.source;
    if (const auto found = at(key)) return found;
    key.peer = {};
    return at(key);
}

std::optional<RouterId> Directory::find(const AdvertReceived& received, Vrid vrid) const {
    const Key multicast{.link = received.link,
                        .vrid = vrid,
                        .family = received.source.family(),
                        .unicast = false,
                        .local = {},
                        .peer = {}};
    if (received.link && received.destination.is_multicast())
        if (const auto found = at(multicast)) return found;
    Key by_source = multicast;
    by_source.link.reset();
    by_source.local = received.destination;
    if (const auto found = find_unicast(received, by_source)) return found;
    if (!received.link) return std::nullopt;
    if (const auto found = find_unicast(received, multicast)) return found;
    return at(multicast);
}

std::optional<RouterId> Directory::find_elsewhere(const AdvertReceived& received, Vrid vrid) const {
    const auto address = peek_address(received.bytes, received.source.family());
    if (!received.link || !address) return std::nullopt;
    const auto wanted = std::tie(vrid, *address);
    auto found = std::lower_bound(contents_.begin(), contents_.end(), wanted,
                                  [](const Content& content, const auto& key) {
                                      return std::tie(content.vrid, content.address) < key;
                                  });
    for (; found != contents_.end() && std::tie(found->vrid, found->address) == wanted; ++found)
        if (lists_addresses_of(received.bytes, routers_[index(found->router)])) return found->router;
    return std::nullopt;
}

}  // namespace holdfast::engine
