#include "vrrp/identity.h"

#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fstream>
#include <memory>
#include <span>

#include "base/hash.h"

namespace holdfast::vrrp {

namespace {

std::string machine_id() {
    std::ifstream file{"/etc/machine-id"};
    std::string id;
    file >> id;
    return id;
}

// In the order of the plan's links.
std::vector<std::string> hardware_addresses(const plan::Plan& plan) {
    ifaddrs* all = nullptr;
    if (getifaddrs(&all) != 0) return {};
    const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner{all, freeifaddrs};
    std::vector<std::string> found;
    for (const plan::LinkPlan& link : plan.links)
        for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
            if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_PACKET ||
                link.name != one->ifa_name)
                continue;
            sockaddr_ll address{};
            std::memcpy(&address, one->ifa_addr, sizeof address);
            found.emplace_back(reinterpret_cast<const char*>(address.sll_addr),
                               std::min<std::size_t>(address.sll_halen, sizeof address.sll_addr));
        }
    return found;
}

}  // namespace

std::uint64_t host_number(const std::vector<std::string>& parts) {
    std::string all;
    for (const std::string& part : parts)
        all += part + '\xff';  // "ab", "c" is not "a", "bc"
    return fnv1a(std::as_bytes(std::span{all}));
}

void identify(plan::Plan& plan) {
    std::vector<std::string> parts{machine_id(), plan.router_id};
    for (std::string& address : hardware_addresses(plan))
        parts.push_back(std::move(address));
    plan.engine.host = host_number(parts);
    plan.engine.incarnation = static_cast<std::uint64_t>(
        std::chrono::floor<std::chrono::nanoseconds>(std::chrono::system_clock::now())
            .time_since_epoch()
            .count());
}

}  // namespace holdfast::vrrp
