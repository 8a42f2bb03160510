#include "net/links.h"

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "net/netlink.h"

namespace holdfast::net {
namespace {

constexpr std::uint8_t wire_family(Family family) {
    return family == Family::ipv4 ? AF_INET : AF_INET6;
}

std::optional<MacAddress> mac_from(ByteView bytes) {
    std::array<std::uint8_t, 6> mac{};
    if (bytes.size() != mac.size()) return std::nullopt;
    std::copy(bytes.begin(), bytes.end(), mac.begin());
    return MacAddress{mac};
}

// An address of the family that the message announced, or nothing.
std::optional<IpAddress> address_from(const Attribute& attribute, std::uint8_t family) {
    auto address = IpAddress::from_bytes(attribute.value);
    if (address && wire_family(address->family()) != family) return std::nullopt;
    return address;
}

}  // namespace

bool Link::up() const {
    return flags & IFF_UP;
}
bool Link::running() const {
    return up() && (flags & IFF_RUNNING);
}
bool Link::loopback() const {
    return flags & IFF_LOOPBACK;
}
bool Link::has_neighbours() const {
    return !(flags & IFF_NOARP);
}
bool Link::multicast() const {
    return flags & IFF_MULTICAST;
}
bool Link::ethernet() const {
    return hardware_type == ARPHRD_ETHER && mac;
}

bool PresentAddress::secondary() const {
    return address.is_v4() && (flags & IFA_F_SECONDARY);
}
bool PresentAddress::tentative() const {
    // An optimistic address is tentative and usable at once (RFC 4429).
    return (flags & IFA_F_DADFAILED) || ((flags & IFA_F_TENTATIVE) && !(flags & IFA_F_OPTIMISTIC));
}
bool PresentAddress::marked_as_own() const {
    return protocol == own_protocol;
}

std::optional<Link> link_in(const NetlinkMessage& message) {
    if (message.type != RTM_NEWLINK && message.type != RTM_DELLINK) return std::nullopt;
    const auto fixed = native_value<ifinfomsg>(message.payload);
    if (!fixed || fixed->ifi_family != AF_UNSPEC || fixed->ifi_index <= 0) return std::nullopt;
    Link link{.index = fixed->ifi_index, .flags = fixed->ifi_flags, .hardware_type = fixed->ifi_type};
    auto attributes = Attributes::after(message.payload, sizeof(ifinfomsg));
    while (const auto attribute = attributes.next()) {
        switch (attribute->type) {
            case IFLA_IFNAME:
                link.name = attribute->text();
                break;
            case IFLA_ADDRESS:
                link.mac = mac_from(attribute->value);
                break;
            case IFLA_MTU:
                link.mtu = attribute->as<std::uint32_t>().value_or(0);
                break;
            case IFLA_LINK:
                link.lower_index = attribute->as<int>().value_or(0);
                break;
            case IFLA_MASTER:
                link.master_index = attribute->as<int>().value_or(0);
                break;
            default:
                break;
        }
    }
    if (link.name.empty() || link.name.size() >= IFNAMSIZ) return std::nullopt;
    return link;
}

std::optional<PresentAddress> address_in(const NetlinkMessage& message) {
    if (message.type != RTM_NEWADDR && message.type != RTM_DELADDR) return std::nullopt;
    const auto fixed = native_value<ifaddrmsg>(message.payload);
    if (!fixed || (fixed->ifa_family != AF_INET && fixed->ifa_family != AF_INET6)) return std::nullopt;
    PresentAddress present{.ifindex = static_cast<int>(fixed->ifa_index),
                           .prefix_length = fixed->ifa_prefixlen,
                           .scope = fixed->ifa_scope,
                           .flags = fixed->ifa_flags,
                           .preferred_lifetime_s = 0xffffffff};
    std::optional<IpAddress> local;
    std::optional<IpAddress> far;
    auto attributes = Attributes::after(message.payload, sizeof(ifaddrmsg));
    while (const auto attribute = attributes.next()) {
        switch (attribute->type) {
            case IFA_LOCAL:
                local = address_from(*attribute, fixed->ifa_family);
                break;
            case IFA_ADDRESS:
                far = address_from(*attribute, fixed->ifa_family);
                break;
            case IFA_FLAGS:
                present.flags = attribute->as<std::uint32_t>().value_or(present.flags);
                break;
            case IFA_PROTO:
                present.protocol = attribute->as<std::uint8_t>().value_or(0);
                break;
            case IFA_CACHEINFO:
                if (const auto life = attribute->as<ifa_cacheinfo>())
                    present.preferred_lifetime_s = life->ifa_prefered;
                break;
            default:
                break;
        }
    }
    // IFA_ADDRESS is the far end of a point-to-point address, else (and alone for IPv6) the address itself.
    const auto& own = local ? local : far;
    if (!own || present.ifindex <= 0 || present.prefix_length > host_prefix_length(own->family()))
        return std::nullopt;
    present.address = *own;
    if (local && far && *local != *far) present.peer = far;
    return present;
}

std::size_t LinkTable::IpAddressHash::operator()(const IpAddress& address) const {
    const auto bytes = address.bytes();
    return std::hash<std::string_view>{}({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::size_t LinkTable::AddressKeyHash::operator()(const AddressKey& key) const {
    const auto place = static_cast<std::size_t>(key.ifindex) << 8 | key.prefix_length;
    return IpAddressHash{}(key.address) ^ (place * 0x9e3779b97f4a7c15U);
}

Result<void> LinkTable::resync(CommandSocket& socket, Updates& updates) {
    ++generation_;
    std::vector<Link> present;
    const auto collect = [&](const NetlinkMessage& message) {
        if (auto link = link_in(message)) present.push_back(std::move(*link));
    };
    if (auto links = socket.dump(RTM_GETLINK, AF_UNSPEC, collect); !links)
        return std::move(links).error().during("list the interfaces");
    // First what is gone: its name may belong to another by now.
    for (const Link& link : present)
        if (const auto known = links_.find(link.index); known != links_.end())
            known->second.generation = generation_;
    forget_unseen_links(updates);
    for (Link& link : present)
        learn_link(std::move(link), updates);

    const auto learn_each = [&](const NetlinkMessage& message) { learn(message, updates); };
    if (auto addresses = socket.dump(RTM_GETADDR, AF_UNSPEC, learn_each); !addresses)
        return std::move(addresses).error().during("list the addresses");
    forget_unseen_addresses(updates);
    return {};
}

void LinkTable::learn(const NetlinkMessage& message, Updates& updates) {
    if (auto link = link_in(message)) {
        if (message.type == RTM_NEWLINK)
            learn_link(std::move(*link), updates);
        else
            forget_link(link->index, updates);
    } else if (const auto address = address_in(message)) {
        if (message.type == RTM_NEWADDR)
            learn_address(*address, updates);
        else
            forget_address({address->ifindex, address->address, address->prefix_length}, updates);
    }
}

void LinkTable::learn_link(Link link, Updates& updates) {
    auto [place, is_new] = links_.try_emplace(link.index);
    Entry& entry = place->second;
    entry.generation = generation_;
    by_name_[link.name] = link.index;  // taken from whoever had it: the latest news are right
    if (is_new) {
        entry.link = link;
        updates.emplace_back(LinkUpdate{LinkUpdate::Kind::appeared, std::move(link), {}});
        return;
    }
    if (entry.link == link) return;
    std::string old_name = std::exchange(entry.link, link).name;
    if (old_name == link.name) {
        updates.emplace_back(LinkUpdate{LinkUpdate::Kind::changed, std::move(link), {}});
        return;
    }
    release_name(old_name, link.index);
    updates.emplace_back(LinkUpdate{LinkUpdate::Kind::renamed, std::move(link), std::move(old_name)});
}

// News that are older than the last dump can make two interfaces have one name for a moment: when one of them
// lets it go, it is the other's again.
void LinkTable::release_name(const std::string& name, int index) {
    const auto holder = by_name_.find(name);
    if (holder == by_name_.end() || holder->second != index) return;
    const auto other = std::find_if(links_.begin(), links_.end(), [&](const auto& entry) {
        return entry.first != index && entry.second.link.name == name;
    });
    if (other == links_.end())
        by_name_.erase(holder);
    else
        holder->second = other->first;
}

void LinkTable::forget_link(int index, Updates& updates) {
    const auto place = links_.find(index);
    if (place == links_.end()) return;
    while (!place->second.addresses.empty()) {
        const PresentAddress& first = place->second.addresses.begin()->second;
        forget_address({first.ifindex, first.address, first.prefix_length}, updates);
    }
    Link link = std::move(place->second.link);
    links_.erase(place);
    release_name(link.name, index);
    updates.emplace_back(LinkUpdate{LinkUpdate::Kind::removed, std::move(link), {}});
}

void LinkTable::learn_address(const PresentAddress& address, Updates& updates) {
    const auto link = links_.find(address.ifindex);
    if (link == links_.end()) return;  // news of an interface that has gone already
    const AddressKey key{address.ifindex, address.address, address.prefix_length};
    auto [place, is_new] = places_.try_emplace(key);
    place->second.generation = generation_;
    if (is_new) {
        place->second.order = next_order_++;
        link->second.addresses.emplace(place->second.order, address);
        holders_.emplace(address.address, key);
        updates.emplace_back(AddressUpdate{AddressUpdate::Kind::added, address});
        return;
    }
    PresentAddress& known = link->second.addresses.at(place->second.order);
    if (known == address) return;
    known = address;
    updates.emplace_back(AddressUpdate{AddressUpdate::Kind::changed, address});
}

void LinkTable::forget_address(const AddressKey& key, Updates& updates) {
    const auto place = places_.find(key);
    if (place == places_.end()) return;
    auto& addresses = links_.at(key.ifindex).addresses;
    const auto known = addresses.find(place->second.order);
    HF_ASSERT(known != addresses.end());
    updates.emplace_back(AddressUpdate{AddressUpdate::Kind::removed, known->second});
    const auto [first, last] = holders_.equal_range(key.address);
    holders_.erase(std::find_if(first, last, [&](const auto& holder) { return holder.second == key; }));
    addresses.erase(known);
    places_.erase(place);
}

void LinkTable::forget_unseen_links(Updates& updates) {
    std::vector<int> unseen;
    for (const auto& [index, entry] : links_)
        if (entry.generation != generation_) unseen.push_back(index);
    for (const int index : unseen)
        forget_link(index, updates);
}

void LinkTable::forget_unseen_addresses(Updates& updates) {
    std::vector<AddressKey> unseen;
    for (const auto& [key, place] : places_)
        if (place.generation != generation_) unseen.push_back(key);
    for (const auto& key : unseen)
        forget_address(key, updates);
}

const Link* LinkTable::find(int index) const {
    const auto place = links_.find(index);
    return place == links_.end() ? nullptr : &place->second.link;
}

const Link* LinkTable::find(std::string_view name) const {
    const auto place = by_name_.find(name);
    return place == by_name_.end() ? nullptr : find(place->second);
}

std::string LinkTable::name_of(int index) const {
    const Link* link = find(index);
    return link ? link->name : "#" + std::to_string(index);
}

std::vector<const Link*> LinkTable::all() const {
    std::vector<const Link*> links;
    links.reserve(links_.size());
    for (const auto& [index, entry] : links_)
        links.push_back(&entry.link);
    std::sort(links.begin(), links.end(), [](const Link* a, const Link* b) { return a->index < b->index; });
    return links;
}

std::optional<IpAddress> LinkTable::first_ipv4(int index) const {
    const auto place = links_.find(index);
    if (place == links_.end()) return std::nullopt;
    for (const auto& [order, present] : place->second.addresses)
        if (present.address.is_v4() && present.scope == RT_SCOPE_UNIVERSE && !present.secondary())
            return present.address;
    return std::nullopt;
}

std::optional<IpAddress> LinkTable::ipv6_link_local(int index) const {
    const auto place = links_.find(index);
    if (place == links_.end()) return std::nullopt;
    for (const auto& [order, present] : place->second.addresses)
        if (present.address.is_v6() && present.address.is_link_local() && !present.tentative())
            return present.address;
    return std::nullopt;
}

bool LinkTable::has_address(const IpAddress& address) const {
    const auto [first, last] = holders_.equal_range(address);
    return std::any_of(first, last, [&](const auto& holder) {
        const auto& key = holder.second;
        return !find_address(key.ifindex, key.address, key.prefix_length)->tentative();
    });
}

bool LinkTable::has_address(int index, const IpAddress& address) const {
    const auto [first, last] = holders_.equal_range(address);
    return std::any_of(first, last, [&](const auto& holder) {
        const auto& key = holder.second;
        return key.ifindex == index && !find_address(index, key.address, key.prefix_length)->tentative();
    });
}

const PresentAddress* LinkTable::find_address(int index, const IpAddress& address,
                                              std::uint8_t prefix_length) const {
    const auto place = places_.find({index, address, prefix_length});
    if (place == places_.end()) return nullptr;
    return &links_.at(index).addresses.at(place->second.order);
}

std::vector<PresentAddress> LinkTable::addresses_of(int index) const {
    std::vector<PresentAddress> addresses;
    const auto place = links_.find(index);
    if (place == links_.end()) return addresses;
    addresses.reserve(place->second.addresses.size());
    for (const auto& [order, present] : place->second.addresses)
        addresses.push_back(present);
    return addresses;
}

}  // namespace holdfast::net
