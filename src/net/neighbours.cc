#include "net/neighbours.h"

#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "net/links.h"
#include "os/unique_fd.h"

namespace holdfast::net {

Forwarding ipv6_forwarding(std::string_view interface) {
    const std::string path = "/proc/sys/net/ipv6/conf/" + std::string{interface} + "/forwarding";
    const os::UniqueFd fd{open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    char digit = '0';
    if (fd.get() < 0 || read(fd.get(), &digit, 1) != 1) return Forwarding::off;
    return digit == '0' ? Forwarding::off : Forwarding::on;
}

Result<void> check_announceable(const Link& link) {
    if (link.loopback() || !link.has_neighbours())
        return Error::invalid(link.name + " has no neighbours to announce addresses to (loopback or NOARP)");
    if (!link.ethernet())
        return Error::invalid(link.name + " is no Ethernet interface (hardware type " +
                              std::to_string(link.hardware_type) +
                              "): announcing addresses there is not supported");
    return {};
}

Result<Announcer> Announcer::open(std::size_t max_frames) {
    auto sender = FrameSender::open(max_frames);
    if (!sender) return std::move(sender).error().during("announce addresses");
    return Announcer{std::move(*sender)};
}

bool Announcer::queue(const Announcement& announcement) {
    if (full()) return false;
    return sender_.queue(
        announcement.ifindex,
        announcement.address.is_v4()
            ? gratuitous_arp(announcement.mac, announcement.address)
            : unsolicited_advertisement(announcement.mac, announcement.address, announcement.forwarding));
}

}  // namespace holdfast::net
