// Which router an advert is for: by interface, family and VRID; routers that speak unicast may share all
// three as long as their peers differ; those without an interface are known by their source address.
#pragma once

#include <compare>
#include <optional>
#include <vector>

#include "base/address.h"
#include "base/vrrp_types.h"
#include "engine/event.h"
#include "engine/settings.h"

namespace holdfast::engine {

class Directory {
public:
    explicit Directory(const Settings& settings);

    // A router that shares the VRID but is not spoken to in this way (multicast, unicast) is found, too, when
    // there is no better one: the receive checks will say what is wrong. Logarithmic in the number of
    // routers.
    std::optional<RouterId> find(const AdvertReceived& received, Vrid vrid) const;

    // Where there is none: a router of that VRID and address list on another link. Logarithmic, too.
    std::optional<RouterId> find_elsewhere(const AdvertReceived& received, Vrid vrid) const;

private:
    struct Key {
        std::optional<LinkId> link;
        Vrid vrid;
        Family family;
        bool unicast;
        IpAddress local;  // configured source, where there is no link
        IpAddress peer;   // unspecified: any
        auto operator<=>(const Key&) const = default;
    };
    struct Entry {
        Key key;
        RouterId router;
    };

    std::optional<RouterId> at(const Key& key) const;
    std::optional<RouterId> find_unicast(const AdvertReceived& received, Key key) const;

    struct Content {  // of the adverts of a router with a link and addresses
        Vrid vrid;
        IpAddress address;  // the first
        RouterId router;
    };

    const std::vector<RouterSettings>& routers_;
    std::vector<Entry> entries_;     // sorted by key, then in the order of the settings
    std::vector<Content> contents_;  // sorted by the first two
};

}  // namespace holdfast::engine
