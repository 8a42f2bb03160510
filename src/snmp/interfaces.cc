#include "snmp/interfaces.h"

#include <ifaddrs.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <netpacket/packet.h>

#include <cstring>
#include <memory>
#include <type_traits>

namespace holdfast::snmp {

namespace {

struct FreeAddresses {
    void operator()(ifaddrs* list) const noexcept { freeifaddrs(list); }
};

void take(const sockaddr_ll& link, Interface& interface) {
    interface.index = static_cast<std::uint32_t>(link.sll_ifindex);
    if (link.sll_hatype == ARPHRD_LOOPBACK || link.sll_halen == 0 || link.sll_halen > sizeof link.sll_addr)
        return;
    interface.mac.assign(reinterpret_cast<const char*>(link.sll_addr), link.sll_halen);
}

template <class Bytes>
std::optional<IpAddress> address_of(const Bytes& bytes) {
    return IpAddress::from_bytes({reinterpret_cast<const std::uint8_t*>(&bytes), sizeof bytes});
}

void take(const sockaddr& address, Interface& interface) {
    if (address.sa_family == AF_PACKET) return take(reinterpret_cast<const sockaddr_ll&>(address), interface);
    if (address.sa_family == AF_INET && !interface.first_v4)
        interface.first_v4 = address_of(reinterpret_cast<const sockaddr_in&>(address).sin_addr);
    if (address.sa_family != AF_INET6 || interface.link_local_v6) return;
    const in6_addr& found = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
    if (IN6_IS_ADDR_LINKLOCAL(&found)) interface.link_local_v6 = address_of(found);
}

}  // namespace

Result<Interfaces> Interfaces::read() {
    ifaddrs* first = nullptr;
    if (getifaddrs(&first) != 0) return Error::system("list the interfaces");
    const std::unique_ptr<ifaddrs, FreeAddresses> list{first};
    std::unordered_map<std::string, Interface> by_name;
    for (const ifaddrs* one = list.get(); one != nullptr; one = one->ifa_next) {
        // An address with a label stands under that name.
        const std::string_view name{one->ifa_name};
        if (one->ifa_addr != nullptr)
            take(*one->ifa_addr, by_name[std::string{name.substr(0, name.find(':'))}]);
    }
    return Interfaces{std::move(by_name)};
}

const Interface& Interfaces::of(const std::string& name) const {
    static const Interface none;
    const auto found = by_name_.find(name);
    return found != by_name_.end() ? found->second : none;
}

}  // namespace holdfast::snmp
