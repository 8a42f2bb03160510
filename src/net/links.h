// The table of interfaces and their addresses as the kernel tells it, and what changed in it. Filled by a
// dump, kept up by news; after lost news another dump finds the differences.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "net/netlink_message.h"

namespace holdfast::net {

class CommandSocket;

struct Link {
    int index = 0;
    std::string name;
    std::uint32_t flags = 0;          // IFF_*
    std::uint16_t hardware_type = 0;  // ARPHRD_*
    std::uint32_t mtu = 0;
    std::optional<MacAddress> mac;  // only of interfaces with six-byte addresses
    int lower_index = 0;            // IFLA_LINK: the interface this one stands on (macvlan, VLAN); 0: none
    int master_index = 0;           // IFLA_MASTER: bridge, bond or VRF; 0: none

    bool up() const;       // IFF_UP
    bool running() const;  // IFF_UP and IFF_RUNNING: what keepalived calls up
    bool loopback() const;
    bool has_neighbours() const;  // not IFF_NOARP
    bool multicast() const;
    bool ethernet() const;  // ARPHRD_ETHER with an address
    bool operator==(const Link&) const = default;
};

// An address that the kernel has, whoever added it.
struct PresentAddress {
    int ifindex = 0;
    IpAddress address;
    std::uint8_t prefix_length = 0;
    std::uint8_t scope = 0;     // RT_SCOPE_*
    std::uint8_t protocol = 0;  // IFA_PROTO; 0 on kernels before 5.18
    std::uint32_t flags = 0;    // IFA_F_*
    std::optional<IpAddress> peer;
    std::uint32_t preferred_lifetime_s = 0;  // 0xffffffff: for ever

    bool secondary() const;
    bool tentative() const;  // also after failed duplicate detection: not usable
    // Marked as ours in the kernel: this process or a dead one added it.
    bool marked_as_own() const;
    bool operator==(const PresentAddress&) const = default;
};

struct LinkUpdate {
    enum class Kind : std::uint8_t { appeared, changed, renamed, removed };
    Kind kind{};
    Link link;             // as it is now; removed: as it was
    std::string old_name;  // renamed: the name until now (other fields may have changed too)
};

struct AddressUpdate {
    enum class Kind : std::uint8_t { added, changed, removed };
    Kind kind{};
    PresentAddress address;  // removed: as it was
};

using Update = std::variant<LinkUpdate, AddressUpdate>;
// In the order in which things happened. An interface that goes takes its addresses with it: their removal is
// reported before its own. One that is re-created is removed, then appears with another index. Who follows an
// interface by name asks the table again after an update of any interface with that name.
using Updates = std::vector<Update>;

class LinkTable {
public:
    // Dumps interfaces and addresses and appends what differs from before (at first: everything appears).
    Result<void> resync(CommandSocket& socket, Updates& updates);
    // Takes one message of the kernel; anything but news of links and addresses is passed over.
    void learn(const NetlinkMessage& message, Updates& updates);

    // Null when there is none. Valid until the next resync or learn.
    const Link* find(int index) const;
    const Link* find(std::string_view name) const;
    // "eth0", or "#7" when no interface has that index.
    std::string name_of(int index) const;
    std::vector<const Link*> all() const;

    // The source address that adverts take when none is configured: first primary address of global scope.
    std::optional<IpAddress> first_ipv4(int index) const;
    // The first link-local address that is not tentative.
    std::optional<IpAddress> ipv6_link_local(int index) const;
    // On any interface, usable (not tentative).
    bool has_address(const IpAddress& address) const;
    bool has_address(int index, const IpAddress& address) const;
    // Null when the interface does not have exactly this.
    const PresentAddress* find_address(int index, const IpAddress& address, std::uint8_t prefix_length) const;
    // In the order in which the kernel has told them.
    std::vector<PresentAddress> addresses_of(int index) const;

private:
    struct AddressKey {
        int ifindex = 0;
        IpAddress address;
        std::uint8_t prefix_length = 0;
        bool operator==(const AddressKey&) const = default;
    };
    struct AddressKeyHash {
        std::size_t operator()(const AddressKey& key) const;
    };
    struct IpAddressHash {
        std::size_t operator()(const IpAddress& address) const;
    };
    struct Entry {
        Link link;
        std::map<std::uint64_t, PresentAddress> addresses;  // by order of arrival
        std::uint64_t generation = 0;                       // of the dump that saw it last
    };
    struct AddressPlace {
        std::uint64_t order = 0;
        std::uint64_t generation = 0;
    };

    void learn_link(Link link, Updates& updates);
    void forget_link(int index, Updates& updates);
    void learn_address(const PresentAddress& address, Updates& updates);
    void forget_address(const AddressKey& key, Updates& updates);
    void release_name(const std::string& name, int index);
    void forget_unseen_links(Updates& updates);
    void forget_unseen_addresses(Updates& updates);

    std::unordered_map<int, Entry> links_;
    std::map<std::string, int, std::less<>> by_name_;
    std::unordered_map<AddressKey, AddressPlace, AddressKeyHash> places_;
    std::unordered_multimap<IpAddress, AddressKey, IpAddressHash> holders_;
    std::uint64_t next_order_ = 0;
    std::uint64_t generation_ = 0;
};

// The link or address in a message, or nothing when it is malformed or about something else (a bridge port's
// own message, another family). Pure.
std::optional<Link> link_in(const NetlinkMessage& message);
std::optional<PresentAddress> address_in(const NetlinkMessage& message);

}  // namespace holdfast::net
